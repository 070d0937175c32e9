"""Typed configuration: what a run is asked to be, in five sections.

Defaults are GPT-2's choices at the size of a PC. A preset states only what differs from them.
Validation (types, ranges, what goes with what) happens here; reading files in `presets.py`.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

PositiveInt = Annotated[int, Field(ge=1)]
Width = Annotated[int, Field(ge=1, le=1 << 18)]
"""Of layers, heads, features, contexts, batches: beyond any machine, and within its arithmetic."""
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
NonNegative = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]

Norm = Literal["layernorm", "rmsnorm", "reference"]
NormPlacement = Literal["pre", "post"]
Positions = Literal["learned", "sinusoidal", "rope", "alibi", "relative"]
Activation = Literal["gelu", "relu", "swiglu", "geglu", "relu2"]
Bias = Literal["none", "all", "qkv"]
Schedule = Literal["cosine", "linear", "trapezoid", "constant"]
Filter = Literal[
    "repetition", "frequency", "presence", "bias", "temperature", "top_k", "top_p", "min_p", "typical"
]

#: Hugging Face's order; everything in it is off by default but the temperature.
DEFAULT_CHAIN: tuple[Filter, ...] = (
    "bias",
    "repetition",
    "frequency",
    "presence",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical",
)


class Section(BaseModel):
    """A part of the configuration: frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CorpusConfig(Section):
    """Which text, and how its bytes become characters."""

    name: tuple[str, ...] = Field(default=("contos",), min_length=1)
    """Names of the catalogue, files or folders; several are joined in this order."""
    encoding: str = "utf-8"
    errors: Literal["strict", "replace"] = "strict"
    """What to do with bytes that are not valid in the encoding."""
    fallback: str | None = None
    """A bundled corpus to take, with a warning, where `name` has to be fetched and cannot be."""
    val_fraction: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.1
    """Share of the characters, at the end of the text, that is kept for validation."""


class TokenizerConfig(Section):
    """How characters become tokens."""

    kind: Literal["char", "bpe", "gpt2"] = "char"
    vocab_size: Annotated[int, Field(ge=256, le=1 << 20)] = 1024
    """Size that a `bpe` is trained to; `char` and `gpt2` have the size that they have."""


