"""No passage reaches a place where not everyone may see it, whatever was added where and in which order."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.knowing.places import Known
from bot.request import Channel, ChannelKind, Person
from bot.store import Database
from bot.values import ChannelRef
from tests.bot.knowing.conftest import add, document, open_known, place, say
from tests.bot.knowing.meaning import Means
from tests.bot.store.conftest import ANA, BEN


@dataclass(frozen=True)
class Spot:
    """A place, and somebody in it."""

    channel: Channel
    person: Person

    def sees_all_of(self, other: Spot) -> bool:
        """Whether everyone here may see what everyone in the other place may see."""
        if self.channel.kind is ChannelKind.DM or other.channel.kind is ChannelKind.DM:
            return self == other
        if self.channel.server != other.channel.server:
            return False
        return other.channel.id in (self.channel.id, self.channel.parent)

    def same_server(self, other: Spot) -> bool:
        return self.channel.server is not None and self.channel.server == other.channel.server


def _server(name: str) -> list[Spot]:
    channels = [
        Channel(f"{name}-one", name, ChannelKind.CHANNEL, "one"),
        Channel(f"{name}-two", name, ChannelKind.CHANNEL, "two"),
        Channel(f"{name}-thread", name, ChannelKind.THREAD, "talk", parent=f"{name}-one"),
        Channel(f"{name}-other", name, ChannelKind.THREAD, "talk", parent=f"{name}-one"),
    ]
    return [Spot(channel, ANA) for channel in channels]


TOGETHER = Channel("dm-both", None, ChannelKind.DM, "Ana and Ben")
SPOTS = [
    *_server("chat:home"),
    *_server("chat:work"),
    Spot(Channel("dm-ana", None, ChannelKind.DM, "Ana"), ANA),
    Spot(Channel("dm-ben", None, ChannelKind.DM, "Ben"), BEN),
    Spot(TOGETHER, ANA),
    Spot(TOGETHER, BEN),
]
NOWHERE = Spot(Channel("chat:home-one", None, ChannelKind.CHANNEL, "one"), ANA)
CHANNELS = [spot for spot in SPOTS if spot.channel.kind is ChannelKind.CHANNEL]


@dataclass(frozen=True)
class Act:
    """Something is added, or said."""

    spot: Spot
    said: bool
    only_here: bool


ACTS = st.lists(st.builds(Act, st.sampled_from(SPOTS), st.booleans(), st.booleans()), max_size=12)
PINS = st.dictionaries(st.sampled_from(CHANNELS), st.booleans(), max_size=4)


def _sees(spot: Spot, act: Act, pins: Mapping[Spot, bool]) -> bool:
    """Whether what was done may be seen in a place."""
    if not act.said:
        return spot.sees_all_of(act.spot) or (spot.same_server(act.spot) and not act.only_here)
    if act.spot not in pins:
        return False
    return spot.sees_all_of(act.spot) or (spot.same_server(act.spot) and pins[act.spot])


def _text(number: int) -> str:
    return f"The secret number {number} lives here."


async def _do(known: Known, act: Act, number: int) -> None:
    if act.said:
        await say(known, _text(number), act.spot.channel, f"m{number}", act.spot.person)
    else:
        here = place(known, act.spot.channel, act.spot.person)
        await add(here, document(f"{number}.txt", _text(number)), only_here=act.only_here)


async def _pin(known: Known, spot: Spot, shared: bool) -> None:
    channel = ChannelRef(spot.channel.id, spot.channel.name)
    async for _ in place(known, spot.channel).pin(channel, shared=shared):
        pass


async def _check(folder: Path, acts: Sequence[Act], pins: Mapping[Spot, bool], place_of_pins: int) -> None:
    async with await Database.open(f"sqlite:///{folder / 'atelier.db'}") as database:
        known = open_known(database, Means(), folder / "index")
        work = [_do(known, act, number) for number, act in enumerate(acts)]
        pinning = [_pin(known, spot, shared) for spot, shared in pins.items()]
        await asyncio.gather(*work[:place_of_pins], *pinning, *work[place_of_pins:])
        await known.adding.catch_up()
        expected = {
            spot: {
                f"The secret number {number} lives here." for number, act in enumerate(acts) if _sees(spot, act, pins)
            }
            for spot in SPOTS
        }
        for look in (known, open_known(database, Means(), folder / "index")):
            for spot in (*SPOTS, NOWHERE):
                found = await place(look, spot.channel, spot.person).search("Where lives the secret number?", 50)
                assert expected.get(spot, set()) == {passage.text for passage in found}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, pins=PINS, place_of_pins=st.integers(0, 12))
def test_every_place_finds_what_everyone_in_it_may_see_and_nothing_else(
    sqlite_template: Path, acts: list[Act], pins: dict[Spot, bool], place_of_pins: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, Path(folder) / "atelier.db")
        asyncio.run(_check(Path(folder), acts, pins, place_of_pins))
