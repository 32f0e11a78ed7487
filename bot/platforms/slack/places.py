"""How Slack's ids stand for places: a channel is `C1`, a thread in it `C1:1712345678.000100`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.platform import Address


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes.

    Attributes:
        channel: Slack's id.
        thread: The message that starts the thread; None for the channel itself.
    """

    channel: str
    thread: str | None = None

    @classmethod
    def of(cls, channel: str) -> Place:
        """The place that one of our channel ids stands for."""
        slack, _, thread = channel.partition(":")
        return cls(slack, thread or None)

    @classmethod
    def to_answer(cls, address: Address) -> Place:
        """Where an answer goes: in a channel below its question, in a direct conversation after it."""
        place = cls.of(address.channel)
        if place.thread is None and address.reply_to and not place.direct:
            return cls(place.channel, address.reply_to)
        return place

    @property
    def direct(self) -> bool:
        """Whether only one person is there."""
        return self.channel.startswith("D")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked, and how an interaction can be answered; it travels as the request's token.

    Attributes:
        user: Slack's id.
        team: The workspace.
        response_url: Answers a slash command or shortcut, also where the bot is no member.
    """

    user: str
    team: str
    response_url: str = ""

    def __str__(self) -> str:
        return f"{self.user} {self.team} {self.response_url}"

    @classmethod
    def of(cls, token: str | None) -> Asker | None:
        """The asker that a token stands for."""
        if not token:
            return None
        user, team, response_url = token.split(" ", 2)
        return cls(user, team, response_url)
