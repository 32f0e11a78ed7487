"""One visible answer, streamed and complete."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot import Card, File, UserError
from bot.asking import Waiting
from bot.body import Body, Progress, State
from bot.errors import TooLate
from bot.platform import Address, Limits, MessageRef
from bot.platforms.memory import MemoryPlatform
from bot.reply import Reply

PICTURE = File("a.png", b"png", "image/png", alt="A fox.")


def make(limits: Limits | None = None) -> tuple[MemoryPlatform, Reply]:
    platform = MemoryPlatform(limits)
    return platform, Reply(platform, Address("general"), "request")


def only(platform: MemoryPlatform) -> Body:
    (body,) = platform.shown["general"].values()
    return body


async def test_one_answer_is_posted_once() -> None:
    platform, reply = make()
    await reply.write("Hello.")
    await reply.close()
    assert [Body("Hello.", state=State.DONE, request_id="request")] == platform.states


async def test_a_stream_is_shown_as_it_grows_and_ends_complete() -> None:
    platform, reply = make()
    for word in ("one ", "two ", "three"):
        await reply.write(word)
        await platform.changed.wait()
    await reply.close()
    assert [body.text for body in platform.states] == ["one ", "one two ", "one two three", "one two three"]
    assert State.DONE is only(platform).state


async def test_writes_faster_than_the_platform_permits_are_gathered() -> None:
    platform, reply = make(Limits(edits_per_second=0.001))
    await reply.write("a")
    await platform.changed.wait()
    for _ in range(500):
        await reply.write("b")
        await asyncio.sleep(0)
    await reply.close()
    assert [body.text for body in platform.states] == ["a", "a" + "b" * 500]


async def test_everything_a_command_shows_is_in_the_last_edit() -> None:
    platform, reply = make()
    await reply.progress(0.5, "drawing")
    await platform.changed.wait()
    assert (only(platform).progress.done, only(platform).progress.note) == (0.5, "drawing")  # type: ignore[union-attr]
    await reply.show(PICTURE)
    await reply.card(Card("Done", (("seed", "1"),)))
    await reply.close()
    assert Body("", (PICTURE,), (Card("Done", (("seed", "1"),)),), state=State.DONE, request_id="request") == only(
        platform
    )


@pytest.mark.parametrize("begun", [True, False])
async def test_what_is_too_old_to_be_changed_makes_room_for_a_new_message(*, begun: bool) -> None:
    class Closed(MemoryPlatform):
        closed = False

        async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
            if self.closed and ref.id == "answer-1":
                raise TooLate("That is too old.")
            return await super().edit(ref, body)

    platform = Closed()
    first = None if begun else await platform.post(Address("general"), Body("before"), "before")
    reply = Reply(platform, Address("general"), "request", first)
    platform.closed = not begun
    await reply.write("one ")
    await platform.changed.wait()
    platform.closed = True
    await reply.write("two")
    await reply.close()
    assert "one two" == only(platform).text
    assert reply.ref is not None
    assert "answer-2" == reply.ref.id


async def test_who_waits_is_told_for_what() -> None:
    platform, reply = make()
    reply.wait(Waiting(2, 20))
    await platform.changed.wait()
    assert Progress(None, "2nd in line, about 20 s") == only(platform).progress
    reply.wait(Waiting(1, 0, room=True))
    assert Progress(None, "waiting for memory that another model uses") == reply.body.progress
    reply.wait(None)
    assert reply.body.progress is None
    await reply.close()


async def test_an_empty_answer_says_done() -> None:
    platform, reply = make()
    await reply.close()
    assert only(platform).text == "Done."


async def test_a_failure_keeps_what_was_said_and_nothing_follows() -> None:
    platform, reply = make()
    await reply.write("Half an ")
    await reply.fail("It broke.")
    await reply.write("answer")
    await reply.close()
    await reply.cancelled()
    assert (only(platform).text, only(platform).state) == ("Half an \n\nIt broke.", State.FAILED)


async def test_last_words_stand_one_line_below_what_was_said() -> None:
    platform, reply = make()
    await reply.write("I understood `/roll`.\n\n")
    await reply.fail("No dice left.")
    assert "I understood `/roll`.\n\nNo dice left." == only(platform).text


async def test_a_question_waits_for_one_of_its_choices() -> None:
    platform, reply = make()
    asking = asyncio.create_task(reply.ask("Sure?", ["Yes", "No"]))
    await platform.changed.wait()
    assert not reply.choose("Maybe")
    assert reply.choose("Yes")
    assert not reply.choose("No")
    assert await asking == "Yes"
    await reply.close()
    assert only(platform).question is None


async def test_a_picture_takes_the_place_of_its_draft_and_of_nothing_else() -> None:
    platform, reply = make()
    draft, other = replace(PICTURE, data=b"rough", draft=True), replace(PICTURE, name="b.png", draft=True)
    for file in (draft, other, replace(PICTURE, data=b"less rough", draft=True)):
        await reply.show(file)
    await platform.changed.wait()
    assert (b"less rough", b"png") == tuple(file.data for file in only(platform).files)
    await reply.show(PICTURE)
    await reply.show(PICTURE)
    await reply.close()
    assert (PICTURE, other, PICTURE) == only(platform).files


async def test_a_private_answer_is_addressed_to_one_person_before_anything_is_shown() -> None:
    platform, reply = make()
    reply.make_private("test:ana")
    assert reply.private
    await reply.write("secret")
    await reply.close()
    assert [address.private_to for address in platform.addresses.values()] == ["test:ana"]


async def test_what_others_saw_cannot_become_private() -> None:
    platform, reply = make()
    await reply.write("x")
    await platform.changed.wait()
    with pytest.raises(RuntimeError, match="cannot become private"):
        reply.make_private("test:ana")
    await reply.close()


async def test_a_file_too_large_for_the_platform_is_refused() -> None:
    _, reply = make(Limits(file_bytes=2))
    with pytest.raises(UserError, match=r"a\.png"):
        await reply.show(PICTURE)
    await reply.close()


class Flaky(MemoryPlatform):
    """Fails the first edit."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 1

    async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
        if body.text == "two" and self.failures:
            self.failures -= 1
            self.changed.set()
            self.changed.clear()
            raise ConnectionError("the platform is away")
        return await super().edit(ref, body)


