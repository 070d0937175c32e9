"""All sections of the key table, in the order of the help."""

from gptlab_tui.tui.keys import attention, corpus, embeddings, everywhere, generate, model, runs, train
from gptlab_tui.tui.keys.key import Hints, Key

#: Section -> its keys.
TABLE: dict[str, tuple[Key, ...]] = {
    "app": everywhere.KEYS,
    "corpus": corpus.KEYS,
    "train": train.KEYS,
    "generate": generate.KEYS,
    "attention": attention.KEYS,
    "runs": runs.KEYS,
    "embeddings": embeddings.KEYS,
    "model": model.KEYS,
}

#: What each section is called in the help.
SECTIONS = {
    "app": "Everywhere",
    "corpus": "1 Corpus",
    "train": "2 Train",
    "generate": "3 Generate",
    "attention": "4 Attention",
    "runs": "5 Runs",
    "embeddings": "6 Embeddings",
    "model": "7 Model",
}


#: Section -> what the line of keys says at each of its places; elsewhere it has the keys that are `shown`.
HINTS: dict[str, Hints] = {
    "corpus": corpus.HINTS,
    "train": train.HINTS,
    "generate": generate.HINTS,
    "attention": attention.HINTS,
    "runs": runs.HINTS,
}


def known_ids() -> frozenset[str]:
    """What a keymap may name."""
    return frozenset(key.id for keys in TABLE.values() for key in keys)
