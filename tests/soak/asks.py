"""What people ask, what they see of its answer, and what to think of that."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.servers.discord import Channel, DiscordPerson, DiscordServer, Interaction
from tests.servers.discord import Message as DiscordMessage
from tests.servers.slack import Posted, SlackServer
from tests.soak.plugins.slow import LONG_WORDS, WORDS

PRIVATE = "whisper"
LONG = "long"
ONCE = "once"

UNKNOWN = "do not know whether it is done"
"""Said of a command that must not run twice."""

GIVEN_UP = "so I gave it up"
"""Said after the third run that a crash ended."""

STOPPED = "could not finish"
"""Said when Atelier is stopped in good order."""

NO_STORE = "y store does not answer"
"""Said where the machine is so busy that the store takes too long."""

APOLOGY = re.compile(f"{UNKNOWN}|{GIVEN_UP}|{STOPPED}|{NO_STORE}|something went wrong on my side")
NOTICE = re.compile(r"The answer goes on in")
"""Says where the answer is; the answer itself is elsewhere."""

UNSURE = re.compile(r"while I was sending you an answer")
"""What people are told, directly, where nobody can know whether they saw the answer."""

TO_GO_ON = re.compile(r"this goes on in a moment")
"""What an answer says that the next start is to complete."""


class Verdict(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    APOLOGISED = "apologised"
    LOST = "lost"
    TORN = "torn"
    TWICE = "twice"
    LEAKED = "leaked"
    IGNORED = "never accepted"


@dataclass(frozen=True)
class Seen:
    """A message of the bot's as people see it now.

    Attributes:
        text: What it says.
        unfinished: Whether it says that more will come: "thinking…", a stream, a Cancel button.
        public: Whether everybody there sees it.
        before: Everything it ever said.
    """

    text: str
    unfinished: bool
    public: bool
    before: str


class Ask(ABC):
    """A question with a channel and a person of its own.

    Args:
        tag: Stands before each word of its answer.
        command: Of the plugin; empty for one that is asked in words.
    """

    def __init__(self, tag: str, command: str) -> None:
        self.tag = tag
        self.command = command

    @property
    @abstractmethod
    def accepted(self) -> bool:
        """Whether it has to be answered."""

    @abstractmethod
    def seen(self) -> Sequence[Seen]:
        """What the bot shows of its answer, in order."""

    @abstractmethod
    async def ask(self) -> None:
        """Ask it; ends when it is accepted, or when nobody takes it."""

    def verdict(self) -> Verdict:
        """What became of it, as things stand."""
        seen = self.seen()
        if self.command == PRIVATE and any(one.public and f"{self.tag}-" in one.before for one in seen):
            return Verdict.LEAKED
        all_, unsure = seen, [one for one in seen if UNSURE.search(one.text)]
        seen = [one for one in seen if one not in unsure]
        words = re.findall(rf"{self.tag}-(\w+)", " ".join(one.text for one in seen))
        ends = words.count("end")
        apologies = sum(1 for one in seen if APOLOGY.search(one.text))
        if ends + apologies > 1:
            return Verdict.TWICE
        if any(one.unfinished or TO_GO_ON.search(one.text) for one in seen):
            return Verdict.TORN
        if apologies or (unsure and not words):
            return Verdict.APOLOGISED if self._may_apologise(" ".join(one.text for one in all_)) else Verdict.TORN
        if not words:
            silent = not seen or all(NOTICE.search(one.text) for one in seen)
            return (Verdict.LOST if self.accepted else Verdict.IGNORED) if silent else Verdict.TORN
        count = LONG_WORDS if self.command == LONG else WORDS
        whole = words == [*map(str, range(count)), "end"]
        rest = [one for one in seen if f"{self.tag}-" not in one.text and not NOTICE.search(one.text)]
        return Verdict.ANSWERED if whole and not rest else Verdict.TORN

    def _may_apologise(self, text: str) -> bool:
        """Whether this apology is one for what was asked: the easy way out is not open to all."""
        return (
            any(words in text for words in (GIVEN_UP, STOPPED, NO_STORE))
            or (self.command == ONCE and UNKNOWN in text)
            or (self.command == PRIVATE and UNSURE.search(text) is not None)
        )

    @property
    def settled(self) -> bool:
        """Whether nothing more has to come."""
        return self.verdict() in {Verdict.ANSWERED, Verdict.APOLOGISED, Verdict.IGNORED}

    def __str__(self) -> str:
        shown = [
            f"{'public' if one.public else 'private'}{' unfinished' * one.unfinished}: {one.text[-160:]!r}"
            for one in self.seen()
        ]
        return f"{type(self).__name__} {self.command or 'mention'} {self.tag}: {self.verdict()}; shows {shown}"


class OnDiscord(Ask):
    """Asked on Discord, by a slash command or by a mention.

    Args:
        server: Where.
        person: Who asks.
        channel: In which channel; None in the direct conversation.
        tag: Stands before each word of its answer.
        command: Of the plugin; empty for a mention.
        twice: Whether Discord tells of it twice.
        alone: Whether nobody else asks in the channel; then all that the bot shows there belongs to it.
    """

    def __init__(
        self,
        server: DiscordServer,
        person: DiscordPerson,
        channel: Channel | None,
        tag: str,
        command: str = "",
        *,
        twice: bool = False,
        alone: bool = True,
    ) -> None:
        super().__init__(tag, command)
        self._server, self._person, self._twice, self._alone = server, person, twice, alone
        self._channel, self._direct = channel or person.dm, channel is None
        self._interaction: Interaction | None = None
        self._said: DiscordMessage | None = None

    @property
    def accepted(self) -> bool:
        """A command once it is acknowledged; a mention can be read later as well, a direct message cannot."""
        if self._interaction is not None:
            return self._interaction.callback is not None
        return self._said is not None and not self._direct

    async def ask(self) -> None:
        """Use the command, or mention the bot."""
        if self.command:
            self._interaction = await self._person.uses(self.command, self._channel, tag=self.tag)
            if self._twice:
                await self._server.interact(self._interaction)
            return
        self._said = await self._person.mentions_bot(self._channel, self.tag)
        if self._twice:
            await self._server.rest.tell("MESSAGE_CREATE", self._said)

    def seen(self) -> Sequence[Seen]:
        """In the channel, and directly."""
        places = [self._channel] if self._direct else [self._channel, self._person.dm]
        messages = [one for place in places for one in self._server.messages(place) if self._alone or self._is_its(one)]
        return [
            Seen(
                message.content,
                unfinished=message.thinking or any(button["label"] == "Cancel" for button in message.buttons),
                public=message.only_to is None and message.channel is not self._person.dm,
                before=" ".join(message.texts),
            )
            for message in messages
        ]

    def _is_its(self, message: DiscordMessage) -> bool:
        """Whether a message belongs to the answer: it replies, mentions the person, or says the words."""
        used = self._interaction
        answers = [] if used is None else [used.original, *used.followups]
        return (
            message.channel is self._person.dm
            or message in answers
            or (self._said is not None and message.reply_to is self._said)
            or any(f"<@{self._person.user.id}>" in text or f"{self.tag}-" in text for text in message.texts)
        )


class OnSlack(Ask):
    """Asked on Slack, by a slash command or by a mention.

    Args:
        server: Where.
        user: Who asks.
        channel: In which channel; None in the direct conversation.
        tag: Stands before each word of its answer.
        command: Of the plugin; empty for a mention.
        lose_acks: How many acknowledgements get lost, so that Slack tells of it again.
    """

    def __init__(
        self, server: SlackServer, user: str, channel: str | None, tag: str, command: str = "", *, lose_acks: int = 0
    ) -> None:
        super().__init__(tag, command)
        self._server, self._user, self._lose_acks = server, user, lose_acks
        self._direct = f"D{user[1:]}"
        self._channel = channel or self._direct
        self._acknowledged = self._said = False
        server.workspace.add_user(user, user.lower())
        server.workspace.add_channel(self._direct, "", is_im=True, user=user)
        if self._channel not in server.workspace.channels:
            server.workspace.add_channel(self._channel, self._channel.lower())

    @property
    def accepted(self) -> bool:
        """What is acknowledged; a mention in a channel can be read later as well."""
        return self._said or self._acknowledged

    async def ask(self) -> None:
        """Use the command, or mention the bot; Slack tells of it until it is acknowledged, but not for ever."""
        try:
            if self.command:
                line = f"tag:{self.tag}"
                await self._server.slash(self._user, self._channel, f"/{self.command}", line, lose_acks=self._lose_acks)
                self._acknowledged = True
                return
            self._said = self._channel != self._direct
            text = f"<@{self._server.workspace.bot}> {self.tag}"
            await self._server.says(self._user, self._channel, text, lose_acks=self._lose_acks)
            self._acknowledged = True
        except TimeoutError:
            return

    def seen(self) -> Sequence[Seen]:
        """In the channel, there below the question if it was a mention, and directly."""
        workspace = self._server.workspace
        asked = [message.ts for message in workspace.messages[self._channel] if message.user == self._user]
        below = asked[0] if asked and self._said else None
        return [
            Seen(
                _shown(message),
                unfinished=message.streaming or message.button("Cancel") is not None,
                public=message.only_for is None and message.channel != self._direct,
                before=" ".join(message.states),
            )
            for channel in dict.fromkeys((self._channel, self._direct))
            for message in workspace.by_bot(channel)
            if below in {None, message.thread} or channel == self._direct
        ]


def _shown(message: Posted) -> str:
    """What people read: a message's text is only for notifications where it has blocks."""
    return message.shown.removeprefix(message.text).strip() if message.blocks else message.shown
