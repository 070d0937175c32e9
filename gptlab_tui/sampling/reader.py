"""What the model has read so far, and the logits of what may come next.

Up to the context the KV cache gives the logits that no cache would. Past it there are three ways:

- rotary, ALiBi and T5's positions **slide**: each new token sees the context's last tokens, whose
  keys and values stay as they were when they were made;
- learned and sinusoidal positions are absolute, so the keys of a moved window would be wrong: the
  cache is emptied and the last half of the context **read anew**, then it grows again;
- `exact` reads the whole window, the context's last tokens, anew at **every** token.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gptlab_tui.model.cache import Cache
from gptlab_tui.model.gpt import GPT
from gptlab_tui.sampling.step import Product, Step


class Reader:
    """Reads B texts of equal length as they grow in a buffer (B, room), which lies on the CPU."""

    def __init__(self, model: GPT, texts: Tensor, *, exact: bool = False) -> None:
        self._model = model
        self._texts = texts
        self._device = model.lm_head.weight.device
        self._context = model.config.block_size
        self._cache = None if exact else Cache(model.config)
        self._step = Step(model)
        self._head = Product(model.lm_head)

    def move(self, texts: Tensor) -> None:
        """Goes on in another buffer, a larger one, that begins with the same tokens."""
        self._texts = texts

    @torch.inference_mode()
    def logits(self, end: int) -> Tensor:
        """Of the token at place `end`, after those before it: (B, V), on the CPU, in double precision.

        What follows is little work and ends in a number that Python needs, so a GPU would only add
        its latencies; and not every device has double precision.

        `end` grows by one from call to call. A text that is longer than the context at the first
        call is read from its last `block_size` tokens on.
        """
        cache = self._cache
        if cache is None or not cache.position:
            start = max(0, end - self._context)
        elif cache.full and not cache.slides:
            cache.clear()
            start = end - max(1, self._context // 2)
        else:
            return self._head(self._step(self._texts[:, end - 1].to(self._device), cache)).cpu().double()
        x = self._model.hidden(self._texts[:, start:end].to(self._device), cache=cache)
        return self._head(x[:, -1]).cpu().double()
