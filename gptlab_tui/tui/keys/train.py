"""The keys of the pane Train."""

from gptlab_tui.tui.keys.key import Key

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
    Key("train.save", "w", "save_now", "Write", "Write a checkpoint now.", False),
    Key("train.sample", "p", "sample_now", "Sample", "Let the model continue its prompts now.", False),
    Key("train.slower", "d", "scale_lr(0.5)", "lr down", "Halve the learning rate from here on.", False),
    Key("train.faster", "u", "scale_lr(2.0)", "lr up", "Double the learning rate from here on.", False),
    Key("train.extend", "m", "extend", "More", "Train to another number of steps (asks).", False),
    Key("train.next", "right_square_bracket", "run(1)", "Next run", "Watch the next run; those alive first."),
    Key("train.previous", "left_square_bracket", "run(-1)", "Last run", "Watch the run before.", False),
    Key("train.samples", "t", "samples", "Texts", "Go to the samples, or back to the curves."),
    Key(
        "train.older",
        "up",
        "scrub(-1)",
        "Earlier",
        "The sample before; the chart's cursor goes along.",
        False,
    ),
    Key("train.newer", "down", "scrub(1)", "Later", "The sample after.", False),
    Key("train.log", "o", "log", "Log", "What the training wrote to its log, or the curves again.", False),
    Key(
        "train.smooth", "s", "smooth", "Smooth", "Smooth the training loss: not, a little, more, much.", False
    ),
    Key("train.log_y", "l", "switch('log_y')", "Log y", "Losses on a logarithmic scale.", False),
    Key("train.log_x", "L", "switch('log_x')", "Log x", "Steps on a logarithmic scale.", False),
    Key("train.axis", "i", "axis", "Axis", "Horizontal axis: steps, tokens or time.", False),
    Key("train.closer", "plus,equals_sign", "zoom_in", "Closer", "Half as many steps in sight.", False),
    Key("train.wider", "minus,underscore", "zoom_out", "Wider", "Twice as many steps in sight.", False),
    Key("train.left", "left", "cursor(-1)", "Cursor", "Move the cursor that reads off values.", False),
    Key("train.right", "right", "cursor(1)", "Cursor", "Move the cursor to later steps.", False),
    Key(
        "train.pan_left",
        "less_than_sign,comma",
        "pan(-0.5)",
        "Pan",
        "Move the window to earlier steps.",
        False,
    ),
    Key(
        "train.pan_right",
        "greater_than_sign,full_stop",
        "pan(0.5)",
        "Pan",
        "Move the window to later steps.",
        False,
    ),
    Key("train.follow", "f", "follow", "Follow", "Let go of the cursor and follow the run's end.", False),
    Key("train.levels", "r", "switch('levels')", "Levels", "What simple models reach, as lines.", False),
    Key("train.others", "c", "others", "Others", "The validation curves of other runs, or not.", False),
)
