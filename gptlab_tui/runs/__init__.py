"""The run directory: the one interface between the processes. No torch."""
