"""What each step of a walk through a model does, in one sentence for somebody who sees it first."""

from __future__ import annotations

#: What the letters of a shape are.
AXES = {
    "T": "tokens",
    "S": "keys",
    "C": "features",
    "nh": "heads",
    "hs": "features of a head",
    "H": "hidden features",
    "V": "tokens of the vocabulary",
    "P": "parts",
}

#: The name of a step in `insight/walk*.py` -> its sentence.
SENTENCES = {
    "token ids": "The text is cut into pieces, and each piece is its number in the vocabulary.",
    "token embedding": "Each id takes its row out of a learned table: what the token is.",
    "position embedding": "Each place takes its row out of a second learned table: where the token stands.",
    "position waves": "Each place has a pattern of waves of many lengths: where the token stands.",
    "embedded": "The stream begins: one vector a token, to which every layer only adds.",
    "mean before": "The mean of each token's numbers, as they come in.",
    "deviation before": "How far each token's numbers spread as they come in: tokens differ in size.",
    "root mean square": "The size of each token's vector, by which it is divided next.",
    "divided": "Each token's vector is brought to one size, so that no token shouts the others down.",
    "gain": "A learned factor for each feature says how much of it the next part gets to see.",
    "shift": "A learned number for each feature is added to it.",
    "normed": "What the next part reads: every token at the same size, features weighed by the gain.",
    "mean after": "The mean of each token's numbers after the norm.",
    "deviation after": "How far they spread after the norm: tokens are alike in it after a LayerNorm.",
    "root mean square after": "The size of each token's vector after the norm: all alike, up to the gain.",
    "short convolution": "Each feature takes in a little of the tokens just before, by learned weights.",
    "queries": "Each token asks: a vector a head for what it looks for.",
    "keys": "Each token offers: a vector a head for what others may find in it.",
    "values": "Each token gives: a vector a head for what is taken from it when it is found.",
    "queries normed": "Queries are brought to one size, so that no score grows without bound.",
    "keys normed": "Keys are brought to one size, so that no score grows without bound.",
    "queries turned": "Turned by an angle that grows with the place: positions come in here.",
    "keys turned": "Keys are turned the same way, so that a score depends on the distance alone.",
    "scores": "Each query times each key: how well they fit.",
    "scaled": "Divided by the root of the head's width, so that the softmax does not become all or nothing.",
    "bias": "Each distance adds its own number to the scores.",
    "masked": "Tokens that come later are put at minus infinity: nobody may look ahead.",
    "weights": "The softmax makes shares of the scores: how much each token looks at each one before.",
    "weights without scaling": "The same without the division: much more goes to the largest.",
    "heads": "Each head's mean of the values, by its weights: what it has gathered.",
    "heads joined": "What all heads have gathered, side by side in one vector a token.",
    "attention's branch": "One more matrix mixes what the heads say: this is what attention adds.",
    "mask in training": "In training, dropout strikes out numbers by lot and enlarges the rest.",
    "branch in training": "The branch with those struck out, so that no feature can rely on another.",
    "branch in inference": "When the model is used nothing is struck out: dropout does nothing.",
    "stream after attn": "The branch is added to the stream: what the token knew, and what it has gathered.",
    "share of attn": "How much of the stream after it the attention has written.",
    "stream after mlp": "The branch is added to the stream, which goes on to the next layer.",
    "share of mlp": "How much of the stream after it the MLP has written.",
    "gate": "One half of the hidden features decides how far each is open.",
    "linear half": "The other half says what is let through.",
    "before activation": "Each hidden feature weighs the token's whole vector: a question of its own.",
    "activation": "The bent function keeps the answers that are yes, and holds back the rest.",
    "activation's curve": "The function, and below it how many of this sentence's values lie where.",
    "MLP's branch": "A second matrix turns the answers into what the MLP adds.",
    "who wrote the stream": "The last stream is a sum; each part has written this share of it.",
    "logits": "The last vector is held against a vector of each token of the vocabulary: the raw scores.",
    "probabilities": "The softmax makes probabilities of them: what the model expects next.",
}


def sentence(name: str) -> str:
    """What the step of that name does; "" for a name that nobody knows."""
    return SENTENCES.get(name, "")


def named_shape(axes: str, shape: tuple[int, ...]) -> str:
    """Such as `4 heads x 8 tokens x 16 features of a head`."""
    letters = axes.split()
    return " x ".join(
        f"{size:,} {AXES.get(letter, letter)}" for letter, size in zip(letters, shape, strict=True)
    )
