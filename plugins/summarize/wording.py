"""The words around a summary: when, how many, and in which tone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from bot import Length, Message, Profile, Request, Tone

POINTS = {Length.SHORT: 3, Length.MEDIUM: 6, Length.LONG: 12}
"""How many sentences a summary has at most."""

WORDS = {Length.SHORT: 60, Length.MEDIUM: 150, Length.LONG: 350}
"""About how many words a written summary has."""

_OPENINGS = {
    Tone.PLAIN: "{what} — the main points{zone}:",
    Tone.FRIENDLY: "Here is what matters from {what}{zone}:",
    Tone.FORMAL: "Summary of {what}{zone}. The principal points are as follows.",
    Tone.PLAYFUL: "{what}, boiled down to the good bits{zone} 🍿",
}
_CLOSINGS = {
    Tone.PLAIN: "These are quotes picked by meaning, as no language model is installed; "
    "`/models` shows how to add one.",
    Tone.FRIENDLY: "I picked these quotes by meaning, as no language model is installed yet; "
    "`/models` shows you how to add one.",
    Tone.FORMAL: "The above are quotations selected by meaning, as no language model is installed. "
    "Please see `/models` on how to add one.",
    Tone.PLAYFUL: "All their own words, picked by meaning: no language model is installed. "
    "`/models` shows how to add one.",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who the summary is for.

    Attributes:
        name: What others call them.
        profile: Their preferences.
        length: How long it becomes.
        locale: How times are written, as a BCP 47 tag.
        now: When they asked.
    """

    name: str
    profile: Profile
    length: Length
    locale: str
    now: datetime

    @classmethod
    def of(cls, request: Request, profile: Profile, length: Length | None = None) -> Reader:
        """The person who asks."""
        tag = profile.language.tag if profile.language else request.person.locale or "en"
        return cls(request.person.name, profile, length or profile.length, tag, request.received)

    @property
    def zone(self) -> tzinfo:
        """The zone that times are told in."""
        return self.profile.zone or UTC

    @property
    def zone_name(self) -> str:
        """What that zone is called."""
        return self.profile.zone.key if self.profile.zone else "UTC"

    def time(self, moment: datetime, *, day: bool = True) -> str:
        """A moment in the person's zone and language: `Tue 09:12`, `3 Mar 09:12` when it is a week ago or more."""
        from babel.dates import format_datetime

        near = abs(self.now - moment) < timedelta(days=6)
        pattern = ("EEE HH:mm" if near else "d MMM HH:mm") if day else "HH:mm"
        return format_datetime(moment, pattern, tzinfo=self.zone, locale=_locale(self.locale))

    def opening(self, what: str, *, timed: bool) -> str:
        """The line above the points."""
        zone = f" (times in {self.zone_name})" if timed else ""
        line = _OPENINGS[self.profile.tone].format(what=what, zone=zone)
        return f"T{line[1:]}" if line.startswith("the ") else line

    @property
    def closing(self) -> str:
        """The line below them when they were picked and not written."""
        return f"_{_CLOSINGS[self.profile.tone]}_"


def count(number: int, thing: str, things: str | None = None) -> str:
    """`1 message`, `2,000 messages`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def heads(messages: Sequence[Message]) -> str:
    """`12 messages by 4 people`."""
    people = len({message.author for message in messages})
    return f"{count(len(messages), 'message')} by {count(people, 'person', 'people')}"


def _locale(tag: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(tag, sep="-"))
    except (ValueError, UnknownLocaleError):
        return "en"
