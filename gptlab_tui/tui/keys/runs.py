"""The keys of the pane Runs."""

from gptlab_tui.tui.keys.key import Hint, Hints, Key

KEYS = (
    Key("runs.open", "enter", "open", "Open", "Go to Train with the run under the cursor."),
    Key("runs.mark", "space", "mark", "Mark", "Mark the run under the cursor, to compare or to delete."),
    Key("runs.compare", "c", "compare", "Compare", "Curves and differences of the marked runs, and back."),
    Key("runs.axis", "a", "axis", "Axis", "Compared runs: over steps, tokens or time."),
    Key("runs.unit", "u", "unit", "Unit", "Compared runs: in bits per byte or nats per token."),
    Key("runs.filter", "slash", "filter", "Filter", "Show only the runs with these words, or loss<2."),
    Key("runs.sort", "o", "sort(1)", "Order", "Order the runs by the next column.", shown=False),
    Key("runs.sort_back", "O", "sort(-1)", "Order back", "Order the runs by the column before.", shown=False),
    Key("runs.reverse", "i", "reverse", "Invert", "Turn the order round.", shown=False),
    Key(
        "runs.write",
        "w",
        "write",
        "Write",
        "Write with the model under the cursor, in Generate.",
        shown=False,
    ),
    Key(
        "runs.resume",
        "r",
        "resume",
        "Resume",
        "Train further: the run, or a new one from it (asks).",
        shown=False,
    ),
    Key(
        "runs.branch",
        "b",
        "branch",
        "Branch",
        "A new run that goes on from one of its checkpoints.",
        shown=False,
    ),
    Key("runs.rename", "n", "rename", "Rename", "Give the run another name.", shown=False),
    Key("runs.tag", "t", "tag", "Tags", "Write the run's tags, parted by spaces.", shown=False),
    Key(
        "runs.delete",
        "d,delete",
        "delete",
        "Delete",
        "Move the run to the trash, or all marked ones if it is one of them.",
        shown=False,
    ),
    Key("runs.down", "j", "down", "Down", "The next run.", shown=False),
    Key("runs.up", "k", "up", "Up", "The run before.", shown=False),
)

#: What is of most use first; of all these only what the run under the cursor can take.
HINTS: Hints = {
    "list": (Hint("runs.open", "Open"), Hint("runs.mark", "Mark"), Hint("runs.compare", "Compare"),
             Hint("runs.write", "Write"), Hint("runs.resume", "Resume"), Hint("runs.filter", "Filter"),
             Hint("runs.sort", "Order"), Hint("runs.delete", "Delete"), Hint("runs.branch", "Branch"),
             Hint("runs.rename", "Rename"), Hint("runs.tag", "Tags"), Hint("runs.reverse", "Invert")),
    "filter": (Hint("enter", "To the runs"), Hint("app.back", "All runs")),
    "compared": (Hint("runs.compare", "All runs"), Hint("runs.axis", "Axis"), Hint("runs.unit", "Unit")),
}  # fmt: skip