async def test_a_lost_edit_is_made_up_for_by_the_last_one() -> None:
    platform = Flaky()
    reply = Reply(platform, Address("general"), "request")
    await reply.write("t")
    await platform.changed.wait()
    await reply.write("wo")
    await platform.changed.wait()
    await reply.close()
    assert (only(platform).text, only(platform).state) == ("two", State.DONE)
    assert reply.ref is not None


async def test_an_end_that_was_not_shown_is_tried_again() -> None:
    platform = Flaky()
    reply = Reply(platform, Address("general"), "request")
    await reply.write("two")
    with pytest.raises(ConnectionError):
        await reply.close()
    await reply.fail("This comes too late.")
    assert (only(platform).text, only(platform).state) == ("two", State.DONE)


async def test_an_answer_whose_place_is_gone_gets_one_of_its_own() -> None:
    class Emptied(MemoryPlatform):
        async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
            if ref.id not in self.addresses:
                raise UserError("This answer was removed.")
            return await super().edit(ref, body)

    platform = Emptied()
    reply = Reply(platform, Address("general"), "request", replaces=MessageRef("general", "removed"))
    await reply.write("once more")
    await reply.close()

    assert ("once more", State.DONE) == (only(platform).text, only(platform).state)


async def test_silence_takes_back_what_was_shown_and_is_a_good_end() -> None:
    platform, reply = make()
    await reply.write("Reading…")
    await platform.changed.wait()
    await reply.silence()
    await reply.write("more")
    await reply.close()
    assert platform.shown["general"] == {}
    assert (State.DONE, "") == (reply.body.state, reply.body.text)
    assert reply.delivered


async def test_silence_of_which_nothing_was_shown_posts_nothing() -> None:
    platform, reply = make()
    await reply.write("Reading…")
    await reply.silence()
    await reply.close()
    assert not platform.states


async def test_what_is_shown_whole_is_seen_only_once_it_is_complete() -> None:
    platform = MemoryPlatform()
    reply = Reply(platform, Address("general"), "request", whole=True)
    await reply.progress(0.5, "reading")
    await reply.write("one ")
    await asyncio.sleep(0)
    await reply.pause("goes on later")
    assert not platform.states
    assert reply.discard("no reason")
    assert (State.FAILED, "no reason") == (reply.body.state, reply.body.text)
    await reply.close()
    assert not platform.states


async def test_what_nobody_asked_just_now_ends_with_the_reason_where_it_may_not_be_posted() -> None:
    class Closed(MemoryPlatform):
        async def post(self, address: Address, body: Body, key: str) -> MessageRef:
            raise UserError("I am not in that channel.")

    reply = Reply(Closed(), Address("general"), "request", whole=True)
    await reply.write("A digest.")
    await reply.close()
    assert (State.FAILED, "I am not in that channel.", None) == (reply.body.state, reply.body.text, reply.ref)
    assert reply.delivered
