"""The keys that do the same in every pane."""

from gptlab_tui.tui.keys.key import Key

KEYS = (
    Key(
        "app.corpus",
        "1",
        "pane('corpus')",
        "Corpus",
        "Texts, their statistics and their tokens.",
        shown=False,
    ),
    Key("app.train", "2", "pane('train')", "Train", "Start a training, watch it and steer it.", shown=False),
    Key(
        "app.generate", "3", "pane('generate')", "Generate", "Write with a model, knob by knob.", shown=False
    ),
    Key("app.attention", "4", "pane('attention')", "Attention", "Where the heads look.", shown=False),
    Key("app.runs", "5", "pane('runs')", "Runs", "All runs: compare, branch, rename, delete.", shown=False),
    Key(
        "app.embeddings",
        "6",
        "pane('embeddings')",
        "Embeddings",
        "The vectors of a model.",
        shown=False,
    ),
    Key(
        "app.model", "7", "pane('model')", "Model", "Its weights, and a sentence's way through.", shown=False
    ),
    Key(
        "app.earlier",
        "comma",
        "moment(-1)",
        "Earlier",
        "The snapshot before, in every pane that looks at the run.",
    ),
    Key("app.later", "full_stop", "moment(1)", "Later", "The snapshot after, in every pane."),
    Key(
        "app.first_step",
        "left_curly_bracket",
        "moment(-9999)",
        "First step",
        "To the run's first snapshot.",
        shown=False,
    ),
    Key(
        "app.last_step",
        "right_curly_bracket",
        "moment(9999)",
        "Last step",
        "To the newest step that the run has weights of.",
        shown=False,
    ),
    Key("app.help", "question_mark,f1", "help", "Help", "All keys, and what is on the screen."),
    Key("app.explain", "e", "explain", "Explain", "What the panel in focus shows: formula and numbers."),
    Key("app.command", "y", "show_command", "Command", "Show and copy the command that prints this panel."),
    Key("app.copy", "Y", "copy_panel", "Copy", "Copy the text of the panel in focus.", shown=False),
    Key("app.save", "S", "save_panel", "Save", "Save the panel in focus as SVG and as text.", shown=False),
    Key(
        "app.maximise",
        "z",
        "zoom",
        "Zoom",
        "Give the panel in focus the whole screen, and back.",
        shown=False,
    ),
    Key("app.jump", "g", "jump", "Jump", "Go to a panel by its letter.", shown=False),
    Key("app.palette", "colon,ctrl+p", "command_palette", "Palette", "Everything that can be done now."),
    Key("app.theme", "f9", "toggle_theme", "Theme", "Dark or light.", shown=False),
    Key("app.next", "tab", "focus_next", "Next", "Go to the next panel or field.", shown=False),
    Key("app.back", "escape", "back", "Back", "Leave a field, a zoomed panel or a question.", shown=False),
    Key("app.quit", "q", "quit", "Quit", "Leave; trainings go on."),
)
