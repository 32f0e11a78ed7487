"""Interactions: acknowledged within 3 s, answered with a token that lives 15 minutes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.servers.discord.errors import Refused, check_modal
from tests.servers.discord.ids import snowflake
from tests.servers.discord.message import EPHEMERAL, LOADING, Message
from tests.servers.discord.world import Channel, Json, User

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
ANSWER, DEFER_ANSWER, DEFER_UPDATE, UPDATE, CHOICES, ASK_MODAL = 4, 5, 6, 7, 8, 9

ACKNOWLEDGE_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60.0


@dataclass
class Interaction:
    """One use of a command, a button or a form, and what the application did about it.

    Attributes:
        type: What was used.
        user: Who used it.
        channel: Where.
        data: What exactly, as the application was told.
        message: The message that bears the button.
        callback: How it was acknowledged; None until it is.
        seconds: How long that took.
        original: The answer.
        followups: Further answers.
        choices: What was offered while typing.
        modal: The form that was asked for.
    """

    type: int
    user: User
    channel: Channel
    data: Json
    message: Message | None = None
    callback: int | None = None
    seconds: float | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    choices: list[Json] = field(default_factory=list)
    modal: Json | None = None
    expired: bool = False
    id: str = field(default_factory=snowflake)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(60))
    began: float = field(default_factory=time.monotonic)

    def payload(self, application: str) -> Json:
        """The interaction object."""
        payload: Json = {
            "id": self.id,
            "application_id": application,
            "type": self.type,
            "data": self.data,
            "token": self.token,
            "version": 1,
            "channel": self.channel.payload(),
            "channel_id": self.channel.id,
            "locale": self.user.locale,
            "app_permissions": "2147483647",
            "attachment_size_limit": 10 * 1024 * 1024,
            "entitlements": [],
            "authorizing_integration_owners": self._owners(),
            "context": {1: 1, 3: 2}.get(self.channel.type, 0),
        }
        guild = self.channel.guild
        if guild is None:
            payload["user"] = self.user.payload()
        else:
            about = {"id": guild.id, "locale": "en-US", "features": []}
            payload |= {"guild_id": guild.id, "guild_locale": "en-US", "guild": about}
            member = {"user": self.user.payload(), "permissions": str(guild.permissions(self.user))}
            payload["member"] = {**guild.member(self.user), **member}
        if self.message is not None:
            payload["message"] = self.message.payload()
        return payload

    def _owners(self) -> dict[str, str]:
        """Who has installed the application: the server (0), and the person (1) where the server has not."""
        if self.channel.type == 1:
            return {"0": "0"}
        guild = self.channel.guild
        return {"0": guild.id} if guild is not None and guild.joined else {"1": self.user.id}

    def expire(self) -> None:
        """Let its token die now, as it does after 15 minutes."""
        self.expired = True

    @property
    def lives(self) -> bool:
        """Whether its token can still be used."""
        return not self.expired and time.monotonic() - self.began < TOKEN_SECONDS


class Interactions:
    """Every interaction, by token.

    Attributes:
        acknowledge_seconds: How long an application may take to acknowledge.
    """

    def __init__(self, me: User, changed: Callable[[], None]) -> None:
        self.all: dict[str, Interaction] = {}
        self.acknowledge_seconds = ACKNOWLEDGE_SECONDS
        self._me = me
        self._changed = changed

    def by_token(self, token: str) -> Interaction:
        """The interaction of a token that can still be used.

        Raises:
            Refused: There is none.
        """
        interaction = self.all.get(token)
        if interaction is None:
            raise Refused(404, 10015, "Unknown Webhook")
        if not interaction.lives:
            raise Refused(401, 50027, "Invalid Webhook Token")
        if interaction.callback is None:
            raise Refused(404, 10015, "Unknown Webhook")
        return interaction

    def acknowledge(self, id_: str, token: str, body: Json) -> tuple[Interaction, Json]:
        """Take the first response.

        Returns:
            The interaction, and what is answered.

        Raises:
            Refused: It comes too late, twice, or does not fit.
        """
        interaction = self.all.get(token)
        seconds = time.monotonic() - interaction.began if interaction else 0.0
        if interaction is None or interaction.id != id_ or seconds > self.acknowledge_seconds:
            raise Refused(404, 10062, "Unknown interaction")
        if interaction.callback is not None:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        self._check(interaction, body)
        interaction.callback, interaction.seconds = body["type"], seconds
        data = body.get("data") or {}
        if body["type"] in (ANSWER, DEFER_ANSWER):
            interaction.original = self.answer(interaction, data, loading=body["type"] == DEFER_ANSWER)
        elif body["type"] in (DEFER_UPDATE, UPDATE):
            interaction.original = interaction.message
            if interaction.message is not None and body["type"] == UPDATE:
                interaction.message.components = data.get("components", interaction.message.components)
        elif body["type"] == CHOICES:
            interaction.choices = data["choices"]
        elif body["type"] == ASK_MODAL:
            interaction.modal = data
        resource: Json = {"type": body["type"]}
        if interaction.original is not None:
            resource["message"] = interaction.original.payload()
        about: Json = {"id": interaction.id, "type": interaction.type}
        if interaction.original is not None:
            about |= {
                "response_message_id": interaction.original.id,
                "response_message_loading": interaction.original.thinking,
                "response_message_ephemeral": interaction.original.only_to is not None,
            }
        self._changed()
        return interaction, {"interaction": about, "resource": resource}

    def _check(self, interaction: Interaction, body: Json) -> None:
        kind = body["type"]
        fits = {
            COMMAND: (ANSWER, DEFER_ANSWER, ASK_MODAL),
            COMPONENT: (ANSWER, DEFER_ANSWER, DEFER_UPDATE, UPDATE, ASK_MODAL),
            AUTOCOMPLETE: (CHOICES,),
            MODAL: (ANSWER, DEFER_ANSWER, DEFER_UPDATE, UPDATE),
        }[interaction.type]
        if kind not in fits:
            raise Refused(400, 50035, "Invalid Form Body", {"type": {"_errors": [{"message": "does not fit"}]}})
        if kind == ASK_MODAL:
            check_modal(body["data"])
        choices = (body.get("data") or {}).get("choices", [])
        if len(choices) > 25 or any(not 1 <= len(choice["name"]) <= 100 for choice in choices):
            raise Refused(400, 50035, "Invalid Form Body", {"choices": {"_errors": [{"message": "too many"}]}})

    def answer(self, interaction: Interaction, body: Json, *, loading: bool = False) -> Message:
        """A new message in answer to an interaction."""
        flags = body.get("flags", 0) & EPHEMERAL | (LOADING if loading else 0)
        message = Message(
            interaction.channel,
            self._me,
            [body.get("content") or ""],
            embeds=body.get("embeds") or [],
            components=body.get("components") or [],
            flags=flags,
            type=20,
            only_to=interaction.user if flags & EPHEMERAL else None,
        )
        interaction.channel.messages[message.id] = message
        return message
