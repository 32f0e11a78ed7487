"""The REST interface, version 10: as much of it as a bot like ours uses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeAlias

from aiohttp import web

from tests.servers.discord.emoji import Emojis
from tests.servers.discord.errors import Refused, answer, check_commands, check_message
from tests.servers.discord.forms import read_body
from tests.servers.discord.gateway import (
    DIRECT_MESSAGES,
    GUILD_MESSAGES,
    MESSAGE_CONTENT,
    Gateway,
    Session,
)
from tests.servers.discord.ids import snowflake
from tests.servers.discord.interactions import ASK_MODAL, Interactions
from tests.servers.discord.limits import RateLimits
from tests.servers.discord.message import EPHEMERAL, LOADING, Message
from tests.servers.discord.world import Channel, Json, User, World

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.Response]]


class Rest:
    """Answers requests, and tells the gateway what they changed.

    Attributes:
        commands: The application's commands by server id; those for everywhere under `""`.
        syncs: How many times commands were written.
        uploads: Files that were given to a command's options, by id.
        emojis: Those of servers, and the pictures of people.
    """

    def __init__(self, world: World, gateway: Gateway, interactions: Interactions, limits: RateLimits) -> None:
        self.commands: dict[str, list[Json]] = {"": []}
        self.syncs = 0
        self.url = ""
        self._world = world
        self._gateway = gateway
        self._interactions = interactions
        self._limits = limits
        self.uploads: dict[str, bytes] = {}
        self.emojis = Emojis(world)
        self.nonces: dict[tuple[str, str], Message] = {}

    def routes(self) -> list[web.RouteDef]:
        """Every path."""
        channel, message = "/channels/{channel}/messages", "/channels/{channel}/messages/{message}"
        webhook = "/webhooks/{application}/{token}"
        api = [
            web.get("/users/@me", self._me),
            web.get("/oauth2/applications/@me", self._application),
            web.post("/users/@me/channels", self._open_dm),
            web.get("/guilds/{guild}/members/{user}", self._member),
            web.get("/channels/{channel}", self._channel),
            web.get(channel, self._history),
            web.get("/channels/{channel}/threads/archived/public", self._archived),
            web.post(channel, self._post),
            web.get(message, self._message),
            web.patch(message, self._edit),
            web.delete(message, self._delete),
            web.post("/interactions/{id}/{token}/callback", self._acknowledge),
            web.post(webhook, self._follow_up),
            web.get(webhook + "/messages/{message}", self._answer),
            web.patch(webhook + "/messages/{message}", self._edit_answer),
            web.delete(webhook + "/messages/{message}", self._delete_answer),
            *self.emojis.routes(),
        ]
        for path in ("/applications/{application}/commands", "/applications/{application}/guilds/{guild}/commands"):
            api += [web.get(path, self._commands), web.put(path, self._write_commands)]
        versioned = [web.RouteDef(route.method, "/api/v10" + route.path, route.handler, {}) for route in api]
        return [*versioned, web.get("/attachments/{message}/{name}", self._file), *self.emojis.pictures()]

    async def _me(self, request: web.Request) -> web.Response:
        return answer({**self._world.me.payload(), "verified": True, "mfa_enabled": False, "flags": 0})

    async def _application(self, request: web.Request) -> web.Response:
        me = self._world.me
        return answer(
            {
                "id": me.id,
                "name": me.name,
                "icon": None,
                "description": "",
                "summary": "",
                "bot_public": True,
                "bot_require_code_grant": False,
                "verify_key": "00",
                "flags": 1 << 19 if self._world.message_content else 0,
                "owner": me.payload(),
                "team": None,
            }
        )

    async def _open_dm(self, request: web.Request) -> web.Response:
        user = self._world.users.get(str((await request.json())["recipient_id"]))
        if user is None:
            raise Refused(404, 10013, "Unknown User")
        return answer(self._world.dm(user).payload())

    async def _member(self, request: web.Request) -> web.Response:
        guild = self._world.guilds.get(request.match_info["guild"])
        if guild is None:
            raise Refused(404, 10004, "Unknown Guild")
        user, _ = guild.members.get(request.match_info["user"], (None, []))
        if user is None:
            raise Refused(404, 10007, "Unknown Member")
        return answer({**guild.member(user), "user": user.payload()})

    async def _channel(self, request: web.Request) -> web.Response:
        return answer(self._find_channel(request, "VIEW_CHANNEL").payload())

    async def _archived(self, request: web.Request) -> web.Response:
        channel = self._find_channel(request, "VIEW_CHANNEL", "READ_MESSAGE_HISTORY")
        found = [one for one in self._world.channels.values() if one.parent is channel and one.type == 11]
        gone = sorted((one for one in found if one.archived), key=lambda one: str(one.archived), reverse=True)
        return answer({"threads": [one.payload() for one in gone], "members": [], "has_more": False})

    async def _history(self, request: web.Request) -> web.Response:
        channel = self._find_channel(request, "VIEW_CHANNEL", "READ_MESSAGE_HISTORY")
        query = request.query
        found = [message for message in channel.messages.values() if not message.deleted and message.only_to is None]
        if "after" in query:
            found = [message for message in found if int(message.id) > int(query["after"])]
            found = found[: int(query.get("limit", 50))]
        elif "before" in query:
            found = [message for message in found if int(message.id) < int(query["before"])]
        newest_first = found[-int(query.get("limit", 50)) :][::-1]
        return answer([message.payload(readable=self._readable(message)) for message in newest_first])

    async def _message(self, request: web.Request) -> web.Response:
        message = self._find_message(request)
        return answer(message.payload(readable=self._readable(message)))

    async def _post(self, request: web.Request) -> web.Response:
        channel = self._find_channel(request, "VIEW_CHANNEL", "SEND_MESSAGES")
        if channel.recipient is not None and not channel.recipient.accepts_dms:
            raise Refused(403, 50007, "Cannot send messages to this user")
        body, files = await read_body(request)
        check_message(body, [data for _, data in files])
        if not (body.get("content") or body.get("embeds") or files):
            raise Refused(400, 50006, "Cannot send an empty message")
        nonce = str(body["nonce"]) if body.get("nonce") is not None else None
        if nonce is not None and len(nonce) > 25:
            raise Refused(400, 50035, "Invalid Form Body")
        if nonce is not None and body.get("enforce_nonce") and (channel.id, nonce) in self.nonces:
            return answer(self.nonces[channel.id, nonce].payload())
        reference = body.get("message_reference") or {}
        replied = channel.messages.get(str(reference.get("message_id")))
        if reference and (replied is None or replied.deleted) and reference.get("fail_if_not_exists", True):
            raise Refused(400, 50035, "Invalid Form Body", {"message_reference": {"_errors": []}})
        message = Message(channel, self._world.me, [""], nonce=nonce, reply_to=replied)
        self._change(message, body, files)
        message.mentioned = self._pinged(body)
        if nonce is not None:
            self.nonces[channel.id, nonce] = message
        channel.messages[message.id] = message
        await self.tell("MESSAGE_CREATE", message)
        return answer(message.payload())

    async def _edit(self, request: web.Request) -> web.Response:
        message = self._find_message(request)
        if message.author is not self._world.me:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        await self._edit_with(request, message)
        return answer(message.payload())

    async def _delete(self, request: web.Request) -> web.Response:
        message = self._find_message(request)
        message.deleted = True
        await self.tell("MESSAGE_DELETE", message)
        return web.Response(status=204)

    async def _acknowledge(self, request: web.Request) -> web.Response:
        body, _ = await read_body(request)
        if body["type"] != ASK_MODAL:
            check_message(body.get("data") or {}, [])
        interaction, told = self._interactions.acknowledge(request.match_info["id"], request.match_info["token"], body)
        message = interaction.original
        if message is not None and message.only_to is None and message is not interaction.message:
            await self.tell("MESSAGE_CREATE", message)
        return answer(told) if request.query.get("with_response") else web.Response(status=204)

    async def _follow_up(self, request: web.Request) -> web.Response:
        interaction = self._interactions.by_token(request.match_info["token"])
        body, files = await read_body(request)
        check_message(body, [data for _, data in files])
        message = self._interactions.answer(interaction, body)
        message.reply_to = interaction.original
        self._change(message, body, files)
        message.mentioned = self._pinged(body)
        interaction.followups.append(message)
        if message.only_to is None:
            await self.tell("MESSAGE_CREATE", message)
        return answer(message.payload())

    async def _answer(self, request: web.Request) -> web.Response:
        return answer(self._find_answer(request).payload())

    async def _edit_answer(self, request: web.Request) -> web.Response:
        message = self._find_answer(request)
        await self._edit_with(request, message)
        return answer(message.payload())

    async def _delete_answer(self, request: web.Request) -> web.Response:
        message = self._find_answer(request)
        message.deleted = True
        if message.only_to is None:
            await self.tell("MESSAGE_DELETE", message)
        return web.Response(status=204)

    async def _commands(self, request: web.Request) -> web.Response:
        return answer(self.commands.get(request.match_info.get("guild", ""), []))

    async def _write_commands(self, request: web.Request) -> web.Response:
        guild = request.match_info.get("guild", "")
        if guild and guild not in self._world.guilds:
            raise Refused(403, 50001, "Missing Access")
        commands = await request.json()
        check_commands(commands)
        self.syncs += 1
        # Discord fills in what was left out.
        filled: Json = {"nsfw": False, "default_member_permissions": None, "version": snowflake(), "type": 1}
        if not guild:
            filled |= {"integration_types": [0], "contexts": None}
        application = request.match_info["application"]
        self.commands[guild] = [
            {"id": snowflake(), "application_id": application, **filled, "description": "", **command}
            for command in commands
        ]
        return answer(self.commands[guild])

    async def _file(self, request: web.Request) -> web.Response:
        if request.match_info["message"] in self.uploads:
            return web.Response(body=self.uploads[request.match_info["message"]])
        for channel in self._world.channels.values():
            message = channel.messages.get(request.match_info["message"])
            if message is not None and request.match_info["name"] in message.files:
                return web.Response(body=message.files[request.match_info["name"]])
        return web.Response(status=404)

    async def tell(self, event: str, message: Message) -> None:
        """Tell the gateway's clients what became of a message."""
        guild = message.channel.guild

        def told(session: Session) -> Json | None:
            if not session.intents & (GUILD_MESSAGES if guild else DIRECT_MESSAGES):
                return None
            where = {"channel_id": message.channel.id, **({"guild_id": guild.id} if guild else {})}
            if event == "MESSAGE_DELETE":
                return {"id": message.id, **where}
            readable = bool(session.intents & MESSAGE_CONTENT) or self._addressed(message)
            payload = {**message.payload(readable=readable), **where}
            if guild and message.author.id in guild.members:
                payload["member"] = guild.member(message.author)
            return payload

        if "VIEW_CHANNEL" not in message.channel.lacking(self._world.me):
            await self._gateway.dispatch(event, told)

    def attach(self, message: Message, name: str, data: bytes, media_type: str, description: str | None = None) -> None:
        """Put a file on a message."""
        message.files[name] = data
        message.attachments.append(
            {
                "id": snowflake(),
                "filename": name,
                "size": len(data),
                "url": f"{self.url}/attachments/{message.id}/{name}",
                "proxy_url": f"{self.url}/attachments/{message.id}/{name}",
                "content_type": media_type,
                **({"description": description} if description else {}),
            }
        )

    def _addressed(self, message: Message) -> bool:
        me = self._world.me
        return message.author is me or message.channel.type == 1 or me in message.mentioned

    def _readable(self, message: Message) -> bool:
        return self._world.message_content or self._addressed(message)

    def _find_channel(self, request: web.Request, *needed: str) -> Channel:
        channel = self._world.channels.get(request.match_info["channel"])
        if channel is None:
            raise Refused(404, 10003, "Unknown Channel")
        lacking = channel.lacking(self._world.me)
        if "VIEW_CHANNEL" in lacking:
            raise Refused(403, 50001, "Missing Access")
        if lacking & set(needed):
            raise Refused(403, 50013, "Missing Permissions")
        return channel

    def _find_message(self, request: web.Request) -> Message:
        message = self._find_channel(request).messages.get(request.match_info["message"])
        # Nobody but its token reaches a message that only one person sees.
        if message is None or message.deleted or message.only_to is not None:
            raise Refused(404, 10008, "Unknown Message")
        return message

    def _find_answer(self, request: web.Request) -> Message:
        interaction = self._interactions.by_token(request.match_info["token"])
        wanted = request.match_info["message"]
        for message in filter(None, [interaction.original, *interaction.followups]):
            if not message.deleted and wanted in {message.id, "@original"}:
                return message
        raise Refused(404, 10008, "Unknown Message")

    async def _edit_with(self, request: web.Request, message: Message) -> None:
        body, files = await read_body(request)
        check_message(body, [data for _, data in files])
        self._change(message, body, files)
        message.edited = datetime.now(UTC).isoformat()
        message.flags &= ~LOADING
        if message.only_to is None:
            await self.tell("MESSAGE_UPDATE", message)

    def _change(self, message: Message, body: Json, files: list[tuple[str, bytes]]) -> None:
        if "content" in body:
            # A new message holds one empty text, or the text it was made with.
            text = body["content"] or ""
            message.texts = [*message.texts, text] if any(message.texts) else [text]
        for part in ("embeds", "components"):
            if body.get(part) is not None:
                setattr(message, part, body[part])
        if "attachments" in body:
            kept = {str(item["id"]) for item in body["attachments"]}
            message.attachments = [item for item in message.attachments if item["id"] in kept]
        described = {str(item["id"]): item for item in body.get("attachments") or []}
        for index, (name, data) in enumerate(files):
            about = described.get(str(index), {})
            kept_as = about.get("filename", name)
            self.attach(message, kept_as, data, "application/octet-stream", about.get("description"))
        message.flags |= body.get("flags", 0) & EPHEMERAL

    def _pinged(self, body: Json) -> list[User]:
        """Who is pinged: those named in the text, as far as `allowed_mentions` permits."""
        named = self._world.mentions(body.get("content") or "")
        allowed = body.get("allowed_mentions")
        if allowed is None or "users" in allowed.get("parse", []):
            return named
        return [user for user in named if user.id in map(str, allowed.get("users", []))]
