"""The pane Model: `pane.py` has the class and its keys, the files beside it what it consists of."""
