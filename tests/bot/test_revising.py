"""Posted answers lose what may be told no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import (
    Channel,
    ChannelKind,
    Cited,
    Discretion,
    File,
    History,
    Message,
    MessageDeleted,
    MessageEdited,
    Person,
    Plugin,
    State,
    UserError,
)
from bot.app import App
from bot.body import Body
from bot.cited import GONE
from bot.errors import TooLate
from bot.middleware.call import Call
from bot.platform import Address, MessageRef
from bot.request import Origin
from bot.revising import EVERY, Rereading
from bot.store.cited import Posted
from bot.store.people import PersonProfiles
from bot.testing import Testbed

BEN = Person("test:ben", "Ben")
GENERAL = Channel("general", "test:server", ChannelKind.CHANNEL, "general")
DM = Channel("dm-ana", None, ChannelKind.DM, "Ana")


def telling() -> Plugin:
    plugin = Plugin("telling", "Tells.", group=True)

    async def lines(history: History, discretion: Discretion) -> AsyncIterator[str | Cited | File]:
        yield "**What was said**\n"
        for message in await discretion.open(await history.recent(100)):
            yield Cited(f"- {message.author_name}: {message.text}\n", (message,))
        yield File("chart.png", b"PNG", "image/png", alt="A chart")

    @plugin.command(again=True, repeatable=True)
    async def all_(history: History, discretion: Discretion) -> AsyncIterator[str | Cited | File]:
        """Tell all."""
        async for line in lines(history, discretion):
            yield line

    @plugin.command(private=True)
    async def secretly(history: History, discretion: Discretion) -> AsyncIterator[str | Cited | File]:
        """Tell all to one."""
        async for line in lines(history, discretion):
            yield line

    return plugin


@pytest.fixture
async def bed(tmp_path: Path) -> AsyncIterator[Testbed]:
    async with Testbed(tmp_path, telling()) as bed:
        await bed.post("general", bed.ana, "We ship on Friday")
        await bed.post("general", BEN, "I test on Thursday")
        yield bed


def shown(bed: Testbed, channel: str = "general") -> list[Body]:
    return list(bed.shown[channel].values())


async def until(bed: Testbed, text: str, channel: str = "general") -> Body:
    """The one answer, once it says exactly this."""
    async with asyncio.timeout(10):
        while (body := shown(bed, channel)[0]).text != text:
            await bed.platform.changed.wait()
    return body


def gone(message: Message) -> MessageDeleted:
    return MessageDeleted(Origin("test", message=message.id), GENERAL, message.id)


def edited(message: Message, text: str, when: datetime | None = None) -> MessageEdited:
    return MessageEdited(Origin("test", message=message.id), GENERAL, replace(message, text=text, edited=when))


def said(bed: Testbed, number: int) -> Message:
    return bed.platform.messages["general"][number]


BOTH = "**What was said**\n- Ana: We ship on Friday\n- Ben: I test on Thursday\n"
BENS = "**What was said**\n- Ben: I test on Thursday"


async def test_a_piece_goes_with_its_message_and_all_else_stays(bed: Testbed) -> None:
    answer = await bed.say("/telling all")
    assert BOTH == answer.text

    await bed.app.receive(edited(said(bed, 0), "We  ship on Friday"))
    await bed.app.receive(gone(said(bed, 0)))

    body = await until(bed, BENS)
    assert (State.DONE, answer.buttons, True) == (body.state, body.buttons, body.files_stay)
    assert [("chart.png", b"")] == [(file.name, file.data) for file in body.files]
    assert 0 < len(body.buttons)

    await bed.app.receive(edited(said(bed, 1), "I do not test"))
    await until(bed, GONE)


async def test_what_is_kept_of_the_answer_is_changed_too(bed: Testbed) -> None:
    await bed.say("/settings history on:yes", person=bed.admin)
    await bed.say("/telling all")
    (ref,) = [key for key, body in bed.shown["general"].items() if body.text == BOTH]

    await bed.app.receive(gone(said(bed, 0)))

    (kept,) = [each for each in await bed.app.store.messages.recent("test", "general") if each.id == ref]
    assert BENS == kept.text


async def test_a_message_that_goes_while_the_answer_is_written_is_not_in_it(tmp_path: Path) -> None:
    plugin, wait, begun = Plugin("slow", "Slow."), asyncio.Event(), asyncio.Event()

    @plugin.command
    async def slow(history: History) -> AsyncIterator[str | Cited]:
        """Tell slowly."""
        for message in await history.recent(100):
            yield Cited(f"{message.text}\n", (message,))
        begun.set()
        await wait.wait()
        yield "That is all."

    async with Testbed(tmp_path, plugin) as bed:
        ana = await bed.post("general", bed.ana, "We ship on Friday")
        await bed.post("general", BEN, "I test on Thursday")
        answering = asyncio.create_task(bed.say("/slow"))
        await begun.wait()
        await bed.app.receive(gone(ana))
        wait.set()
        await answering
        await until(bed, "I test on Thursday\nThat is all.")


async def test_a_platform_that_is_away_is_asked_again(bed: Testbed, monkeypatch: pytest.MonkeyPatch) -> None:
    await bed.say("/telling all")
    edit, tried = bed.platform.edit, asyncio.Event()

    async def away(ref: MessageRef, body: Body) -> MessageRef:
        tried.set()
        raise ConnectionError("away")

    monkeypatch.setattr(bed.platform, "edit", away)
    await bed.app.receive(gone(said(bed, 0)))
    await tried.wait()
    monkeypatch.setattr(bed.platform, "edit", edit)
    await bed.app.revising.run()
    assert BOTH == shown(bed)[0].text

    bed.clock.advance(EVERY)
    await bed.app.revising.run()
    assert BENS == shown(bed)[0].text


async def test_an_answer_that_is_too_old_to_be_changed_is_removed(
    bed: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bed.say("/telling all")
    delete, deleted = bed.platform.delete, asyncio.Event()
    troubles: list[Exception] = [ConnectionError("away")]

    async def closed(ref: MessageRef, body: Body) -> MessageRef:
        raise TooLate("too old")

    async def flaky(ref: MessageRef) -> None:
        deleted.set()
        if troubles:
            raise troubles.pop()
        await delete(ref)

    monkeypatch.setattr(bed.platform, "edit", closed)
    monkeypatch.setattr(bed.platform, "delete", flaky)
    await bed.app.receive(gone(said(bed, 0)))
    await deleted.wait()
    assert BOTH == shown(bed)[0].text

    bed.clock.advance(EVERY)
    await bed.app.revising.run()
    assert not shown(bed)
    bed.clock.advance(EVERY)
    deleted.clear()
    await bed.app.revising.run()
    assert not deleted.is_set()


async def test_an_answer_that_is_shown_late_is_followed_too(bed: Testbed, monkeypatch: pytest.MonkeyPatch) -> None:
    post, tries, accepting = bed.platform.post, list[str](), bed.app.dispatcher.accepting

    async def flaky(address: Address, body: Body, key: str) -> MessageRef:
        tries.append(key)
        if len(tries) < 4:
            raise ConnectionError("away")
        return await post(address, body, key)

    monkeypatch.setattr(bed.platform, "post", flaky)
    monkeypatch.setattr(accepting, "_pauses", (0, 0, 0))
    await bed.say("/telling all")
    await asyncio.gather(*accepting._delivering)
    assert BOTH == shown(bed)[0].text

    await bed.app.receive(gone(said(bed, 0)))
    await until(bed, BENS)


async def test_an_answer_that_is_being_written_changes_once_that_has_ended(
    bed: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepting, kept, go_on = bed.app.dispatcher.accepting, asyncio.Event(), asyncio.Event()
    settle = accepting.settle

    async def settle_late(call: Call) -> None:
        kept.set()
        await go_on.wait()
        await settle(call)

    monkeypatch.setattr(accepting, "settle", settle_late)
    answering = asyncio.create_task(bed.say("/telling all"))
    await kept.wait()
    await bed.app.receive(gone(said(bed, 0)))
    await bed.app.revising.run()
    assert BOTH == shown(bed)[0].text

    go_on.set()
    await answering
    await until(bed, BENS)


async def test_the_answer_made_anew_and_the_one_removed_are_the_ones_followed(bed: Testbed) -> None:
    bed.clock.advance(timedelta(minutes=1))
    await bed.say("/telling all")
    again, delete = (each.line for each in shown(bed)[0].buttons[:2])
    bed.platform.messages["general"].pop()
    await bed.say(again)
    anas = await until(bed, "**What was said**\n- Ana: We ship on Friday\n")

    await asyncio.gather(*(running.task for running in bed.app.dispatcher._running.values()))
    assert [said(bed, 0).id] == [told.id for told in await bed.app.store.cited.told("test", 10)]
    assert delete != anas.buttons[1].line
    await bed.say(anas.buttons[1].line)
    assert [] == await bed.app.store.cited.told("test", 10)


async def test_who_does_not_want_to_be_quoted_vanishes_from_what_others_read(bed: Testbed) -> None:
    await bed.say("/telling all")

    answer = await bed.say("/profile set name:quoted value:no")

    assert "Quoted: no, summaries, digests and quotations that others read leave out what you write." == answer.text
    await until(bed, BENS)
    assert BENS == (await bed.say("/telling all")).text.rstrip()
    assert BENS == (await bed.say("/telling secretly", person=BEN)).text.rstrip()
    assert BOTH == (await bed.say("/telling secretly")).text
    assert "Quoted: no" in (await bed.say("/profile show")).text
    await bed.say("/profile set name:quoted value:yes")
    assert BOTH == (await bed.say("/telling all", person=BEN)).text


async def test_who_reads_alone_is_told_what_they_wrote_themselves(bed: Testbed) -> None:
    bed.platform.messages["dm-ana"] = [replace(each, channel="dm-ana") for each in bed.platform.messages["general"]]
    await bed.say("/profile set name:quoted value:no")
    await bed.say("/telling all", channel=DM)
    await bed.app.revising.run()
    assert BOTH == shown(bed, "dm-ana")[-1].text


@pytest.mark.parametrize("kind", [ChannelKind.DM, ChannelKind.CHANNEL], ids=["own", "of others"])
async def test_a_conversation_outside_of_servers_that_cannot_be_found_is_not_deleted(
    bed: Testbed, kind: ChannelKind
) -> None:
    bed.platform.messages["dm-ana"] = [replace(each, channel="dm-ana") for each in bed.platform.messages["general"]]
    await bed.say("/telling all", channel=replace(DM, kind=kind))
    bed.platform.removed.add("dm-ana")
    await bed.app.rereading.run()
    await bed.app.revising.run()
    assert BOTH == shown(bed, "dm-ana")[-1].text
    assert 2 == len(await bed.app.store.cited.told("test", 10))


async def test_who_erases_everything_vanishes(bed: Testbed) -> None:
    await bed.say("/telling all", person=BEN)
    await bed.say("/profile erase", choices=["Erase everything"])
    await until(bed, BENS)


async def test_an_answer_that_is_kept_while_somebody_erases_everything_tells_of_them_no_more(
    bed: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    cited, late = bed.app.store.cited, list[Posted]()
    keep, erase = cited.keep, PersonProfiles.erase

    async def keep_later(posted: Posted) -> None:
        late.append(posted)

    async def erase_then_keep(self: PersonProfiles) -> int:
        erased = await erase(self)
        await keep(late[0])
        return erased

    monkeypatch.setattr(cited, "keep", keep_later)
    monkeypatch.setattr(PersonProfiles, "erase", erase_then_keep)
    await bed.say("/telling all")
    await bed.say("/profile erase", choices=["Erase everything"])
    await until(bed, BENS)


async def test_what_only_one_person_saw_is_not_kept(bed: Testbed) -> None:
    await bed.say("/telling secretly")
    await bed.app.receive(gone(said(bed, 0)))
    await bed.app.revising.run()
    assert [] == await bed.app.store.cited.told("test", 10)
    assert BOTH == shown(bed)[0].text


async def test_after_a_restart_what_changed_meanwhile_goes(tmp_path: Path) -> None:
    async with Testbed(tmp_path, telling()) as bed:
        for number, person in enumerate((bed.ana, BEN, BEN, BEN)):
            await bed.post("general", person, f"Line {number}")
            bed.clock.advance(timedelta(minutes=1))
        await bed.say("/telling all")
        messages, answers = bed.platform.messages["general"], bed.platform.shown
        await bed.app.stop(grace=10)
        # An edit, a deletion, and two that only look like them.
        known = [
            replace(messages[0], text="Something else", edited=bed.clock()),
            replace(messages[2], text="Line  2", edited=bed.clock()),
            replace(messages[3], text="Line of @ben 3"),
        ]
        bed.platform.messages["general"] = known
        bed.platform.removed.add(messages[1].id)

        app = App(bed.config, lambda app: [bed.platform], clock=bed.clock)
        await app.start()
        try:
            async with asyncio.timeout(10):
                while "Line 0" in str(answers) or "Line 1" in str(answers):
                    await bed.platform.changed.wait()
            (body,) = answers["general"].values()
            assert "**What was said**\n- Ben: Line 2\n- Ben: Line of @ben 3".replace("of @ben ", "") == body.text
        finally:
            await app.stop(grace=10)


class Reading:
    """A platform whose history can be away."""

    def __init__(self, bed: Testbed, *answers: Exception | None) -> None:
        self.name = "test"
        self.bed = bed
        self.answers = [*answers]
        self.read = 0

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        self.read += 1
        if self.answers and (error := self.answers.pop(0)) is not None:
            raise error
        return []

    async def deleted(self, channel: str, message: str | None = None) -> bool:
        return message == said(self.bed, 0).id


@pytest.mark.parametrize(
    ("answers", "read", "deletions"),
    [((ConnectionError("away"), None), 2, 1), ((UserError("I may not read."),), 1, 0)],
    ids=["away", "forbidden"],
)
async def test_what_cannot_be_read_at_the_start_is_read_later_or_left(
    bed: Testbed, answers: tuple[Exception | None, ...], read: int, deletions: int
) -> None:
    await bed.say("/telling all")
    told = list[object]()

    async def receive(event: object) -> None:
        told.append(event)

    platform = Reading(bed, *answers)
    store, platforms = bed.app.store, {"test": platform}
    await Rereading(store.cited, platforms, receive, store.kept_channels, pause=0).run()  # type: ignore[arg-type]
    assert (read, deletions) == (platform.read, len(told))
