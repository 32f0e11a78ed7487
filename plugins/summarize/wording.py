"""The words around a summary: when, how many, and in which tone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot import (
    ChannelKind,
    Language,
    Length,
    Message,
    Profile,
    Request,
    Tone,
    count,
    language_name,
    locale_of,
    moment,
    zone_name,
    zone_of,
)

from .material import Conversation

POINTS = {Length.SHORT: 3, Length.MEDIUM: 6, Length.LONG: 12}
"""How many sentences a summary has at most."""

WORDS = {Length.SHORT: 60, Length.MEDIUM: 150, Length.LONG: 350}
"""About how many words a written summary has."""

ADDRESS = 500
"""Characters of a link's address at most."""

OF_THE_MATERIAL = "the language of the material"
"""What a written summary is written in where it is for everyone."""

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
        profile: Their preferences.
        length: How long it becomes.
        locale: Of the reader, as a BCP 47 tag.
        language: What a written summary is written in.
        now: When they asked.
        target: The language that they chose, as a BCP 47 tag; None where they chose none.
    """

    profile: Profile
    length: Length
    locale: str
    language: str
    now: datetime
    target: str | None = None

    @classmethod
    def of(
        cls,
        request: Request,
        profile: Profile,
        length: Length | None = None,
        zone: ZoneInfo | None = None,
        into: Language | None = None,
    ) -> Reader:
        """The person who asks; everybody in the channel, where it is posted there at a set time.

        Args:
            request: Says who, where and when.
            profile: Of the person.
            length: Instead of the profile's.
            zone: Instead of the profile's.
            into: The language that it is told in, instead of the profile's.
        """
        public = request.scheduled and request.channel.kind is not ChannelKind.DM
        if public:
            profile = Profile()
        profile = replace(profile, language=into or profile.language)
        locale = locale_of(request, profile)
        language = language_name(locale) if profile.language or not public else None
        return cls(
            replace(profile, zone=zone or profile.zone),
            length or profile.summaries or profile.length,
            locale,
            language or OF_THE_MATERIAL,
            request.received,
            profile.language.tag if profile.language else None,
        )

    @property
    def zone(self) -> tzinfo:
        """The zone that times are told in."""
        return zone_of(self.profile)

    @property
    def spoken(self) -> str | None:
        """The language that a language model tells them things in, as a BCP 47 tag; None leaves it as it is."""
        return None if self.language == OF_THE_MATERIAL else self.locale

    @property
    def zone_name(self) -> str:
        """What that zone is called."""
        return zone_name(self.profile)

    def time(self, when: datetime, *, day: bool = True) -> str:
        """A time in the reader's zone."""
        return moment(when, self.now, self.zone, day=day)

    def opening(self, what: str, *, timed: bool) -> str:
        """The line above the points."""
        zone = f" (times in {self.zone_name})" if timed else ""
        line = _OPENINGS[self.profile.tone].format(what=what, zone=zone)
        return f"T{line[1:]}" if line.startswith("the ") else line

    @property
    def closing(self) -> str:
        """The line below them when they were picked and not written."""
        return f"_{_CLOSINGS[self.profile.tone]}_"


def link(label: str, target: str) -> str:
    """A link as Markdown; the label alone where its address would take up the answer."""
    if len(target) > ADDRESS:
        return label
    return f"[{label}]({target.replace('(', '%28').replace(')', '%29')})"


def address(target: str) -> str:
    """The host and the path of an address."""
    try:
        parts = urlsplit(target)
    except ValueError:
        # People write what is no address.
        return target.partition("://")[2]
    return f"{parts.hostname or ''}{parts.path}"


def heads(messages: Sequence[Message]) -> str:
    """`12 messages by 4 people`."""
    people = len({message.author for message in messages})
    return f"{count(len(messages), 'message')} by {count(people, 'person', 'people')}"


def speakers(messages: Sequence[Message]) -> list[Message]:
    """The first message of everyone who spoke; of those who said most first."""
    first: dict[str, Message] = {}
    for message in messages:
        first.setdefault(message.author, message)
    return [first[author] for author, _ in Counter(message.author for message in messages).most_common()]


def span(conversation: Conversation, reader: Reader) -> str:
    """`since Tue 10:00`, or from when to when."""
    start = reader.time(conversation.start or conversation.messages[0].sent)
    return f"{start} to {reader.time(conversation.end)}" if conversation.end else f"since {start}"
