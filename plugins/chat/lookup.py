"""Answers without a language model: what is nearest to the question by meaning, with its source."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from bot import (
    Button,
    Card,
    ChannelKind,
    Cited,
    Command,
    Commands,
    Discretion,
    Embeddings,
    Fact,
    History,
    Length,
    Message,
    Profile,
    Progress,
    Request,
    attributed,
    count,
    locale_of,
    moment,
    zone_name,
    zone_of,
)

from .passages import (
    Passage,
    Section,
    Source,
    answerable,
    answers_to,
    of_command,
    of_message,
    of_section,
    sections,
)
from .vectors import Vectors
from .wording import CLOSING, COMMAND, FACT, FOUND, NOTHING, PASSAGES

if TYPE_CHECKING:
    from .vectors import Matrix

T = TypeVar("T", Message, Command, Section, Fact)

MESSAGES = 300
"""How many messages back a question is looked up in."""

NEAR = 0.36
"""The cosine from which a message is shown."""

SURE = 0.5
"""The cosine from which a command, a section of the help or a fact goes before messages that are farther away."""

LIKELY = 0.42
"""The cosine from which it is the answer where no message is near."""

ANSWERS = 0.3
"""The cosine from which a reply is shown with the message it answers; to a question any reply is."""

BEHIND = 0.35
"""How far behind the nearest message another one may be and still be shown."""


@dataclass(frozen=True, slots=True)
class Hit:
    """How near something is to the question."""

    score: float
    passage: Passage


@dataclass(frozen=True, slots=True)
class Lookup:
    """One question and whom it is answered for.

    Attributes:
        question: As asked.
        request: By whom, where and when.
        profile: Their preferences and facts.
        embeddings: Tells meanings apart.
        vectors: Remembers them.
    """

    question: str
    request: Request
    profile: Profile
    embeddings: Embeddings
    vectors: Vectors

    async def answer(
        self, history: History, discretion: Discretion, commands: Commands
    ) -> AsyncIterator[str | Cited | Card | Progress]:
        """Look the question up everywhere and show what is nearest.

        Args:
            history: Of the channel it was asked in.
            discretion: Leaves out what must not be told of.
            commands: Those the person may use.

        Yields:
            Progress, then the answer.
        """
        recent = await history.recent(MESSAGES)
        said = answerable(recent, self.question)
        messages = await discretion.open(said)
        passages = await asyncio.to_thread(self._read, messages)
        passages += [passage for command in commands.all() if _offered(command) for passage in of_command(command)]
        passages += [passage for section in sections() for passage in of_section(section)]
        if self.request.channel.kind is ChannelKind.DM:
            # Elsewhere others read the answer, and a fact was told to Atelier alone.
            passages += [Passage(fact.text, fact) for fact in self.profile.facts]
        vectors: Matrix | None = None
        async for step in self.vectors.read(self.embeddings, [self.question, *(each.text for each in passages)]):
            if isinstance(step, float):
                yield Progress(step, f"reading {count(len(messages), 'message')}")
            else:
                vectors = step
        assert vectors is not None
        scores = vectors[1:] @ vectors[0]
        hits = [Hit(float(score) * each.weight, each) for score, each in zip(scores, passages, strict=True)]
        async for piece in self._show(hits, said, {each.id for each in said} - {each.id for each in messages}):
            yield piece

    async def _show(
        self, hits: Sequence[Hit], messages: Sequence[Message], hidden: Collection[str]
    ) -> AsyncIterator[str | Cited | Card]:
        tone = self.profile.tone
        said = best(hits, Message)
        told = best(hits, Fact) + best(hits, Command) + best(hits, Section)
        surest = max(told, key=lambda hit: hit.score, default=None)
        nearest = said[0].score if said else 0.0
        if surest and surest.score >= (max(SURE, nearest) if nearest >= NEAR else LIKELY):
            yield self._tell(surest.passage.source)
            yield f"\n\n_{CLOSING[tone]}_"
            if isinstance(surest.passage.source, Command):
                yield card(surest.passage.source)
            return
        if nearest >= NEAR:
            for piece in self._quote(said, messages, hidden):
                yield piece
        else:
            yield NOTHING[tone].format(count=count(len(messages) - len(hidden), "message"))
        yield f"\n\n_{CLOSING[tone]}_"

    def _read(self, messages: Sequence[Message]) -> list[Passage]:
        """What is compared of messages; with their authors, where the question names them."""
        language = locale_of(self.request, self.profile)
        asked = set(re.findall(r"\w+", self.question.casefold()))
        found: list[Passage] = []
        for message in messages:
            first = message.author_name.partition(" ")[0]
            named = first.casefold() in asked
            found += [
                replace(each, text=f"{first}: {each.text}") if named else each for each in of_message(message, language)
            ]
        return found

    def _tell(self, source: Source) -> str:
        tone = self.profile.tone
        match source:
            case Fact():
                return FACT[tone].format(fact=source.text)
            case Command():
                return COMMAND[tone].format(name=source.name, about=source.about)
            case Section() | Message():
                return source.text

    def _quote(
        self, said: Sequence[Hit], messages: Sequence[Message], hidden: Collection[str]
    ) -> Iterator[str | Cited]:
        length = self.profile.length
        lowest = max(NEAR, said[0].score - BEHIND)
        chosen = [hit for hit in said if hit.score >= lowest][: PASSAGES[length]]
        shown = {_message(hit).id for hit in chosen}
        scores = {_message(hit).id: hit for hit in said}
        zone = f" (times in {zone_name(self.profile)})"
        read = count(len(messages) - len(hidden), "message")
        yield FOUND[self.profile.tone].format(count=read, zone=zone)
        for hit in chosen:
            message = _message(hit)
            yield Cited(f"\n\n{self._source(message)}\n> {hit.passage.quote}", (message,))
            # The nearest message is often the question that somebody else answered.
            lowest_reply = -1.0 if "?" in message.text else ANSWERS
            answers = answers_to(message, messages)
            if any(answer.id in hidden and answer.text.strip() for answer in answers):
                # What is left of them may answer something else.
                continue
            replies = [scores[answer.id] for answer in answers if answer.id in scores]
            reply = max((each for each in replies if _message(each).id not in shown), key=_score, default=None)
            if reply and reply.score >= lowest_reply and (hit is chosen[0] or length is Length.LONG):
                answer = _message(reply)
                shown.add(answer.id)
                yield Cited(f"\n> ↳ {self._source(answer)}: {reply.passage.quote}", (answer, message))

    def _source(self, message: Message) -> str:
        return attributed(message, moment(message.sent, self.request.received, zone_of(self.profile)))


def best(hits: Sequence[Hit], kind: type[T]) -> list[Hit]:
    """The nearest passage of each source of a kind, nearest first."""
    found: dict[int, Hit] = {}
    for hit in hits:
        if isinstance(hit.passage.source, kind):
            key = id(hit.passage.source)
            if key not in found or hit.score > found[key].score:
                found[key] = hit
    return sorted(found.values(), key=_score, reverse=True)


def card(command: Command) -> Card:
    """A command with how it is typed, and a button that runs it where it needs no option."""
    lines = [f"`{example}`" for example in command.examples if example.startswith("/")]
    ready = not any(option.required for option in command.options)
    return Card(
        title=f"/{command.name}",
        fields=(("Usage", f"`{command.usage}`"), *((("For example", "\n".join(lines[:3])),) if lines else ())),
        buttons=(Button(f"Run /{command.name}", f"/{command.name}"),) if ready else (),
    )


def _offered(command: Command) -> bool:
    return command.listed and not command.free_text


def _message(hit: Hit) -> Message:
    assert isinstance(hit.passage.source, Message)
    return hit.passage.source


def _score(hit: Hit) -> float:
    return hit.score
