"""The keys of the pane Attention."""

from gptlab_tui.tui.keys import attention_views
from gptlab_tui.tui.keys.key import Hint, Hints, Key

KEYS: tuple[Key, ...] = (
    *attention_views.KEYS,
    Key(
        "attention.open",
        "enter",
        "open",
        "Map",
        "From the heads to the map of one, and back; in Memory the lines around a run.",
    ),
    Key("attention.mean", "a", "mean", "Mean", "The mean over the heads of the layer, and back to the head."),
    Key(
        "attention.drawing",
        "c",
        "drawing",
        "Draw",
        "Draw in colour, in grey blocks, or in ASCII with numbers.",
    ),
    Key(
        "attention.scale",
        "s",
        "scale",
        "Scale",
        "Square root (weak links show better) or linear.",
        shown=False,
    ),
    Key("attention.layer", "l,shift+down", "layer(1)", "Layer", "The next layer."),
    Key("attention.layer-back", "L,shift+up", "layer(-1)", "Layer −", "The layer before.", shown=False),
    Key("attention.head", "h,shift+right", "head(1)", "Head", "The next head."),
    Key("attention.head-back", "H,shift+left", "head(-1)", "Head −", "The head before.", shown=False),
    Key(
        "attention.link",
        "n",
        "link(1)",
        "Link",
        "To the next link, or what stands out in a view.",
        shown=False,
    ),
    Key("attention.link-back", "N", "link(-1)", "Link −", "To the one before.", shown=False),
    Key("attention.off", "x", "off", "Off", "Switch the head off, and on again; on the mean, the layer's."),
    Key("attention.all_heads", "A", "all_heads", "All heads", "Switch all heads on again.", shown=False),
    Key(
        "attention.missed",
        "o",
        "missed",
        "Missed",
        "How the validation loss rises without each head; again stops it.",
    ),
    Key(
        "attention.measure",
        "M",
        "measure",
        "Measure",
        "Label the heads with what they may be called, or with a score.",
        shown=False,
    ),
    Key(
        "attention.best",
        "right_square_bracket",
        "best(1)",
        "Best",
        "To the next head in the order of the label.",
        shown=False,
    ),
    Key(
        "attention.best-back",
        "left_square_bracket",
        "best(-1)",
        "Best −",
        "To the head before in that order.",
        shown=False,
    ),
    Key("attention.text", "i", "text", "Text", "Type another sentence.", shown=False),
    Key("attention.run", "r", "run", "Run", "Another model: a run and, if wanted, a step.", shown=False),
    Key(
        "attention.follow",
        "f",
        "follow",
        "Follow",
        "Keep up with the text that Generate writes.",
        shown=False,
    ),
    Key("attention.up", "up,k", "move(0,-1)", "Up", "A head or a token up.", shown=False),
    Key("attention.down", "down,j", "move(0,1)", "Down", "A head or a token down.", shown=False),
    Key("attention.left", "left", "move(-1,0)", "Left", "A head or a token to the left.", shown=False),
    Key("attention.right", "right", "move(1,0)", "Right", "A head or a token to the right.", shown=False),
    Key("attention.first", "home", "move(-9999,0)", "First", "To the first token of the row.", shown=False),
    Key("attention.last", "end", "move(9999,0)", "Last", "To the token itself.", shown=False),
    Key("attention.top", "pageup", "move(0,-9999)", "Top", "To the first row.", shown=False),
    Key("attention.bottom", "pagedown", "move(0,9999)", "Bottom", "To the last row.", shown=False),
)

#: What does the same in every view.
SHARED = tuple(key for key in KEYS if key.action.partition("(")[0] in ("move", "link"))

_TEXT = Hint("attention.text", "Sentence")
_TIME = Hint("app.earlier app.later", "Time")
_LAYER = Hint("attention.layer attention.layer-back", "Layer")
_NEXT = Hint("attention.link attention.link-back", "Stands out")
_DRAW = Hint("attention.drawing", "Draw")
_RUN = Hint("attention.run", "Model")

#: The heads, their map, and every view beside them.
HINTS: Hints = {
    "heads": (Hint("attention.open", "Map"), _TEXT, Hint("attention.off", "Off"), _TIME,
              Hint("attention.missed", "Missed"), Hint("attention.measure", "Label"),
              Hint("attention.best-back attention.best", "Best"), Hint("attention.mean", "Mean"),
              _RUN, _DRAW),
    "map": (Hint("attention.open", "Heads"), Hint("attention.link attention.link-back", "Link"), _TIME,
            _LAYER, Hint("attention.head attention.head-back", "Head"), Hint("attention.mean", "Mean"),
            Hint("attention.scale", "Scale"), _TEXT, _DRAW),
    "depth": (Hint("attention.told", "Told"), Hint("attention.lens", "Lens"), _TEXT, _TIME, _NEXT,
              _RUN, _DRAW),
    "surprise": (Hint("attention.told", "Told"), Hint("attention.held_out", "Held-out"),
                 Hint("attention.versus", "Versus"), _TEXT, _TIME, _NEXT, _RUN, _DRAW),
    "counts": (Hint("left right", "Token"), _TEXT, _TIME, _RUN, _DRAW),
    "memory": (Hint("attention.open", "Source"), _NEXT,
               Hint("attention.shorter attention.longer", "Length"), _TEXT, _TIME, _RUN, _DRAW),
}  # fmt: skip
