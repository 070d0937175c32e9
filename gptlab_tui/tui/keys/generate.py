"""The keys of the pane Generate. Small letters turn a knob down, capitals up."""

from gptlab_tui.tui.keys.key import Hint, Hints, Key


def _knob(name: str, keys: str, knob: str, label: str, down: str, up: str) -> tuple[Key, Key]:
    """The two keys of a knob: a small letter for down, its capital for up."""
    return (
        Key(f"generate.{name}_down", keys[0], f"turn('{knob}', -1)", label, down, shown=False),
        Key(f"generate.{name}_up", keys[1], f"turn('{knob}', 1)", label, up, shown=False),
    )


KEYS: tuple[Key, ...] = (
    Key("generate.prompt", "i", "prompt", "Prompt", "Change the prompt; enter writes, escape leaves it."),
    Key(
        "generate.write",
        "enter",
        "write",
        "Write",
        "Write on from the cursor; on where it looked: all heads at that token, in Attention.",
        shown=False,
    ),
    Key(
        "generate.newline",
        "n,ctrl+n,shift+enter",
        "newline",
        "Newline",
        "A line break in the prompt; n outside of it.",
        shown=False,
    ),
    Key("generate.step", "space", "step", "Step", "Write one token more, from the cursor on."),
    Key("generate.stop", "x", "stop", "Stop", "Stop writing.", shown=False),
    Key(
        "generate.undo",
        "u,backspace",
        "undo",
        "Undo",
        "Take the last writing back, as a branch; then up or down redoes it.",
        shown=False,
    ),
    Key(
        "generate.left",
        "left",
        "sideways(-1)",
        "Left",
        "Cursor to the token before; a knob down.",
        shown=False,
    ),
    Key(
        "generate.right", "right", "sideways(1)", "Right", "Cursor to the next token; a knob up.", shown=False
    ),
    Key(
        "generate.up",
        "up",
        "branch(-1)",
        "Branch",
        "The branch before, at the cursor or after it; what was taken back.",
        shown=False,
    ),
    Key(
        "generate.down",
        "down",
        "branch(1)",
        "Branch",
        "The next branch, at the cursor or after it; what was taken back.",
        shown=False,
    ),
    Key(
        "generate.home",
        "home",
        "to_end(-1)",
        "Start",
        "Cursor to the prompt's end, then its start.",
        shown=False,
    ),
    Key("generate.end", "end", "to_end(1)", "End", "Cursor to the end of the text.", shown=False),
    Key("generate.fork", "b", "fork(1)", "Fork", "Cursor to the next token that has branches.", shown=False),
    Key(
        "generate.fork_back",
        "B",
        "fork(-1)",
        "Fork",
        "Cursor back to a token that has branches.",
        shown=False,
    ),
    Key("generate.cooler", "t", "turn('temperature', -1)", "Cool", "Temperature down by 0.05, to 0."),
    Key("generate.hotter", "T", "turn('temperature', 1)", "Heat", "Temperature up by 0.05.", shown=False),
    Key(
        "generate.big_down",
        "left_square_bracket",
        "turn_big(-1)",
        "Much less",
        "The knob that was turned last, down by a larger step.",
        shown=False,
    ),
    Key(
        "generate.big_up",
        "right_square_bracket",
        "turn_big(1)",
        "Much more",
        "The knob that was turned last, up by a larger step.",
        shown=False,
    ),
    *_knob("k", "kK", "top_k", "Top-k", "Top-k down; from off to 40.", "Top-k up."),
    *_knob("p", "pP", "top_p", "Top-p", "Top-p down by 0.05.", "Top-p up by 0.05."),
    *_knob("m", "mM", "min_p", "Min-p", "Min-p down by 0.01.", "Min-p up by 0.01."),
    *_knob("typical", "jJ", "typical_p", "Typical", "Typical-p down by 0.05.", "Typical-p up by 0.05."),
    *_knob(
        "repetition",
        "dD",
        "repetition_penalty",
        "Repetition",
        "Repetition penalty down by 0.05.",
        "Repetition penalty up by 0.05.",
    ),
    *_knob(
        "frequency",
        "fF",
        "frequency_penalty",
        "Frequency",
        "Frequency penalty down by 0.1.",
        "Frequency penalty up by 0.1.",
    ),
    *_knob(
        "presence",
        "hH",
        "presence_penalty",
        "Presence",
        "Presence penalty down by 0.1.",
        "Presence penalty up by 0.1.",
    ),
    Key(
        "generate.shorter", "l", "turn('max_tokens', -1)", "Shorter", "Ten tokens less to write.", shown=False
    ),
    Key("generate.longer", "L", "turn('max_tokens', 1)", "Longer", "Ten tokens more to write.", shown=False),
    *_knob("seed", "rR", "seed", "Seed", "The seed before: other luck.", "The next seed: other luck."),
    Key(
        "generate.ban", "X", "ban", "Ban", "Never draw the marked candidate, or allow it again.", shown=False
    ),
    Key("generate.greedy", "G", "greedy", "Greedy", "Always the most probable token, and back.", shown=False),
    Key("generate.reset", "0", "reset", "Reset", "All knobs as the run has them.", shown=False),
    Key("generate.surprise", "c", "surprise", "Surprise", "Show how surprising each token was.", shown=False),
    Key(
        "generate.vocabulary", "v", "vocabulary", "Vocabulary", "The whole vocabulary, and back.", shown=False
    ),
    Key("generate.compare", "s", "compare", "Split", "The same prompt and luck side by side, and back."),
    Key("generate.settings", "C", "settings", "Settings", "Choose what is compared.", shown=False),
    Key(
        "generate.attention",
        "a",
        "attention",
        "Looked",
        "Where the model looked for the token under the cursor, and back; enter there goes on.",
        shown=False,
    ),
    Key(
        "generate.layer_down",
        "minus,underscore",
        "layer(-1)",
        "Layer",
        "Looked: the layer before.",
        shown=False,
    ),
    Key("generate.layer_up", "plus,equals_sign", "layer(1)", "Layer", "Looked: the next layer.", shown=False),
    Key(
        "generate.head_down",
        "less_than_sign",
        "head(-1)",
        "Head",
        "Looked: the head before, or the mean over the heads.",
        shown=False,
    ),
    Key(
        "generate.head_up",
        "greater_than_sign",
        "head(1)",
        "Head",
        "Looked: the next head, or the mean over the heads.",
        shown=False,
    ),
    Key(
        "generate.draws",
        "number_sign",
        "draws",
        "Draws",
        "Draw many times from what may come next, and count.",
        shown=False,
    ),
    Key("generate.model", "o", "model", "Model", "Choose the run and the step that write.", shown=False),
    Key("generate.second", "O", "second", "Second", "Choose a second model to compare with.", shown=False),
    Key(
        "generate.all_heads",
        "A",
        "all_heads",
        "All heads",
        "Switch all heads on again; in Attention x switches one off.",
        shown=False,
    ),
    Key(
        "generate.transcript",
        "w",
        "transcript",
        "Transcript",
        "Save every text shown, with all to write it again.",
        shown=False,
    ),
)

