"""What the verbs that look inside share: options, the model, how they draw, where pictures go."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gptlab_tui.cli.common import console, is_terminal, piped_text, say_unknown, shown, state, warn
from gptlab_tui.cli.complete import complete_run
from gptlab_tui.cli.new_files import differ, new_file, new_path
from gptlab_tui.errors import GPTLabError

if TYPE_CHECKING:
    import numpy as np
    from rich.console import Console

    from gptlab_tui.config import SampleConfig
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.cosine_map import Map
    from gptlab_tui.render.heat import Cell, Way
    from gptlab_tui.render.places import Mark
    from gptlab_tui.render.scatter import Panel


def text_of(value: str | None) -> str | None:
    """The text of an argument, as a callback of Typer: `-` is what is piped in."""
    if value != "-":
        return value
    if sys.stdin is None or is_terminal(sys.stdin):
        raise GPTLabError("`-` is what is piped in, and nothing is.", "Such as < text.txt after the command.")
    return piped_text("text")


Text = Annotated[
    str,
    typer.Argument(metavar="TEXT", callback=text_of, help="What the model reads; - is standard input."),
]
Run = Annotated[
    str | None,
    typer.Option(
        metavar="RUN",
        help="By default the newest that has all characters of the text.",
        autocompletion=complete_run,
    ),
]
Step = Annotated[
    str | None, typer.Option(metavar="N", help="Of step N, or `best`; by default the newest checkpoint.")
]
WithoutHeads = Annotated[
    str | None,
    typer.Option(metavar="L.H,…", help="Switch heads off, by layer and number from 0, such as 0.1,2.3."),
]
Unknown = Annotated[
    Literal["error", "skip", "replace"],
    typer.Option(help="What to do with characters of the text that the model lacks."),
]
Ascii = Annotated[bool, typer.Option("--ascii", help="Draw with ASCII signs alone.")]
Width = Annotated[
    int | None, typer.Option(metavar="N", min=10, max=10_000, help="By default the terminal's.")
]
Svg = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", callback=new_path, help="Write a picture instead; it must not be there yet."
    ),
]
Png = Annotated[
    Path | None,
    typer.Option(metavar="FILE", callback=new_path, help="The same as PNG; both may be given."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, with all numbers.")]


def open_for(
    text: str,
    run: str | None,
    step: str | None,
    without_heads: str | None = None,
    *,
    may_be_damaged: bool = False,
) -> OpenModel:
    """The model of a run, or the newest that can read a text, perhaps without some heads; loads torch.

    One that was named may have weights that are not finite, where they are shown as they are.
    """
    from gptlab_tui.model.head_names import heads_of
    from gptlab_tui.model.open_run import open_model, with_heads_off
    from gptlab_tui.runs.layout import find_run
    from gptlab_tui.sampling.choose import open_newest
    from gptlab_tui.training.evaluation import parse_step

    wanted = parse_step(step)
    if run is None:
        opened = open_newest(state.home, text, wanted, "cpu")
    else:
        opened = open_model(find_run(state.home, run), wanted, "cpu", may_be_damaged=may_be_damaged)
    for warning in opened.warnings:
        warn(warning)
    return with_heads_off(opened, heads_of(without_heads or ""))


def open_against(opened: OpenModel, run: str | None, step: str | None) -> OpenModel | None:
    """The model that another one is set against, a step of its own run where no run is named."""
    from gptlab_tui.model.open_run import open_model
    from gptlab_tui.runs.layout import find_run
    from gptlab_tui.training.evaluation import parse_step

    if run is None and step is None:
        return None
    other = open_model(opened.run if run is None else find_run(state.home, run), parse_step(step), "cpu")
    for warning in other.warnings:
        warn(warning)
    return other


def pass_over(step: int, why: str) -> None:
    """Warns of a step whose weights cannot be read, where others do as well."""
    warn(f"Step {step:,} is left out. {why}")


def layer_of(opened: OpenModel, layer: int) -> int:
    """A layer counted from 0; -1 is the last. Raises GPTLabError for one that the model has not."""
    return _counted("layer", layer, opened.config.model.n_layer, opened)


def head_of(opened: OpenModel, head: int) -> int:
    """A head of a layer, likewise."""
    return _counted("head", head, opened.config.model.n_head, opened)


def token_of(opened: OpenModel, token: int, count: int) -> int:
    """One of so many tokens of a text, likewise."""
    return _counted("token", token, count, opened, verb="read")


def _counted(what: str, number: int, count: int, opened: OpenModel, *, verb: str = "has") -> int:
    if not -count <= number < count:
        raise GPTLabError(f"There is no {what} {number}.", f"{opened.run.name} {verb} 0 to {count - 1}.")
    return number % count


def knobs_of(opened: OpenModel, overrides: Sequence[str]) -> SampleConfig:
    """The run's own knobs of sampling with some turned, `temperature=0.5` or `sample.temperature=0.5`."""
    from gptlab_tui.presets import apply_overrides

    for one in overrides:
        if "=" not in one:
            raise GPTLabError(f"-o {one!r} is not a knob with its value.", "Like -o temperature=0.5.")
    asked = [f"sample.{one.removeprefix('sample.')}" for one in overrides]
    return apply_overrides(opened.config, asked).sample


