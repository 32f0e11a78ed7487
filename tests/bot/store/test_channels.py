"""What is kept of a channel goes when it is deleted, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import delete, func, select

from bot.inbox import Stage
from bot.platform import MessageRef
from bot.request import Channel, ChannelKind, Message, Origin
from bot.settings import Scope
from bot.store.answers import Answers
from bot.store.channels import forget_channels, kept_channels, with_threads
from bot.store.database import Database
from bot.store.digests import Digests
from bot.store.facts import Place as FactPlace
from bot.store.inbox import Inbox
from bot.store.memories import PersonMemories
from bot.store.messages import Messages
from bot.store.recaps import KeptRecaps, Place
from bot.store.reminders import Reminders
from bot.store.settings import SettingsStore
from bot.store.shelves import PluginStorage
from bot.store.tables import Base, InboxRow, MessageRow, RequestRow, SettingRow, ShelfRow
from bot.store.tables_conversations import RecapRow
from bot.store.tables_knowledge import SourceRow
from bot.store.tables_memory import MemoryRow
from tests.bot.store.conftest import ANA, GENERAL, FakeClock, request_from
from tests.bot.store.test_digests import HERE, NEWS, RANDOM
from tests.bot.store.test_reminders import ONE

THREAD = Channel("thread", "chat:home", ChannelKind.THREAD, "plans", parent="general")
OTHER = Channel("random", "chat:home", ChannelKind.CHANNEL, "random")
# Discord's first channel has the id of its server.
NAMESAKE = Channel("home", "chat:home", ChannelKind.CHANNEL, "home")
PLACES = [GENERAL, THREAD, OTHER]
KEPT: Sequence[type[Base]] = (MessageRow, RecapRow, RequestRow, SettingRow, ShelfRow, MemoryRow, SourceRow)


async def fill(db: Database, place: Channel) -> None:
    """Keep something of everything in a channel."""
    clock = FakeClock()
    message = Message(f"m {place.id}", place.id, ANA.id, "Ana", "Tea?", clock())
    await Messages(db).record("chat", place, message)
    recaps = KeptRecaps(db)
    draft = recaps.begin(Place("chat", place.id, parent=place.parent), [message])
    assert draft is not None
    await recaps.keep(draft, "Tea.")
    request = replace(request_from(channel=place), origin=Origin("chat", message=message.id))
    await Answers(db).keep(request, MessageRef(place.id, "answer"))
    await Answers(db).rate(request.id, ANA.id, good=True)
    await Inbox(db).accept(request)
    await SettingsStore(db).for_request(request).set_limit(1, None, Scope.CHANNEL)
    await PluginStorage(db, "made", "chat", ANA, place).channel.put("key", "value")
    await PersonMemories(db, ANA, FactPlace.of(request), admin=True).remember(f"Tea at {place.id}", "channel")
    async with db.write() as session:
        for kind, origin, channel in (("channel", place.id, None), ("file", f"{place.id}.pdf", place.id)):
            row = SourceRow(shelf="chat:home", platform="chat", channel=channel, kind=kind, title=origin, origin=origin)
            row.read = clock()
            session.add(row)


async def drop(db: Database, but: type[Base] | None = None) -> None:
    """Delete all that is kept, but for one table."""
    async with db.write() as session:
        for table in KEPT:
            if table is not but:
                await session.execute(delete(table))


async def count(db: Database) -> list[int]:
    async with db.read() as session:
        found = [await session.scalar(select(func.count()).select_from(table)) or 0 for table in KEPT]
        waiting = select(func.count()).where(InboxRow.stage != Stage.DONE.value, InboxRow.asked.is_not(None))
        return [*found, await session.scalar(waiting) or 0]


async def test_a_channel_takes_all_that_is_kept_of_it_and_its_threads_along(db: Database) -> None:
    await fill(db, OTHER)
    only = await count(db)
    assert [1, 1, 1, 1, 1, 1, 2, 1] == only
    await fill(db, GENERAL)
    await fill(db, THREAD)
    found = await with_threads(db, "chat", "general")
    assert {"general", "thread"} == {*found}

    await forget_channels(db, "other", found)
    await forget_channels(db, "chat", ["home"])
    assert [3, 3, 3, 2, 3, 3, 6, 3] == await count(db)
    await forget_channels(db, "chat", found)

    assert only == await count(db)
    (left,) = await Inbox(db).unfinished({"chat"})
    assert OTHER == left.request.channel


async def test_a_thread_leaves_its_channel_as_it_was(db: Database) -> None:
    await fill(db, GENERAL)
    before = await count(db)
    await fill(db, THREAD)
    assert ["thread"] == await with_threads(db, "chat", "thread")
    await forget_channels(db, "chat", ["thread"])
    # Its settings are the channel's.
    assert before == await count(db)


async def test_a_recap_that_is_being_written_or_only_passes_goes_too(db: Database) -> None:
    recaps = KeptRecaps(db)
    passing = Place("chat", "thread", parent="general", lasting=False)
    message = Message("1", "thread", ANA.id, "Ana", "Tea?", FakeClock()())
    drafts = [recaps.begin(replace(passing, conversation=name), [message]) for name in ("first", "second")]
    first, second = (draft for draft in drafts if draft is not None)
    await recaps.keep(first, "Tea.")
    recaps.forget_channels("other", ["general"])
    assert await recaps.get(first.place) is not None

    recaps.forget_channels("chat", ["general"])
    await recaps.keep(second, "Tea.")

    assert [None, None] == [await recaps.get(draft.place) for draft in (first, second)]


async def test_it_is_known_of_which_channels_something_is_kept(db: Database) -> None:
    assert [] == await kept_channels(db, "chat")
    message = Message("1", "thread", ANA.id, "Ana", "Tea?", FakeClock()())
    await Messages(db).record("chat", THREAD, message)
    direct = Channel("dm", None, ChannelKind.DM, "Ana")
    await Messages(db).record("chat", direct, replace(message, channel="dm"))
    await Digests(db).replace(replace(NEWS, order=replace(HERE, to=RANDOM)))
    await Digests(db).replace(replace(NEWS, id="d2", order=replace(HERE, to=None)))
    await Reminders(db).add(replace(ONE, channel=replace(THREAD, id="ladder", parent="attic")))
    known = await kept_channels(db, "chat")
    assert {"general", "thread", "random", "ladder", "attic"} == {each.id for each in known}
    assert replace(THREAD, name="thread") in known
    assert [] == await kept_channels(db, "other")


async def test_each_thing_that_is_kept_of_a_channel_makes_it_known(db: Database) -> None:
    for left in (MessageRow, RequestRow, SettingRow, MemoryRow, SourceRow):
        await fill(db, OTHER)
        await drop(db, but=left)
        assert ["random"] == [each.id for each in await kept_channels(db, "chat")], left
        assert [] == await kept_channels(db, "other")
        await drop(db)
    elsewhere = Channel("group", None, ChannelKind.CHANNEL, "friends")
    await fill(db, elsewhere)
    await drop(db, but=MemoryRow)
    # Atelier is no member there, and could not tell whether it was deleted.
    assert [] == await kept_channels(db, "chat")


async def test_a_digest_that_is_posted_there_is_switched_off(db: Database) -> None:
    digests = Digests(db)
    elsewhere = replace(NEWS, id="d2", order=replace(HERE, to=RANDOM))
    personal = replace(NEWS, id="d3", order=replace(HERE, to=None))
    for each in (NEWS, elsewhere, personal):
        await digests.replace(each)
    assert [] == await digests.end_in("other", "general")
    assert ["d1"] == [each.id for each in await digests.end_in("chat", "general")]
    assert [] == await digests.end_in("chat", "general")
    assert ["d2", "d3"] == [each.id for each in await digests.all_active()]


async def test_a_reminder_can_come_elsewhere(db: Database) -> None:
    reminders = Reminders(db)
    for number, place in enumerate(PLACES):
        await reminders.add(replace(ONE, id=f"r{number}", channel=place))
    assert ["r0", "r1"] == [each.id for each in await reminders.all_in("chat", "general")]
    assert [] == await reminders.all_in("other", "general")
    direct = Channel("dm", None, ChannelKind.DM, "Ana")
    (_, there) = await reminders.all_in("chat", "general")
    await reminders.move(there, direct)
    moved = await reminders.get(ANA.id, "r1")
    assert moved is not None
    assert (direct, ONE.due, True) == (moved.channel, moved.due, moved.waiting)
