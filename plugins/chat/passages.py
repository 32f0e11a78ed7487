"""What a question can be answered from: messages, commands, help and what the person asked to remember."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

from bot import Command, Fact, Message, is_command, sentences, shortened

SHORTEST = 4
"""Words; a shorter sentence resembles anything."""

QUOTE = 320
"""Characters of a message that are quoted."""

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_ITEM = re.compile(r"^[ \t]*[-*+•][ \t]+", re.MULTILINE)
_MARKS = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?)|\*\*|~~|\|\|", re.MULTILINE)
_OPTION = re.compile(r"\b[a-z_]+:(?=\S)")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the help.

    Attributes:
        questions: Ways to ask for it.
        text: The answer.
    """

    questions: tuple[str, ...]
    text: str


Source: TypeAlias = Message | Command | Section | Fact


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text that may be near a question.

    Attributes:
        text: What is compared.
        source: What it belongs to.
        quote: What is shown of a message when this is the nearest stretch of it.
        weight: How much its nearness counts.
    """

    text: str
    source: Source
    quote: str = ""
    weight: float = 1.0


def of_message(message: Message, language: str) -> list[Passage]:
    """A message as a whole, and each of its sentences."""
    text = _ITEM.sub("• ", _MARKS.sub("", _FENCE.sub("\n", message.text)))
    lines = [line for line in text.splitlines() if line.strip()]
    parts = [" ".join(part.split()) for line in lines for part in sentences(line, language)]
    found = [
        Passage(sentence.removeprefix("• "), message, _around(parts, index))
        for index, sentence in enumerate(parts)
        if len(sentence.split()) >= SHORTEST or not sentence.isascii()
    ]
    whole = " ".join(parts)
    if len(parts) > 1 and len(whole.split()) >= SHORTEST:
        found.append(Passage(whole, message, _around(parts, 0)))
    return found


def of_command(command: Command) -> list[Passage]:
    """What a command does, the ways to ask for it, and its options."""
    phrases = [f"{command.name}: {command.about}", *map(spoken, command.examples)]
    options = [f"{command.name} {option.name}: {option.help}" for option in command.options if option.help]
    # An option is a detail: another command's purpose is the better answer.
    return [*(Passage(each, command) for each in phrases), *(Passage(each, command, weight=0.85) for each in options)]


def of_section(section: Section) -> list[Passage]:
    """The ways to ask for a section, and what it says."""
    return [Passage(text, section) for text in (*section.questions, section.text)]


def answerable(messages: Sequence[Message], question: str) -> list[Message]:
    """The messages in which an answer may be: what people said to each other.

    What was said to Atelier is left out, for a question asked before is nearest to itself.
    """
    asked = " ".join(question.casefold().split())
    answered = {message.reply_to for message in messages if message.from_bot}
    return [
        message
        for message in messages
        if not message.from_bot
        and message.id not in answered
        and not is_command(message.text)
        and " ".join(message.text.casefold().split()) != asked
    ]


def answers_to(message: Message, messages: Sequence[Message]) -> list[Message]:
    """What was said in answer to a message: the replies to it, else what another person said right after it."""
    replies = [reply for reply in messages if reply.reply_to == message.id]
    if replies:
        return replies
    place = next((index for index, other in enumerate(messages) if other.id == message.id), len(messages))
    later = messages[place + 1 : place + 5]
    return [other for other in later if other.author != message.author and other.reply_to is None]


@cache
def sections() -> tuple[Section, ...]:
    """The help, read once."""
    text = Path(__file__).with_name("help.md").read_text(encoding="utf-8")
    return tuple(read_sections(text))


def read_sections(text: str) -> Iterable[Section]:
    """The sections of a Markdown text that have a heading of the second level."""
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        questions = tuple(question.strip() for question in heading.split(" / ") if question.strip())
        if questions and body.strip():
            yield Section(questions, " ".join(body.split()))


def _around(parts: Sequence[str], index: int) -> str:
    """A sentence with as many before and after it as fit a quote, so that it can be understood."""
    first, last = index, index + 1
    used = len(parts[index]) + 1
    while True:
        if last < len(parts) and used + len(parts[last]) <= QUOTE:
            used += len(parts[last]) + 1
            last += 1
        elif first and used + len(parts[first - 1]) <= QUOTE:
            first -= 1
            used += len(parts[first]) + 1
        else:
            break
    text = shortened(" ".join(parts[first:last]), QUOTE)
    return f"{'… ' if first else ''}{text}{' …' if last < len(parts) else ''}"


def spoken(example: str) -> str:
    """An example as somebody would say it: without the slash and the options' names."""
    return _OPTION.sub("", example.removeprefix("/")) if example.startswith("/") else example
