"""Answers that are kept in the pieces that go with what they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest
from sqlalchemy import func, select

from bot.body import Body, Button, Card, State
from bot.cited import GONE, Cited
from bot.memories import Meaning
from bot.platform import MessageRef
from bot.request import Channel, ChannelKind, Message, Person
from bot.settings import Scope
from bot.store.cited import AT_ONCE, MOST_DAYS, CitedAnswers, Posted
from bot.store.database import Database
from bot.store.linking import PersonAccounts
from bot.store.meanings import KeptMeanings
from bot.store.messages import Messages
from bot.store.people import PersonProfiles
from bot.store.recaps import KeptRecaps, Place
from bot.store.settings import SettingsStore
from bot.store.tables_cited import CitedAnswerRow, CitedPieceRow, CitedSourceRow
from bot.store.tables_meanings import MeaningRow
from tests.bot.store.conftest import ANA, BEN, DM, GENERAL, FakeClock, request_from
from tests.bot.words import WordEmbeddings

THREAD = Channel("thread", "chat:home", ChannelKind.THREAD, "plans", parent="general")


def said(id: str, who: Person = ANA, text: str = "", channel: str = "general", thread: str | None = None) -> Message:
    return Message(id, channel, who.id, who.name, text or f"text {id}", FakeClock().now, thread)


ONE, TWO = said("1"), said("2", BEN)
SAID: tuple[str | Cited, ...] = (
    "**Today**\n",
    Cited("- Ana ships\n", (ONE,)),
    Cited("- Ben tests\n", (TWO,)),
    Cited("- Both eat\n", (ONE, TWO), "- Somebody eats\n"),
)


def posted(*pieces: str | Cited, id: str = "r1", place: Channel = GENERAL, reader: Person | None = None) -> Posted:
    body = Body(state=State.DONE, buttons=(Button("Again", "/again r1"),), cards=(Card("Card", (("a", "b"),)),))
    for piece in pieces or SAID:
        body = body.adding(piece)
    ref = MessageRef(place.id, f"answer-{id}", ("more-1",))
    account = reader.id if reader else None
    return Posted(id, "chat", place, account, ref, body, "*Late.*\n\n", FakeClock().now)


@pytest.fixture
def answers(db: Database) -> CitedAnswers:
    return CitedAnswers(db)


async def texts(answers: CitedAnswers) -> list[str]:
    return [answer.body.text.removeprefix("*Late.*\n\n") for answer in await answers.outdated(["chat"])]


async def keep(answers: CitedAnswers, was: Posted) -> str:
    """Keep an answer; returns what it is to say now."""
    await answers.keep(was)
    texts = {each.id: each.body.text.removeprefix(was.preface) for each in await answers.outdated(["chat"])}
    return texts.get(was.request_id, was.body.text)


async def rows(db: Database) -> list[int]:
    tables = (CitedAnswerRow, CitedPieceRow, CitedSourceRow)
    async with db.read() as session:
        return [await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


async def test_an_answer_that_nothing_happens_to_stays_as_it_is(answers: CitedAnswers) -> None:
    assert posted().body.text == await keep(answers, posted())
    assert [] == await answers.outdated(["chat"])


@pytest.mark.parametrize("told_in", [GENERAL, THREAD], ids=["channel", "thread"])
async def test_what_tells_of_a_deleted_message_goes_and_the_rest_is_shown_as_it_was(
    answers: CitedAnswers, told_in: Channel
) -> None:
    told = list[str]()
    answers.on_change = lambda: told.append("changed")
    await answers.keep(posted())

    await answers.change("chat", told_in, "1")

    (answer,) = await answers.outdated(["chat"])
    was = posted()
    assert "*Late.*\n\n**Today**\n- Ben tests\n- Somebody eats" == answer.body.text
    assert (was.ref, was.body.cards, was.body.buttons) == (answer.ref, answer.body.cards, answer.body.buttons)
    assert (State.DONE, True) == (answer.body.state, answer.body.files_stay)
    assert ["changed"] == told


async def test_an_edit_takes_out_only_what_said_something_else_before(answers: CitedAnswers) -> None:
    await answers.keep(posted())

    await answers.change("chat", GENERAL, "1", "text  1\n")
    await answers.change("other", GENERAL, "1", "new")
    await answers.change("chat", DM, "1", "new")
    assert [] == await answers.outdated(["chat"])

    await answers.change("chat", GENERAL, "1", "new")
    assert ["**Today**\n- Ben tests\n- Somebody eats"] == await texts(answers)


async def test_when_nothing_is_left_a_line_says_so(answers: CitedAnswers) -> None:
    await answers.keep(posted("Today ", Cited("Ana ships", (ONE,))))
    await answers.change("chat", GENERAL, "1")
    assert [GONE] == await texts(answers)


async def test_a_message_in_a_thread_is_known_by_the_thread_too(answers: CitedAnswers) -> None:
    await answers.keep(posted(Cited("- a\n", (said("1", thread="thread"),)), Cited("- b", (TWO,))))
    await answers.change("chat", Channel("thread", "chat:home", ChannelKind.THREAD, "plans"), "1")
    assert ["- b"] == await texts(answers)


async def test_an_answer_that_was_brought_up_to_date_waits_for_the_next_change(
    answers: CitedAnswers, db: Database
) -> None:
    await answers.keep(posted())
    await answers.change("chat", GENERAL, "1")
    (answer,) = await answers.outdated(["chat"])
    moved = MessageRef("general", "answer-r1", ())

    await answers.shown(answer, moved)
    assert [] == await answers.outdated(["chat"])

    await answers.change("chat", GENERAL, "2")
    (answer,) = await answers.outdated(["chat"])
    assert (moved, f"*Late.*\n\n{GONE}") == (answer.ref, answer.body.text)

    await answers.shown(answer, moved)
    assert [0, 0, 0] == await rows(db)  # nothing in it can change any more


async def test_what_changes_while_it_is_shown_is_shown_as_well(answers: CitedAnswers) -> None:
    await answers.keep(posted())
    await answers.change("chat", GENERAL, "1")
    (answer,) = await answers.outdated(["chat"])

    await answers.change("chat", GENERAL, "2")
    await answers.shown(answer, answer.ref)

    assert [GONE] == await texts(answers)


async def test_a_platform_that_is_away_is_asked_again_less_and_less_often(
    answers: CitedAnswers, clock: FakeClock
) -> None:
    await answers.keep(posted())
    await answers.change("chat", GENERAL, "1")
    waited = []
    for _ in range(13):
        (answer,) = await answers.outdated(["chat"])
        await answers.postpone(answer)
        minutes = 0
        while not await answers.outdated(["chat"]):
            minutes += 60 if minutes > 600 else 1
            clock.advance(minutes=60 if minutes > 600 else 1)
        waited.append(minutes)
    assert [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] == waited[:10]
    assert 1440 >= waited[-1] - 60


async def test_what_changes_while_it_could_not_be_shown_does_not_wait(answers: CitedAnswers) -> None:
    await answers.keep(posted())
    await answers.change("chat", GENERAL, "1")
    (answer,) = await answers.outdated(["chat"])

    await answers.change("chat", GENERAL, "2")
    await answers.postpone(answer)

    assert [GONE] == await texts(answers)


async def test_a_message_that_changed_while_the_answer_was_written_is_not_told(
    answers: CitedAnswers, db: Database
) -> None:
    told = list[str]()
    answers.on_change = lambda: told.append("changed")
    await answers.change("chat", GENERAL, "1")
    await answers.change("chat", GENERAL, "2", TWO.text)

    assert "**Today**\n- Ben tests\n- Somebody eats" == await keep(answers, posted())
    assert ["**Today**\n- Ben tests\n- Somebody eats"] == await texts(answers)
    assert ["changed"] == told
    assert [1, 4, 1] == await rows(db)


async def test_a_message_that_changes_while_the_answer_is_kept_is_not_told(
    answers: CitedAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = answers._answer

    def meanwhile(posted: Posted, *, stale: bool) -> CitedAnswerRow:
        answers._changed["chat", "general", "1"] = ""
        return write(posted, stale=stale)

    monkeypatch.setattr(answers, "_answer", meanwhile)
    assert "**Today**\n- Ben tests\n- Somebody eats" == await keep(answers, posted())
    assert ["**Today**\n- Ben tests\n- Somebody eats"] == await texts(answers)


async def test_an_answer_made_anew_takes_the_place_of_the_one_before(answers: CitedAnswers, db: Database) -> None:
    await answers.keep(posted())
    again = posted(Cited("Ben tests", (TWO,)), id="r2")
    await answers.keep(replace(again, ref=posted().ref))
    await answers.change("chat", GENERAL, "1")
    assert [] == await answers.outdated(["chat"])
    assert [1, 1, 1] == await rows(db)

    await answers.keep(replace(posted("Nothing was said."), ref=posted().ref))
    assert [0, 0, 0] == await rows(db)


async def test_an_answer_that_somebody_removed_is_followed_no_more(answers: CitedAnswers, db: Database) -> None:
    await answers.keep(posted(place=THREAD))
    await answers.change("chat", GENERAL, "answer-r1", "our own edit")
    assert 1 == (await rows(db))[0]

    await answers.change("chat", GENERAL, "answer-r1")  # it is not always told in which thread

    assert [0, 0, 0] == await rows(db)


async def test_what_is_kept_of_the_answer_elsewhere_changes_with_it(answers: CitedAnswers, db: Database) -> None:
    messages, recaps = Messages(db), KeptRecaps(db)
    was = posted()
    answer = Message("answer-r1", "general", "chat:atelier", "Atelier", was.body.text, FakeClock().now, from_bot=True)
    await messages.record("chat", GENERAL, answer)
    draft = recaps.begin(Place("chat", "general"), [answer])
    assert draft is not None
    await recaps.keep(draft, "Ana ships")
    await KeptMeanings(db, "chat", Meaning("words", WordEmbeddings())).of([answer], [["Ana ships"]])
    await answers.keep(was)

    await answers.change("chat", GENERAL, "1")

    assert ["**Today**\n- Ben tests\n- Somebody eats"] == [m.text for m in await messages.recent("chat", "general")]
    assert await recaps.get(Place("chat", "general")) is None
    async with db.read() as session:
        assert [] == (await session.scalars(select(MeaningRow.message))).all()


async def test_what_went_before_an_answer_is_kept_goes_from_the_history_too(
    answers: CitedAnswers, db: Database
) -> None:
    messages, was = Messages(db), posted()
    answer = Message("answer-r1", "general", "chat:atelier", "Atelier", was.body.text, FakeClock().now, from_bot=True)
    await answers.change("chat", GENERAL, "1")
    await messages.record("chat", GENERAL, answer)
    await answers.keep(was)
    assert ["**Today**\n- Ben tests\n- Somebody eats"] == [m.text for m in await messages.recent("chat", "general")]


async def test_answers_on_a_platform_that_is_not_there_keep_no_others_waiting(answers: CitedAnswers) -> None:
    for number in range(AT_ONCE):
        await answers.keep(replace(posted(id=f"old-{number}"), platform="former"))
    await answers.change("former", GENERAL, "1")
    await answers.keep(posted())
    await answers.change("chat", GENERAL, "1")
    assert ["r1"] == [each.id for each in await answers.outdated(["chat"])]


async def test_who_erases_everything_is_told_of_no_more(answers: CitedAnswers, db: Database) -> None:
    await answers.keep(posted())
    await answers.keep(posted(Cited("Ana ships", (ONE,)), id="r2", place=DM, reader=BEN))
    ana = PersonProfiles(db, ANA, None)
    kept = (await ana.kept()).rows
    assert (2, 3) == (kept["cited_pieces"], kept["cited_sources"])
    export = await ana.export()
    assert "Ana ships" in str(export)
    # What Ben alone reads is his.
    assert {"r1"} == {row["answer"] for row in cast("list[dict[str, str]]", export["cited_pieces"])}

    assert 4 == await ana.erase()

    assert ["**Today**\n- Ben tests\n- Somebody eats", GONE] == sorted(await texts(answers))
    assert "ships" not in str(await PersonProfiles(db, BEN, None).export())


async def test_who_erases_everything_meanwhile_is_not_told_of_either(answers: CitedAnswers, clock: FakeClock) -> None:
    answers.erase([BEN.id])
    clock.advance(minutes=90)
    answers.erase([ANA.id])
    assert "**Today**\n- Ben tests\n- Somebody eats" == await keep(answers, posted())
    later = replace(posted(id="r2"), asked=clock.advance(minutes=1))
    assert later.body.text == await keep(answers, later)


async def test_an_answer_that_one_person_reads_goes_with_all_that_is_kept_of_them(
    answers: CitedAnswers, db: Database
) -> None:
    await answers.keep(posted(place=DM, reader=ANA))
    await answers.keep(posted(id="r2"))
    await PersonProfiles(db, ANA, None).erase()
    assert 1 == (await rows(db))[0]


async def opt_out(db: Database, who: Person, quoted: str = "no") -> None:
    await PersonProfiles(db, who, None).set("quoted", quoted)


async def test_who_does_not_want_to_be_quoted_vanishes_from_what_others_read(
    answers: CitedAnswers, db: Database
) -> None:
    await answers.keep(posted())
    await answers.keep(posted(id="r2", place=DM, reader=BEN))
    await answers.keep(posted(Cited("Ana ships", (ONE,)), id="r3", place=replace(DM, id="dm-2"), reader=ANA))
    await opt_out(db, BEN, "yes")
    await answers.heed()
    assert [] == await answers.outdated(["chat"])

    await opt_out(db, ANA)
    await answers.heed()

    assert ["**Today**\n- Ben tests\n- Somebody eats"] * 2 == await texts(answers)
    assert "**Today**\n- Ben tests\n- Somebody eats" == await keep(answers, posted(id="r4"))
    own = posted(id="r5", place=replace(DM, id="dm-3"), reader=ANA)
    assert own.body.text == await keep(answers, own)


async def test_the_wish_holds_for_accounts_that_are_linked_later(answers: CitedAnswers, db: Database) -> None:
    await answers.keep(posted())
    await opt_out(db, BEN)
    code = await PersonAccounts(db, BEN).offer()
    await answers.heed()
    assert ["**Today**\n- Ana ships\n- Somebody eats"] == await texts(answers)
    await PersonAccounts(db, ANA).join(code)
    await answers.heed()
    assert [GONE] == await texts(answers)


async def test_what_answers_tell_of_can_be_looked_up(answers: CitedAnswers) -> None:
    await answers.keep(posted(Cited("a", (ONE, said("3", thread="thread"))), Cited("b", (ONE,))))
    told = {each.id: each for each in await answers.told("chat", 10)}
    assert ["1", "3"] == sorted(told)
    assert [] == await answers.told("other", 10)
    assert ("general", "thread") == (told["1"].channel.id, told["3"].channel.id)
    assert ("chat:home", "general") == (told["1"].channel.server, told["3"].channel.parent)


async def test_answers_are_followed_for_as_long_as_history_is_kept_and_no_longer_than_sixty_days(
    answers: CitedAnswers, db: Database, clock: FakeClock
) -> None:
    settings = SettingsStore(db)
    request = request_from(Person("chat:adam", "Adam", roles=frozenset({"admin"})))
    await settings.for_request(request).set_history(True, 30, Scope.CHANNEL)
    await answers.keep(posted())
    await answers.keep(posted(id="r2", place=DM, reader=ANA))

    clock.advance(days=30)
    assert 0 == await answers.prune(settings)
    clock.advance(days=1)
    assert 1 == await answers.prune(settings)
    clock.advance(days=MOST_DAYS - 31)
    assert 0 == await answers.prune(settings)
    clock.advance(days=1)
    assert 1 == await answers.prune(settings)
    assert [0, 0, 0] == await rows(db)


async def both(answers: Sequence[CitedAnswers]) -> None:
    import asyncio

    await asyncio.gather(
        answers[0].change("chat", GENERAL, "1"),
        answers[1].change("chat", GENERAL, "2"),
    )


async def test_two_processes_take_out_what_each_is_told_of(url: str, clock: FakeClock) -> None:
    async with await Database.open(url, clock=clock) as one, await Database.open(url, clock=clock) as two:
        messages = Messages(one)
        was = posted()
        answer = Message("answer-r1", "general", "chat:atelier", "Atelier", was.body.text, clock.now, from_bot=True)
        await messages.record("chat", GENERAL, answer)
        await CitedAnswers(one).keep(was)
        await both([CitedAnswers(one), CitedAnswers(two)])
        (found,) = await CitedAnswers(two).outdated(["chat"])
        assert (f"*Late.*\n\n{GONE}", 2) == (found.body.text, found.changed)
        assert [GONE] == [each.text for each in await messages.recent("chat", "general")]


ABOVE, FAR = said("3", channel="plans", thread="plans"), said("4", channel="far")


async def test_a_channel_that_is_deleted_vanishes_from_what_stands_elsewhere(answers: CitedAnswers) -> None:
    pieces = "Today\n", Cited("- Ana ships\n", (ONE,)), Cited("- a plan\n", (ABOVE,)), Cited("- tea\n", (FAR,))
    elsewhere = replace(GENERAL, id="random")
    await answers.keep(posted(*pieces, id="r1", place=elsewhere))
    await answers.keep(posted(*pieces, id="r2"))
    await answers.keep(posted(*pieces, id="r3", place=THREAD))
    direct = posted(*pieces, id="r4")
    await answers.keep(replace(direct, ref=replace(direct.ref, channel="dm")))

    await answers.forget_channels("other", ["general", "plans"])
    assert [] == await answers.outdated(["chat"])
    await answers.forget_channels("chat", ["general", "plans"])

    assert ["Today\n- tea"] * 2 == await texts(answers)
    assert {"r1", "r4"} == {answer.id for answer in await answers.outdated(["chat"])}
    assert ["far"] == [told.channel.id for told in await answers.told("chat", 10)]


async def test_what_is_written_while_a_channel_is_deleted_tells_of_it_no_more(answers: CitedAnswers) -> None:
    await answers.forget_channels("chat", ["general", "plans"])
    pieces = Cited("- a\n", (ONE,)), Cited("- b\n", (ABOVE, FAR)), Cited("- c", (FAR,))
    assert "Today\n- c" == await keep(answers, posted("Today\n", *pieces))
