"""GPTLab: a terminal workbench for small GPT language models."""

__version__ = "0.1.0"
