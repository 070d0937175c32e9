"""`gptlab model`: what a model is and costs before it exists, and the large ones it is related to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gptlab_tui.cli.common import console, emit_json, state, warn
from gptlab_tui.cli.complete import complete_corpus, complete_preset
from gptlab_tui.errors import GPTLabError

if TYPE_CHECKING:
    from gptlab_tui.config import Config

app = typer.Typer()

#: Tokens of GPT-2's vocabulary, so that a plan needs no download.
GPT2_TOKENS = 50_257


@app.command()
def model(
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Whose model; see `gptlab presets`.", autocompletion=complete_preset
        ),
    ] = None,
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="Text whose characters are the vocabulary: a name or a file.",
            autocompletion=complete_corpus,
        ),
    ] = None,
    vocab_size: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Vocabulary, instead of a text's.")
    ] = None,
    override: Annotated[
        list[str] | None,
        typer.Option(
            "-o", "--override", metavar="SECTION.KEY=VALUE", help="Another value than the preset's."
        ),
    ] = None,
    memory: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="What it has to fit into; by default what is free here."),
    ] = None,
    device: Annotated[
        Literal["cpu", "cuda", "mps"] | None,
        typer.Option(help="Plan for this kind of device; by default the one it would be trained on."),
    ] = None,
    survey: Annotated[
        bool, typer.Option("--survey", help="Show large models, their choices, and their relatives here.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show a model's tree and shapes, its parameters by part, its arithmetic and memory.

    Nothing is trained and nothing allocated, so any size can be looked at.

    Examples:
      gptlab model --preset cpu200k
      gptlab model --preset gpu4gb --memory 4GB --device cuda
      gptlab model --preset cpu200k --corpus my.txt -o model.n_layer=8
      gptlab model --preset gpt3-tiny --vocab-size 50257 --json
      gptlab model --survey
    """
    if survey:
        from gptlab_tui.cli.model_tables import print_survey
        from gptlab_tui.model.survey import survey as large_models

        if as_json:
            emit_json(large_models().to_json())
        else:
            print_survey(large_models(), console())
        return
    if corpus and vocab_size is not None:
        raise GPTLabError("--corpus and --vocab-size both say what the vocabulary is.", "Give one of them.")
    from gptlab_tui.cli.model_tables import print_model
    from gptlab_tui.model.budget import flops_per_token
    from gptlab_tui.model.describe import describe
    from gptlab_tui.presets import load_preset
    from gptlab_tui.training.devices import has_gpu
    from gptlab_tui.training.plan import outlook, parse_memory

    memory_bytes = None if memory is None else parse_memory(memory)
    name = preset or ("gpu4gb" if device == "cuda" or (device is None and has_gpu()) else "cpu200k")
    config = load_preset(name, override or (), state.home)
    tokens = vocab_size or _vocabulary(config, corpus)
    described = describe(config.model, tokens)
    flops = flops_per_token(config.model, tokens)
    prospect = outlook(config, tokens, device, memory_bytes)
    if as_json:
        record = {"preset": config.preset, **described.to_json(), "flops_per_token": flops.to_json()}
        emit_json(record | prospect.to_json())
    else:
        print_model(config, described, flops, prospect, console())


def _vocabulary(config: Config, corpus: list[str] | None) -> int:
    """How many tokens the configuration's tokenizer will have; a BPE is not trained for it."""
    if config.tokenizer.kind == "gpt2":
        return GPT2_TOKENS
    if config.tokenizer.kind == "bpe":
        return config.tokenizer.vocab_size
    from gptlab_tui.text.corpus import open_corpus
    from gptlab_tui.text.tokenizers import build_tokenizer

    wanted = config.corpus
    if corpus:
        wanted = wanted.model_copy(update={"name": tuple(corpus), "fallback": None})
    text = open_corpus(wanted, state.home)
    if text.warning:
        warn(text.warning)
    return build_tokenizer(config.tokenizer, text, state.home).vocab_size
