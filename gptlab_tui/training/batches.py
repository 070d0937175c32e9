"""Which windows of the training part a step learns from."""

from __future__ import annotations

import numpy as np

from gptlab_tui.config import Config
from gptlab_tui.errors import GPTLabError
from gptlab_tui.training.randomness import derive_seed, permuted


class Batches:
    """The batch of any step, as a function of the step alone.

    With order `epoch` the text is cut into windows at a random phase, each pass visits each of
    them once in a random order, and the next pass cuts elsewhere. With `random` every window
    starts anywhere.
    """

    def __init__(self, tokens: np.ndarray, config: Config) -> None:
        """`tokens` is 1-D, of any unsigned type, in memory or mapped. Raises GPTLabError if too short."""
        self.tokens = tokens
        self.block_size = config.model.block_size
        self.batch_size = config.train.batch_size
        self.seed = config.train.seed
        self.order = config.train.order
        if len(tokens) <= self.block_size:
            raise GPTLabError(
                f"The training part has {len(tokens)} tokens, too few for a context of {self.block_size}.",
                "Take a longer text, or lower model.block_size.",
            )
        self.windows = max(1, (len(tokens) - self.block_size) // self.block_size)
        self._reach = np.arange(self.block_size + 1)

    def starts(self, step: int) -> np.ndarray:
        """Where the windows of the update after `step` steps begin: (batch_size,) int64"""
        if self.order == "random":
            draw = np.random.Generator(np.random.Philox(derive_seed(self.seed, "batch", step)))
            return draw.integers(0, len(self.tokens) - self.block_size, self.batch_size)
        index = step * self.batch_size + np.arange(self.batch_size)
        epochs, places = np.divmod(index, self.windows)
        starts = np.empty_like(index)
        for epoch in np.unique(epochs):
            here = epochs == epoch
            key = derive_seed(self.seed, "epoch", int(epoch))
            phase = key % min(self.block_size, len(self.tokens) - self.block_size)
            starts[here] = permuted(places[here], self.windows, key) * self.block_size + phase
        return starts

    def at(self, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets of windows that begin there: (n, T) int64 each; the targets lie one on."""
        window = self.tokens[starts[:, None] + self._reach].astype(np.int64)
        return window[:, :-1], window[:, 1:]
