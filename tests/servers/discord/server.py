"""A Discord of one's own on the loopback interface, for tests."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from tests.servers.discord.errors import Refused, answer
from tests.servers.discord.gateway import Gateway
from tests.servers.discord.interactions import Interaction, Interactions
from tests.servers.discord.limits import Fault, RateLimits
from tests.servers.discord.message import Message
from tests.servers.discord.people import DiscordPerson
from tests.servers.discord.rest import Rest
from tests.servers.discord.world import Channel, Guild, Role, User, World


class DiscordServer:
    """Everything in one place.

    Attributes:
        world: Who and what there is.
        gateway: The web sockets; `drop`, `ask_to_reconnect` and `invalidate` disturb them.
        interactions: Every use of a command or button.
        limits: The rate limits of messages.
        rest: The commands that were published.
        token: The bot's token.
        faults: What goes wrong next; each happens once.
        requests: The method and path of every request.
        watch: Told of the path of each request, before it is carried out and after.
        changed: Set, for a moment, whenever something happens.
    """

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.token = f"test.{secrets.token_hex(8)}.token"
        self.world = World()
        self.gateway = Gateway(self.world, self.token, self._change)
        self.interactions = Interactions(self.world.me, self._change)
        self.limits = RateLimits()
        self.rest = Rest(self.world, self.gateway, self.interactions, self.limits)
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str]] = []
        self.watch: Callable[[str], None] | None = None
        self.url = ""

    @property
    def api_url(self) -> str:
        """What to configure instead of Discord's own."""
        return f"{self.url}/api/v10"

    @property
    def gateway_url(self) -> str:
        """What to configure instead of Discord's own."""
        return self.gateway.url

    def guild(self, name: str, *channels: str, joined: bool = True) -> Guild:
        """A new server; a channel `general` unless others are named. The bot is in it unless `joined` denies it."""
        return self.world.guild(name, channels or ("general",), joined=joined)

    def person(
        self, name: str, guild: Guild | None = None, *roles: Role, locale: str = "en-US", accepts_dms: bool = True
    ) -> DiscordPerson:
        """A new person, a member of the server if one is given."""
        user = User(name, locale=locale, accepts_dms=accepts_dms)
        self.world.users[user.id] = user
        person = DiscordPerson(self, user)
        if guild is not None:
            person.joins(guild, *roles)
        return person

    async def remove_bot(self, guild: Guild) -> None:
        """Somebody removes the bot from a server."""
        self.world.leave(guild)
        await self.gateway.dispatch("GUILD_DELETE", lambda session: {"id": guild.id, "unavailable": False})

    async def remove(self, channel: Channel) -> None:
        """Somebody deletes a channel with its threads, which are not told of one by one; or a thread alone."""
        for gone in [one for one in self.world.channels.values() if channel in (one, one.parent)]:
            del self.world.channels[gone.id]
            if gone.guild is not None:
                gone.guild.channels.remove(gone)
        if channel.parent is None:
            await self.gateway.dispatch("CHANNEL_DELETE", lambda session: channel.payload())
            return
        named = {key: channel.payload()[key] for key in ("id", "guild_id", "parent_id", "type")}
        await self.gateway.dispatch("THREAD_DELETE", lambda session: named)

    def messages(self, channel: Channel) -> list[Message]:
        """What the bot wrote in a channel and is still there, oldest first."""
        return [one for one in channel.messages.values() if one.author is self.world.me and not one.deleted]

    async def interact(self, interaction: Interaction) -> Interaction:
        """Send an interaction to the application."""
        self.interactions.all[interaction.token] = interaction
        payload = interaction.payload(self.world.me.id)
        await self.gateway.dispatch("INTERACTION_CREATE", lambda session: payload)
        return interaction

    async def until(self, holds: Callable[[], object], seconds: float = 10.0) -> None:
        """Wait until something is so.

        Raises:
            TimeoutError: It does not become so in time.
        """
        async with asyncio.timeout(seconds):
            while not holds():
                await self.changed.wait()

    def _change(self) -> None:
        self.changed.set()
        self.changed.clear()

    @web.middleware
    async def _answer(self, request: web.Request, handler: Callable[[web.Request], object]) -> web.StreamResponse:
        path = request.path.removeprefix("/api/v10")
        if path == "/gateway":
            return await self.gateway.accept(request)
        self.requests.append((request.method, path))
        if self.watch is not None:
            self.watch(path)
        try:
            return await self._obey(request, path, handler)
        except Refused as refused:
            return answer(refused.body, refused.status)
        finally:
            self._change()
            if self.watch is not None:
                self.watch(path)

    async def _obey(
        self, request: web.Request, path: str, handler: Callable[[web.Request], object]
    ) -> web.StreamResponse:
        fault = next((one for one in self.faults if one.method == request.method and one.path in path), None)
        if fault is not None:
            self.faults.remove(fault)
            if fault.status is not None:
                raise Refused(fault.status, fault.code, "A fault on command")
        by_token = path.startswith(("/webhooks/", "/interactions/", "/attachments/", "/emojis/", "/avatars/"))
        if not by_token and request.headers.get("Authorization") != f"Bot {self.token}":
            raise Refused(401, 0, "401: Unauthorized")
        headers: dict[str, str] = {}
        if request.method in ("POST", "PATCH") and ("/messages" in path or path.startswith("/webhooks/")):
            place = request.match_info.get("channel") or request.match_info.get("token", "")
            refusal, headers = self.limits.take(f"{request.method.lower()}-{path.split('/')[1]} {place}")
            if refusal is not None:
                return refusal
        response = await handler(request)  # type: ignore[misc]  # aiohttp's handlers are awaitable, its type says less
        assert isinstance(response, web.StreamResponse)
        if fault is not None and request.transport is not None:
            request.transport.abort()
        response.headers.update(headers)
        return response


@asynccontextmanager
async def discord_server() -> AsyncIterator[DiscordServer]:
    """Serve, in this event loop, until the block ends."""
    server = DiscordServer()
    app = web.Application(middlewares=[server._answer], client_max_size=64 * 1024 * 1024)
    app.add_routes(server.rest.routes())
    app.router.add_get("/gateway", server.gateway.accept)
    app.router.add_get("/gateway/", server.gateway.accept)
    runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = server.rest.url = f"http://{host}:{port}"
    server.gateway.url = f"ws://{host}:{port}/gateway"
    try:
        yield server
    finally:
        await server.gateway.drop()
        await runner.cleanup()
