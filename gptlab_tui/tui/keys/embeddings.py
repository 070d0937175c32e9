"""The keys of the pane Embeddings."""

from gptlab_tui.tui.keys.key import Key

KEYS: tuple[Key, ...] = (
    Key("embeddings.method", "m", "method", "Method", "By t-SNE or by PCA."),
    Key("embeddings.vectors", "v", "vectors", "Vectors", "Of tokens, of positions, of the head."),
    Key("embeddings.cosines", "o", "cosines", "Cosines", "The cosine of every pair as a map, and back."),
    Key("embeddings.group", "w", "group", "Group", "Stress tokens such as aeiou, or positions 12-14."),
    Key(
        "embeddings.mark",
        "space,enter",
        "mark",
        "Mark",
        "Stress the token, and show its trail.",
        shown=False,
    ),
    Key("embeddings.stop", "x", "stop", "Stop", "Stop laying out; what is there stays.", shown=False),
    Key("embeddings.details", "t", "details", "Details", "Below: the numbers, or what moved.", shown=False),
    Key("embeddings.drawing", "c", "drawing", "Draw", "Draw in colour, in grey, or in ASCII.", shown=False),
    Key("embeddings.run", "r", "run", "Run", "Another model: a run and, if wanted, a step.", shown=False),
    Key("embeddings.find", "slash", "find", "Find", "To a token or a position by its name.", shown=False),
    Key("embeddings.next", "n", "token(1)", "Next", "The next token.", shown=False),
    Key("embeddings.previous", "N", "token(-1)", "Previous", "The token before.", shown=False),
    Key("embeddings.up", "up,k", "move(0,-1)", "Up", "To the next token upwards.", shown=False),
    Key("embeddings.down", "down,j", "move(0,1)", "Down", "To the next token downwards.", shown=False),
    Key("embeddings.left", "left,h", "move(-1,0)", "Left", "To the next token on the left.", shown=False),
    Key("embeddings.right", "right,l", "move(1,0)", "Right", "To the next token on the right.", shown=False),
)
