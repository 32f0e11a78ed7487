"""The pictures that a person names: files, custom emoji and avatars."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot import Attachment, Emojis, Request, User, UserError, read_attachment
from plugins.sticker.kept import packed, unpacked
from plugins.sticker.sheets import given

LARGEST = 20_000_000
"""Bytes of a picture that is read."""

MOST = 4
"""Pictures that are fetched for one command."""

_EMOJI = re.compile(r"<a?:\w+:\d+>|(?<![\w:]):[\w+-]*[^\W\d][\w+-]*:(?!\w)")


@dataclass(frozen=True, slots=True)
class Given:
    """A picture that a command starts from.

    Attributes:
        data: A small PNG.
        whose: The person whose avatar it is; None for other pictures.
    """

    data: bytes
    whose: User | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What was named.

    Attributes:
        pictures: Of the files, then of the emoji, then of the people.
        words: The text without the emoji.
    """

    pictures: tuple[Given, ...]
    words: str


async def gather(
    text: str,
    files: Sequence[Attachment | None],
    people: Sequence[User | None],
    request: Request,
    emojis: Emojis,
) -> Sources:
    """Fetch the pictures that a person names.

    Args:
        text: Custom emoji, and words.
        files: Pictures.
        people: Those whose avatars are meant.
        request: Files may have come with it that no option takes; to leave them out unsaid would be wrong.
        emojis: Knows the emoji and the people here.

    Raises:
        UserError: One is no picture, is too large or cannot be found, or there are too many.
    """
    given_files = [file for file in files if file is not None]
    given_files += [file for file in request.attachments if not any(file is each for each in given_files)]
    named, users = _EMOJI.findall(text), [who for who in people if who is not None]
    if len(given_files) + len(named) + len(users) > MOST:
        raise UserError(f"I take {MOST} pictures at a time at most; name fewer.")
    found = [
        *[(await read_attachment(file, LARGEST, "make it smaller first"), file.name) for file in given_files],
        *[(await emojis.picture(emoji), "That emoji") for emoji in named],
    ]
    pictures = [Given(await asyncio.to_thread(given, data, what)) for data, what in found]
    pictures += [Given(await _avatar(who, emojis), who) for who in users]
    return Sources(tuple(pictures), " ".join(_EMOJI.sub(" ", text).split()))


def noted(picture: Given) -> str:
    """A picture as it is kept for the buttons: of an avatar only whose it is, for it is that person's to take back."""
    return packed(picture.data) if picture.whose is None else f"@{picture.whose.id} {picture.whose.name}"


async def recalled(note: str, emojis: Emojis) -> Given:
    """The picture of what is kept; an avatar as it is now.

    Raises:
        UserError: The person has none any more, or it cannot be read.
    """
    if not note.startswith("@"):
        return Given(unpacked(note))
    id_, _, name = note.removeprefix("@").partition(" ")
    return Given(await _avatar(User(id_, name), emojis), User(id_, name))


async def _avatar(who: User, emojis: Emojis) -> bytes:
    return await asyncio.to_thread(given, await emojis.avatar(who), f"The picture of {who.name}")
