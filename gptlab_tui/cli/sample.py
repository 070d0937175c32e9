"""`gptlab sample`: write text with a trained model."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gptlab_tui.cli.common import emit_json, is_terminal, piped_text, say_unknown, shown, state, warn
from gptlab_tui.cli.complete import complete_run
from gptlab_tui.cli.watching import busy
from gptlab_tui.cli.writing import open_view
from gptlab_tui.errors import GPTLabError

if TYPE_CHECKING:
    pass

app = typer.Typer()

#: Knobs that --compare can turn: those that are one number.
NUMBERS = (
    "temperature", "top_k", "top_p", "min_p", "typical_p", "repetition_penalty", "frequency_penalty",
    "presence_penalty", "penalty_window", "seed",
)  # fmt: skip


@app.command()
def sample(
    prompt: Annotated[
        str | None,
        typer.Argument(metavar="[PROMPT]", help="What to continue; by default standard input, or asked for."),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="By default the newest that has all characters of the prompt.",
            autocompletion=complete_run,
        ),
    ] = None,
    step: Annotated[
        str | None, typer.Option(metavar="N", help="Of step N, or `best`; by default the newest checkpoint.")
    ] = None,
    without_heads: Annotated[
        str | None,
        typer.Option(
            metavar="L.H,…", help="Switch attention heads off, by layer and number from 0, such as 0.1,2.3."
        ),
    ] = None,
    number: Annotated[
        int, typer.Option("-n", min=1, max=4096, help="So many samples, in one batch, with --- between.")
    ] = 1,
    max_tokens: Annotated[int | None, typer.Option(metavar="N", help="Length of a sample.")] = None,
    temperature: Annotated[
        float | None, typer.Option("-t", "--temperature", help="Low: sure of itself; high: adventurous.")
    ] = None,
    top_k: Annotated[int | None, typer.Option(help="Only the k most probable tokens.")] = None,
    top_p: Annotated[float | None, typer.Option(help="Only the most probable, up to this mass.")] = None,
    min_p: Annotated[float | None, typer.Option(help="Only at least this share of the largest.")] = None,
    typical_p: Annotated[
        float | None, typer.Option(help="Only the least surprising in surprise, up to this mass.")
    ] = None,
    repetition_penalty: Annotated[
        float | None, typer.Option(help="Above 1: less of what was written before.")
    ] = None,
    frequency_penalty: Annotated[
        float | None, typer.Option(help="Off the logit for each time it was there.")
    ] = None,
    presence_penalty: Annotated[float | None, typer.Option(help="Off the logit if it was there.")] = None,
    penalty_window: Annotated[
        int | None, typer.Option(help="The penalties look at so many last tokens; 0: at all.")
    ] = None,
    bias: Annotated[
        list[str] | None,
        typer.Option(metavar="PIECE=AMOUNT", help="Add to the logit of the token that the piece is."),
    ] = None,
    ban: Annotated[
        list[str] | None, typer.Option(metavar="PIECE", help="Never draw the tokens of the piece.")
    ] = None,
    chain: Annotated[
        str | None, typer.Option(metavar="A,B,…", help="Order of the filters; those left out are off.")
    ] = None,
    greedy: Annotated[bool, typer.Option("--greedy", help="Always the most probable token.")] = False,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Another seed, another text; the same, the same.")
    ] = None,
    stop: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="End before this text; may be repeated.")
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(metavar="KNOB=A,B,…", help="One sample for each value, side by side, same luck."),
    ] = None,
    unknown: Annotated[
        Literal["error", "skip", "replace"],
        typer.Option(
            help="With characters of the prompt that the model lacks; `replace` writes the first that it "
            "has of U+FFFD, `?` and a space, else its first token."
        ),
    ] = "error",
    no_prompt: Annotated[bool, typer.Option("--no-prompt", help="Leave the prompt out.")] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Read the whole context anew at every token (slow).")
    ] = False,
    alternatives: Annotated[
        int, typer.Option(metavar="K", min=0, help="With --json: so many best tokens for each.")
    ] = 5,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="cpu, cuda, mps or auto.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each token.")] = False,
) -> None:
    """Write text with a trained model: a prompt goes in, its continuation comes out.

    Knobs that are not given are the run's own.

    Past its context a model with relative positions slides; one with learned
    or sinusoidal ones reads the last half anew (see --exact).

    Examples:
      gptlab sample "A figura é poética"
      gptlab sample "Era uma vez" --max-tokens 500 --temperature 0.6 --seed 7
      gptlab sample "Era uma vez" -n 3 --top-p 0.9 --stop "." --no-prompt
      gptlab sample "A figura" --compare temperature=0.5,0.9,1.0,2.0
      gptlab sample "Era uma vez" --run contos --step 500 --without-heads 0.1,2.3
      echo "A figura" | gptlab sample --run contos --step best --json
      gptlab sample --repetition-penalty 1.2 --chain repetition,top_k --top-k 20
    """
    knobs = {
        "max_tokens": max_tokens,
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "typical_p": typical_p,
        "repetition_penalty": repetition_penalty,
        "frequency_penalty": frequency_penalty,
        "presence_penalty": presence_penalty,
        "penalty_window": penalty_window,
        "logit_bias": dict(map(parse_bias, bias)) if bias else None,
        "ban": ban or None,
        "chain": [name.strip() for name in chain.split(",")] if chain is not None else None,
        "seed": seed,
        "stop": stop or None,
    }
    changes = {knob: value for knob, value in knobs.items() if value is not None}
    variants = parse_comparison(compare) if compare is not None else {"": {}}
    if greedy and any("temperature" in turned for turned in (changes, *variants.values())):
        raise GPTLabError("--greedy is temperature 0, so no other can be given.", "Leave one of them out.")
    if compare is not None and number > 1:
        raise GPTLabError("--compare writes one sample for each value.", "Leave -n out.")
    prompts = [prompt] if prompt is not None else standard_input()
    with busy("loading PyTorch", quiet=as_json):
        from gptlab_tui.config import TrainConfig
        from gptlab_tui.model.head_names import heads_of
        from gptlab_tui.sampling.session import Request, Session
        from gptlab_tui.training.devices import choose_device
        from gptlab_tui.training.evaluation import parse_step
    request = Request(
        run=run,
        step=parse_step(step),
        without_heads=heads_of(without_heads or ""),
        device=choose_device(TrainConfig(device=device)).torch_device,
        changes=changes,
        greedy=greedy,
        samples=number,
        unknown=unknown,
        exact=exact,
        alternatives=alternatives if as_json else None,
    )
    session = Session(state.home, request)
    view = open_view(with_prompt=not no_prompt, as_json=as_json)
    said = None
    for asked in prompts:
        writings = session.write(asked, variants)
        opened = writings[0].opened
        if opened is not said:
            said = opened
            for warning in opened.warnings:
                warn(warning)
            if run is None:
                say_which(opened.run.name, opened.step)
        say_unknown(opened.tokenizer, asked, unknown)
        with session.threads():
            view.show(writings)


def parse_bias(text: str) -> tuple[str, float]:
    """("é", 2.5) of "é=2.5"."""
    piece, sign, amount = text.rpartition("=")
    try:
        if not sign:
            raise ValueError
        return piece, float(amount)
    except ValueError:
        raise GPTLabError(f"--bias {text!r} is not a piece and an amount.", "Like --bias e=-2.5.") from None


def parse_comparison(text: str) -> dict[str, dict[str, Any]]:
    """{"top_k=1": {"top_k": 1}, "top_k=5": {"top_k": 5}} of "top_k=1,5"."""
    knob, _, values = text.partition("=")
    knob = knob.strip().replace("-", "_")
    if knob not in NUMBERS:
        raise GPTLabError(
            f"--compare {text!r} does not name a knob that is a number.", f"It can turn {', '.join(NUMBERS)}."
        )
    try:
        return {f"{knob}={value.strip()}": {knob: parse_number(value)} for value in values.split(",")}
    except ValueError:
        raise GPTLabError(
            f"--compare {text!r} does not give numbers.", "Like --compare temperature=0.5,0.9."
        ) from None


def parse_number(text: str) -> int | float:
    """A whole number where it is written as one."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def standard_input() -> Iterator[str]:
    """The one prompt that is piped in, less its last line break, or those that are typed, one a line."""
    if sys.stdin is None:
        raise GPTLabError("There is no prompt.", 'Give one: gptlab sample "A figura".')
    if is_terminal(sys.stdin):
        yield from typed_prompts()
        return
    yield piped_text("prompt")


def typed_prompts() -> Iterator[str]:
    """Asks for prompts until the end of input (Ctrl-D)."""
    with suppress(ImportError):
        import readline  # noqa: F401 (gives `input` a history and editing)
    sys.stderr.write("Type a beginning and Enter; Ctrl-D ends.\n")
    while True:
        try:
            if is_terminal():
                text = input("> ")
            else:  # `input` would put its prompt among the samples
                sys.stderr.write("> ")
                sys.stderr.flush()
                text = sys.stdin.readline()
                if not text:
                    raise EOFError
        except EOFError:
            sys.stderr.write("\n")
            return
        if text.strip("\n"):
            yield text.strip("\n")


def say_which(run: str, step: int) -> None:
    """On standard error: the run that was chosen."""
    if state.json:
        emit_json({"run": run, "step": step}, sys.stderr)
    else:
        from gptlab_tui.runs.layout import BUNDLED

        why = "comes with GPTLab" if run == BUNDLED else f"your newest; --run {BUNDLED} comes with GPTLab"
        sys.stderr.write(shown(f"{run}, step {step:,} ({why})", stream=sys.stderr) + "\n")
        sys.stderr.flush()
