"""A melody that somebody gives as a file: ABC notation, or MIDI that becomes it."""

from __future__ import annotations

import asyncio
import re
from pathlib import PurePath

from bot import Attachment, UserError, read_attachment

from .midi import to_abc

LARGEST = 500_000
"""Bytes of a file that is read."""

_KEY = re.compile(r"^K:[^\n]*$", re.MULTILINE)
_NEXT = re.compile(r"\n(?=X:)")
_NOTE = re.compile(r"[A-Ga-g]")


async def read_melody(attachment: Attachment) -> str:
    """The melody in a file, in ABC; the first one where there are several.

    Raises:
        UserError: It is too large, or there is no melody in it.
    """
    data = await read_attachment(attachment, LARGEST, "give me a shorter melody")
    if data.startswith(b"MThd") or PurePath(attachment.name).suffix.lower() in {".mid", ".midi"}:
        try:
            return await asyncio.to_thread(to_abc, data, PurePath(attachment.name).stem)
        except ValueError as error:
            raise UserError(f"I cannot read a melody from {attachment.name}: {error}.") from error
    return _abc(data, attachment.name)


def _abc(data: bytes, name: str) -> str:
    wanted = UserError(f"{name} is no melody that I can read; give me ABC notation or a MIDI file.")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").strip()
    except UnicodeDecodeError:
        raise wanted from None
    first = text.find("X:")
    tune = _NEXT.split(text[max(first, 0) :])[0].strip()
    key = _KEY.search(tune)
    if "\0" in tune or key is None or not _NOTE.search(tune[key.end() :]):
        raise wanted
    return f"{tune}\n"