class ModelConfig(Section):
    """The shape of the decoder. `vocab_size` is not here: it is the tokenizer's."""

    n_layer: Width = 4
    n_head: Width = 4
    n_embd: Width = 64
    block_size: Width = 32
    """Context: how many tokens a prediction can see."""
    norm: Norm = "layernorm"
    norm_placement: NormPlacement = "pre"
    """`pre`: x + f(norm(x)), GPT-2's. `post`: norm(alpha x + f(x)), with DeepNorm's alpha and beta."""
    positions: Positions = "learned"
    activation: Activation = "gelu"
    bias: Bias = "all"
    qk_norm: bool = False
    """RMS-normalise queries and keys of each head, with a learned gain (Henry et al. 2020)."""
    tied_head: bool = True
    """The head's matrix is the token embedding's."""
    n_hidden: Width | None = None
    """Width inside the MLP; by default 4 n_embd, for gated activations 8/3 n_embd, in eights."""
    conv_width: Annotated[int, Field(ge=0, le=8)] = 0
    """Taps of a causal depthwise convolution before each attention and MLP; 0 leaves it out."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Of the embeddings and of each branch before it is added."""
    attn_dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Of the attention weights."""
    init_std: Annotated[float, Field(gt=0.0)] = 0.02
    residual_init: Literal["scaled", "zero"] = "scaled"
    """Start of every `c_proj`: init_std / sqrt(2 n_layer), as GPT-2, or zero."""

    @model_validator(mode="after")
    def _heads_divide_the_width(self) -> Self:
        if self.n_embd % self.n_head:
            raise ValueError(f"n_embd ({self.n_embd}) must be a multiple of n_head ({self.n_head})")
        if self.positions == "rope" and (self.n_embd // self.n_head) % 2:
            raise ValueError("positions = 'rope' needs an even width of a head (n_embd / n_head)")
        return self


class TrainConfig(Section):
    """How the weights are found."""

    batch_size: Width = 32
    """Sequences of `block_size` tokens per optimizer step, over all processes."""
    micro_batch: Width | Literal["auto"] | None = None
    """Sequences per forward pass; the gradient accumulates over batch_size / micro_batch of them."""
    max_iters: PositiveInt = 1000
    learning_rate: Annotated[float, Field(gt=0.0)] = 1e-3
    min_lr: NonNegative = 0.0
    """Where a decaying schedule ends."""
    schedule: Schedule = "cosine"
    warmup_iters: Annotated[int, Field(ge=0)] = 0
    cooldown: Fraction = 0.4
    """Share of the steps over which a `trapezoid` goes down."""
    beta1: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.9
    beta2: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.99
    epsilon: Annotated[float, Field(gt=0.0)] = 1e-8
    weight_decay: NonNegative = 0.1
    decay: Literal["matrices", "all"] = "matrices"
    """What weight decay pulls on: matrices that multiply, or every parameter."""
    grad_clip: NonNegative = 1.0
    """Largest norm of the gradient; 0 leaves it as it is."""
    order: Literal["epoch", "random"] = "epoch"
    """`epoch`: each pass visits every window once, shuffled; `random`: windows drawn anew each step."""
    dtype: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    device: str = "auto"
    compile: bool = False
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Threads of the CPU; by default as many as it has cores."""
    seed: Annotated[int, Field(ge=0, lt=1 << 63)] = 1337
    log_interval: PositiveInt = 10
    eval_interval: PositiveInt = 250
    eval_tokens: PositiveInt = 1_000_000
    """At most so many tokens of the validation part are scored at an evaluation."""
    save_interval: PositiveInt | None = None
    """Steps between checkpoints; by default one at every evaluation."""
    keep_checkpoints: Annotated[int, Field(ge=2, le=10_000)] = 2
    keep_best: bool = True
    snapshots: Annotated[int, Field(ge=0)] = 64
    """At most so many snapshots are kept, thinned logarithmically; 0 makes none."""
    snapshot_budget_mib: NonNegative = 256.0
    patience: Annotated[int, Field(ge=0)] = 0
    """Stop after so many evaluations without a better one; 0 never does."""
    prompts: tuple[str, ...] = ("\n",)
    """What the model continues at every evaluation, for the journal."""
    prompt_tokens: Annotated[int, Field(ge=0)] = 120

    @model_validator(mode="after")
    def _parts_go_together(self) -> Self:
        problems = []
        if isinstance(self.micro_batch, int) and self.batch_size % self.micro_batch:
            problems.append(
                f"batch_size ({self.batch_size}) must be a multiple of micro_batch ({self.micro_batch})"
            )
        if self.min_lr > self.learning_rate:
            problems.append(f"min_lr ({self.min_lr}) must not be above learning_rate ({self.learning_rate})")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class SampleConfig(Section):
    """How text is drawn from the model: the knobs, everything off but the temperature."""

    temperature: NonNegative = 0.8
    """Divides the logits; 0 takes the largest."""
    top_k: Annotated[int, Field(ge=0)] = 0
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    min_p: Fraction = 0.0
    typical_p: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    repetition_penalty: Annotated[float, Field(gt=0.0)] = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    penalty_window: Annotated[int, Field(ge=0)] = 0
    """The penalties look at so many last tokens; 0 looks at all, the prompt included."""
    logit_bias: dict[str, float] = {}
    """Piece of text -> amount added to the logit of the token that it is."""
    ban: tuple[str, ...] = ()
    """Pieces of text whose tokens are never drawn."""
    chain: tuple[Filter, ...] = DEFAULT_CHAIN
    """Order of the filters; one that is left out is off."""
    max_tokens: Annotated[int, Field(ge=0)] = 300
    stop: tuple[str, ...] = ()
    seed: Annotated[int, Field(ge=0, lt=1 << 63)] = 1337

    @model_validator(mode="after")
    def _chain_has_no_filter_twice(self) -> Self:
        if len(set(self.chain)) != len(self.chain):
            raise ValueError("chain names a filter twice")
        return self


class Config(Section):
    """A whole configuration: what `run.json` keeps and what a preset stands for."""

    preset: str = ""
    about: str = ""
    """One line that says what the preset is for."""
    expected: str = ""
    """Time and loss to expect, and where they were measured."""
    corpus: CorpusConfig = CorpusConfig()
    tokenizer: TokenizerConfig = TokenizerConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()
    sample: SampleConfig = SampleConfig()
