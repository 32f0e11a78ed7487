"""Makes the topics of a window: quoted by meaning, or written where a model can."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot import Embeddings, Message, Person, Profile

from . import extracting, headlines, ranking
from .extracting import Anchors, called
from .group import Group
from .sentences import says_something, shorten, size_in_words
from .telling import ALSO, TOPICS
from .topics import Kind, Statement, Topic
from .weighing import Interest, activity, outcome
from .window import Window

if TYPE_CHECKING:
    from bot import Length

    from .headlines import Phrase

TRIED = 1.5
"""How many times more topics are looked at closely than are told: something may have come of a short one."""

SAID = 3
"""Words that a sentence has more than a headline that says the same."""

LINKS = "Links"
"""The headline of links that nobody said anything about."""

LONGEST = 70
"""Characters of a headline in which no phrase is one."""


async def interest_of(person: Person, profile: Profile, window: Window, embeddings: Embeddings) -> Interest:
    """What concerns a person: what mentions them, where they took part, and what they asked to remember."""
    names = {person.name, *(message.author_name for message in window.all if message.author == person.id)}
    called_so = {" ".join(name.split()).casefold() for name in names}
    called_so |= {name.split()[0] for name in called_so if name}
    facts = [fact.text for fact in profile.facts]
    return Interest(person.id, frozenset(called_so), await ranking.embedded(facts, embeddings) if facts else None)


async def extracted(
    groups: Sequence[Group], window: Window, embeddings: Embeddings, length: Length, interest: Interest | None
) -> list[Topic]:
    """The topics, those that matter most first: each told in the words of those who talked about it.

    Args:
        groups: Their messages.
        window: What was said.
        embeddings: Tells meanings apart.
        length: How long the digest becomes.
        interest: Of the person it is for; None where it is for everyone.
    """
    wanted = TOPICS[length] + ALSO
    weights = await asyncio.to_thread(lambda: [activity(group, interest) for group in groups])
    ranked = sorted(range(len(groups)), key=lambda index: (-weights[index], index))[: math.ceil(TRIED * wanted)]
    known = await ranking.embedded([*ranking.MATTERS, *ranking.SMALL_TALK, *extracting.AGAINST], embeddings)
    anchors = Anchors(known[: -len(extracting.AGAINST)], known[-len(extracting.AGAINST) :])
    closely = [groups[index] for index in ranked]
    told = await asyncio.to_thread(_statements, closely, window, anchors)
    full = [weights[index] + outcome(statements) for index, statements in zip(ranked, told, strict=True)]
    order = [index for index in sorted(range(len(closely)), key=lambda index: -full[index]) if told[index]]
    best = [closely[index] for index in order[:wanted]]
    titles = await _headlines(best, groups, embeddings)
    return [
        Topic(title, sources, group.messages, _besides(title, told[index]), full[index])
        for index, group, (title, sources) in zip(order, best, titles, strict=False)
    ]


def _besides(title: str, statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements without those that the headline says almost word for word."""
    return tuple(
        each
        for each in statements
        if each.kind is not Kind.POINT
        or title.casefold() not in each.text.casefold()
        or size_in_words(each.text) > size_in_words(title) + SAID
    )


def _statements(groups: Sequence[Group], window: Window, anchors: Anchors) -> list[tuple[Statement, ...]]:
    messages = {(message.channel, message.id): message for message in window.all}
    people = called(window.all)
    return [extracting.statements(group, messages, people, anchors) for group in groups]


async def _headlines(
    best: Sequence[Group], groups: Sequence[Group], embeddings: Embeddings
) -> list[tuple[str, tuple[Message, ...]]]:
    """The headline of each of the best topics, and the message that it is drawn from."""
    found = await asyncio.to_thread(_phrases, best, groups)
    vectors = await ranking.embedded([phrase.text for phrases in found for phrase in phrases], embeddings)
    chosen: list[tuple[str, tuple[Message, ...]]] = []
    at = 0
    for group, phrases in zip(best, found, strict=True):
        phrase = headlines.headline(phrases, vectors[at : at + len(phrases)], group.centre)
        at += len(phrases)
        if phrase is None:
            # A language without spaces has no phrases that are found by them.
            nearest = int((group.matrix @ group.centre).argmax())
            sentence = group.sentences[nearest]
            bare = not says_something(sentence.text)
            source = group.messages[sentence.source]
            chosen.append((LINKS, ()) if bare else (shorten(sentence.text, LONGEST), (source,)))
        else:
            source = group.messages[phrase.source]
            mark = "?" if f"{phrase.text}?" in source.text else ""
            chosen.append((f"{headlines.capital(phrase.text)}{mark}", (source,)))
    return chosen


def _phrases(best: Sequence[Group], groups: Sequence[Group]) -> list[list[Phrase]]:
    """Promising phrases of the best topics; their words are compared with those of all topics."""
    sentences = [
        [
            (group.sentences[place].source, group.sentences[place].text)
            for place in group.central(list(range(len(group.sentences))))
        ]
        for group in best
    ]
    others = [[sentence.text for sentence in group.sentences] for group in groups]
    telling = headlines.telling_words(others)
    places = {id(group): place for place, group in enumerate(groups)}
    return [headlines.phrases(said, telling[places[id(group)]]) for group, said in zip(best, sentences, strict=True)]
