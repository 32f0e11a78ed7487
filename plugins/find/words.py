"""What to look for, and how a message that was found is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot import Message, Profile, Request, attributed, moment, zone_of

QUOTE = 280
"""Characters of a message that are shown."""

BEFORE = 80
"""Characters before the first word that was found."""

_PHRASE = re.compile(r'"([^"]+)"|“([^”]+)”|(\S+)')
_SMALL = frozenset(
    "a an and are about at by did do does for from in is it of on or the to was were what when where which who with "
    "message messages said say".split()
)
"""Words that say nothing about what is looked for."""


def wanted_words(text: str) -> tuple[str, ...]:
    """What a message must have: phrases in quotes, and words; small ones only where there are no others."""
    phrases: list[str] = []
    small: list[str] = []
    for found in _PHRASE.finditer(text):
        if phrase := (found[1] or found[2] or "").strip():
            phrases.append(phrase)
        elif word := (found[3] or "").strip('.,;:!?"“”'):
            (small if word.casefold() in _SMALL else phrases).append(word)
    return tuple(dict.fromkeys(phrases or small or [text.strip()]))


def quoted(message: Message, words: Sequence[str], profile: Profile, request: Request) -> str:
    """A message as it is shown: who, when, with its link, and the stretch that has the words.

    Args:
        message: What was found.
        words: What was looked for.
        profile: Whose zone the time is told in.
        request: When it was asked.
    """
    when = moment(message.sent, request.received, zone_of(profile))
    return f"{attributed(message, when)}\n> {excerpt(message.text, words)}"


def excerpt(text: str, words: Sequence[str]) -> str:
    """The stretch of a text around the first of some words, on one line."""
    # A block of code that is cut would go on to the end of the answer.
    line = " ".join(text.replace("```", " ").split())
    places = [place for word in words if (place := line.casefold().find(word.casefold())) >= 0]
    start = max(min(places, default=0) - BEFORE, 0)
    if start:
        start = line.find(" ", start) + 1 or start
    end = start + QUOTE
    if end < len(line):
        end = max(line.rfind(" ", start, end + 1), start + QUOTE // 2)
    return f"{'… ' if start else ''}{line[start:end].rstrip()}{' …' if end < len(line) else ''}"
