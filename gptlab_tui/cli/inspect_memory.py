"""`gptlab inspect memory`: what of a text stands in the training text already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gptlab_tui.cli.common import console, emit_json, is_terminal, state
from gptlab_tui.cli.inspect_common import (
    Ascii,
    AsJson,
    Pictures,
    Png,
    Run,
    Step,
    Svg,
    Width,
    columns_for,
    open_for,
    print_cells,
    say,
    text_of,
    way_of,
)
from gptlab_tui.cli.watching import busy, one_line
from gptlab_tui.errors import GPTLabError

if TYPE_CHECKING:
    from gptlab_tui.insight.memory import Memory, Source
    from gptlab_tui.render.heat import Cell, Way
    from gptlab_tui.text.text_index import TextIndex

#: So many of the longest runs are told with their source.
SOURCES = 8
#: The shortest run that is told as one.
SHORTEST = 8


def memory(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="[TEXT]",
            callback=text_of,
            help="By default one that the model writes now; - is standard input.",
        ),
    ] = None,
    run: Run = None,
    step: Step = None,
    prompt: Annotated[str, typer.Option(help="What the model continues; not part of the text.")] = "A ",
    max_tokens: Annotated[int, typer.Option(metavar="N", min=1, help="How much the model writes.")] = 1000,
    temperature: Annotated[
        float | None, typer.Option("-t", "--temperature", help="Of the writing; by default the run's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Of the writing.")] = None,
    at_least: Annotated[
        int, typer.Option("-n", "--at-least", metavar="N", min=1, help="Runs so long count as copied.")
    ] = 24,
    ascii_only: Ascii = False,
    width: Width = None,
    svg: Svg = None,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Colour a text by the longest runs of it that stand in the training text.

    A run is a row of characters that the training text has, too, exactly so.
    Short ones are the language, long ones are copied; how long is long says
    the held-out text of the same corpus, which nobody copied: beside each
    share stands the one of that text.

    Needs the run's text: the first time it is sorted and kept in the cache.

    Examples:
      gptlab inspect memory
      gptlab inspect memory --prompt "Era uma vez" --max-tokens 5000 -t 0.5
      gptlab inspect memory "A figura é poética, mas não" --run contos
      gptlab inspect memory --at-least 32 --json
      gptlab inspect memory --svg memory.svg
    """
    from gptlab_tui.insight.memory import remember, remember_held_out

    if text == "":
        raise GPTLabError("There is no text to look at.", "Leave it out, and the model writes one.")
    asked = text
    if text is None or run is None:
        with busy("loading PyTorch", quiet=as_json):
            run, number, text = _written(text, prompt, run, step, max_tokens, temperature, seed)
    else:
        number = None
    index = _index(run, as_json)
    with busy("comparing", quiet=as_json):
        found, held_out = remember(index, text), remember_held_out(index)
    assert found is not None
    assert held_out is not None
    said: dict[str, object] = {"run": run, "step": number, "prompt": prompt if asked is None else None}
    if as_json:
        emit_json(_json(said, index, found, held_out, at_least))
    if pictures := Pictures(svg, png):
        _save(pictures, said, index, found, held_out, at_least)
    if not as_json and not pictures:
        _show(said, index, found, held_out, at_least, ascii_only, width)


def _written(
    text: str | None,
    prompt: str,
    run: str | None,
    step: str | None,
    max_tokens: int,
    temperature: float | None,
    seed: int | None,
) -> tuple[str, int | None, str]:
    """The run, the step and the text: as given, or as the model writes it."""
    opened = open_for(prompt if text is None else text, run, step)
    if text is not None:
        return opened.run.name, None, text
    from gptlab_tui.sampling.decoder import continue_text
    from gptlab_tui.sampling.settings import change_knobs

    turned = {"temperature": temperature, "seed": seed}
    knobs = change_knobs(
        opened.config.sample, {knob: value for knob, value in turned.items() if value is not None}
    )
    text = continue_text(opened.model, opened.tokenizer, prompt, knobs, max_tokens)
    return opened.run.name, opened.step, text


def _index(run: str, as_json: bool) -> TextIndex:
    """The index of a run's training text, made where it is not there; says what it does meanwhile."""
    from gptlab_tui.runs.layout import find_run
    from gptlab_tui.text.run_text import index_of_run

    request = find_run(state.home, run).read_training_request()
    with busy("reading the training text", quiet=as_json) as status:

        def tell(done: int, whole: int) -> None:
            if status is not None:
                status.update(f"sorting the training text (once): {done / max(1, whole):.0%}")

        found = index_of_run(request, state.home, tell)
    assert found is not None  # nobody stops it but Ctrl-C
    return found


