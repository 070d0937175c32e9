"""The panes, one a digit; each is built when it is first shown."""
