"""`gptlab tokens`: cut a text into tokens, and compare tokenizers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gptlab_tui.cli.common import console, emit_json, is_terminal, state, warn
from gptlab_tui.cli.complete import complete_corpus, complete_preset
from gptlab_tui.cli.corpus import AsJson, Encoding, Errors, open_texts
from gptlab_tui.errors import GPTLabError, JobFailed

if TYPE_CHECKING:
    from gptlab_tui.config import Config
    from gptlab_tui.text.corpus import Corpus
    from gptlab_tui.text.cutting import Cut
    from gptlab_tui.text.protocol import Tokenizer

app = typer.Typer()

Kind = Literal["char", "bpe", "gpt2"]
KINDS: tuple[Kind, ...] = ("char", "bpe", "gpt2")

#: Colours that every terminal with colours has, so that neighbours differ everywhere.
BACKGROUNDS = ("bright_cyan", "bright_yellow", "bright_green", "bright_magenta")

#: So many tokens are listed on a terminal; --json gives all.
LISTED = 500

#: Without a text, --compare takes so many characters of the corpus's validation part.
COMPARED = 1_000_000


@app.command()
def tokens(
    text: Annotated[str | None, typer.Argument(metavar="[TEXT]", help="By default standard input.")] = None,
    tokenizer: Annotated[Kind, typer.Option(help="Kind of token.")] = "char",
    compare: Annotated[
        bool, typer.Option("--compare", help="All kinds side by side, with what their vocabularies cost.")
    ] = False,
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="Where `char` and `bpe` learn; by default the preset's, or contos.",
            autocompletion=complete_corpus,
        ),
    ] = None,
    vocab_size: Annotated[
        int | None, typer.Option(metavar="N", help="Size of a `bpe`; by default the preset's, or 1024.")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="With --compare: whose model; by default cpu200k.",
            autocompletion=complete_preset,
        ),
    ] = None,
    unknown: Annotated[
        Literal["error", "skip", "replace"],
        typer.Option(help="What to do with characters that are not in the vocabulary."),
    ] = "error",
    encoding: Encoding = "utf-8",
    errors: Errors = "strict",
    as_json: AsJson = False,
) -> None:
    """Cut a text into tokens: the pieces, their ids and their bytes.

    Examples:
      gptlab tokens "A figura é poética"
      gptlab tokens "A figura é poética" --tokenizer bpe --vocab-size 2048
      echo "To be, or not to be" | gptlab tokens --tokenizer gpt2 --json
      gptlab tokens "A figura é poética" --compare --preset gpu4gb
      gptlab tokens --compare --corpus scenes
    """
    from gptlab_tui.text.cutting import cut

    config = _config(preset, compare)
    opened = open_texts(corpus, encoding, errors) if corpus else _preset_text(config)
    size = vocab_size if vocab_size is not None else config.tokenizer.vocab_size
    given = text if text is not None else _standard_input()
    if compare:
        if given is None:
            given = opened.read(opened.val_start, opened.val_start + COMPARED)
        _compare(given, opened, size, unknown, config, as_json)
        return
    if given is None:
        raise GPTLabError(
            "There is no text to cut.", 'Give one: gptlab tokens "A figura", or on standard input.'
        )
    made = cut(given, tokenizer_for(tokenizer, size, opened), unknown)
    if as_json:
        emit_json(made.to_json())
    else:
        _show(made)


def tokenizer_for(kind: Kind, vocab_size: int, corpus: Corpus) -> Tokenizer:
    """The tokenizer of that kind made for a corpus; its note goes to standard error."""
    from gptlab_tui.config import TokenizerConfig
    from gptlab_tui.text.tokenizers import build_tokenizer

    config = TokenizerConfig.model_construct(kind=kind, vocab_size=vocab_size)  # its maker checks the size
    made = build_tokenizer(config, corpus, state.home)
    if made.note:
        warn(made.note)
    return made


def _config(preset: str | None, compare: bool) -> Config:
    """The preset whose model and corpus are meant: cpu200k where a model is needed, else none."""
    from gptlab_tui.config import Config
    from gptlab_tui.presets import load_preset

    if preset is None and not compare:
        return Config()
    return load_preset(preset or "cpu200k", (), state.home)


def _preset_text(config: Config) -> Corpus:
    """The text of a preset, or the bundled one that takes its place, which is said."""
    from gptlab_tui.text.corpus import open_corpus

    corpus = open_corpus(config.corpus, state.home)
    if corpus.warning:
        warn(corpus.warning)
    return corpus


def _standard_input() -> str | None:
    """The text on standard input, or None where that is a terminal or empty."""
    if sys.stdin is None or is_terminal(sys.stdin):
        return None
    try:
        return sys.stdin.buffer.read().decode("utf-8") or None
    except UnicodeDecodeError as error:
        raise GPTLabError(
            f"Standard input is not valid utf-8: byte 0x{error.object[error.start]:02x} at offset"
            f" {error.start} ({error.reason}).",
            "Convert it first, for example with iconv.",
        ) from error
    except OSError as error:
        raise GPTLabError(
            f"Standard input cannot be read: {error.strerror}.", "Give the text itself."
        ) from error


def _show(made: Cut) -> None:
    """The pieces in colours, then a row for each."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from gptlab_tui.render.display import display
    from gptlab_tui.render.units import counted

    screen = console()
    colours = screen.color_system is not None and not screen.no_color
    listed = made.pieces[:LISTED]
    line = Text()
    for number, piece in enumerate(listed):
        style = f"black on {BACKGROUNDS[number % len(BACKGROUNDS)]}" if colours else ""
        line.append(display(piece), style)
        line.append("" if colours or number == len(listed) - 1 else "|")
    screen.print(line, soft_wrap=True)
    table = Table("", "id", "piece", "bytes", box=box.SIMPLE_HEAD)
    table.columns[0].justify = table.columns[1].justify = "right"
    for number, (token, piece) in enumerate(zip(made.ids, listed, strict=False)):
        table.add_row(str(number), str(token), f"'{display(piece)}'", made.token_bytes[number].hex(" "))
    screen.print(table)
    rest = len(made.ids) - len(listed)
    more = f"; {rest:,} of them are not listed (--json gives all)" if rest else ""
    screen.print(
        f"{counted(len(made.ids), 'token')} of {counted(len(made.text), 'character')}, {made.tokenizer},"
        f" vocabulary {made.vocab_size:,}{more}"
    )


