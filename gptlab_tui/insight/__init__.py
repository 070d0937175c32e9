"""What goes on inside a model, as plain arrays and words: nothing here knows a screen."""
