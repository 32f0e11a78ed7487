"""Measures the starter models: `python -m training.evaluate`."""
