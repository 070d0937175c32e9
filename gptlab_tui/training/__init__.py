"""From a configuration to a trained model: an iterator of events."""
