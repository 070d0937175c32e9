"""The text room: corpora, their statistics, tokenizers, and token files. No torch."""
