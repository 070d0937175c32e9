"""Pure drawing: text made safe for a terminal, bars, sparklines and curves, numbers with their units."""
