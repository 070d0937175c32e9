"""The decoder and what is known about it without training or sampling it."""
