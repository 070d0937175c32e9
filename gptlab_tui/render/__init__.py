"""Pure drawing: text made safe for a terminal, bars, curves, heat maps and pictures, numbers with units."""
