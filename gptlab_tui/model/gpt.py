"""One decoder, read from top to bottom: Norm, positions, Attention, MLP, Block, GPT.

With the defaults of `ModelConfig` it is GPT-2 (Radford et al. 2019); other settings make it the
causal models of "A Survey of Large Language Models" (arXiv 2303.18223) at any size.

Letters in shapes: B sequences, T tokens, S keys (T plus what the cache holds), C = n_embd,
nh heads of width hs = C / nh, V tokens of the vocabulary.

Two paths compute the attention: `scaled_dot_product_attention` (fast), and where a `Capture` is
given the same in written-out steps, so that weights and hidden states can be looked at.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.cache import Cache, LayerCache
from gptlab_tui.model.capture import Capture
from gptlab_tui.model.positions import Place, PositionBias, placed, rotate, rotation, sinusoids


class ReferenceNorm(nn.Module):
    """The reference's LayerNorm: n-1 in the variance, and epsilon outside the root.

    a (x - mean) / (std + 1e-5) + b; about 1 / (2 C) away from the usual one, see `docs`.
    """

    def __init__(self, n_embd: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n_embd))
        self.bias = nn.Parameter(torch.zeros(n_embd))

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)"""
        std, mean = torch.std_mean(x, dim=-1, keepdim=True)
        return self.weight * (x - mean) / (std + 1e-5) + self.bias


def build_norm(config: ModelConfig, width: int) -> nn.Module:
    """The configured norm over the last `width` features."""
    if config.norm == "rmsnorm":
        return nn.RMSNorm(width, eps=1e-5)
    if config.norm == "reference":
        return ReferenceNorm(width)
    return nn.LayerNorm(width, eps=1e-5, bias=config.bias != "none")


class ShortConvolution(nn.Module):
    """Adds to each token a weighted sum of the last few, per channel (So et al. 2021, Primer).

    Starts at zero, i.e. as the identity. It spares the attention heads the most common thing that
    they would learn, to look at the token before.
    """

    def __init__(self, n_embd: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width, n_embd))  # (K, C), newest tap last

    def forward(self, x: Tensor, cache: LayerCache | None, slot: str) -> Tensor:
        """(B, T, C) -> (B, T, C)"""
        reach = self.weight.size(0) - 1
        past = cache.recent(slot, x, reach) if cache else F.pad(x, (0, 0, reach, 0))  # (B, T+reach, C)
        T = x.size(1)
        for tap, weight in enumerate(self.weight):
            x = torch.addcmul(x, past[:, tap : tap + T], weight)
        return x


class Attention(nn.Module):
    """Causal self-attention with several heads (Vaswani et al. 2017)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        C = config.n_embd
        self.n_head = config.n_head
        self.dropout = config.attn_dropout
        self.c_attn = nn.Linear(C, 3 * C, bias=config.bias != "none")
        self.c_proj = nn.Linear(C, C, bias=config.bias == "all")
        hs = C // config.n_head
        self.q_norm = nn.RMSNorm(hs, eps=1e-5) if config.qk_norm else None
        self.k_norm = nn.RMSNorm(hs, eps=1e-5) if config.qk_norm else None

    def forward(
        self, x: Tensor, place: Place, cache: LayerCache | None = None, capture: Capture | None = None
    ) -> Tensor:
        """(B, T, C) -> (B, T, C)"""
        B, T, C = x.shape
        qkv = self.c_attn(x).view(B, T, 3, self.n_head, C // self.n_head)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # (B, nh, T, hs) each
        if self.q_norm is not None and self.k_norm is not None:
            q, k = self.q_norm(q), self.k_norm(k)
        if place.rotation is not None:
            q, k = rotate(q, place.rotation), rotate(k, place.rotation)
        if cache is not None:
            k, v = cache.append(k, v)  # (B, nh, S, hs)
        if capture is None:
            y = F.scaled_dot_product_attention(
                q,
                k,
                v,
                attn_mask=place.bias,
                is_causal=place.is_causal,
                dropout_p=self.dropout if self.training else 0.0,
            )
        else:
            y = attention_in_steps(q, k, v, place, capture, self.dropout if self.training else 0.0)
        out: Tensor = self.c_proj(y.transpose(1, 2).reshape(B, T, C))  # the heads side by side
        return out


def attention_in_steps(
    q: Tensor, k: Tensor, v: Tensor, place: Place, capture: Capture, dropout: float = 0.0
) -> Tensor:
    """softmax(q k^T / sqrt(hs) + bias) v, each step handed to `capture`; -> (B, nh, T, hs)"""
    capture.keep("q", q)
    capture.keep("k", k)
    capture.keep("v", v)
    scores = q @ k.transpose(-2, -1)  # (B, nh, T, S)
    capture.keep("scores", scores)
    scores = scores / math.sqrt(q.size(-1))
    capture.keep("scaled", scores)
    if place.bias is not None:
        scores = scores + place.bias
    elif place.is_causal:
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(1)
        scores = scores.masked_fill(hidden, -math.inf)
    capture.keep("masked", scores)
    weights = scores.softmax(dim=-1)
    capture.keep("weights", weights)
    y = F.dropout(weights, dropout) @ v
    capture.keep("heads", y)
    return y


class MLP(nn.Module):
    """Two linear maps around an activation; the gated kinds multiply by a second, linear half."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.activation = config.activation
        self.gated = config.activation in ("swiglu", "geglu")
        width = hidden_width(config)
        bias = config.bias == "all"
        self.c_fc = nn.Linear(config.n_embd, 2 * width if self.gated else width, bias=bias)
        self.c_proj = nn.Linear(width, config.n_embd, bias=bias)

    def forward(self, x: Tensor, capture: Capture | None = None) -> Tensor:
        """(B, T, C) -> (B, T, C)"""
        x = self.c_fc(x)
        if capture is not None:
            capture.keep("before_activation", x)
        if self.gated:
            gate, x = x.chunk(2, dim=-1)
            x = (F.silu(gate) if self.activation == "swiglu" else F.gelu(gate, approximate="tanh")) * x
        elif self.activation == "gelu":
            x = F.gelu(x, approximate="tanh")
        else:
            x = F.relu(x)
            if self.activation == "relu2":
                x = x * x
        if capture is not None:
            capture.keep("activation", x)
        out: Tensor = self.c_proj(x)
        return out


