"""The keys of the pane Attention's views. Those that open one stand above it; the footer has the others."""

from gptlab_tui.tui.keys.key import Key

#: (name, key, title) of every view.
VIEWS = (
    ("heads", "w", "Heads"),
    ("depth", "d", "Depth"),
    ("surprise", "u", "Surprise"),
    ("counts", "C", "Counts"),
    ("memory", "m", "Memory"),
)
_HELP = {
    "heads": "Where every head looks.",
    "depth": "What each layer would say next.",
    "surprise": "How little the model expected each token.",
    "counts": "The next token beside what counting the training text says.",
    "memory": "What of the text stands in the training text.",
}

KEYS: tuple[Key, ...] = (
    *(
        Key(f"attention.view_{name}", key, f"view('{name}')", title, _HELP[name], shown=False)
        for name, key, title in VIEWS
    ),
    Key(
        "attention.told",
        "t",
        "told",
        "Told",
        "Depth: the best token, the rank or the probability of the one that follows. "
        "Surprise: by class, by frequency, by position.",
    ),
    Key(
        "attention.lens",
        "p",
        "lens",
        "Lens",
        "Depth: through a trained linear lens, which is trained first if need be; and back.",
    ),
    Key(
        "attention.versus",
        "v",
        "versus",
        "Versus",
        "Surprise: against another checkpoint or model on the same text; again, without.",
    ),
    Key(
        "attention.held_out",
        "b",
        "held_out",
        "Held-out",
        "Surprise: read the beginning of the text that the run never learnt.",
    ),
    Key(
        "attention.longer",
        "plus,equals_sign",
        "at_least(1)",
        "Longer",
        "Memory: only longer runs count as copied.",
    ),
    Key(
        "attention.shorter",
        "minus,underscore",
        "at_least(-1)",
        "Shorter",
        "Memory: shorter runs count as copied, too.",
        shown=False,
    ),
)

#: What the view Memory does with a key of the pane.
MEMORY: tuple[Key, ...] = (
    Key("attention.open", "enter", "open", "Source", "The lines around the run under the cursor."),
)

#: View -> the actions of above that do something in it.
ACTS = {
    "heads": frozenset[str](),
    "depth": frozenset({"told", "lens"}),
    "surprise": frozenset({"told", "versus", "held_out"}),
    "counts": frozenset(),
    "memory": frozenset({"at_least"}),
}
