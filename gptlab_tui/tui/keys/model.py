"""The keys of the pane Model."""

from gptlab_tui.tui.keys.key import Key

KEYS: tuple[Key, ...] = (
    Key("model.view", "v", "view", "View", "The weights, or a sentence's walk through them."),
    Key("model.layer", "l,shift+down", "layer(1)", "Layer", "The same in the next layer."),
    Key("model.layer-back", "L,shift+up", "layer(-1)", "Layer −", "The same a layer before.", shown=False),
    Key("model.head", "h,shift+right", "head(1)", "Head", "The next head of the walk."),
    Key("model.head-back", "H,shift+left", "head(-1)", "Head −", "The head before.", shown=False),
    Key("model.text", "i", "text", "Text", "Type a sentence to walk through the model."),
    Key("model.take", "f", "take", "Take", "Walk the text that Generate or Attention has."),
    Key("model.gradients", "d", "gradients", "Gradients", "Each tensor's own gradient at every snapshot."),
    Key("model.details", "t", "details", "Details", "Below: numbers, their histogram, or the training."),
    Key("model.drawing", "c", "drawing", "Draw", "Draw in colour, in grey, or in ASCII.", shown=False),
    Key("model.run", "r", "run", "Run", "Another model: a run and, if wanted, a step.", shown=False),
    Key("model.find", "slash", "find", "Find", "To the next tensor or step of that name.", shown=False),
    Key("model.fold", "enter,space", "fold", "Fold", "Fold a module of the tree, or unfold it.", shown=False),
    Key("model.up", "up,k", "move(0,-1)", "Up", "A tensor or a step up.", shown=False),
    Key("model.down", "down,j", "move(0,1)", "Down", "A tensor or a step down.", shown=False),
    Key("model.left", "left", "move(-1,0)", "Left", "Fold, or to the module; the token before.", shown=False),
    Key(
        "model.right",
        "right",
        "move(1,0)",
        "Right",
        "Unfold, or into the module; the next token.",
        shown=False,
    ),
    Key("model.first", "home", "ends(-1)", "First", "To the first tensor, or the first token.", shown=False),
    Key("model.last", "end", "ends(1)", "Last", "To the last tensor, or the last token.", shown=False),
    Key("model.page-up", "pageup", "page(-1)", "Page up", "A page of the list up.", shown=False),
    Key("model.page-down", "pagedown", "page(1)", "Page down", "A page of the list down.", shown=False),
)
