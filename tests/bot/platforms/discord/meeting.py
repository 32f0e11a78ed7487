"""The platform alone, with the real client, and everything that it tells the core."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import SecretStr

from bot import Choices, Complete, Message, Multiline, Plugin, Range, Request
from bot.body import Body, State
from bot.platform import Address
from bot.platforms.discord.platform import Discord
from bot.request import Event
from bot.testing import FakeClock
from bot.values import ChannelRef, User
from tests.servers.discord import Channel, DiscordPerson, DiscordServer, Guild, Interaction


def words() -> Plugin:
    plugin = Plugin("words", "About words.", group=True)

    @plugin.command
    async def find(
        word: Annotated[str, Complete(lambda typed: [f"{typed}es", f"{typed}y"])],
        number: Annotated[int, Choices(*range(30))] = 0,
        broken: Annotated[str, Complete(lambda typed: [str(1 // 0)])] = "",
    ) -> str:
        """Find a word."""
        return word

    @plugin.command(private=True)
    async def mine() -> str:
        """Your own words."""
        return ""

    @plugin.command
    async def write(
        text: Annotated[str, Multiline(), Range(3, 9000)],
        style: str = "plain",
        to: User | None = None,
        where: ChannelRef | None = None,
    ) -> str:
        """Write something.

        Args:
            text: What to write about.
        """
        return text

    @plugin.command(hidden=True, quiet=True, private=True)
    async def hush() -> None:
        """Do something without a word."""

    @plugin.menu("Count")
    async def count(message: Message) -> str:
        return ""

    return plugin


@dataclass
class Meeting:
    """The platform, connected, and everything it told the core."""

    server: DiscordServer
    platform: Discord
    clock: FakeClock
    guild: Guild
    general: Channel
    ana: DiscordPerson
    events: list[Event] = field(default_factory=list)

    async def receive(self, event: Event) -> None:
        if isinstance(event, Request) and event.acknowledge is not None:
            await event.acknowledge()
        self.events.append(event)
        self.server.changed.set()
        self.server.changed.clear()

    async def until_told(self, kind: type[Event], which: Callable[[Event], bool] = lambda event: True) -> Event:
        def found() -> list[Event]:
            return [event for event in self.events if isinstance(event, kind) and which(event)]

        await self.server.until(found)
        return found()[-1]

    async def asked(self, used: Interaction) -> Request:
        def answers(event: Event) -> bool:
            return isinstance(event, Request) and (event.origin.token or "").split(" ")[0] == used.token

        event = await self.until_told(Request, answers)
        assert isinstance(event, Request)
        return event

    @asynccontextmanager
    async def restarted(self, guilds: Sequence[int] = ()) -> AsyncIterator[Discord]:
        """Another process with the same bot instead; it tells the same `events`."""
        await self.platform.stop()
        server = self.server
        other = Discord(
            token=SecretStr(server.token),
            api_url=server.api_url,
            gateway_url=server.gateway_url,
            guilds=guilds,
            clock=self.clock,
        )
        await other.start(self.receive)
        await other.publish(list(words().commands.values()))
        await server.until(lambda: len(other._connection.client.guilds) == len(server.world.guilds))
        try:
            yield other
        finally:
            await other.stop()

    def address(self, request: Request, *, private: bool = False) -> Address:
        private_to = request.person.id if private else None
        return Address(request.channel.id, request.origin.message, private_to, request.origin.token)


def done(text: str, request: Request | None = None, **parts: object) -> Body:
    return Body(text, state=State.DONE, request_id=request.id if request else None, **parts)  # type: ignore[arg-type]
