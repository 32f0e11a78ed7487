"""Trains the starter tunes: `python -m training.tunes`."""
