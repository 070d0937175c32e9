"""`gptlab corpus`: the texts that models learn from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gptlab_tui.cli.common import console, emit_json, is_terminal, shown, state
from gptlab_tui.cli.complete import complete_corpus, complete_fetch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gptlab_tui.text.corpus import Corpus
    from gptlab_tui.text.fetch import Progress

app = typer.Typer(no_args_is_help=True)

#: Columns from which on there is room for languages and licences.
WIDE = 100

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Encoding = Annotated[str, typer.Option(metavar="NAME", help="How the bytes of the files are to be read.")]
Errors = Annotated[
    Literal["strict", "replace"], typer.Option(help="What to do with bytes that are not valid.")
]
Texts = Annotated[
    list[str],
    typer.Argument(
        metavar="TEXT...",
        help="Names, files or folders; several are joined.",
        autocompletion=complete_corpus,
    ),
]


@app.callback()
def corpus() -> None:
    """Texts: list, statistics, fetch, add, training examples.

    A corpus is named (ours, one of the catalogue, one that you added), or it is a file or a folder
    of texts.

    Examples:
      gptlab corpus list
      gptlab corpus stats contos
      gptlab corpus fetch machado-contos
    """


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List the texts that have a name: bundled, to be fetched, and your own.

    Examples:
      gptlab corpus list
      gptlab corpus list --json
    """
    from gptlab_tui.render.units import count
    from gptlab_tui.text.library import list_texts

    texts = list_texts(state.home)
    if as_json:
        emit_json({"corpora": [text.to_json() for text in texts]})
        return
    from rich import box
    from rich.table import Table

    screen = console()
    wide = screen.width >= WIDE
    table = Table("name", "what", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for heading in ("language", "licence") if wide else ():
        table.add_column(heading, no_wrap=True)
    table.add_column("bytes", justify="right", no_wrap=True)
    table.add_column("here", no_wrap=True)
    table.columns[0].no_wrap = True
    table.columns[0].min_width = max(len(text.name) for text in texts)
    for text in texts:
        what = f"{text.author}: {text.title}" if text.title else "yours"
        about = (text.language, text.licence) if wide else ()
        here = "yes" if text.installed else "no"
        table.add_row(shown(text.name), shown(what), *about, count(text.size_bytes), here)
    screen.print(table)
    if not all(text.installed for text in texts):
        screen.print("`gptlab corpus fetch NAME` gets what is not here.")


@app.command()
def stats(
    texts: Texts = ["contos"],  # noqa: B006 (Typer's way to say a default)
    top: Annotated[int, typer.Option(min=1, max=1000, help="How many of the most frequent to list.")] = 20,
    encoding: Encoding = "utf-8",
    errors: Errors = "strict",
    as_json: AsJson = False,
) -> None:
    """Count a text: sizes, characters, words, entropies, odd code points, what the validation part has anew.

    A table on a terminal, one JSON object otherwise.

    Examples:
      gptlab corpus stats
      gptlab corpus stats my-book.txt --top 50
      gptlab corpus stats letters/ diary.txt --encoding latin-1
      gptlab corpus stats scenes --json
    """
    from gptlab_tui.text.statistics import corpus_statistics

    statistics = corpus_statistics(open_texts(texts, encoding, errors), top)
    if as_json or not is_terminal():
        emit_json(statistics.to_json())
        return
    from gptlab_tui.cli.statistics_tables import tables

    screen = console()
    for table in tables(statistics):
        screen.print(table)


@app.command()
def fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME...", help="Names of the catalogue.", autocompletion=complete_fetch),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every text of the catalogue.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch public texts, check them against their digests, and keep them in the home.

    Examples:
      gptlab corpus fetch shakespeare
      gptlab corpus fetch machado-contos machado-romances
      gptlab corpus fetch --all --json
    """
    from gptlab_tui.errors import GPTLabError
    from gptlab_tui.text.catalog import catalog, find_entry
    from gptlab_tui.text.fetch import fetch as fetch_text
    from gptlab_tui.text.fetch import is_here

    entries = [entry for entry in catalog() if everything and not entry.bundled]
    for name in names or ():
        entry = find_entry(name)
        if entry is None:
            known = ", ".join(entry.name for entry in catalog() if not entry.bundled)
            raise GPTLabError(f"The catalogue has no text '{name}'.", f"It has {known}.")
        entries.append(entry)
    if not entries:
        raise GPTLabError("No text is named.", "Name one (`gptlab corpus list`) or say --all.")
    done = []
    for entry in entries:
        before = is_here(entry, state.home)
        with Bar(entry.name) as bar:
            path = entry.path(state.home) if before else fetch_text(entry, state.home, bar.progress)
        done.append(
            {"name": entry.name, "path": str(path), "size_bytes": entry.size_bytes, "was_here": before}
        )
        if not as_json:
            verb = "was here already" if before else "fetched"
            typer.echo(f"{entry.name}: {verb}, {entry.size_bytes:,} bytes, {shown(str(path))}")
    if as_json:
        emit_json({"fetched": done})


@app.command()
def add(
    texts: Texts,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="By default the name of the file or folder.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of a text of that name.")
    ] = False,
    encoding: Encoding = "utf-8",
    errors: Errors = "strict",
    as_json: AsJson = False,
) -> None:
    """Keep a text of your own in the home, as one UTF-8 file, so that it has a name.

    Examples:
      gptlab corpus add my-book.txt
      gptlab corpus add letters/ --name letters --encoding latin-1
      gptlab train --corpus letters
    """
    from gptlab_tui.text.library import add_text

    corpus = open_texts(texts, encoding, errors)
    path = add_text(corpus, state.home, name, replace)
    if as_json:
        emit_json(corpus.to_json() | {"name": path.stem, "path": str(path)})
        return
    typer.echo(f"{path.stem}: {corpus.characters:,} characters, {shown(str(path))}")
    for report in corpus.reports:
        typer.echo(f"  {report}")


@app.command()
def examples(
    text: Annotated[
        str | None, typer.Argument(metavar="[TEXT]", help="By default a line of the corpus.")
    ] = None,
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="Where the vocabulary comes from; by default contos.",
            autocompletion=complete_corpus,
        ),
    ] = None,
    line: Annotated[
        int | None, typer.Option(min=1, help="Which line of the corpus; by default the first with words.")
    ] = None,
    tokenizer: Annotated[Literal["char", "bpe", "gpt2"], typer.Option(help="Kind of token.")] = "char",
    vocab_size: Annotated[int, typer.Option(metavar="N", help="Size of a `bpe`.")] = 1024,
    context: Annotated[int, typer.Option(min=1, help="Longest input, in tokens.")] = 8,
    unknown: Annotated[
        Literal["error", "skip", "replace"],
        typer.Option(help="What to do with characters not in the vocabulary."),
    ] = "error",
    encoding: Encoding = "utf-8",
    errors: Errors = "strict",
    as_json: AsJson = False,
) -> None:
    """Show what a line teaches: after every beginning of it, the token that comes next.

    Examples:
      gptlab corpus examples
      gptlab corpus examples "A figura é poética" --context 16
      gptlab corpus examples --corpus scenes --line 3 --tokenizer bpe
    """
    from gptlab_tui.cli.tokens import tokenizer_for
    from gptlab_tui.text.examples import training_examples
    from gptlab_tui.text.lines import line_of

    opened = open_texts(corpus or ["contos"], encoding, errors)
    made = tokenizer_for(tokenizer, vocab_size, opened)
    source = line_of(opened, line) if text is None else text
    rows = training_examples(source, made, context, unknown)
    if as_json:
        emit_json(
            {
                "text": source,
                "tokenizer": made.kind,
                "vocab_size": made.vocab_size,
                "examples": [row.to_json() for row in rows],
            }
        )
        return
    from gptlab_tui.explain.tables import example_cells

    cells = [example_cells(row) for row in rows]
    width, target_width = len(cells[-1][0]), max(len(target) for _, target, _ in cells)
    for ids, target, pair in cells:
        typer.echo(f"when the input is {ids:<{width}} the target is {target:>{target_width}}   {pair}")
    more = len(made.encode(source, unknown)) - 1 - len(rows)
    if more > 0:
        typer.echo(f"… and {more:,} more; --context {len(rows) + more} shows all of them")


def open_texts(names: Sequence[str], encoding: str, errors: Literal["strict", "replace"]) -> Corpus:
    """The corpus of those names."""
    from gptlab_tui.config import CorpusConfig
    from gptlab_tui.text.corpus import open_corpus

    return open_corpus(CorpusConfig(name=tuple(names), encoding=encoding, errors=errors), state.home)


class Bar:
    """A bar of progress on standard error while a text comes; nothing where that is no terminal."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._live = is_terminal(sys.stderr) and not state.json

    def __enter__(self) -> Bar:
        if self._live:
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

            columns = TextColumn(self._name), BarColumn(), DownloadColumn(), TransferSpeedColumn()
            self._rich = Progress(*columns, console=console(sys.stderr), transient=True)
            self._rich.start()
            self._task = self._rich.add_task(self._name, total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._rich.stop()

    @property
    def progress(self) -> Progress | None:
        """What `fetch` calls."""
        return self._show if self._live else None

    def _show(self, done: int, total: int | None) -> None:
        self._rich.update(self._task, completed=done, total=total)