def _json(
    said: dict[str, object], index: TextIndex, found: Memory, held_out: Memory, at_least: int
) -> dict[str, object]:
    from gptlab_tui.insight.memory import LENGTHS, sources

    return {
        **said,
        "text": found.text,
        "characters": len(found.text),
        "held_out_characters": len(held_out.text),
        "at_least": at_least,
        "copied": found.copied(at_least),
        "held_out_copied": held_out.copied(at_least),
        "shares": [
            {"length": length, "copied": found.copied(length), "held_out": held_out.copied(length)}
            for length in LENGTHS
        ],
        "covers": [int(length) for length in found.covers],
        "sources": [
            {
                "start": one.start,
                "length": one.length,
                "text": one.text,
                "line": one.line,
                "place": one.place,
                "before": one.before,
                "after": one.after,
            }
            for one in sources(found, index, SOURCES, SHORTEST)
        ],
    }


def captions(said: dict[str, object], found: Memory, held_out: Memory, at_least: int) -> list[str]:
    """What the text is, and how much of it is copied, in lines."""
    told = "a given text" if said["prompt"] is None else f"written at step {said['step']:,}"
    return [
        f"{said['run']}: {told}, {len(found.text):,} characters, beside the training text",
        f"{found.copied(at_least):.1%} stands in runs of {at_least} or more characters that the training text"
        f" has, too; of {len(held_out.text):,} held-out ones {held_out.copied(at_least):.1%}.",
    ]


def _show(
    said: dict[str, object],
    index: TextIndex,
    found: Memory,
    held_out: Memory,
    at_least: int,
    ascii_only: bool,
    width: int | None,
) -> None:
    """The coloured text, the shares, and the longest runs with their lines."""
    from gptlab_tui.insight.memory import sources
    from gptlab_tui.render.memory import draw_memory, legend

    way, columns = way_of(console(), ascii_only), columns_for(width)
    print_cells(draw_memory(found.text, found.covers.tolist(), way, columns))
    print_cells([[], *legend(way, columns), []])
    say(*captions(said, found, held_out, at_least), "")
    print_cells([*share_table(found, held_out, way, columns), []])
    room = 400 if not is_terminal() else columns * 2
    for one in sources(found, index, SOURCES, SHORTEST):
        say(_words(one, way, room))


def _words(one: Source, way: Way, room: int) -> str:
    """One run with its line and surroundings, such as "27 characters, line 105: …T[inha-se]…"."""
    place = one_line(f"{one.before}[{one.text}]{one.after}", room)
    more = "…"
    if way == "ascii":
        more, place = "...", place.replace("⏎", "\\")
    return f"{one.length:>4} characters, line {one.line:,}: {more}{place}{more}"


def share_table(found: Memory, held_out: Memory, way: Way, width: int) -> list[list[Cell]]:
    """The copied share by length, beside that of the held-out text."""
    from gptlab_tui.insight.memory import LENGTHS
    from gptlab_tui.render.table import Column, draw_table

    rows = [(length, found.copied(length), held_out.copied(length)) for length in LENGTHS]
    rows = [row for row in rows if row[1] or row[2]]  # the longer, the fewer
    columns = [
        Column("runs of", [f"{length}+" for length, _, _ in rows]),
        Column("this text", [f"{mine:.1%}" for _, mine, _ in rows]),
        Column("held-out", [f"{theirs:.1%}" for _, _, theirs in rows]),
    ]
    return draw_table(columns, way, width)


def _save(
    pictures: Pictures,
    said: dict[str, object],
    index: TextIndex,
    found: Memory,
    held_out: Memory,
    at_least: int,
) -> None:
    """The same as a picture."""
    from gptlab_tui.insight.memory import sources
    from gptlab_tui.render.heat import text as text_of_cells
    from gptlab_tui.render.memory import draw_memory, legend

    rows = [*draw_memory(found.text, found.covers.tolist(), "colour", 100), [], *legend("colour", 100)]
    shares = text_of_cells(share_table(found, held_out, "colour", 100)).splitlines()
    runs = [_words(one, "colour", 400) for one in sources(found, index, SOURCES, SHORTEST)]
    pictures.cells(rows, [*captions(said, found, held_out, at_least), "", *shares, "", *runs])
