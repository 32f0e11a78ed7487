"""A message's parts as discord.py wants them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

import discord

from bot.body import File
from bot.platforms.discord.layout import Box, Press


def nonce(key: str, position: int) -> str:
    """What tells Discord that a message is the same one once more; at most 25 characters."""
    return hashlib.blake2s(f"{key}:{position}".encode()).hexdigest()[:25]


def embeds(boxes: Sequence[Box]) -> list[discord.Embed]:
    """Boxes as embeds; short fields stand side by side."""
    made = []
    for box in boxes:
        embed = discord.Embed(title=box.title or None, description=box.text or None)
        for name, value in box.fields:
            embed.add_field(name=name, value=value, inline=len(value) <= 40)
        made.append(embed)
    return made


def uploads(files: Sequence[File]) -> list[discord.File]:
    """Files to upload, with what they show for those who cannot see it; those that are there already have no bytes."""
    return [
        discord.File(io.BytesIO(file.data), file.name, description=file.alt[:1024] or None)
        for file in files
        if file.data
    ]


def view(presses: Sequence[Press]) -> discord.ui.View | None:
    """Buttons; None for no buttons."""
    if not presses:
        return None
    made = discord.ui.View(timeout=None)
    for press in presses:
        style = discord.ButtonStyle.danger if press.stops else discord.ButtonStyle.secondary
        made.add_item(discord.ui.Button(label=press.label, custom_id=press.id, style=style))
    # Presses are read from the event itself, so that they work after a restart; discord.py need keep nothing.
    made.stop()
    return made
