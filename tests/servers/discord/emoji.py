"""Emoji of servers, and the pictures of people: what may be added, by whom, and where it is read."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field

from aiohttp import web

from tests.servers.discord.errors import Refused, answer, invalid
from tests.servers.discord.ids import snowflake
from tests.servers.discord.world import (
    ADMINISTRATOR,
    CREATE_GUILD_EXPRESSIONS,
    MANAGE_GUILD_EXPRESSIONS,
    Guild,
    Json,
    User,
    World,
)

SLOTS = 50
"""Emoji that do not move in a server without boosts."""

MOST_BYTES = 256 * 1024

_NAME = re.compile(r"\w{2,32}", re.ASCII)
_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif);base64,(.+)")


@dataclass
class Emoji:
    """A server's own emoji."""

    name: str
    image: bytes
    by: User
    reason: str = ""
    id: str = field(default_factory=snowflake)

    def payload(self) -> Json:
        """The emoji object."""
        return {
            "id": self.id,
            "name": self.name,
            "roles": [],
            "user": self.by.payload(),
            "require_colons": True,
            "managed": False,
            "animated": False,
            "available": True,
        }


class Emojis:
    """Adds and removes emoji, and serves pictures as Discord's CDN does.

    Attributes:
        all: The emoji of each server, by its id and theirs.
        avatars: Pictures of people, by their ids.
    """

    def __init__(self, world: World) -> None:
        self.all: dict[str, dict[str, Emoji]] = {}
        self.avatars: dict[str, bytes] = {}
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The paths of the REST interface."""
        return [
            web.get("/users/{user}", self._user),
            web.post("/guilds/{guild}/emojis", self._add),
            web.delete("/guilds/{guild}/emojis/{emoji}", self._remove),
        ]

    def pictures(self) -> list[web.RouteDef]:
        """The paths of the CDN."""
        return [
            web.get("/emojis/{emoji}.png", self._picture),
            web.get("/avatars/{user}/{hash}.png", self._avatar),
        ]

    def put(self, guild: Guild, name: str, image: bytes, by: User) -> Emoji:
        """An emoji that somebody added."""
        emoji = Emoji(name, image, by)
        self.all.setdefault(guild.id, {})[emoji.id] = emoji
        return emoji

    async def _user(self, request: web.Request) -> web.Response:
        user = self._world.users.get(request.match_info["user"])
        if user is None:
            raise Refused(404, 10013, "Unknown User")
        return answer({**user.payload(), "avatar": "0" * 32 if user.id in self.avatars else None})

    async def _add(self, request: web.Request) -> web.Response:
        guild, allowed = self._find(request)
        if not allowed & (CREATE_GUILD_EXPRESSIONS | ADMINISTRATOR):
            raise Refused(403, 50013, "Missing Permissions")
        body = await request.json()
        if not _NAME.fullmatch(body["name"]):
            raise invalid("name", "Must be between 2 and 32 in length, of letters, digits and underscores.")
        image = _IMAGE.fullmatch(body["image"])
        if image is None:
            raise invalid("image", "Invalid image data")
        data = base64.b64decode(image[1])
        if len(data) > MOST_BYTES:
            raise Refused(400, 50045, "Asset exceeds maximum size: 33554432")
        if len(self.all.get(guild.id, {})) >= SLOTS:
            raise Refused(400, 30008, f"Maximum number of emojis reached ({SLOTS})")
        emoji = self.put(guild, body["name"], data, self._world.me)
        emoji.reason = request.headers.get("X-Audit-Log-Reason", "")
        return answer(emoji.payload(), 201)

    async def _remove(self, request: web.Request) -> web.Response:
        guild, allowed = self._find(request)
        emoji = self.all.get(guild.id, {}).get(request.match_info["emoji"])
        if emoji is None:
            raise Refused(404, 10014, "Unknown Emoji")
        own = CREATE_GUILD_EXPRESSIONS if emoji.by is self._world.me else 0
        if not allowed & (own | MANAGE_GUILD_EXPRESSIONS | ADMINISTRATOR):
            raise Refused(403, 50013, "Missing Permissions")
        del self.all[guild.id][emoji.id]
        return web.Response(status=204)

    async def _picture(self, request: web.Request) -> web.Response:
        wanted = request.match_info["emoji"]
        for emojis in self.all.values():
            if wanted in emojis:
                return web.Response(body=emojis[wanted].image, content_type="image/png")
        return web.Response(status=404)

    async def _avatar(self, request: web.Request) -> web.Response:
        data = self.avatars.get(request.match_info["user"])
        return web.Response(status=404) if data is None else web.Response(body=data, content_type="image/png")

    def _find(self, request: web.Request) -> tuple[Guild, int]:
        guild = self._world.guilds.get(request.match_info["guild"])
        if guild is None:
            raise Refused(404, 10004, "Unknown Guild")
        return guild, guild.permissions(self._world.me)
