"""What a tensor or a module of the model is for, in one sentence."""

from __future__ import annotations

#: How the short name of a tensor or a module ends -> its sentence. The longest that fits counts.
SENTENCES = {
    "": "The whole model: the parts below, one after the other.",
    "transformer": "All that makes vectors of tokens; the head makes tokens of them again.",
    "wte": "A row for each token of the vocabulary: the vector that it enters with.",
    "wpe": "A row for each place in the context: the vector that is added to the token's.",
    "h": "The layers, each of which adds to what the one before hands on.",
    "attn": "Attention: tokens look at those before, and take something from them.",
    "attn.c_attn": "Makes queries, keys and values, a third of its rows each, of a token's vector.",
    "attn.c_proj": "Mixes what the heads have gathered into what attention adds to the stream.",
    "attn.q_norm": "A factor for each feature of a query after it was brought to one size.",
    "attn.k_norm": "A factor for each feature of a key after it was brought to one size.",
    "mlp": "The MLP: each token is worked on alone, through a wider layer.",
    "mlp.c_fc": "A row for each hidden unit: the pattern that it looks for in a token's vector.",
    "mlp.c_proj": "A column for each hidden unit: what it adds to the stream when it is on.",
    "ln_1": "The norm before attention: a factor for each feature.",
    "ln_2": "The norm before the MLP: a factor for each feature.",
    "ln_f": "The norm before the head: a factor for each feature.",
    "conv_1": "How much each feature takes from the tokens just before, ahead of attention.",
    "conv_2": "How much each feature takes from the tokens just before, ahead of the MLP.",
    "lm_head": "A row for each token of the vocabulary: the vector it would have to be next.",
    "bias": "What each distance between two tokens adds to a head's scores.",
    "bias.table": "A number for each distance between two tokens, and each head.",
}


def sentence(name: str) -> str:
    """What the tensor or module of that name is for, such as `h.0.attn.c_attn.weight`; "" where unknown."""
    parts = name.removesuffix(".weight").split(".")
    if parts[-1] == "bias" and len(parts) > 1:
        return "A number that is added to each feature."
    if parts[-1].isdigit():
        return "A layer: it adds what its attention and its MLP have found."
    for start in range(len(parts)):
        found = SENTENCES.get(".".join(parts[start:]))
        if found is not None:
            return found
    return ""


def unit_bounds(low: float, high: float) -> str:
    """Above which arguments of its activation a hidden unit counts as on, and as open."""
    return f"on and open above {low:g}" if low == high else f"on above {low:g}, open above {high:g}"
