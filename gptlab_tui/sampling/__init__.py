"""Writing text with a model: filters on its logits, draws that can be repeated, a decoder that streams."""
