"""The views of the pane Attention beside its heads: each shows the sentence from another side."""
