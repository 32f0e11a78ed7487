"""Checks what a model claims against the messages that it rests on, and drops what they do not say.

A claim stays if its numbers, names, days and links stand in its messages, if it denies nothing that they say, and if
its meaning comes near to one of their sentences. No network and no further model is needed: words are compared as such,
and meanings by the embeddings.

The bounds were chosen on claims written by hand, in `tests/plugins/summarize/claims.txt`. Of those that were held out
it keeps 18 of 19 that are true and drops 25 of 28 that are not. What it cannot see is a turn of meaning without a
number, a name or a "not": "Bergmann was asked for it" becomes "Bergmann gave it".
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from bot import Embeddings, Message, vectors_of

from . import supporting_words as words
from .sentences import split
from .supporting_lexicon import ABOUT_ASKING
from .topics import Kind

if TYPE_CHECKING:
    from .ranking import Vector

NEAR = 0.78
"""How near a claim must come to its messages: cosine, and a share for words in common; see `_nearness`."""

FOUND = 0.84
"""How near, where the messages were not named but looked for: among many some come near by chance."""

COMMON = 0.3
"""What it counts when all words of a claim stand in its messages."""

PART = 0.45
"""How near each clause of a claim must come: what is added to a true sentence is near to nothing."""

ABOUT = 0.5
"""How near a headline must come to the messages that it is nearest to."""

FEW = 3
"""Messages that are looked for where a claim names none."""

LIKELY = 20
"""Messages that are looked at closely where a claim names none."""

MOST = 12
"""Messages that a claim may rest on; who names all of them names none."""

FIRM = frozenset({Kind.DECISION, Kind.ACTION})
"""What a question or a proposal does not carry."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a model says of messages.

    Attributes:
        text: One sentence.
        cited: The messages that it names, by their place; they are looked for where it names none that there is.
        kind: What it tells.
        who: Who does what is to be done.
        due: Until when.
    """

    text: str
    cited: tuple[int, ...] = ()
    kind: Kind = Kind.POINT
    who: str | None = None
    due: str | None = None


@dataclass(frozen=True, slots=True)
class Supported:
    """A claim that its messages support.

    Attributes:
        claim: The claim, without an owner or a date that nobody stated.
        sources: The messages that it rests on, by their place, the nearest first.
    """

    claim: Claim
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    text: str
    place: int


class Evidence:
    """What was said, ready to check claims against.

    Args:
        messages: The messages that claims may rest on.
        embeddings: Tell meanings apart.
        language: Whose punctuation, days and numbers are known, as a BCP 47 tag.
    """

    def __init__(self, messages: Sequence[Message], embeddings: Embeddings, language: str) -> None:
        self._messages = messages
        self._embeddings = embeddings
        self._language = language
        self._vectors: dict[str, Vector] = {}
        self._units: dict[int, list[_Unit]] = {}

    async def check(self, claims: Sequence[Claim]) -> list[Supported | None]:
        """Each claim with the messages that support it, in order; None for one that none supports."""
        cited = [self._cited(claim) for claim in claims]
        places = set(range(len(self._messages))) if not all(cited) else {place for each in cited for place in each}
        units = await asyncio.to_thread(lambda: [unit.text for place in sorted(places) for unit in self._of(place)])
        parts = [part for claim in claims for part in words.parts(claim.text)]
        await self._embed([*units, *(claim.text for claim in claims), *parts])
        return await asyncio.to_thread(
            lambda: (
                [self._supported(*each) for each in zip(claims, cited, strict=True)]
                if self._messages
                else [None] * len(claims)
            )
        )

    async def about(self, phrase: str, places: Sequence[int]) -> tuple[int, ...]:
        """Which messages a few words, such as a headline, are about, the nearest first; none where they say more.

        Args:
            phrase: The words.
            places: The messages that may be meant, by their place.
        """
        if not places or await asyncio.to_thread(lambda: bool(self._missing(phrase, places))):
            return ()
        units = await asyncio.to_thread(lambda: [unit.text for place in places for unit in self._of(place)])
        await self._embed([*units, phrase])
        return await asyncio.to_thread(self._about, phrase, places)

    def _about(self, phrase: str, places: Sequence[int]) -> tuple[int, ...]:
        ranked = sorted((self._best(phrase, place) for place in places), key=lambda each: -each[0])
        sources = [unit.place for _, unit in ranked[:FEW]]
        return tuple(sources) if self._nearness(phrase, sources) >= ABOUT else ()

    def _cited(self, claim: Claim) -> tuple[int, ...]:
        found = tuple(dict.fromkeys(place for place in claim.cited if 0 <= place < len(self._messages)))
        return found if len(found) <= MOST else ()

    def _supported(self, claim: Claim, cited: tuple[int, ...]) -> Supported | None:
        places = cited or range(len(self._messages))
        ranked = sorted((self._best(claim.text, place) for place in places), key=lambda each: -each[0])
        best = ranked[0][1]
        sources = self._sources(claim, ranked, cited)
        if self._missing(claim.text, sources) or not self._holds(claim, best, sources):
            return None
        if words.plain(claim.text) != words.plain(best.text):
            near = [self._nearness(text, sources) for text in (claim.text, *words.parts(claim.text))]
            if near[0] < (NEAR if cited else FOUND) or min(near) < PART:
                return None
        return Supported(self._stated(claim, sources), tuple(sources))

    def _sources(self, claim: Claim, ranked: Sequence[tuple[float, _Unit]], cited: tuple[int, ...]) -> list[int]:
        """The messages that a claim rests on: the nearest, and what adds to it."""
        nearest, best = ranked[0]
        sources = [best.place]
        missing = self._missing(claim.text, sources)
        for score, unit in ranked[1:LIKELY]:
            if len(sources) == (len(cited) or FEW):
                break
            left = self._missing(claim.text, [*sources, unit.place]) if missing else missing
            near = score >= NEAR if cited else score >= max(nearest - 0.05, FOUND)
            # Who says yes to a question or a proposal makes it a decision.
            settles = unit.place in cited and unit.place > best.place and words.agrees(self._messages[unit.place].text)
            if len(left) < len(missing) or near or settles:
                sources.append(unit.place)
                missing = left
        return sources

    def _of(self, place: int) -> list[_Unit]:
        """The sentences of a message, and each two that follow each other."""
        if place not in self._units:
            parts = split(self._messages[place].text, self._language) or [self._messages[place].text]
            joined = [f"{one} {other}" for one, other in pairwise(parts)]
            self._units[place] = [_Unit(text, place) for text in (*parts, *joined)]
        return self._units[place]

    async def _embed(self, texts: Iterable[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            vectors = await vectors_of(new, self._embeddings)
            self._vectors |= dict(zip(new, vectors, strict=True))

    def _best(self, claim: str, place: int) -> tuple[float, _Unit]:
        """The sentences of a message that come nearest to a claim."""
        ours = self._vectors[claim]
        scored = [(float(ours @ self._vectors[unit.text]), unit) for unit in self._of(place)]
        return max(scored, key=lambda each: each[0])

    def _nearness(self, text: str, sources: Sequence[int]) -> float:
        """How near a text comes to messages: in meaning, to the nearest of them or to all, and in words."""
        import numpy as np

        best = [self._best(text, place) for place in sources]
        middle = np.mean([self._vectors[unit.text] for _, unit in best], axis=0)
        ours = self._vectors[text]
        alike = float(ours @ middle) / max(float(np.linalg.norm(middle)), 1e-6)
        meaning = max(alike, *(score for score, _ in best))
        said, stated = words.stems(text), self._stems(sources)
        return meaning + COMMON * sum(words.known(each, stated) for each in said) / max(len(said), 1)

    def _missing(self, text: str, places: Sequence[int]) -> set[str]:
        """The numbers, names, days and links of a text that do not stand in messages."""
        said = "\n".join(self._messages[place].text for place in places)
        authors = " ".join(self._messages[place].author_name for place in places)
        stated = words.plain(f"{said}\n{authors}")
        missing = words.links(text) - words.links(said)
        missing |= words.numbers(text, self._language) - words.numbers(f"{said}\n{authors}", self._language)
        missing |= words.days(text, self._language) - words.days(said, self._language)
        missing |= {name for name in words.made_names(text) if name not in stated}
        return missing | self._strangers(text, places, stated)

    def _strangers(self, text: str, places: Sequence[int], stated: str) -> set[str]:
        """The names in a text of those who neither wrote these messages nor are named in them."""
        among = self._stems(places)
        spoken = words.spoken(stated)
        strangers = {
            name
            for name in self._people
            if name in words.plain(text) and name not in stated and words.stem(name) in words.stems(text)
        }
        for name, begins in words.names(text):
            named = words.known(name, among) or words.plain(name) in spoken
            if not (named or (begins and words.is_plain(name)) or words.stem(name) in self._common):
                strangers.add(words.plain(name))
        return strangers

    def _stems(self, places: Iterable[int]) -> set[str]:
        return {
            each
            for place in places
            for each in words.stems(f"{self._messages[place].text} {self._messages[place].author_name}")
        }

    def _holds(self, claim: Claim, best: _Unit, sources: Sequence[int]) -> bool:
        """Whether the sentence that comes nearest neither denies a claim, nor only asks or proposes it."""
        around = "\n".join(self._messages[place].text for place in sources)
        if words.flipped(claim.text, best.text, around) or not self._speaks(claim, best):
            return False
        if claim.kind is Kind.QUESTION or len(sources) > 1 or words.asks(claim.text):
            return True
        of_it = ABOUT_ASKING.search(claim.text) is not None
        if words.asks(best.text) and (not of_it or claim.kind in FIRM):
            return False
        return claim.kind not in FIRM or not words.unsettled(best.text)

    def _speaks(self, claim: Claim, best: _Unit) -> bool:
        """Whether who begins a claim is who speaks there of himself or herself."""
        first = words.plain(claim.text.partition(" ")[0])
        if first not in self._people or not words.of_oneself(best.text):
            return True
        return first in words.plain(self._messages[best.place].author_name).split()

    def _stated(self, claim: Claim, sources: Sequence[int]) -> Claim:
        """The claim, with owner and date only where they are stated."""
        said = "\n".join(self._messages[place].text for place in sources)
        authors = " ".join(self._messages[place].author_name for place in sources)
        who, due = claim.who, claim.due
        if who and not words.stems(who) <= words.stems(f"{said} {authors}"):
            who = None
        if due and not (words.plain(due) in words.plain(said) or self._carries_words(due, sources)):
            due = None
        return replace(claim, who=who, due=due)

    def _carries_words(self, text: str, places: Sequence[int]) -> bool:
        return not self._missing(text, places) and words.stems(text) <= self._stems(places)

    @cached_property
    def _people(self) -> frozenset[str]:
        """The parts of the names of all who spoke."""
        return frozenset(
            part for message in self._messages for part in words.plain(message.author_name).split() if len(part) > 1
        )

    @cached_property
    def _common(self) -> frozenset[str]:
        """Words that somebody wrote in small letters: they are no names, and may begin a sentence."""
        written = " ".join(message.text for message in self._messages)
        return frozenset(words.stem(word) for word in written.split() if word.islower()) - self._people