def hidden_width(config: ModelConfig) -> int:
    """Features inside the MLP: as configured, 4 C, or for gated kinds 8/3 C rounded up to eights.

    A gated MLP has three matrices instead of two, so 8/3 makes both kinds the same size
    (Shazeer 2020, "GLU Variants Improve Transformer").
    """
    if config.n_hidden is not None:
        return config.n_hidden
    if config.activation in ("swiglu", "geglu"):
        return 8 * math.ceil(config.n_embd / 3)
    return 4 * config.n_embd


class Block(nn.Module):
    """Attention and MLP, each added to the residual stream.

    `pre`:  x + f(norm(x)).   `post`: norm(alpha x + f(x)) with DeepNorm's alpha = (2 n_layer)^(1/4)
    (Wang et al. 2022, decoder-only).
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.post = config.norm_placement == "post"
        self.alpha = (2 * config.n_layer) ** 0.25
        self.dropout = config.dropout
        self.ln_1 = build_norm(config, config.n_embd)
        self.attn = Attention(config)
        self.ln_2 = build_norm(config, config.n_embd)
        self.mlp = MLP(config)
        width = config.conv_width
        self.conv_1 = ShortConvolution(config.n_embd, width) if width else None
        self.conv_2 = ShortConvolution(config.n_embd, width) if width else None

    def forward(
        self, x: Tensor, place: Place, cache: LayerCache | None = None, capture: Capture | None = None
    ) -> Tensor:
        """(B, T, C) -> (B, T, C)"""
        h = x if self.post else self.ln_1(x)
        if self.conv_1 is not None:
            h = self.conv_1(h, cache, "conv_1")
        x = self.add(x, self.attn(h, place, cache, capture), self.ln_1, "attn", capture)
        h = x if self.post else self.ln_2(x)
        if self.conv_2 is not None:
            h = self.conv_2(h, cache, "conv_2")
        return self.add(x, self.mlp(h, capture), self.ln_2, "mlp", capture)

    def add(self, x: Tensor, branch: Tensor, norm: nn.Module, name: str, capture: Capture | None) -> Tensor:
        """The residual stream `x` after `branch` has joined it."""
        if self.dropout and self.training:
            branch = F.dropout(branch, self.dropout)
        if capture is not None:
            capture.keep(f"{name}_branch", branch)
        x = norm(self.alpha * x + branch) if self.post else x + branch
        if capture is not None:
            capture.keep(f"after_{name}", x)
        return x


class Transformer(nn.Module):
    """What comes before the head: embeddings, positions, blocks, and the last norm."""

    def __init__(self, config: ModelConfig, vocab_size: int) -> None:
        super().__init__()
        C, kind = config.n_embd, config.positions
        self.wte = nn.Embedding(vocab_size, C)
        self.wpe = nn.Embedding(config.block_size, C) if kind == "learned" else None
        self.bias = PositionBias(config) if kind in ("alibi", "relative") else None
        self.h = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        # post-norm blocks end in a norm already
        self.ln_f = nn.Identity() if config.norm_placement == "post" else build_norm(config, C)


class GPT(nn.Module):
    """The decoder: token ids in, one logit per token of the vocabulary and position out."""

    waves: Tensor
    rope_cos: Tensor
    rope_sin: Tensor

    def __init__(self, config: ModelConfig, vocab_size: int) -> None:
        super().__init__()
        self.config = config
        self.vocab_size = vocab_size
        self.transformer = Transformer(config, vocab_size)
        self.lm_head = nn.Linear(config.n_embd, vocab_size, bias=False)
        if config.tied_head:
            self.lm_head.weight = self.transformer.wte.weight
        if config.positions == "sinusoidal":
            waves = placed(sinusoids(config.block_size, config.n_embd))
            self.register_buffer("waves", waves, persistent=False)
        if config.positions == "rope":
            positions = torch.arange(config.block_size, device="cpu")
            cos, sin = map(placed, rotation(positions, config.n_embd // config.n_head))
            self.register_buffer("rope_cos", cos, persistent=False)  # (block_size, hs/2)
            self.register_buffer("rope_sin", sin, persistent=False)

    def forward(
        self,
        idx: Tensor,
        targets: Tensor | None = None,
        *,
        cache: Cache | None = None,
        capture: Capture | None = None,
    ) -> Tensor:
        """Logits (B, T, V) of ids (B, T); with `targets` (B, T) their mean loss in nats per token."""
        logits: Tensor = self.lm_head(self.hidden(idx, cache=cache, capture=capture))
        if capture is not None:
            capture.keep("logits", logits)
        if targets is None:
            return logits
        return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())

    def hidden(self, idx: Tensor, *, cache: Cache | None = None, capture: Capture | None = None) -> Tensor:
        """The last hidden states, ready for the head: (B, T) -> (B, T, C)

        Raises ValueError where the ids are longer than `block_size`, or are together with what the
        cache holds and it does not slide.
        """
        start = cache.position if cache is not None else 0
        T = idx.size(1)
        length = T if cache is not None and cache.slides else start + T
        if length > self.config.block_size:
            raise ValueError(f"{length} tokens do not fit the context of {self.config.block_size}")
        x = self.embed(idx, start)
        if capture is not None:
            capture.keep("embedded", x)
        place = self.place(T, start, cache)
        for layer, block in enumerate(self.transformer.h):
            inside = None if capture is None else capture.inside(f"h.{layer}")
            x = block(x, place, None if cache is None else cache.layers[layer], inside)
        if cache is not None:
            cache.advance(T)
        final: Tensor = self.transformer.ln_f(x)
        if capture is not None:
            capture.keep("final", final)
        return final

    def embed(self, idx: Tensor, start: int) -> Tensor:
        """What each token is plus, for absolute positions, where it is: (B, T) -> (B, T, C)"""
        x: Tensor = self.transformer.wte(idx)
        T = idx.size(1)
        if self.transformer.wpe is not None:
            x = x + self.transformer.wpe.weight[start : start + T]
        elif self.config.positions == "sinusoidal":
            # Vaswani et al. scale the embedding, or the waves (of size 1) would drown it.
            x = x * math.sqrt(self.config.n_embd) + self.waves[start : start + T].to(x.dtype)
        if self.config.dropout and self.training:
            x = F.dropout(x, self.config.dropout)
        return x

    def place(self, T: int, start: int, cache: Cache | None) -> Place:
        """What every layer's attention has to know about T positions from `start` on."""
        kept = cache.held_with(T) - T if cache is not None else 0
        device = self.lm_head.weight.device
        rotary = None
        if self.config.positions == "rope":
            if start + T <= self.config.block_size:
                rotary = (self.rope_cos[start : start + T], self.rope_sin[start : start + T])
            else:
                positions = torch.arange(start, start + T)  # on the CPU: not every device has doubles
                cos, sin = rotation(positions, self.config.n_embd // self.config.n_head)
                rotary = (cos.to(device), sin.to(device))
        if self.transformer.bias is not None:
            return Place(rotary, bias=self.transformer.bias(T, kept + T))
        if kept and T > 1:  # new tokens see all that is kept, and one another causally
            seen = torch.ones(T, kept + T, dtype=torch.bool, device=device).tril(kept)
            bias = torch.zeros(T, kept + T, device=device).masked_fill(~seen, -math.inf)
            return Place(rotary, bias=bias.to(self.lm_head.weight.dtype))
        return Place(rotary, is_causal=T > 1)
