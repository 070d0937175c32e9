"""`gptlab presets`: the configurations that have a name, and what one of them says."""

from __future__ import annotations

from typing import Annotated

import typer

from gptlab_tui.cli.common import console, emit_json, is_terminal, shown, state
from gptlab_tui.cli.complete import complete_preset

app = typer.Typer()

#: Columns from which on there is room for what to expect.
WIDE = 120

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@app.callback(invoke_without_command=True)
def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """Configurations that come with GPTLab, and your own.

    Without a command it lists them. Your own are files in the folder `presets` of the home, or
    anywhere: where a preset is asked for, its path does as well.

    Examples:
      gptlab presets
      gptlab presets --json
      gptlab presets show cpu200k
      gptlab presets show cpu200k > mine.toml   # a start for one of your own
      gptlab train --preset mine.toml
    """
    if context.invoked_subcommand is not None:
        return
    from gptlab_tui.presets import list_presets

    presets = list_presets(state.home)
    if as_json:
        emit_json(
            {
                "presets": [
                    {
                        "name": preset.name,
                        "about": preset.config.about if preset.config else "",
                        "expected": preset.config.expected if preset.config else "",
                        "path": str(preset.path),
                        "own": preset.own,
                        "problem": preset.problem,
                    }
                    for preset in presets
                ]
            }
        )
        return
    from rich import box
    from rich.table import Table

    screen = console()
    wide = screen.width >= WIDE
    table = Table("preset", "what it is for", box=box.SIMPLE_HEAD)
    table.columns[0].no_wrap = True
    if wide:
        table.add_column("what to expect")
    for preset in sorted(presets, key=lambda preset: (_family(preset.name), preset.name)):
        about = preset.config.about if preset.config else f"broken: {preset.problem}"
        expected = preset.config.expected if preset.config else ""
        name = preset.name + (" (yours)" if preset.own else "")
        table.add_row(*map(shown, (name, about, expected) if wide else (name, about)))
    screen.print(table)
    if not wide:
        screen.print("`gptlab presets show NAME` says what to expect of one, in loss and in time.")


@app.command("list", hidden=True)
def list_too(context: typer.Context, as_json: AsJson = False) -> None:
    """List all presets, as `gptlab presets` alone does.

    Examples:
      gptlab presets list
    """
    list_all(context, as_json)


def _family(name: str) -> int:
    """Presets to begin with first, then those to compare; the user's own names before all."""
    families = ("cpu200k", "gpu4gb", "cpu", "gpu", "", "-tiny", "reference", "bundled")
    if name in families:
        return families.index(name)
    kind = next((part for part in ("cpu", "gpu", "reference") if name.startswith(f"{part}")), "")
    return families.index("-tiny" if name.endswith("-tiny") else kind)


@app.command()
def show(
    preset: Annotated[
        str, typer.Argument(help="Name of a preset, or a TOML file.", autocompletion=complete_preset)
    ],
    override: Annotated[
        list[str] | None,
        typer.Option("-o", "--override", metavar="SECTION.KEY=VALUE", help="Change a value first."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show all that a preset stands for, as a preset file.

    What stays at its default is commented out.

    Examples:
      gptlab presets show cpu200k
      gptlab presets show cpu200k -o model.n_layer=6
      gptlab presets show cpu200k > mine.toml
      gptlab presets show mine.toml --json
    """
    from gptlab_tui.presets import load_preset, to_toml

    config = load_preset(preset, override or (), state.home)
    if as_json:
        emit_json(config.model_dump(mode="json"))
        return
    text = shown(to_toml(config), multiline=True)
    if not is_terminal():
        typer.echo(text, nl=False)
        return
    screen = console()
    for line in text.splitlines():
        style = "dim" if line.startswith("#") else "bold" if line.startswith("[") else None
        screen.print(line, style=style, soft_wrap=True)
