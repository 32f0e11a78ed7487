"""Tunes by a recurrent network: its notation and tokens, the network, how it is sampled, and how a tune is rendered."""
