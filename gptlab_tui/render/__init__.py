"""Pure drawing: text made safe for a terminal, bars and curves, numbers with their units."""
