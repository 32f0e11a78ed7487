"""An invented busy day in one channel: about sixty messages, several topics at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot import Message

_TALK = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
"""When, what about, who and what; `[x]` before a message names it, and `>x` replies to it."""


def _read(talk: str) -> list[Message]:
    found: list[Message] = []
    marked: dict[str, str] = {}
    for number, line in enumerate(talk.strip().splitlines()):
        clock, _, name, text = line.split(" ", 3)
        hour, minute = clock.split(":")
        mark, _, rest = text[1:].partition("] " if text.startswith("[") else " ")
        message = Message(
            id=f"b{number}",
            channel="team",
            author=f"test:{name.rstrip(':').lower()}",
            author_name=name.rstrip(":"),
            text=text,
            sent=datetime(2026, 3, 3, int(hour), int(minute), tzinfo=UTC),
            link=f"https://chat.test/team/b{number}",
        )
        if text.startswith("["):
            marked[mark] = message.id
            message = replace(message, text=rest)
        elif text.startswith(">"):
            message = replace(message, text=rest, reply_to=marked.get(mark))
        found.append(message)
    return found


DAY = _read(_TALK)
"""A Tuesday, in the order it was said."""

TOPICS = {message.id: line.split(" ")[1] for message, line in zip(DAY, _TALK.strip().splitlines(), strict=True)}
"""What each message is about, as a person sees it; `_` for greetings."""
