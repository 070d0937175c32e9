"""`gptlab presets`: the configurations that have a name, and what one of them says."""

from __future__ import annotations

from typing import Annotated

import typer

from gptlab_tui.cli.common import console, emit_json, is_terminal, shown, state

app = typer.Typer()

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

    table = Table("preset", "what it is for", "what to expect", box=box.SIMPLE_HEAD)
    for preset in presets:
        about = preset.config.about if preset.config else f"broken: {preset.problem}"
        expected = preset.config.expected if preset.config else ""
        name = preset.name + (" (yours)" if preset.own else "")
        table.add_row(shown(name), shown(about), shown(expected))
    console().print(table)


@app.command()
def show(
    preset: Annotated[str, typer.Argument(help="Name of a preset, or a TOML file.")],
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
