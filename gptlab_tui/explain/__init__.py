"""What `e` says of a thing on the screen: its formula, its shapes and its actual numbers, as data."""
