"""Who and what there is in the local workspace: its people, channels, threads and direct conversations."""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import UserError
from bot.platform import Audience
from bot.platforms.entries import ATELIER
from bot.platforms.sample import LOCAL, SERVER, Sample
from bot.request import Channel, ChannelKind, Person
from bot.values import ChannelRef, User

_DM = "dm:"


class Directory:
    """Finds people and channels, and tells who may read what.

    Args:
        sample: The sample workspace.
    """

    def __init__(self, sample: Sample) -> None:
        self.sample = sample

    @property
    def people(self) -> Mapping[str, Person]:
        """Who can speak, by id."""
        return self.sample.people

    def person(self, text: str) -> Person | None:
        """The person with this id, name or first name, with or without the `@`."""
        wanted = text.strip().removeprefix("@").removeprefix(f"{LOCAL}:").casefold()
        for person in (*self.people.values(), ATELIER):
            if wanted in (person.id.removeprefix(f"{LOCAL}:"), person.name.casefold()):
                return person
        return None

    def channel(self, text: str) -> Channel | None:
        """The channel, thread or direct conversation with this id or name, with or without the `#`."""
        wanted = text.strip().removeprefix("#")
        if wanted.startswith(_DM) and (person := self.person(wanted.removeprefix(_DM))) in self.people.values():
            return self.dm(person)
        for channel in self.sample.channels.values():
            if wanted.casefold() in (channel.id, channel.name.casefold()):
                return channel
        return None

    def dm(self, person: Person | None) -> Channel:
        """The direct conversation of a person with Atelier."""
        name = "nobody" if person is None else person.id.removeprefix(f"{LOCAL}:")
        return Channel(f"{_DM}{name}", None, ChannelKind.DM, ATELIER.name)

    def readable_by(self, person: Person, channel: Channel) -> bool:
        """Whether the person may read the channel; a direct conversation is its person's only."""
        return channel.kind is not ChannelKind.DM or channel.id == self.dm(person).id

    async def channels(self, server: str | None) -> list[ChannelRef]:
        """The channels, without threads and direct conversations."""
        channels = self.sample.channels.values() if server in (SERVER, None) else ()
        return [ChannelRef(one.id, one.name) for one in channels if one.kind is ChannelKind.CHANNEL]

    async def readable(self, channel: str, audience: Audience) -> bool:
        """Whether all of the audience may read a channel: everyone is in all of them, but for direct conversations."""
        place = self.channel(channel)
        if place is None:
            return False
        if audience.person is not None:
            person = self.people.get(audience.person)
            return person is not None and self.readable_by(person, place)
        heard = self.channel(audience.channel or "")
        return heard is not None and (place.kind is not ChannelKind.DM or place.id == heard.id)

    async def direct(self, person: str) -> Channel:
        """A person's direct conversation with Atelier.

        Raises:
            UserError: There is no such person.
        """
        if person not in self.people:
            raise UserError("I cannot write to this person directly: there is no such person in this workspace.")
        return self.dm(self.people[person])

    async def find_person(self, text: str, server: str | None) -> User | None:
        """Who is meant by an id, a mention or a name."""
        person = self.person(text) if server in (SERVER, None) else None
        return None if person is None else User(person.id, person.name)

    async def find_channel(self, text: str, server: str | None) -> ChannelRef | None:
        """Which channel is meant by an id, a mention or a name."""
        channel = self.channel(text) if server in (SERVER, None) else None
        return None if channel is None else ChannelRef(channel.id, channel.name)
