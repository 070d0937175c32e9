"""Pure drawing: text made safe for a terminal, bars and sparklines, numbers with their units."""
