"""`gptlab eval`: score a trained model on a text."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from gptlab_tui.cli.common import console, emit_json, shown, state, warn
from gptlab_tui.cli.complete import complete_corpus, complete_run
from gptlab_tui.cli.corpus import AsJson, Encoding, Errors

app = typer.Typer()


@app.command(name="eval")
def evaluate(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="A run; see `gptlab runs list`.", autocompletion=complete_run)
    ],
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="Another text, scored whole; by default the run's validation part.",
            autocompletion=complete_corpus,
        ),
    ] = None,
    step: Annotated[
        str | None, typer.Option(metavar="N", help="Of step N, or `best`; by default the newest checkpoint.")
    ] = None,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="cpu, cuda, mps or auto.")] = "auto",
    encoding: Encoding = "utf-8",
    errors: Errors = "strict",
    unknown: Annotated[
        Literal["error", "skip", "replace"],
        typer.Option(help="What to do with characters that the model lacks."),
    ] = "error",
    temperature: Annotated[
        float,
        typer.Option(
            "-t", "--temperature", min=0.01, max=100, metavar="NUMBER", help="Divide the logits by it first."
        ),
    ] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Score a trained model: nats per token, and bits per byte, which compares all models.

    The text is scored in consecutive windows of the model's context, which do not overlap.

    A temperature at which the loss is lower than at 1 tells that the model is too sure of itself (above 1)
    or not sure enough (below); which text people like best is another question.

    Examples:
      gptlab eval contos                       # on its own validation part
      gptlab eval contos --corpus scenes --unknown skip
      gptlab eval contos --temperature 0.9     # surer of itself
      gptlab eval long --step best --json
    """
    from gptlab_tui.cli.watching import busy
    from gptlab_tui.render.units import share

    with busy("loading PyTorch", quiet=as_json):
        from gptlab_tui.training import evaluation
    with busy("scoring", quiet=as_json) as status:

        def tell(tokens: int, loss: float) -> None:
            if status is not None:
                status.update(f"scoring: {tokens:,} tokens, {loss:.3f} nats per token so far")

        found = evaluation.evaluate_run(
            state.home,
            run,
            step=evaluation.parse_step(step),
            corpus=corpus,
            device=device,
            encoding=encoding,
            errors=errors,
            unknown=unknown,
            temperature=temperature,
            tell=tell,
        )
    done = "replaced" if found.unknown == "replace" else "left out"
    many = "1 character" if found.unknown_characters == 1 else f"{found.unknown_characters:,} characters"
    done = f"{'was' if found.unknown_characters == 1 else 'were'} {done}"
    lacking = f"{many} of the text ({share(found.unknown_share)}) {done}"
    if found.unknown_characters:
        warn(
            f"{lacking}, since the model lacks them: this figure does not compare with other models.",
            "Only models that read the same characters of the text answer the same questions.",
        )
    if as_json:
        emit_json(found.to_json())
        return
    screen = console()
    at = "" if found.temperature == 1 else f", at temperature {found.temperature:g}"
    screen.print(f"{shown(found.run)}, step {found.step:,}, on {shown(found.corpus)} ({found.part}){at}")
    screen.print(
        f"  {found.loss:.4f} nats per token    {found.bits_per_byte:.4f} bits per byte    "
        f"perplexity {found.perplexity:.3f}"
    )
    screen.print(f"  {found.tokens:,} tokens, {found.size_bytes:,} bytes, {found.elapsed_s:.1f} s")
    if found.unknown_characters:
        screen.print(f"  {lacking}")
