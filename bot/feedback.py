"""What is offered to a person who found several answers poor: to change how they are answered, if they want it so."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.body import Button, Card
from bot.profile import Length, Profile, Tone
from bot.storage import Shelf

POOR = 3
"""Poor answers after which it is asked whether something is to change."""

SILENCE = timedelta(days=30)
"""How long it is not asked again."""

_ASKED = "asked"
_LENGTHS = (Length.SHORT, Length.MEDIUM, Length.LONG)


async def offer(poor: int, profile: Profile, shelf: Shelf, now: datetime) -> Card | None:
    """The question whether something is to change, and what; None where it is not to be asked now.

    Args:
        poor: How many answers the person found poor lately.
        profile: How they are answered.
        shelf: The person's; it is noted there when they were asked.
        now: When they found the last one poor.
    """
    last = await shelf.get(_ASKED)
    if poor < POOR or (isinstance(last, str) and now - datetime.fromisoformat(last) < SILENCE):
        return None
    await shelf.put(_ASKED, now.isoformat())
    return Card(
        "Shall I answer you differently?",
        text="Several of my answers were not good for you. Only what you press is changed, for you alone.",
        buttons=(*_changes(profile), Button("Nothing", "/answer-prefer nothing")),
    )


def undo(name: str, profile: Profile) -> Button:
    """The button that brings a preference back to what it is now.

    Args:
        name: `length` or `tone`.
        profile: The one before the change.
    """
    value = profile.length if name == "length" else profile.tone
    return Button("Undo", _line(name, value.value))


def _changes(profile: Profile) -> list[Button]:
    place = _LENGTHS.index(profile.length)
    buttons: list[Button] = []
    if place > 0:
        buttons.append(Button("Shorter", _line("length", _LENGTHS[place - 1])))
    if place + 1 < len(_LENGTHS):
        buttons.append(Button("Longer", _line("length", _LENGTHS[place + 1])))
    if profile.tone is not Tone.FORMAL:
        buttons.append(Button("More formal", _line("tone", Tone.FORMAL)))
    return buttons


def _line(name: str, value: str) -> str:
    return f"/answer-prefer {name} {value}"