_PROMPT = Hint("generate.prompt", "Prompt")
_STEP = Hint("generate.step", "Step")
_HEAT = Hint("generate.cooler generate.hotter", "Heat")
_TEXT = Hint("app.back", "Text")
HINTS: Hints = {
    "text": (_PROMPT, _STEP, Hint("generate.write", "Write"), _HEAT, Hint("generate.compare", "Split"),
             Hint("generate.left generate.right", "Token"), Hint("generate.up generate.down", "Branch"),
             Hint("generate.undo", "Undo"), Hint("generate.surprise", "Surprise")),
    "writing": (Hint("generate.stop", "Stop"), _HEAT, Hint("generate.k_down generate.k_up", "Top-k"),
                Hint("generate.p_down generate.p_up", "Top-p"),
                Hint("generate.m_down generate.m_up", "Min-p"), _PROMPT),
    "waiting": (Hint("app.back", "Take back"), _PROMPT),
    "comparing": (Hint("generate.compare", "One text"), Hint("app.next", "Next"), _STEP, _HEAT,
                  Hint("generate.settings", "Settings"), Hint("generate.transcript", "Save"),
                  Hint("generate.second", "Models"), _PROMPT),
    "prompt": (Hint("enter", "Write"), Hint("generate.newline", "Newline"), _TEXT),
    "knobs": (Hint("left right", "Turn"), Hint("generate.big_down generate.big_up", "Much"),
              Hint("enter", "Type"), Hint("up down", "Knob"), _TEXT, Hint("generate.reset", "Reset"),
              Hint("generate.greedy", "Greedy")),
    "next": (Hint("up down", "Token"), Hint("enter", "Take"), Hint("generate.ban", "Ban"),
             Hint("generate.vocabulary", "Whole"), _TEXT),
    "looked": (Hint("enter", "All heads"), Hint("generate.layer_down generate.layer_up", "Layer"),
               Hint("generate.head_down generate.head_up", "Head"), _TEXT,
               Hint("generate.attention", "Close")),
}  # fmt: skip
