"""Trains the starter translator: `python -m training.translation`."""
