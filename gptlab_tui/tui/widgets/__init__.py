"""Widgets that panes are made of, and what draws them."""
