"""The whole: a server on the loopback interface, and what people do in the workspace."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from itertools import count
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

import tests.servers.slack.chat
import tests.servers.slack.lookups  # noqa: F401  (both register their methods)
from tests.servers.slack.files import Files
from tests.servers.slack.responses import Responses
from tests.servers.slack.sockets import Delivery, Sockets
from tests.servers.slack.web_api import WebApi
from tests.servers.slack.workspace import Json, Posted, Workspace


class SlackServer:
    """A Slack with one workspace and one app.

    Attributes:
        workspace: Its people, channels and messages.
        api: The Web API.
        sockets: Socket Mode.
        files: Their bytes.
        request_url: Where the app takes HTTP events; events go there instead of over a socket.
    """

    def __init__(self) -> None:
        self.bot_token, self.app_token, self.signing_secret = (
            "xoxb-test",
            "xapp-test",
            "8f742231b10e8888abcd99yyyzzz85a5",
        )
        self.workspace = Workspace()
        self.api = WebApi(self.workspace, self.bot_token)
        self.sockets = Sockets(self.app_token)
        self.files = Files(self.api)
        self.request_url: str | None = None
        self._numbers = count(1)
        self._responses = Responses(self.workspace)
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/api/apps.connections.open", self.sockets.open)
        app.router.add_post("/api/{method}", self.api.handle)
        app.router.add_get("/link/", self.sockets.link)
        app.router.add_post("/upload/{file}", self.files.upload)
        app.router.add_get("/files/{file}", self.files.download)
        app.router.add_get("/avatars/{user}", self.files.avatar)
        app.router.add_post("/response/{id}", self._responses.take)
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.sockets.drop()
        await self._server.close()

    @property
    def api_url(self) -> str:
        """What stands in for `https://slack.com/api/`."""
        return str(self._server.make_url("/api/"))

    # -- what people do

    async def says(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread: str | None = None,
        files: Sequence[tuple[str, bytes, str]] = (),
        lose_acks: int = 0,
    ) -> Posted:
        """Somebody writes a message; the app is told of it, and once more if it is mentioned.

        Args:
            user: Who.
            channel: Where.
            text: In Slack's own form: people are `<@U…>`.
            thread: The message that starts the thread.
            files: Name, bytes and media type of what is attached.
            lose_acks: How many acknowledgements get lost.
        """
        shared = [self.files.share(str(self._server.make_url("/files/")), *file) for file in files]
        message = self.workspace.add(Posted(self.workspace.next_ts(), channel, user, text, thread, files=shared))
        event = self.message_event(message)
        if self.workspace.channels[channel].get("is_im") or channel in self.workspace.members:
            await self.event(event, lose_acks=lose_acks)
        if f"<@{self.workspace.bot}>" in text and not self.workspace.channels[channel].get("is_im"):
            await self.event({**event, "type": "app_mention", "subtype": None}, lose_acks=lose_acks)
        return message

    async def edits(self, message: Posted, text: str) -> None:
        """Somebody changes a message."""
        before = self.message_event(message)
        message.text = text
        changed = {**self.message_event(message), "edited": {"user": message.user, "ts": self.workspace.next_ts()}}
        details = {"message": changed, "previous_message": before}
        await self.event({**self._change(message, "message_changed"), **details})
        if f"<@{self.workspace.bot}>" in text and not self.workspace.channels[message.channel].get("is_im"):
            await self.event({**changed, "type": "app_mention"})

    async def reacts(self, user: str, message: Posted, emoji: str = "+1", *, away: bool = False) -> None:
        """Somebody puts an emoji under a message, or takes it away."""
        users = message.reactions.setdefault(emoji, [])
        if away:
            users.remove(user)
        else:
            users.append(user)
        item = {"type": "message", "channel": message.channel, "ts": message.ts}
        kind = "reaction_removed" if away else "reaction_added"
        details = {"reaction": emoji, "item_user": message.user, "event_ts": self.workspace.next_ts()}
        await self.event({"type": kind, "user": user, "item": item, **details})

    async def unfolds(self, message: Posted) -> None:
        """Slack shows what a link leads to, and tells of it as of a change."""
        event = self.message_event(message)
        details = {"message": {**event, "attachments": [{"title": "A page"}]}, "previous_message": event}
        await self.event({**self._change(message, "message_changed"), **details})

    async def deletes(self, message: Posted) -> None:
        """Somebody removes a message; where a thread hangs on it, a note that it was there stays."""
        there = self.workspace.messages[message.channel]
        before = self.message_event(message)
        there.remove(message)
        if all(other.thread != message.ts for other in there):
            details = {"deleted_ts": message.ts, "previous_message": before}
            await self.event({**self._change(message, "message_deleted"), **details})
            return
        stone = {"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted.", "hidden": True}
        details = {"message": {**before, **stone}, "previous_message": before}
        await self.event({**self._change(message, "message_changed"), **details})

    async def removes(self, channel: str) -> None:
        """Somebody deletes a channel; of a private one its members are told, by another name."""
        there = self.workspace.channels.pop(channel)
        told = not there["is_private"] or channel in self.workspace.members
        self.workspace.members.discard(channel)
        del self.workspace.people[channel], self.workspace.messages[channel]
        if told:
            kind = "group_deleted" if there["is_private"] else "channel_deleted"
            await self.event({"type": kind, "channel": channel, "event_ts": self.workspace.next_ts()})

    async def slash(self, user: str, channel: str, command: str, text: str = "", *, lose_acks: int = 0) -> Delivery:
        """Somebody types a slash command."""
        payload = {
            **self._interaction(user, channel),
            "command": command,
            "text": text,
            "team_id": self.workspace.team,
            "user_id": user,
            "user_name": self.workspace.users[user]["name"],
            "channel_id": channel,
            "channel_name": self.workspace.channels[channel]["name"] or "directmessage",
        }
        return await self.deliver("slash_commands", payload, lose_acks=lose_acks)

    async def chooses(self, user: str, message: Posted, callback_id: str) -> Delivery:
        """Somebody chooses a shortcut from a message's menu."""
        payload = {
            **self._from(user, message),
            "type": "message_action",
            "callback_id": callback_id,
            "message_ts": message.ts,
            "message": message.as_json(self.workspace.bot),
        }
        return await self.deliver("interactive", payload)

    async def presses(self, user: str, message: Posted, label: str) -> Delivery:
        """Somebody presses a button."""
        button = message.button(label)
        assert button is not None, f"there is no button {label!r} in {message}"
        container = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": message.only_for is not None,
            **({"thread_ts": message.thread} if message.thread else {}),
        }
        payload = {
            **self._from(user, message),
            "type": "block_actions",
            "container": container,
            "actions": [{**button, "action_ts": self.workspace.next_ts(), "block_id": "b"}],
        }
        if message.only_for is None:
            payload["message"] = message.as_json(self.workspace.bot)
        return await self.deliver("interactive", payload)

    async def submits(self, user: str, view: Json, values: Json) -> Delivery:
        """Somebody fills a modal in and sends it."""
        payload = {
            "type": "view_submission",
            "team": {"id": self.workspace.team},
            "user": {"id": user, "name": self.workspace.users[user]["name"]},
            "trigger_id": f"trigger.{next(self._numbers)}",
            "view": {"id": "V1", **view, "state": {"values": values}},
        }
        return await self.deliver("interactive", payload)

    # -- how the app hears of it

    async def event(self, event: Json, *, event_id: str | None = None, lose_acks: int = 0) -> Delivery:
        """Deliver an event."""
        payload = {
            "type": "event_callback",
            "team_id": self.workspace.team,
            "api_app_id": "A_ATELIER",
            "event": event,
            "event_id": event_id or f"Ev{next(self._numbers)}",
            "event_time": int(time.time()),
            "authorizations": [{"team_id": self.workspace.team, "user_id": self.workspace.bot, "is_bot": True}],
        }
        return await self.deliver("events_api", payload, lose_acks=lose_acks)

    async def deliver(self, kind: str, payload: Json, *, lose_acks: int = 0) -> Delivery:
        """Send a payload over a socket, or to `request_url`."""
        if self.request_url is None:
            return await self.sockets.deliver(kind, payload, lose_acks=lose_acks)
        body, content_type = json.dumps(payload), "application/json"
        if kind != "events_api":
            form = (
                {key: str(value) for key, value in payload.items()} if kind == "slash_commands" else {"payload": body}
            )
            body, content_type = urlencode(form), "application/x-www-form-urlencoded"
        for attempt in range(lose_acks + 1):
            retry = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"} if attempt else {}
            delivery = await self.send(body, content_type, headers=retry)
        return delivery

    async def send(
        self,
        body: str,
        content_type: str = "application/json",
        *,
        secret: str | None = None,
        age: float = 0,
        headers: Json | None = None,
    ) -> Delivery:
        """Send a signed HTTP request to the app.

        Args:
            body: As it is signed.
            content_type: What it is.
            secret: What it is signed with; the right secret by default.
            age: How many seconds ago it was signed.
            headers: Further headers.
        """
        assert self.request_url is not None
        signed = str(int(time.time() - age))
        key = (secret or self.signing_secret).encode()
        digest = hmac.new(key, f"v0:{signed}:{body}".encode(), hashlib.sha256).hexdigest()
        own = {"Content-Type": content_type, "X-Slack-Request-Timestamp": signed, "X-Slack-Signature": f"v0={digest}"}
        sent = time.monotonic()
        async with (
            ClientSession() as session,
            session.post(self.request_url, data=body.encode(), headers=own | (headers or {})) as response,
        ):
            await response.read()
            return Delivery(1, time.monotonic() - sent, status=response.status)

    def message_event(self, message: Posted) -> Json:
        """A message as an event shows it."""
        kind = "im" if self.workspace.channels[message.channel].get("is_im") else "channel"
        details = {"channel": message.channel, "channel_type": kind, "event_ts": message.ts}
        if any(other.thread == message.ts for other in self.workspace.messages[message.channel]):
            details["thread_ts"] = message.ts
        return {**message.as_json(self.workspace.bot), **details}

    # -- parts

    def _change(self, message: Posted, subtype: str) -> Json:
        event = self.message_event(message)
        kept = {key: event[key] for key in ("type", "channel", "channel_type")}
        return {**kept, "subtype": subtype, "ts": self.workspace.next_ts(), "hidden": True}

    def _interaction(self, user: str, channel: str) -> Json:
        number = str(next(self._numbers))
        self._responses.open(number, user, channel)
        url = str(self._server.make_url(f"/response/{number}"))
        return {"response_url": url, "trigger_id": f"trigger.{number}"}

    def _from(self, user: str, message: Posted) -> Json:
        return {
            **self._interaction(user, message.channel),
            "team": {"id": self.workspace.team, "domain": "sample"},
            "user": {"id": user, "name": self.workspace.users[user]["name"], "team_id": self.workspace.team},
            "channel": {"id": message.channel, "name": self.workspace.channels[message.channel]["name"]},
        }
