"""The pictures that a person names: files, custom emoji and avatars."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot import Attachment, Emojis, User, UserError, read_attachment
from plugins.sticker.sheets import given

LARGEST = 20_000_000
"""Bytes of a picture that is read."""

MOST = 4
"""Pictures that are fetched for one command."""

_EMOJI = re.compile(r"<a?:\w+:\d+>|(?<![\w:]):[\w+-]*[^\W\d][\w+-]*:(?!\w)")


@dataclass(frozen=True, slots=True)
class Sources:
    """What was named.

    Attributes:
        pictures: Small PNGs: of the files, then of the emoji, then of the people.
        words: The text without the emoji.
    """

    pictures: tuple[bytes, ...]
    words: str


async def gather(
    text: str, files: Sequence[Attachment | None], people: Sequence[User | None], emojis: Emojis
) -> Sources:
    """Fetch the pictures that a person names.

    Args:
        text: Custom emoji, and words.
        files: Pictures.
        people: Those whose avatars are meant.
        emojis: Knows the emoji and the people here.

    Raises:
        UserError: One is no picture, is too large or cannot be found, or there are too many.
    """
    given_files = [file for file in files if file is not None]
    named, users = _EMOJI.findall(text), [who for who in people if who is not None]
    if len(given_files) + len(named) + len(users) > MOST:
        raise UserError(f"I take {MOST} pictures at a time at most; name fewer.")
    found = [
        *[(await read_attachment(file, LARGEST, "make it smaller first"), file.name) for file in given_files],
        *[(await emojis.picture(emoji), "That emoji") for emoji in named],
        *[(await emojis.avatar(who), f"The picture of {who.name}") for who in users],
    ]
    pictures = [await asyncio.to_thread(given, data, what) for data, what in found]
    return Sources(tuple(pictures), " ".join(_EMOJI.sub(" ", text).split()))
