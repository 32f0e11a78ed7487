"""Isolation: whatever people do, no prompt holds what is not for its person and place.

What the people of the test may know is told by a model of few lines, which is compared with every prompt that the
language model is given.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import TONES, Tone
from bot.models.tasks import Task
from bot.request import ADMIN, Channel, ChannelKind, Person
from bot.testing import Testbed
from plugins.profile import BOTH, ERASE, FORGET, LINK
from tests.bot.words import WordEmbeddings
from tests.plugins.conversation import Scripted

PEOPLE = ("test:ana", "test:bo", "test:cleo", "slack:cleo")
PLACES = ("general", "thread", "random", "lobby", "dm", "friends", "others")
SCOPES = ("here", "here", "person", "channel", "channel", "server")
KINDS = (
    *("remember", "remember", "remember", "remember", "forget", "forget", "forget all", "undo", "talk"),
    *("say", "tone", "link", "unlink", "unlink", "erase"),
)
RECALLED = 8

Act = tuple[str, str, str, str, str, int]

acts = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from((*PEOPLE, "test:cleo", "slack:cleo")),
    st.sampled_from(PLACES),
    st.sampled_from(SCOPES),
    st.sampled_from(PEOPLE),
    st.integers(0, 5),
)


@dataclass(eq=False)
class Somebody:
    """A person, with one account or several."""

    accounts: set[str]
    tone: Tone | None = None
    chosen: int = 0


@dataclass(eq=False)
class Known:
    """A fact."""

    word: str
    scope: str
    account: str
    who: Somebody
    channel: Channel
    gone: int = 0

    def holds(self, who: Somebody, here: Channel) -> bool:
        """Whether an answer to somebody there may use it."""
        if self.gone:
            return False
        if self.scope == "channel":
            return self.channel.id in (here.id, here.parent)
        if self.scope == "server":
            return self.channel.server == here.server
        return self.who is who and (self.scope == "person" or home(self.channel) == home(here))


def home(channel: Channel) -> str | None:
    """What a fact that is for here is for: the server, the channel of people among themselves, or direct messages."""
    return channel.id if channel.server is None and channel.kind is not ChannelKind.DM else channel.server


@dataclass
class World:
    """Who may know what."""

    number: int
    people: dict[str, Somebody] = field(default_factory=dict)
    facts: list[Known] = field(default_factory=list)
    said: list[tuple[str, str, str]] = field(default_factory=list)
    undo: list[tuple[Known, str, Channel, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.people = {account: Somebody({account}) for account in PEOPLE}

    def channel(self, name: str, account: str) -> Channel:
        """A place, of this world only."""
        key = f"{name}-{self.number}"
        server = f"test:home-{self.number}"
        if name == "dm":
            return Channel(f"{key}-{account}", None, ChannelKind.DM, account)
        if name in ("friends", "others"):
            return Channel(key, None, ChannelKind.CHANNEL, name)
        if name == "thread":
            return Channel(key, server, ChannelKind.THREAD, name, f"general-{self.number}")
        return Channel(key, f"test:away-{self.number}" if name == "lobby" else server, ChannelKind.CHANNEL, name)

    def person(self, account: str, *, admin: bool = False) -> Person:
        """Whoever has the account."""
        return Person(f"{account}-{self.number}", account, roles=frozenset({ADMIN} if admin else ()))

    def holding(self, account: str, here: Channel) -> list[Known]:
        """The facts that an answer there may use."""
        return [fact for fact in self.facts if fact.holds(self.people[account], here)]


class Story:
    """Does what the acts say, in Atelier and in the model."""

    def __init__(self, bed: Testbed, model: Scripted, world: World, numbers: Iterator[int]) -> None:
        self.bed = bed
        self.model = model
        self.world = world
        self.numbers = numbers

    async def act(self, act: Act) -> None:
        """Do one thing, a minute after the last."""
        kind, account, name, scope, other, choice = act
        self.bed.clock.advance(timedelta(minutes=1))
        here = self.world.channel(name, account)
        who = self.world.people[account]
        match kind:
            case "remember":
                await self._remember(account, here, scope)
            case "forget":
                await self._forget(account, here, choice)
            case "forget all":
                await self._forget_all(account, here)
            case "undo":
                await self._undo()
            case "say":
                word = f"said{next(self.numbers)}"
                await self.bed.post(here.id, self.world.person(account), f"@atelier {word}")
                self.world.said.append((word, here.id, account))
            case "tone":
                who.tone, who.chosen = list(Tone)[choice % len(Tone)], next(self.numbers)
                await self._line(f"/profile set tone {who.tone}", account, here)
            case "link":
                await self._link(account, other)
            case "unlink":
                linked = [each for each in PEOPLE if len(self.world.people[each].accounts) > 1]
                if linked:
                    leaving = linked[choice % len(linked)]
                    await self._line("/profile unlink", leaving, self.world.channel(name, leaving))
                    self._part(leaving)
            case "erase":
                await self._line("/profile erase", account, here, ERASE)
                self._erase(who)
            case _:
                await self._talk(account, here)

    async def _line(self, line: str, account: str, here: Channel, *choices: str, admin: bool = False) -> Any:
        return await self.bed.say(line, person=self.world.person(account, admin=admin), channel=here, choices=choices)

    async def _remember(self, account: str, here: Channel, scope: str) -> None:
        if (here.kind is ChannelKind.DM and scope == "channel") or (here.server is None and scope == "server"):
            return
        word = f"fact{next(self.numbers)}"
        await self._line(f"/profile remember {word} scope:{scope}", account, here, BOTH, admin=scope == "server")
        self.world.facts.append(Known(word, scope, account, self.world.people[account], here))

    async def _forget(self, account: str, here: Channel, choice: int) -> None:
        facts = self.world.holding(account, here)
        if choice % 2 == 0:
            facts = [fact for fact in self.world.facts if not fact.gone]
        if not facts:
            return
        fact = facts[choice % len(facts)]
        if choice % 2 == 0:
            # Where it was stated, by who stated it.
            account, here = fact.account, fact.channel
        body = await self._line(f"/profile forget {fact.word}", account, here)
        if fact.who is self.world.people[account]:
            self._gone([fact], account, here, body.cards[0].buttons[0].line)

    async def _forget_all(self, account: str, here: Channel) -> None:
        own = [fact for fact in self.world.holding(account, here) if fact.scope in ("person", "here")]
        if own:
            body = await self._line("/profile forget", account, here, FORGET)
            self._gone(own, account, here, body.cards[0].buttons[0].line)

    def _gone(self, facts: list[Known], account: str, here: Channel, line: str) -> None:
        batch = next(self.numbers)
        for fact in facts:
            fact.gone = batch
        self.world.undo.append((facts[0], account, here, line))

    async def _undo(self) -> None:
        if not self.world.undo:
            return
        first, account, here, line = self.world.undo.pop()
        batch = first.gone
        await self._line(line, account, here)
        if batch and first in self.world.facts and first.who is self.world.people[account]:
            for fact in self.world.facts:
                # What was forgotten together may be two people's after unlinking.
                if fact.gone == batch and fact.who is first.who:
                    fact.gone = 0

    async def _link(self, giver: str, taker: str) -> None:
        into, other = self.world.people[giver], self.world.people[taker]
        if into is other:
            return
        told = await self._line("/profile link", giver, self.world.channel("dm", giver))
        [code] = set(re.findall(r"code:([A-Z2-9-]+)", told.text))
        await self._line(f"/profile link {code}", taker, self.world.channel("dm", taker), LINK)
        if other.tone is not None and (into.tone is None or other.chosen > into.chosen):
            into.tone = other.tone
        into.chosen = max(into.chosen, other.chosen)
        into.accounts |= other.accounts
        for account in other.accounts:
            self.world.people[account] = into
        for fact in self.world.facts:
            fact.who = into if fact.who is other else fact.who

    def _part(self, account: str) -> None:
        who = self.world.people[account]
        alone = self.world.people[account] = replace(who, accounts={account})
        who.accounts.remove(account)
        for fact in self.world.facts:
            if fact.who is who and fact.account == account:
                fact.who = alone

    def _erase(self, who: Somebody) -> None:
        self.world.facts = [fact for fact in self.world.facts if fact.who is not who]
        self.world.said = [said for said in self.world.said if said[2] not in who.accounts]
        for account in who.accounts:
            self.world.people[account] = Somebody({account})

    async def _talk(self, account: str, here: Channel) -> None:
        await self._line("What do you know?", account, here)
        prompt = self.model.prompt
        may = {fact.word for fact in self.world.holding(account, here)}
        found = set(re.findall(r"fact\d+", prompt))
        assert found <= may
        assert len(found) == min(len(may), RECALLED)
        assert set(re.findall(r"said\d+", prompt)) <= {word for word, where, _ in self.world.said if where == here.id}
        told = [tone for tone, words in TONES.items() if words in prompt]
        assert [self.world.people[account].tone or Tone.PLAIN] == told


@pytest.fixture
async def talking(tmp_path: Path) -> AsyncIterator[tuple[Testbed, Scripted, Iterator[int]]]:
    """An Atelier with a model that keeps what it is asked, and numbers that never come twice."""
    model = Scripted(*["Hm."] * 10_000)
    async with Testbed(tmp_path) as bed:
        bed.use_chat(model)
        bed.use(Task.EMBEDDINGS, WordEmbeddings())
        yield bed, model, count(1)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(acts, min_size=8, max_size=24), linked=st.booleans())
async def test_no_prompt_holds_what_its_person_may_not_see_there(
    talking: tuple[Testbed, Scripted, Iterator[int]], history: list[Act], *, linked: bool
) -> None:
    bed, model, numbers = talking
    story = Story(bed, model, World(next(numbers)), numbers)
    if linked:
        await story.act(("link", "test:cleo", "dm", "here", "slack:cleo", 0))
    for act in history:
        await story.act(act)
    for account in PEOPLE:
        for name in PLACES:
            await story.act(("talk", account, name, "here", account, 0))
