"""The running summaries of long conversations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.recaps import Recap
from bot.request import Channel, ChannelKind, Message
from bot.settings import Scope
from bot.store.database import Database
from bot.store.messages import Messages
from bot.store.people import PersonProfiles
from bot.store.recaps import MOST_PASSING, KeptRecaps, Place
from bot.store.settings import SettingsStore
from tests.bot.store.conftest import ANA, BEN, DM, GENERAL, FakeClock, request_from

THREAD = Channel("thread", "chat:home", ChannelKind.THREAD, "plans", parent="general")
HERE = Place("chat", "thread", parent="general")
PASSING = replace(HERE, lasting=False)


def message(id: str, author: str = "chat:ana", minutes: int = 0) -> Message:
    sent = FakeClock().now + timedelta(minutes=minutes)
    return Message(id, "thread", author, author.removeprefix("chat:"), "text", sent, from_bot=author == "chat:atelier")


async def kept(recaps: KeptRecaps, place: Place, text: str, *messages: Message) -> None:
    draft = recaps.begin(place, messages)
    assert draft is not None
    draft.before = await recaps.get(place)
    await recaps.keep(draft, text)
    recaps.end(draft)


@pytest.fixture
def recaps(db: Database) -> KeptRecaps:
    return KeptRecaps(db)


both = pytest.mark.parametrize("place", [HERE, PASSING], ids=["lasting", "passing"])


@both
async def test_a_recap_goes_on_with_the_one_before(recaps: KeptRecaps, place: Place) -> None:
    await kept(recaps, place, "First.", message("1"), message("2", "chat:ben", 1))
    await kept(recaps, place, "First and second.", message("3", minutes=2))

    assert Recap("First and second.", message("3", minutes=2).sent, frozenset("123")) == await recaps.get(place)
    assert await recaps.get(replace(place, conversation="1")) is None
    assert await recaps.get(replace(place, channel="other")) is None


@both
@pytest.mark.parametrize("told_in", [THREAD, GENERAL], ids=["thread", "parent"])
async def test_what_becomes_of_a_message_drops_what_tells_of_it(
    recaps: KeptRecaps, place: Place, told_in: Channel
) -> None:
    await kept(recaps, place, "First.", message("1"), message("2"))
    await recaps.forget_message("chat", told_in, "3")
    assert await recaps.get(place) is not None

    await recaps.forget_message("chat", told_in, "2")

    assert await recaps.get(place) is None


async def test_another_channels_message_of_the_same_id_is_another_one(recaps: KeptRecaps) -> None:
    await kept(recaps, HERE, "First.", message("1"))

    await recaps.forget_message("chat", DM, "1")

    assert await recaps.get(HERE) is not None


@both
async def test_a_recap_is_not_kept_when_what_it_tells_of_went_meanwhile(recaps: KeptRecaps, place: Place) -> None:
    await kept(recaps, place, "First.", message("1"))
    draft = recaps.begin(place, [message("2")])
    assert draft is not None
    draft.before = await recaps.get(place)

    await recaps.forget_message("chat", THREAD, "1")
    await recaps.keep(draft, "First and second.")

    assert await recaps.get(place) is None


@both
async def test_a_recap_is_written_once_at_a_time(recaps: KeptRecaps, place: Place) -> None:
    draft = recaps.begin(place, [message("1")])
    assert draft is not None

    assert recaps.begin(place, [message("1")]) is None
    recaps.end(draft)
    assert recaps.begin(place, [message("1")]) is not None


@both
async def test_one_that_was_dropped_meanwhile_does_not_come_back(recaps: KeptRecaps, place: Place) -> None:
    await kept(recaps, place, "First.", message("1"))
    draft = recaps.begin(place, [message("2")])
    assert draft is not None
    draft.before = await recaps.get(place)

    await recaps.drop(place)
    await recaps.keep(draft, "First and second.")

    assert await recaps.get(place) is None


async def test_one_that_another_way_erased_does_not_come_back(db: Database, recaps: KeptRecaps) -> None:
    await kept(recaps, HERE, "Ana said.", message("1"))
    draft = recaps.begin(HERE, [message("2", "chat:ben")])
    assert draft is not None
    draft.before = await recaps.get(HERE)

    await PersonProfiles(db, ANA, None).erase()
    await recaps.keep(draft, "Ana said, and Ben.")

    assert await recaps.get(HERE) is None


async def test_it_goes_with_anybody_who_is_in_it(db: Database, recaps: KeptRecaps) -> None:
    await kept(
        recaps, HERE, "Ana and Ben agreed.", message("1"), message("2", "chat:ben"), message("3", "chat:atelier")
    )
    other = replace(HERE, channel="other")
    await kept(recaps, other, "Ana alone.", message("1"))

    exported = await PersonProfiles(db, BEN, None).export()
    erased = await PersonProfiles(db, BEN, None).erase()

    assert ["Ana and Ben agreed."] == [row["text"] for row in exported["recaps"]]  # type: ignore[attr-defined]
    assert 1 <= erased
    assert await recaps.get(HERE) is None
    assert await recaps.get(other) is not None


async def test_where_nothing_is_kept_it_goes_when_anybody_has_everything_erased(recaps: KeptRecaps) -> None:
    await kept(recaps, PASSING, "First.", message("1"))
    draft = recaps.begin(HERE, [message("2")])
    assert draft is not None

    recaps.forget_passing()
    await recaps.keep(draft, "Second.")

    assert [None, None] == [await recaps.get(place) for place in (PASSING, HERE)]


async def test_no_more_are_known_than_there_is_room_for(recaps: KeptRecaps) -> None:
    places = [replace(PASSING, channel=str(number)) for number in range(MOST_PASSING + 1)]
    for place in places[:-1]:
        await kept(recaps, place, "Text.", message("1"))
    await recaps.get(places[0])

    await kept(recaps, places[-1], "Text.", message("1"))

    assert [True, False, True] == [await recaps.get(places[number]) is not None for number in (0, 1, -1)]


async def test_after_a_while_it_is_forgotten(recaps: KeptRecaps, clock: FakeClock) -> None:
    await kept(recaps, HERE, "First.", message("1"))

    assert 0 == await recaps.prune(clock())
    assert 1 == await recaps.prune(clock.advance(days=1))
    assert await recaps.get(HERE) is None


@pytest.mark.parametrize("scope", [Scope.CHANNEL, Scope.SERVER])
async def test_it_goes_with_the_messages_when_an_admin_switches_history_off(
    db: Database, recaps: KeptRecaps, scope: Scope
) -> None:
    settings = SettingsStore(db).for_request(request_from())
    await settings.set_history(True, None, scope)
    await Messages(db).record("chat", THREAD, message("1"))
    await kept(recaps, HERE, "First.", message("1"))
    elsewhere = replace(HERE, channel="dm-ana", parent=None)
    await kept(recaps, elsewhere, "Another.", message("2"))

    await settings.set_history(False, None, scope)

    assert [True, False] == [await recaps.get(place) is None for place in (HERE, elsewhere)]


async def test_it_is_kept_no_longer_than_the_messages_that_it_tells_of(
    db: Database, recaps: KeptRecaps, clock: FakeClock
) -> None:
    messages = Messages(db)
    await kept(recaps, HERE, "First.", message("1"))

    await messages.prune(clock(), "chat", "general")
    assert await recaps.get(HERE) is not None
    await messages.prune(clock.advance(days=1), "chat", "general")
    assert await recaps.get(HERE) is None

    await kept(recaps, HERE, "First.", message("1"))
    await messages.forget_channel("chat", "general")
    assert await recaps.get(HERE) is None
