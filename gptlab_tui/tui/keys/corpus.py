"""The keys of the pane Corpus. Those of its views stand above it, so the footer leaves them out."""

from gptlab_tui.tui.keys.key import Hint, Hints, Key

KEYS = (
    Key("corpus.list", "c", "view('list')", "Corpora", "The texts: choose, fetch or add one.", shown=False),
    Key(
        "corpus.statistics",
        "s",
        "view('statistics')",
        "Statistics",
        "Characters, words, Zipf's law.",
        shown=False,
    ),
    Key(
        "corpus.zipf",
        "v",
        "zipf",
        "Zipf",
        "The plot of Zipf's law in the place of the tables, and back.",
        shown=False,
    ),
    Key("corpus.text", "x", "view('text')", "Text", "The text itself, its tokens in colours.", shown=False),
    Key(
        "corpus.type",
        "w",
        "view('type')",
        "Type",
        "A line to type into: its tokens as you type.",
        shown=False,
    ),
    Key(
        "corpus.tokenizers", "k", "view('tokenizers')", "Tokenizers", "Tokenizers side by side.", shown=False
    ),
    Key(
        "corpus.examples",
        "l",
        "view('examples')",
        "Examples",
        "What a line teaches, example by example.",
        shown=False,
    ),
    Key("corpus.tokenizer", "t", "next_tokenizer", "Tokenizer", "The next kind of token: char, bpe, gpt2."),
    Key("corpus.search", "slash", "search", "Search", "Find a string in the text."),
    Key("corpus.found_next", "n", "find(1)", "Next", "The next place where it stands.", shown=False),
    Key("corpus.found_before", "N", "find(-1)", "Before", "The place before where it stands.", shown=False),
    Key("corpus.go_to", "j", "go_to", "Go to", "Go to a line by its number, or to a share: 50%."),
    Key(
        "corpus.unknown",
        "u",
        "unknown",
        "Unknown",
        "Characters that the tokenizer lacks: write a substitute, or leave them out.",
        shown=False,
    ),
    Key(
        "corpus.preset",
        "p",
        "next_preset",
        "Preset",
        "The next preset, for the cost of tokenizers.",
        shown=False,
    ),
    Key(
        "corpus.fetch", "f", "fetch", "Fetch", "Fetch the text under the cursor; again cancels.", shown=False
    ),
    Key("corpus.add", "a", "add", "Add", "Add a text of your own, from a file or a folder.", shown=False),
    Key("corpus.line_before", "left", "line(-1)", "Line before", "Examples of the line before.", shown=False),
    Key("corpus.line_next", "right", "line(1)", "Next line", "Examples of the next line.", shown=False),
    Key(
        "corpus.own_line",
        "o",
        "own_line",
        "Own",
        "Examples of the typed line; again, the text's.",
        shown=False,
    ),
    Key("corpus.longer", "plus", "context(2)", "Longer", "Twice the context of the examples.", shown=False),
    Key(
        "corpus.shorter", "minus", "context(0.5)", "Shorter", "Half the context of the examples.", shown=False
    ),
)

_TOKENS = Hint("corpus.tokenizer", "Tokens")
_GO_TO = Hint("corpus.go_to", "Go to")
_LEAVE = Hint("app.back", "Leave the field")
HINTS: Hints = {
    "list": (Hint("up down", "Text"), Hint("enter", "Choose"), Hint("corpus.fetch", "Fetch"),
             Hint("corpus.add", "Add")),
    "statistics": (Hint("up down", "Scroll"), Hint("corpus.zipf", "Zipf's law"),
                   Hint("app.maximise", "Zoom")),
    "text": (Hint("up down", "Scroll"), Hint("corpus.search", "Search"),
             Hint("corpus.found_next corpus.found_before", "Next"), _GO_TO, _TOKENS,
             Hint("corpus.examples", "Examples")),
    "search": (Hint("enter", "Find"), _LEAVE),
    "line": (_LEAVE,),
    "type": (Hint("corpus.type", "Type"), _TOKENS, Hint("corpus.own_line", "Examples")),
    "tokenizers": (Hint("corpus.preset", "Preset"), Hint("up down", "Scroll")),
    "examples": (Hint("up down", "Example"), Hint("corpus.line_before corpus.line_next", "Line"),
                 Hint("corpus.shorter corpus.longer", "Context"), Hint("corpus.own_line", "Typed"), _GO_TO,
                 _TOKENS),
}  # fmt: skip
