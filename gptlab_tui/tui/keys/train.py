"""The keys of the pane Train."""

from gptlab_tui.tui.keys.key import Hint, Hints, Key

KEYS: tuple[Key, ...] = (
    Key("train.new", "n", "new_run", "New", "Start a new training: preset, text, plan."),
    Key(
        "train.pause",
        "space",
        "pause",
        "Pause",
        "Pause the training, let it go on, or resume one that ended.",
    ),
    Key("train.stop", "x", "stop", "Stop", "Let the training save and end (asks)."),
    Key("train.save", "w", "save_now", "Checkpoint", "Save a checkpoint now.", shown=False),
    Key("train.sample", "p", "sample_now", "Sample", "Let the model continue its prompts now.", shown=False),
    Key(
        "train.slower", "d", "scale_lr(0.5)", "lr down", "Halve the learning rate from here on.", shown=False
    ),
    Key("train.faster", "u", "scale_lr(2.0)", "lr up", "Double the learning rate from here on.", shown=False),
    Key(
        "train.extend",
        "m",
        "extend",
        "More",
        "Train to another number of steps (asks).",
        shown=False,
    ),
    Key("train.next", "right_square_bracket", "run(1)", "Next run", "Watch the next run; those alive first."),
    Key("train.previous", "left_square_bracket", "run(-1)", "Last run", "Watch the run before.", shown=False),
    Key("train.samples", "t", "samples", "Samples", "Go to the samples, or back to the curves."),
    Key(
        "train.older",
        "up",
        "scrub(-1)",
        "Earlier",
        "The sample before; the chart's cursor goes along.",
        shown=False,
    ),
    Key("train.newer", "down", "scrub(1)", "Later", "The sample after.", shown=False),
    Key(
        "train.small",
        "v",
        "small",
        "Small",
        "The small charts: learning rate, gradient norm, tokens/s, or none.",
        shown=False,
    ),
    Key(
        "train.log",
        "o",
        "log",
        "Log",
        "What the training wrote to its log, or the curves again.",
        shown=False,
    ),
    Key(
        "train.smooth",
        "s",
        "smooth",
        "Smooth",
        "Smooth the training loss: not, a little, more, much.",
        shown=False,
    ),
    Key("train.log_y", "l", "switch('log_y')", "Log y", "Losses on a logarithmic scale.", shown=False),
    Key("train.log_x", "L", "switch('log_x')", "Log x", "Steps on a logarithmic scale.", shown=False),
    Key("train.axis", "i", "axis", "Axis", "Horizontal axis: steps, tokens or time.", shown=False),
    Key("train.closer", "plus,equals_sign", "zoom_in", "Closer", "Half as many steps in sight.", shown=False),
    Key("train.wider", "minus,underscore", "zoom_out", "Wider", "Twice as many steps in sight.", shown=False),
    Key("train.left", "left", "cursor(-1)", "Cursor", "Move the cursor that reads off values.", shown=False),
    Key("train.right", "right", "cursor(1)", "Cursor", "Move the cursor to later steps.", shown=False),
    Key(
        "train.pan_left",
        "less_than_sign",
        "pan(-0.5)",
        "Pan",
        "Move the window to earlier steps.",
        shown=False,
    ),
    Key(
        "train.pan_right",
        "greater_than_sign",
        "pan(0.5)",
        "Pan",
        "Move the window to later steps.",
        shown=False,
    ),
    Key(
        "train.follow", "f", "follow", "Follow", "Let go of the cursor and follow the run's end.", shown=False
    ),
    Key(
        "train.levels", "r", "switch('levels')", "Levels", "What simple models reach, as lines.", shown=False
    ),
    Key("train.others", "c", "others", "Others", "The validation curves of other runs, or not.", shown=False),
)

_NEW = Hint("train.new", "New")
_RUNS = Hint("train.previous train.next", "Runs")
_STEER = (Hint("train.stop", "Stop"), Hint("train.save", "Save"), Hint("train.sample", "Sample"),
          Hint("train.slower train.faster", "Rate"))  # fmt: skip
_LOOK = (Hint("train.samples", "Samples"), Hint("train.left train.right", "Read off"),
         Hint("train.small", "Small"), Hint("train.log", "Log"), Hint("train.smooth", "Smooth"),
         Hint("train.others", "Others"))  # fmt: skip

#: By what the run is doing: what steers it comes first, then what turns the picture.
HINTS: Hints = {
    "training": (Hint("train.pause", "Pause"), *_STEER, _RUNS, *_LOOK, _NEW),
    "paused": (Hint("train.pause", "Go on"), *_STEER, _RUNS, *_LOOK, _NEW),
    "ended": (_NEW, Hint("train.pause", "Resume"), Hint("train.extend", "More steps"), _RUNS, *_LOOK),
}