def _compare(
    text: str,
    corpus: Corpus,
    vocab_size: int,
    unknown: Literal["error", "skip", "replace"],
    config: Config,
    as_json: bool,
) -> None:
    """One row for each kind: how it cuts the text, and what its vocabulary costs the preset's model."""
    from gptlab_tui.text.cutting import measure

    rows: list[dict[str, Any]] = []
    for kind in KINDS:
        try:
            tokenizer = tokenizer_for(kind, vocab_size, corpus)
        except JobFailed as error:  # GPT-2's vocabulary is not here: the others can be compared
            warn(error.message, error.hint)
            continue
        rows.append(measure(text, tokenizer, unknown).to_json() | _cost(config, tokenizer.vocab_size))
    if as_json:
        emit_json({"preset": config.preset, "corpus": corpus.name, "characters": len(text), "rows": rows})
    else:
        _show_comparison(rows, config, len(text))


def _cost(config: Config, vocab_size: int) -> dict[str, Any]:
    """What a vocabulary costs in the parameters of a model."""
    from gptlab_tui.model.budget import parameters_by_part

    parts = parameters_by_part(config.model, vocab_size)
    total = sum(parts.values())
    return {
        "embedding_parameters": parts["token embedding"],
        "head_parameters": parts["head"],
        "parameters": total,
        "embedding_share": parts["token embedding"] / total,
        "vocabulary_share": (parts["token embedding"] + parts["head"]) / total,
    }


def _show_comparison(rows: list[dict[str, Any]], config: Config, characters: int) -> None:
    from rich import box
    from rich.table import Table

    from gptlab_tui.explain.tables import COMPARISON, UNTIED, comparison_cells, is_untied

    table = Table(*COMPARISON, box=box.SIMPLE_HEAD, padding=(0, 1))
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*comparison_cells(row))
    screen = console()
    screen.print(table)
    screen.print(f"{characters:,} characters; the model is that of {config.preset}.")
    if is_untied(rows):
        screen.print(UNTIED)
