"""What is known: added, found, removed, and seen by nobody who may not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.body import Progress
from bot.documents import Document, Part
from bot.errors import UserError
from bot.knowing.places import Known
from bot.knowledge import Passage, SourceKind
from bot.request import MessageEdited, Origin
from bot.store import Database, Messages, PersonProfiles
from bot.store.knowledge_vectors import Unread, VectorStore
from tests.bot.knowing.conftest import (
    ELSEWHERE,
    RANDOM,
    THREAD,
    VISITED,
    add,
    document,
    open_known,
    pin,
    place,
    say,
    texts,
)
from tests.bot.knowing.meaning import Means
from tests.bot.store.conftest import ANA, BEN, DM, GENERAL, FakeClock
from tests.bot.words import WordEmbeddings

LEAVE = "Everyone has thirty days of paid leave in each year."
TRAVEL = "Journeys by train are booked in the second class."


async def _words(db: Database) -> int:
    """How many passages the index of words has."""
    async with db.read() as session:
        return await session.scalar(text("SELECT count(*) FROM knowledge_words")) or 0


async def test_a_document_is_found_by_what_it_says_with_where_it_is_from(known: Known) -> None:
    here = place(known)
    added = await add(here, document("handbook.pdf", LEAVE, TRAVEL))
    assert (2, 2, False) == (added.new, added.source.passages, added.again)
    (passage,) = await here.search("How many days of paid leave are there?")
    expected = Passage(LEAVE, "handbook.pdf", page=1, source_id=added.source.id)
    assert expected == replace(passage, score=0.0)
    assert 0.3 < passage.score <= 1.0
    assert [TRAVEL] == await texts(here, "booking a train in second class")
    assert [] == await texts(here, "zebra")
    assert [] == await texts(here, "  ")
    assert [] == await here.search("paid leave", 0)


async def test_nothing_is_read_where_nothing_was_added(known: Known, means: Means) -> None:
    await add(place(known), document("a.txt", LEAVE))
    asked = means.model.asked
    assert [] == await texts(place(known, ELSEWHERE), "paid leave")
    assert asked == means.model.asked


async def test_what_is_added_with_only_here_belongs_to_that_channel_and_its_threads(known: Known) -> None:
    await add(place(known), document("a.txt", LEAVE), only_here=True)
    await add(place(known, THREAD), document("b.txt", TRAVEL), only_here=True)
    assert [LEAVE] == await texts(place(known), "paid leave")
    assert [LEAVE] == await texts(place(known, THREAD), "paid leave")
    assert [] == await texts(place(known, RANDOM), "paid leave")
    assert [TRAVEL] == await texts(place(known, THREAD), "train journeys class")
    assert [] == await texts(place(known), "train journeys class")


async def test_no_server_and_no_place_without_one_sees_what_another_knows(known: Known) -> None:
    await add(place(known), document("a.txt", LEAVE))
    assert [LEAVE] == await texts(place(known, RANDOM), "paid leave")
    for elsewhere in (ELSEWHERE, VISITED, DM):
        assert [] == await texts(place(known, elsewhere), "paid leave")
    with pytest.raises(UserError, match="I am no member here"):
        await add(place(known, VISITED), document("a.txt", LEAVE))


async def test_what_a_person_adds_in_private_is_theirs_alone(known: Known) -> None:
    await add(place(known, DM, ANA), document("diary.txt", LEAVE), only_here=True)
    assert [LEAVE] == await texts(place(known, DM, ANA), "paid leave")
    assert [] == await texts(place(known, DM, BEN), "paid leave")
    assert [] == await texts(place(known, replace(DM, id="dm-ben"), BEN), "paid leave")
    assert [] == await texts(place(known, GENERAL, ANA), "paid leave")


async def test_a_document_that_changed_is_read_only_where_it_did(known: Known, means: Means) -> None:
    here = place(known)
    first = await add(here, document("a.txt", LEAVE, TRAVEL))
    means.model.read.clear()
    second = await add(here, document("a.txt", "A new beginning of the document.", LEAVE))
    assert (1, 2, True) == (second.new, second.source.passages, second.again)
    assert first.source.id == second.source.id
    assert ["a.txt\nA new beginning of the document."] == means.model.read
    assert [] == await texts(here, "train journeys class")
    (passage,) = await here.search("paid leave in each year")
    assert 2 == passage.page
    third = await add(here, document("a.txt", "A new beginning of the document.", LEAVE))
    assert (0, True) == (third.new, third.again)


async def test_a_page_is_cited_by_its_address_and_renewed_where_it_was(known: Known) -> None:
    added = await add(place(known), document("example.org", LEAVE, link="https://example.org/leave"), only_here=True)
    assert (SourceKind.PAGE, "general") == (added.source.kind, added.source.channel)
    now = document("example.org", TRAVEL, link="https://example.org/leave")
    steps = [step async for step in place(known, RANDOM).renew(added.source, now)]
    assert 1 == getattr(steps[-1], "new", None)
    assert [] == await texts(place(known, RANDOM), "train journeys class")
    (passage,) = await place(known).search("train journeys class")
    assert "https://example.org/leave" == passage.link


async def test_a_source_goes_at_once_and_comes_back_within_a_day(known: Known, clock: FakeClock) -> None:
    here = place(known)
    added = await add(here, document("a.txt", LEAVE))
    for elsewhere in (place(known, ELSEWHERE), place(known, DM)):
        assert await elsewhere.remove(added.source.id) is None
    assert added.source == await here.remove(added.source.id)
    assert await here.remove(added.source.id) is None
    assert ([], []) == (await texts(here, "paid leave"), await here.all())
    clock.advance(hours=23)
    await known.adding.tidy()
    assert await place(known, ELSEWHERE).restore(added.source.id) is None
    assert await here.restore("one") is None
    assert added.source == await here.restore(added.source.id)
    assert [LEAVE] == await texts(here, "paid leave")
    await here.remove(added.source.id)
    clock.advance(hours=25)
    await known.adding.tidy()
    assert await here.restore(added.source.id) is None
    assert await known.store.empty()


async def test_what_is_removed_and_added_again_is_there_again(known: Known) -> None:
    here = place(known)
    added = await add(here, document("a.txt", LEAVE))
    await here.remove(added.source.id)
    assert added.source.id == (await add(here, document("a.txt", LEAVE))).source.id
    assert [LEAVE] == await texts(here, "paid leave")


async def test_people_see_the_sources_of_their_channel_and_admins_those_of_the_server(known: Known) -> None:
    for channel, name, only_here in ((GENERAL, "b.txt", True), (RANDOM, "C.txt", True), (RANDOM, "a.txt", False)):
        await add(place(known, channel), document(name, LEAVE), only_here=only_here)
    await add(place(known, ELSEWHERE), document("d.txt", LEAVE))
    here, admin = place(known, person=ANA), place(known)
    assert ["a.txt", "b.txt"] == [each.title for each in await here.all(everywhere=True)]
    assert ["a.txt", "b.txt"] == [each.title for each in await admin.all()]
    assert ["a.txt", "b.txt", "C.txt"] == [each.title for each in await admin.all(everywhere=True)]


async def test_reading_tells_how_far_it_is_and_leaves_nothing_when_it_is_cancelled(known: Known, means: Means) -> None:
    here = place(known)
    pages = [f"Page {number} is about subject number {number}." for number in range(40)]
    steps = [step async for step in here.add(document("long.pdf", *pages), only_here=False)]
    progress = [step for step in steps if isinstance(step, Progress)]
    assert ["reading page 1 of 40", "reading page 33 of 40"] == [step.note for step in progress]
    assert [0.0, 0.8] == [step.done for step in progress]
    means.model.free.clear()
    means.model.reading.clear()
    task = asyncio.ensure_future(add(here, document("other.txt", LEAVE)))
    await means.model.reading.wait()
    assert [] == await texts(here, "paid leave")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    means.model.free.set()
    assert ["long.pdf"] == [each.title for each in await here.all()]
    assert [] == await texts(here, "paid leave")


async def test_there_is_room_for_so_much_and_no_more(db: Database, means: Means, tmp_path: Path) -> None:
    known = open_known(db, means, tmp_path, sources=2, passages=3, own_passages=1)
    here = place(known)
    await add(here, document("a.txt", LEAVE))
    with pytest.raises(UserError, match=r"With b.txt there would be 4 passages here, and I search no more than 3;"):
        await add(here, document("b.txt", LEAVE, TRAVEL, "And a third page."))
    await add(here, document("b.txt", LEAVE, TRAVEL))
    await add(here, document("b.txt", TRAVEL, "Another page instead."))
    with pytest.raises(UserError, match="I search 2 sources here already"):
        await add(here, document("c.txt", LEAVE))
    with pytest.raises(UserError, match="no more than 1"):
        await add(place(known, DM), document("a.txt", LEAVE, TRAVEL))
    with pytest.raises(UserError, match=r"There is no text in empty.txt"):
        await add(place(known, ELSEWHERE), document("empty.txt", "---"))


async def test_another_model_reads_everything_again_and_words_do_meanwhile(known: Known, means: Means) -> None:
    here = place(known)
    await add(here, document("a.txt", LEAVE, TRAVEL))
    model = means.change("other", WordEmbeddings(64))
    (passage,) = await here.search("paid leave")
    assert (LEAVE, 0.0) == (passage.text, passage.score)
    known.adding.look_again()
    await known.adding.catch_up()
    assert 2 == len(model.read)
    (passage,) = await here.search("paid leave in each year")
    assert (LEAVE, True) == (passage.text, passage.score > 0.5)
    await known.adding.catch_up()
    assert 2 == len(model.read)


async def test_without_a_model_there_are_words_and_later_a_model(known: Known, means: Means) -> None:
    here, meaning = place(known), means.now
    means.now = None
    await add(here, document("a.txt", LEAVE))
    await known.adding.catch_up()
    await known.adding.tidy()
    assert [LEAVE] == await texts(here, "paid leave")
    means.now = meaning
    await known.adding.catch_up()
    (passage,) = await here.search("paid leave")
    assert passage.score > 0.3


async def test_a_model_that_fails_leaves_the_words(known: Known, means: Means, monkeypatch: pytest.MonkeyPatch) -> None:
    here = place(known)
    await add(here, document("a.txt", LEAVE))

    async def fail(text: str) -> list[float]:
        raise UserError("Too much waits already.")

    monkeypatch.setattr(means.model, "aembed_query", fail)
    (passage,) = await here.search("paid leave")
    assert (LEAVE, 0.0) == (passage.text, passage.score)


async def test_the_same_words_in_two_sources_are_shown_once(known: Known) -> None:
    here = place(known)
    await add(here, document("a.txt", LEAVE))
    await add(here, document("b.txt", LEAVE))
    assert [LEAVE] == await texts(here, "paid leave")


async def test_a_pinned_channel_is_searched_in_itself_with_what_is_said_later(known: Known, means: Means) -> None:
    await say(known, LEAVE)
    added = await pin(place(known, RANDOM))
    assert (SourceKind.CHANNEL, "#general", 1) == (added.source.kind, added.source.title, added.new)
    (passage,) = await place(known).search("paid leave")
    assert ("Ana", "https://chat.test/m1") == (passage.heading, passage.link)
    assert [] == await texts(place(known, RANDOM), "paid leave")
    await say(known, TRAVEL, key="m2")
    assert [TRAVEL] == await texts(place(known), "train journeys class")
    await known.adding.catch_up()
    (passage,) = await place(known).search("train journeys class")
    assert passage.score > 0.3
    await say(known, "Elsewhere we speak of train journeys.", RANDOM, key="m3")
    assert [TRAVEL] == await texts(place(known), "train journeys class")


async def test_what_is_edited_or_deleted_is_so_here_too(known: Known, db: Database) -> None:
    first, here = await say(known, LEAVE), place(known)
    await pin(here)
    changed = replace(first, text=TRAVEL)
    for channel in (GENERAL, THREAD):
        await Messages(db).edit("chat", channel, changed)
        await known.adding.follow(MessageEdited(Origin("chat"), channel, replace(changed, channel=channel.id)))
        assert [] == await texts(here, "paid leave")
        assert [TRAVEL] == await texts(here, "train journeys class")
    await Messages(db).delete("chat", GENERAL, first.id)
    assert [] == await texts(here, "train journeys class")
    await known.adding.follow(MessageEdited(Origin("chat"), GENERAL, changed))
    assert [] == await texts(here, "train journeys class")
    assert [0] == [each.passages for each in await here.all()]


async def test_what_a_person_wrote_or_added_goes_when_they_want_it_gone(
    known: Known, db: Database, tmp_path: Path
) -> None:
    await say(known, LEAVE)
    await say(known, TRAVEL, key="m2", person=BEN)
    await pin(place(known))
    await add(place(known, DM, ANA), document("diary.txt", "The secret of the diary is here."))
    before = len(list((tmp_path / "index").iterdir()))
    assert 2 == before
    await PersonProfiles(db, ANA, None).erase()
    await known.adding.tidy()
    assert 1 == len(list((tmp_path / "index").iterdir()))
    assert [] == await texts(place(known), "paid leave")
    assert [TRAVEL] == await texts(place(known), "train journeys class")
    assert [] == await texts(place(known, DM, ANA), "secret diary")
    assert 1 == await _words(db)
    await PersonProfiles(db, BEN, None).erase()
    await known.adding.tidy()
    assert [] == list((tmp_path / "index").iterdir())
    assert 0 == await _words(db)


async def test_a_channel_is_shared_with_the_server_and_taken_back(known: Known) -> None:
    await say(known, LEAVE)
    await pin(place(known), shared=True)
    assert [LEAVE] == await texts(place(known, RANDOM), "paid leave")
    await pin(place(known))
    assert [] == await texts(place(known, RANDOM), "paid leave")
    assert [LEAVE] == await texts(place(known), "paid leave")
    assert 1 == len(await place(known).all(everywhere=True))


async def test_threads_that_may_be_private_are_not_of_a_pinned_channel(known: Known) -> None:
    await say(known, LEAVE, THREAD)
    await pin(place(known))
    await say(known, TRAVEL, THREAD, key="m2")
    assert ([], []) == (await texts(place(known), "paid leave"), await texts(place(known), "train journeys class"))


async def test_only_messages_that_are_kept_are_searched(known: Known) -> None:
    with pytest.raises(UserError, match="No messages are kept in #general"):
        await pin(place(known, history=False))
    with pytest.raises(UserError, match="in its own server"):
        await pin(place(known, DM))


async def test_what_was_said_while_a_channel_was_read_is_there_too(known: Known, means: Means) -> None:
    await say(known, LEAVE)
    means.model.free.clear()
    pinning = asyncio.ensure_future(pin(place(known)))
    await means.model.reading.wait()
    await say(known, TRAVEL, key="m2")
    means.model.free.set()
    assert 2 == (await pinning).source.passages
    assert [TRAVEL] == await texts(place(known), "train journeys class")


async def test_reading_in_the_background_stops_after_a_while_and_goes_on(
    known: Known, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pin(place(known))
    await say(known, LEAVE)
    monkeypatch.setattr("bot.knowing.adding.BUDGET", 0.0)
    await known.adding.catch_up()
    assert [] == means.model.read
    monkeypatch.setattr("bot.knowing.adding.BUDGET", timedelta(minutes=1).total_seconds())
    await known.adding.catch_up()
    assert 1 == len(means.model.read)


async def test_what_is_said_while_reading_in_the_background_ends_is_read_next_time(
    known: Known, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pin(place(known))
    unread = VectorStore.unread

    async def late(self: VectorStore, model: str, last: int, most: int) -> list[Unread]:
        found = await unread(self, model, last, most)
        monkeypatch.setattr(VectorStore, "unread", unread)
        await say(known, LEAVE)
        return found

    await say(known, TRAVEL, key="m2")
    await known.adding.catch_up()
    monkeypatch.setattr(VectorStore, "unread", late)
    known.adding.look_again()
    await known.adding.catch_up()
    assert 1 == len(means.model.read)
    await known.adding.catch_up()
    assert 2 == len(means.model.read)


async def test_what_comes_back_is_read_by_the_model_of_now(known: Known, means: Means) -> None:
    here = place(known)
    added = await add(here, document("a.txt", LEAVE))
    await here.remove(added.source.id)
    model = means.change("other")
    await add(here, document("b.txt", TRAVEL))
    await known.adding.catch_up()
    await add(here, document("a.txt", LEAVE))
    await known.adding.catch_up()
    assert {f"a.txt\n{LEAVE}", f"b.txt\n{TRAVEL}"} == set(model.read)


async def test_threads_of_a_direct_conversation_are_the_same_conversation(known: Known) -> None:
    thread = replace(DM, id=f"{DM.id}:1", parent=DM.id)
    await add(place(known, DM, ANA), document("diary.txt", LEAVE))
    await add(place(known, thread, ANA), document("plan.txt", TRAVEL))
    assert [LEAVE] == await texts(place(known, thread, ANA), "paid leave")
    assert [TRAVEL] == await texts(place(known, DM, ANA), "train journeys class")


async def test_halves_of_characters_are_no_trouble(known: Known, means: Means) -> None:
    here = place(known)
    part = Part(f"{LEAVE} \ud83d", "Time \ud83d off")
    await add(here, Document("a\ud83d.pdf", part.text, "Hand\ud83d book", None, (part,)))
    (passage,) = await here.search("paid leave \ud83d")
    assert (f"{LEAVE} ?", "Time ? off", "Hand? book") == (passage.text, passage.heading, passage.title)
    for text_read in means.model.read:
        text_read.encode()


async def test_an_address_ends_no_link(known: Known) -> None:
    link = "https://example.org/a_(b)) [no](x"
    added = await add(place(known), document("a", LEAVE, link=link))
    (passage,) = await place(known).search("paid leave")
    assert "https://example.org/a_%28b%29%29%20[no]%28x" == passage.link == added.source.origin
