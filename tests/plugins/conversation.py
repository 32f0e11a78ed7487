"""A conversation to test commands on, without a platform or a store."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from bot import Attachment, Channel, ChannelKind, Cited, Message, Person, Request, Wanted
from bot.request import Origin

T = TypeVar("T")

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
"""A Tuesday."""


def said(line: str, minutes_ago: float = 60, *, id: str = "", reply_to: str | None = None) -> Message:
    """A message from `Dana: text`; `Bot: text` is a bot's."""
    name, _, text = line.partition(": ")
    return Message(
        id=id or f"{name}-{minutes_ago}",
        channel="general",
        author="test:atelier" if name == "Bot" else f"test:{name.lower()}",
        author_name=name,
        text=text,
        sent=NOW - timedelta(minutes=minutes_ago),
        reply_to=reply_to,
        from_bot=name == "Bot",
    )


def talk(*lines: str, ago: float = 120, apart: float = 2) -> list[Message]:
    """Messages one after the other, the first `ago` minutes ago."""
    return [said(line, ago - number * apart, id=f"m{number}") for number, line in enumerate(lines)]


def linked(messages: Sequence[Message]) -> list[Message]:
    """The messages with a link to each."""
    return [replace(message, link=f"https://chat.test/{message.id}") for message in messages]


class Said:
    """A `History` of given messages."""

    def __init__(self, messages: Sequence[Message] = ()) -> None:
        self.messages = list(messages)

    async def recent(self, limit: int = 50) -> list[Message]:
        """The last ones."""
        return self.messages[-limit:]

    async def since(self, when: datetime, limit: int = 1000) -> list[Message]:
        """Those since then."""
        return [message for message in self.messages if message.sent >= when][-limit:]

    async def between(
        self, start: datetime, end: datetime, limit: int = 1000, *, threads: bool = False
    ) -> list[Message]:
        """Those in between."""
        return [message for message in self.messages if start <= message.sent < end][-limit:]

    async def search(self, wanted: Wanted, limit: int = 20) -> list[Message]:
        """Those by people that are wanted."""
        return [message for message in self.messages if wanted.fits(message) and not message.from_bot][-limit:]


def request(
    text: str = "",
    *,
    kind: ChannelKind = ChannelKind.CHANNEL,
    reply_to: Message | None = None,
    attachments: Sequence[Attachment] = (),
    locale: str | None = None,
    name: str = "Ana",
) -> Request:
    """A request by Ana in #general at noon."""
    return Request(
        origin=Origin("test", message="request"),
        person=Person("test:ana", name, locale),
        channel=Channel("general", "test:server", kind, "general"),
        text=text,
        reply_to=reply_to,
        attachments=tuple(attachments),
        received=NOW,
    )


def attached(name: str, data: bytes, *, size: int | None = None, media_type: str = "text/plain") -> Attachment:
    """A file."""

    async def read() -> bytes:
        return data

    return Attachment(name, media_type, len(data) if size is None else size, read)


async def every(items: AsyncIterator[T]) -> list[T]:
    """All that a command yields."""
    return [item async for item in items]


def text_of(items: Sequence[object]) -> str:
    """The text among what a command yielded."""
    return "".join(item if isinstance(item, str) else item.text for item in items if isinstance(item, str | Cited))


class Open:
    """`Discretion` that leaves out those who are named.

    Args:
        unquoted: The names.
    """

    def __init__(self, *unquoted: str) -> None:
        self._unquoted = unquoted

    async def open(self, messages: Sequence[Message]) -> list[Message]:
        """The messages of the others."""
        return [message for message in messages if message.author_name not in self._unquoted]


class Scripted(BaseChatModel):
    """A chat model that says what it is told to, word by word, and keeps what it was asked."""

    _answers: list[str] = PrivateAttr()
    _asked: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    def __init__(self, *answers: str, context: int | None = None) -> None:
        super().__init__(profile=None if context is None else {"max_input_tokens": context})
        self._answers = list(answers)

    @property
    def asked(self) -> list[list[BaseMessage]]:
        """The messages of each call."""
        return self._asked

    @property
    def prompt(self) -> str:
        """Everything in the last call."""
        return "\n".join(f"{message.type}> {message.text}" for message in self._asked[-1])

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self._next(messages)))])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for word in _words(self._next(messages)):
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))

    def _next(self, messages: list[BaseMessage]) -> str:
        self._asked.append(messages)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def _words(text: str) -> Iterator[str]:
    yield from re.findall(r"\S+\s*|^$", text) or [""]
