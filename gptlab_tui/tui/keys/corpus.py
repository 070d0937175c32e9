"""The keys of the pane Corpus. Those of its views stand above it, so the footer leaves them out."""

from gptlab_tui.tui.keys.key import Key

KEYS = (
    Key("corpus.list", "c", "view('list')", "Corpora", "The texts: choose, fetch or add one.", False),
    Key(
        "corpus.statistics", "s", "view('statistics')", "Statistics", "Characters, words, Zipf's law.", False
    ),
    Key("corpus.text", "x", "view('text')", "Text", "The text itself, its tokens in colours.", False),
    Key("corpus.type", "w", "view('type')", "Type", "A line to type into: its tokens as you type.", False),
    Key("corpus.tokenizers", "k", "view('tokenizers')", "Tokenizers", "Tokenizers side by side.", False),
    Key(
        "corpus.examples",
        "l",
        "view('examples')",
        "Examples",
        "What a line teaches, example by example.",
        False,
    ),
    Key("corpus.tokenizer", "t", "next_tokenizer", "Tokenizer", "The next kind of token: char, bpe, gpt2."),
    Key("corpus.search", "slash", "search", "Search", "Find a string in the text."),
    Key("corpus.found_next", "n", "find(1)", "Next", "The next place where it stands.", False),
    Key("corpus.found_before", "N", "find(-1)", "Before", "The place before where it stands.", False),
    Key("corpus.go_to", "j", "go_to", "Go to", "Go to a line by its number, or to a share: 50%."),
    Key("corpus.preset", "p", "next_preset", "Preset", "The next preset, for the cost of tokenizers.", False),
    Key("corpus.fetch", "f", "fetch", "Fetch", "Fetch the text under the cursor; again cancels.", False),
    Key("corpus.add", "a", "add", "Add", "Add a text of your own, from a file or a folder.", False),
    Key("corpus.line_before", "left", "line(-1)", "Line before", "Examples of the line before.", False),
    Key("corpus.line_next", "right", "line(1)", "Next line", "Examples of the next line.", False),
    Key("corpus.own_line", "o", "own_line", "Own", "Examples of the typed line; again, the text's.", False),
    Key("corpus.longer", "plus", "context(2)", "Longer", "Twice the context of the examples.", False),
    Key("corpus.shorter", "minus", "context(0.5)", "Shorter", "Half the context of the examples.", False),
)
