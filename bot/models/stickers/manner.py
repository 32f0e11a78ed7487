"""How stickers are drawn: what all who draw them, or train what draws them, have in common."""

from __future__ import annotations

SIDE = 128
"""Pixels of a sticker's side."""

LATENTS = (8, SIDE // 8, SIDE // 8)
"""Channels, height and width of a latent."""

STEPS = 16
"""How often a sticker is refined, where nobody says."""

WORDLESS = 0.7
"""How much of a picture is changed at most where no words say into what: beyond it blots come."""

GUIDANCE = 2.0
"""How much more than by itself a sticker follows its caption, where nobody says."""
