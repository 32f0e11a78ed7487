"""What people can do about an answer: have it made anew, continued, removed; say what they think of it; stop it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot import Attachment, History, Message, Plugin, Request, UserError
from bot.body import LINE_CHARS, Body, Button, State
from bot.platform import Address, MessageRef
from bot.request import Channel, ChannelKind, Event, MessageDeleted, MessageEdited, Origin, Person, new_id
from bot.store.tables import RatingRow, RequestRow
from bot.testing import SERVER, Testbed

Row = TypeVar("Row", RatingRow, RequestRow)

GENERAL = Channel("general", SERVER, ChannelKind.CHANNEL, "general")


class Writer:
    """A plugin that writes something else each time, and can be held while it does."""

    def __init__(self) -> None:
        self.plugin = Plugin("writer", "Writes.")
        self.go_on = asyncio.Event()
        self.begun = asyncio.Event()
        self.go_on.set()
        self.read: list[str] = []
        numbers = count(1)

        @self.plugin.command(again=True, more="and then?")
        async def write(what: str, request: Request, history: History) -> AsyncIterator[str]:
            """Write.

            Args:
                what: About this.
            """
            self.read = [message.text for message in await history.recent()]
            before = f" after {request.reply_to.text}" if request.reply_to else ""
            yield f"{next(numbers)}: {what}{before}"
            self.begun.set()
            await self.go_on.wait()
            yield "."

        @self.plugin.command(again=True, private=True)
        async def whisper(what: str) -> str:
            """Write for one person.

            Args:
                what: About this.
            """
            return f"psst, {what}"

        @self.plugin.command(private=True)
        async def murmur(what: str) -> AsyncIterator[str]:
            """Write for one person, at length.

            Args:
                what: About this.
            """
            yield f"hm, {what}"
            self.begun.set()
            await self.go_on.wait()

        @self.plugin.command(again=True)
        async def read(file: Attachment) -> str:
            """Read a file.

            Args:
                file: Which.
            """
            return (await file.read()).decode()


@pytest.fixture
def writer() -> Writer:
    return Writer()


@pytest_asyncio.fixture
async def bed(tmp_path: Path, writer: Writer) -> AsyncIterator[Testbed]:
    async with Testbed(tmp_path, writer.plugin) as bed:
        yield bed


def line(body: Body, label: str) -> str:
    return next(button.line for button in body.buttons if button.label == label)


def texts(bed: Testbed, channel: str = "general") -> list[str]:
    return [body.text for body in bed.shown[channel].values()]


async def settle(bed: Testbed) -> None:
    """Wait until nothing is being answered."""
    while running := list(bed.app.dispatcher._running.values()):
        await asyncio.wait([one.task for one in running])


async def press(bed: Testbed, text: str, person: Person | None = None, channel: str = "general") -> Body:
    body = await bed.say(text, person=person, channel=channel)
    await settle(bed)
    return body


async def rows(bed: Testbed, table: type[Row]) -> Sequence[Row]:
    async with bed.app.store.database.read() as session:
        return (await session.scalars(select(table))).all()


async def test_a_finished_answer_has_its_buttons_and_a_running_one_has_none(bed: Testbed, writer: Writer) -> None:
    body = await bed.say("/write foxes")

    assert ["Regenerate", "Continue", "Delete", "👍", "👎"] == [button.label for button in body.buttons]
    assert all(not state.buttons for state in bed.platform.states if state.state is State.WORKING)


async def test_an_answer_that_failed_can_be_tried_again_or_removed(bed: Testbed) -> None:
    async def read() -> bytes:
        raise UserError("It is gone.")

    body = await bed.say("/read", attachments=[Attachment("notes.txt", "text/plain", 5, read)])

    assert State.FAILED is body.state
    assert ["Regenerate", "Delete"] == [button.label for button in body.buttons]


async def test_a_private_answer_has_no_buttons(bed: Testbed) -> None:
    assert () == (await bed.say("/whisper foxes")).buttons


async def test_an_answer_is_made_anew_in_its_place(bed: Testbed) -> None:
    first = await bed.say("/write foxes")
    said = await press(bed, line(first, "Regenerate"))

    assert ["2: foxes."] == texts(bed)
    assert "" == said.text
    assert ["Regenerate", "Continue", "Delete", "👍", "👎"] == [
        button.label for body in bed.shown["general"].values() for button in body.buttons
    ]


async def test_what_is_made_anew_ends_where_it_was_asked_first(bed: Testbed, writer: Writer) -> None:
    await bed.post("general", bed.ana, "before", sent=bed.clock() - timedelta(minutes=1))
    first = await bed.say("/write foxes")
    bed.clock.advance(timedelta(minutes=10))
    await bed.post("general", bed.ana, "after")
    await press(bed, line(first, "Regenerate"))

    assert ["before"] == writer.read


async def test_buttons_work_after_a_restart(tmp_path: Path, writer: Writer) -> None:
    async with Testbed(tmp_path, writer.plugin) as bed:
        first = await bed.say("/write foxes")
    async with Testbed(tmp_path, writer.plugin) as bed:
        await press(bed, line(first, "Regenerate"))
        assert ["2: foxes."] == texts(bed)


async def test_to_regenerate_counts_once_and_what_is_refused_leaves_the_answer(bed: Testbed) -> None:
    await bed.say("/settings limits per_minute:2 scope:server", person=bed.admin)
    first = await bed.say("/write foxes")
    await press(bed, line(first, "Regenerate"))
    [second] = [body for body in bed.shown["general"].values() if body.buttons]
    said = await press(bed, line(second, "Regenerate"))

    assert "more than 2 requests in a minute" in said.text
    assert "2: foxes." in texts(bed)


async def test_only_who_asked_can_have_it_made_anew(bed: Testbed) -> None:
    first = await bed.say("/write foxes")
    said = await press(bed, line(first, "Regenerate"), person=bed.admin)

    assert "Only Ana, who asked, can have this answered anew." == said.text
    assert "1: foxes." in texts(bed)


async def test_an_answer_that_is_being_written_is_not_begun_twice(bed: Testbed, writer: Writer) -> None:
    first = await bed.say("/write foxes")
    writer.go_on.clear()
    writer.begun.clear()
    await bed.say(line(first, "Regenerate"))
    await writer.begun.wait()
    said = await bed.say(line(first, "Regenerate"))
    writer.go_on.set()
    await settle(bed)

    assert "This answer is being written already." == said.text
    assert "2: foxes." in texts(bed)


async def test_a_file_that_came_with_the_question_has_to_be_sent_again(bed: Testbed) -> None:
    async def read() -> bytes:
        return b"words"

    first = await bed.say("/read", attachments=[Attachment("notes.txt", "text/plain", 5, read)])
    await press(bed, line(first, "Regenerate"))

    assert "words" == first.text
    assert ["notes.txt is no longer at hand; please send it again."] == texts(bed)


async def test_an_answer_goes_on_in_a_new_one(bed: Testbed) -> None:
    first = await bed.say("/write foxes")
    answer = Message("answer-1", "general", "test:atelier", "Atelier", first.text, bed.clock(), from_bot=True)
    second = await bed.say(line(first, "Continue"), reply_to=answer)

    assert "2: and then? after 1: foxes.." == second.text
    assert [first.text, second.text] == texts(bed)
    await press(bed, line(second, "Regenerate"))
    assert "3: and then? after 1: foxes.." == texts(bed)[1]
    third = await bed.say(line(second, "Continue"))
    assert "4: and then?." == third.text


@pytest.mark.parametrize("who", ["ana", "admin"])
async def test_who_asked_and_admins_can_remove_an_answer(bed: Testbed, who: str) -> None:
    first = await bed.say("/write foxes")
    await press(bed, line(first, "Delete"), person=getattr(bed, who))

    assert [] == texts(bed)
    assert not await rows(bed, RequestRow)


async def test_nobody_else_can_remove_it(bed: Testbed) -> None:
    first = await bed.say("/write foxes")
    said = await press(bed, line(first, "Delete"), person=Person("test:ben", "Ben"))

    assert "Only Ana, who asked, or an admin can remove this answer." == said.text
    assert "1: foxes." in texts(bed)


async def test_buttons_are_of_no_use_in_another_channel(bed: Testbed) -> None:
    first = await bed.say("/write foxes")
    said = await press(bed, line(first, "Delete"), person=bed.admin, channel="elsewhere")

    assert "This answer is too old for that, or was erased." == said.text
    assert ["1: foxes."] == texts(bed)


async def test_the_last_word_about_an_answer_is_kept(bed: Testbed) -> None:
    first = await bed.say("/write foxes")
    await bed.say(line(first, "👎"), person=bed.admin)
    await bed.say(line(first, "👍"), person=bed.admin)

    kept = await rows(bed, RatingRow)
    assert [("test:admin", True)] == [(row.account, row.good) for row in kept]


async def test_the_buttons_of_an_erased_person_do_nothing(bed: Testbed) -> None:
    first = await bed.say("/write foxes")
    await bed.say("/profile erase", choices=["Erase everything"])
    said = await press(bed, line(first, "👍"))

    assert "This answer is too old for that, or was erased." == said.text


async def test_buttons_are_forgotten_after_a_while(bed: Testbed) -> None:
    first = await bed.say("/write foxes")
    bed.clock.advance(timedelta(days=15))
    await bed.app.store.answers.prune(bed.clock() - timedelta(days=14))
    said = await press(bed, line(first, "Regenerate"))

    assert "This answer is too old for that, or was erased." == said.text


async def test_stop_ends_what_is_being_answered_to_the_person_here(bed: Testbed, writer: Writer) -> None:
    writer.go_on.clear()
    running = bed.app.dispatcher.submit(bed.request("/write foxes"))
    await writer.begun.wait()
    other = await bed.say("/stop", person=bed.admin)
    said = await bed.say("/stop")
    await settle(bed)

    assert "I am not answering anything of yours here." == other.text
    assert "Stopped 1 answer." == said.text
    assert State.CANCELLED is running.reply.body.state


async def test_stop_in_a_thread_ends_what_is_being_answered_in_its_channel(bed: Testbed, writer: Writer) -> None:
    writer.go_on.clear()
    running = bed.app.dispatcher.submit(bed.request("/write foxes"))
    await writer.begun.wait()
    thread = Channel("general:1", SERVER, ChannelKind.THREAD, "general", parent="general")
    bed.app.dispatcher.submit(replace(bed.request("/stop"), channel=thread))
    await settle(bed)

    assert State.CANCELLED is running.reply.body.state


class Asked:
    """A question that was sent as a message, and can be edited and deleted."""

    def __init__(self, bed: Testbed, text: str) -> None:
        self.bed = bed
        self.request = bed.request(text)

    async def send(self) -> None:
        await self.bed.app.receive(self.request)

    async def edit(self, text: str, person: Person | None = None) -> None:
        revised = replace(self.bed.request(text, person=person), origin=self.request.origin)
        await self.bed.app.receive(replace(revised, first_asked=self.request.received))

    async def delete(self) -> None:
        message = self.request.origin.message or ""
        event: Event = MessageDeleted(Origin("test", message=message), GENERAL, message)
        await self.bed.app.receive(event)


async def test_an_edited_question_is_answered_anew_in_the_same_place(bed: Testbed) -> None:
    asked = Asked(bed, "/write foxes")
    await asked.send()
    await settle(bed)
    await asked.edit("/write badgers")
    await settle(bed)

    assert ["2: badgers."] == texts(bed)


async def test_a_question_edited_while_it_is_answered_is_answered_once(bed: Testbed, writer: Writer) -> None:
    writer.go_on.clear()
    asked = Asked(bed, "/write foxes")
    await asked.send()
    await writer.begun.wait()
    await asked.edit("/write badgers")
    writer.go_on.set()
    await settle(bed)

    assert ["2: badgers."] == texts(bed)
    assert [State.DONE] == [body.state for body in bed.shown["general"].values()]


class SlowPost:
    """Posts once it is let, like a platform that is asked too much."""

    def __init__(self, bed: Testbed, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        post = bed.platform.post

        async def slow(address: Address, body: Body, key: str) -> MessageRef:
            self.begun.set()
            await self.go_on.wait()
            return await post(address, body, key)

        monkeypatch.setattr(bed.platform, "post", slow)


async def test_a_question_edited_twice_while_its_answer_is_posted_is_answered_once(
    bed: Testbed, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    posting = SlowPost(bed, monkeypatch)
    writer.go_on.clear()
    asked = Asked(bed, "/write foxes")
    await asked.send()
    await posting.begun.wait()
    await asked.edit("/write badgers")
    await asked.edit("/write owls")
    await asyncio.sleep(0)
    await asked.edit("/write hens")
    posting.go_on.set()
    writer.go_on.set()
    await settle(bed)

    assert ["2: hens."] == texts(bed)


async def test_a_question_edited_and_deleted_while_its_answer_is_posted_takes_it_along(
    bed: Testbed, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    posting = SlowPost(bed, monkeypatch)
    writer.go_on.clear()
    asked = Asked(bed, "/write foxes")
    await asked.send()
    await posting.begun.wait()
    await asked.edit("/write badgers")
    await asked.delete()
    posting.go_on.set()
    await settle(bed)

    assert [] == texts(bed)


async def test_a_question_deleted_at_once_is_not_answered(bed: Testbed) -> None:
    asked = Asked(bed, "/write foxes")
    bed.app.dispatcher.submit(asked.request)
    await bed.app.dispatcher.receive(MessageDeleted(asked.request.origin, GENERAL, asked.request.origin.message or ""))
    await settle(bed)

    assert {} == bed.shown


async def test_a_private_answer_goes_when_its_question_is_edited(bed: Testbed, writer: Writer) -> None:
    writer.go_on.clear()
    asked = Asked(bed, "/murmur foxes")
    await asked.send()
    await writer.begun.wait()
    await bed.platform.changed.wait()
    await asked.edit("/write badgers")
    writer.go_on.set()
    await settle(bed)

    assert ["1: badgers."] == texts(bed)


async def test_kept_history_has_the_answer_that_stands(bed: Testbed, writer: Writer) -> None:
    await bed.say("/settings history on:yes", person=bed.admin)
    first = await bed.say("/write foxes")
    await press(bed, line(first, "Regenerate"))
    writer.go_on.clear()
    writer.begun.clear()
    asked = Asked(bed, "/write badgers")
    await asked.send()
    await writer.begun.wait()
    await asked.delete()
    await settle(bed)

    kept = await bed.app.store.messages.recent("test", "general", 50)
    assert ["2: foxes."] == [message.text for message in kept if message.text[1:2] == ":"]


async def test_an_edit_that_changes_nothing_is_passed_over(bed: Testbed) -> None:
    asked = Asked(bed, "/write foxes")
    await asked.send()
    await settle(bed)
    await asked.edit("/write foxes")
    await settle(bed)

    assert ["1: foxes."] == texts(bed)


async def test_an_edit_of_what_was_never_asked_or_long_ago_is_passed_over(bed: Testbed) -> None:
    asked = Asked(bed, "/write foxes")
    await asked.edit("/write badgers")
    await settle(bed)
    assert {} == bed.shown

    await asked.send()
    await settle(bed)
    bed.clock.advance(timedelta(minutes=6))
    await asked.edit("/write badgers")
    await settle(bed)
    assert ["1: foxes."] == texts(bed)


async def test_an_edit_does_not_make_a_question_newer(bed: Testbed) -> None:
    asked = Asked(bed, "/write foxes")
    await asked.send()
    await settle(bed)
    bed.clock.advance(timedelta(minutes=4))
    await asked.edit("/write badgers")
    await settle(bed)
    bed.clock.advance(timedelta(minutes=4))
    await asked.edit("/write owls")
    await settle(bed)

    assert ["2: badgers."] == texts(bed)


async def test_a_question_that_is_edited_to_a_private_one_takes_the_public_answer_away(bed: Testbed) -> None:
    asked = Asked(bed, "/write foxes")
    await asked.send()
    await settle(bed)
    await asked.edit("/whisper foxes")
    await settle(bed)

    assert ["psst, foxes"] == texts(bed)
    answer = next(iter(bed.shown["general"]))
    assert bed.ana.id == bed.platform.addresses[answer].private_to


async def test_a_deleted_question_takes_its_unfinished_answer_along(bed: Testbed, writer: Writer) -> None:
    writer.go_on.clear()
    asked = Asked(bed, "/write foxes")
    await asked.send()
    await writer.begun.wait()
    await asked.delete()
    await settle(bed)

    assert [] == texts(bed)


async def test_a_question_that_is_delivered_twice_is_edited_all_the_same(bed: Testbed, writer: Writer) -> None:
    writer.go_on.clear()
    asked = Asked(bed, "/write foxes")
    await asked.send()
    await writer.begun.wait()
    again = bed.app.dispatcher.submit(replace(asked.request, id=new_id()))
    await asyncio.wait([again.task])
    await asked.edit("/write badgers")
    writer.go_on.set()
    await settle(bed)
    assert ["2: badgers."] == texts(bed)

    bed.app.dispatcher.submit(replace(asked.request, id=new_id()))
    await settle(bed)
    await asked.edit("/write owls")
    await settle(bed)
    assert ["3: owls."] == texts(bed)


async def test_a_finished_answer_stays_when_its_question_is_deleted(bed: Testbed) -> None:
    asked = Asked(bed, "/write foxes")
    await asked.send()
    await settle(bed)
    await asked.delete()
    await settle(bed)

    assert ["1: foxes."] == texts(bed)


async def test_what_a_deleted_message_said_is_not_kept(bed: Testbed, writer: Writer) -> None:
    asked = Asked(bed, "/write foxes")
    await asked.send()
    await settle(bed)
    [first] = bed.shown["general"].values()
    about = await bed.post("general", Person("test:ben", "Ben"), "my secret")
    await bed.say("/write badgers", reply_to=about)
    await asked.delete()
    await bed.app.receive(MessageDeleted(Origin("test", message=about.id), GENERAL, about.id))

    kept = await rows(bed, RequestRow)
    assert 2 == len(kept)
    assert not any(word in str(row.asked) for row in kept for word in ("foxes", "badgers", "secret"))
    said = await press(bed, line(first, "Regenerate"))
    assert "What this answers was deleted; please ask again." == said.text
    await press(bed, line(first, "Delete"))
    assert 1 == len(await rows(bed, RequestRow))


async def test_what_an_edited_message_said_before_is_not_kept(bed: Testbed, writer: Writer) -> None:
    about = await bed.post("general", Person("test:ben", "Ben"), "my secret")
    await bed.say("/write badgers", reply_to=about)
    for message in (about, replace(about, id="another")):
        edited = replace(message, text="nothing")
        await bed.app.receive(MessageEdited(Origin("test", message=message.id), GENERAL, edited))

    (kept,) = await rows(bed, RequestRow)
    assert "secret" not in str(kept.asked)
    assert "nothing" in str(kept.asked)
    assert "badgers" in str(kept.asked)


async def test_what_was_asked_about_a_message_goes_when_its_author_has_everything_erased(bed: Testbed) -> None:
    ben = Person("test:ben", "Ben")
    about = await bed.post("general", ben, "my secret")
    await bed.say("/write foxes", reply_to=about)
    await bed.say("/profile erase", person=ben, choices=["Erase everything"])

    assert [] == await rows(bed, RequestRow)


def test_a_button_refuses_a_line_that_a_platform_would_cut() -> None:
    with pytest.raises(ValueError, match=f"at most {LINE_CHARS} characters"):
        Button("Go", "/" + "x" * LINE_CHARS)


async def test_a_button_pressed_at_once_waits_until_its_answer_is_kept(bed: Testbed) -> None:
    keep, kept = bed.app.store.answers.keep, asyncio.Event()

    async def slowly(request: Request, ref: MessageRef) -> None:
        await kept.wait()
        await keep(request, ref)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bed.app.store.answers, "keep", slowly)
        running = bed.app.dispatcher.submit(bed.request("/write foxes"))
        while running.reply.body.state is State.WORKING:
            await bed.platform.changed.wait()
        pressed = asyncio.create_task(bed.say(line(running.reply.body, "👍")))
        await asyncio.sleep(0)
        kept.set()
        said = await pressed

    assert "Thank you: noted as a good answer." == said.text