def ids_of(opened: OpenModel, text: str, unknown: Literal["error", "skip", "replace"]) -> list[int]:
    """The tokens of a text; says what became of characters that the model lacks."""
    ids: list[int] = opened.tokenizer.encode(text, unknown).tolist()
    say_unknown(opened.tokenizer, text, unknown, "text")
    return ids


def which(opened: OpenModel) -> str:
    """Such as "contos, step 10,000", and how many heads are off."""
    from gptlab_tui.model.head_names import told

    return ", ".join(filter(None, (opened.run.name, f"step {opened.step:,}", told(opened.off))))


def which_json(opened: OpenModel) -> dict[str, Any]:
    """The same with the digest of the weights: how every JSON object begins."""
    from gptlab_tui.model.head_names import names_of

    said: dict[str, Any] = {"run": opened.run.name, "step": opened.step, "digest": opened.digest}
    return {**said, "without_heads": names_of(opened.off)} if opened.off else said


def way_of(screen: Console, ascii_only: bool) -> Way:
    """The drawing that fits where the output goes."""
    if ascii_only or (screen.encoding or "utf-8").lower().replace("-", "") != "utf8":
        return "ascii"
    colours = is_terminal() and not screen.no_color and screen.color_system in ("256", "truecolor")
    return "colour" if colours else "grey"


def bar_for(way: Way) -> Callable[[float, int], str]:
    """How a bar (of a fraction, so many columns wide) is drawn here."""
    from gptlab_tui.render.bars import bar

    return partial(bar, ascii_only=way == "ascii")


def columns_for(width: int | None) -> int:
    """Columns of a drawing: as asked for, the terminal's, or 100 where there is none."""
    if width is not None:
        return width
    screen = console()
    return screen.width if is_terminal() else min(screen.width, 100)


def say(*lines: str) -> None:
    """Lines of text, broken between words where the terminal is narrow."""
    from rich.text import Text as Line

    screen = console()
    for line in lines:
        screen.print(Line(shown(line)))


def print_cells(rows: Sequence[Sequence[Cell]]) -> None:
    """A drawing, line by line; where a line has no ground of its own, nothing at its end."""
    from gptlab_tui.render.cells_text import text_of

    screen = console()
    for row in rows:
        line = text_of(row)
        if not any(cell.background for cell in row):
            line.rstrip()
        screen.print(line, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The files that a verb is to write instead of drawing on the terminal; true where there are any."""

    svg: Path | None
    png: Path | None

    def __post_init__(self) -> None:
        differ(svg=self.svg, png=self.png)

    def __bool__(self) -> bool:
        return self.svg is not None or self.png is not None

    def cells(
        self,
        rows: Sequence[Sequence[Cell]],
        caption: Sequence[str] = (),
        *,
        apart: bool = False,
        marks: Sequence[Mark] = (),
    ) -> None:
        """A drawing, marks over its lines, and what it is of; raises what `new_file` raises.

        With `apart` no lines touch.
        """
        from gptlab_tui.render.cells_png import cells_dots
        from gptlab_tui.render.cells_svg import cells_svg

        self.save(
            lambda: cells_svg(rows, caption, marks=marks),
            lambda: cells_dots(rows, caption, apart=apart, marks=marks),
        )

    def panels(
        self, panels: Sequence[Panel], caption: Sequence[str], abreast: int = 2, table: Map | None = None
    ) -> None:
        """Points, so many panels abreast, and what they are; raises what `new_file` raises."""
        from gptlab_tui.render.scatter_png import scatter_dots
        from gptlab_tui.render.scatter_svg import scatter_svg

        self.save(
            lambda: scatter_svg(panels, caption, abreast, table),
            lambda: scatter_dots(panels, caption, abreast, table),
        )

    def save(self, svg: Callable[[], str], dots: Callable[[], np.ndarray]) -> None:
        """What the two make, each only if it is wanted, to new files; raises what `new_file` raises."""
        if self.svg is not None:
            drawn = svg()
            with new_file(self.svg) as file:
                file.write(drawn)
        if self.png is not None:
            from gptlab_tui.render.png import png

            packed = png(dots())
            with new_file(self.png, binary=True) as file:
                file.write(packed)
