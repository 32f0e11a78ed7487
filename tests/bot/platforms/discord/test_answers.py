"""How answers are posted, changed, moved and removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import discord
import pytest

from bot import Request, UserError
from bot.body import Body, Button, File
from bot.platform import Address, MessageRef
from tests.bot.platforms.discord.meeting import Meeting, done


async def test_posting_twice_under_one_key_posts_once(meeting: Meeting) -> None:
    address = Address(meeting.general.id)
    first = await meeting.platform.post(address, done("once"), "key")
    assert first == await meeting.platform.post(address, done("once"), "key")
    assert ["once"] == [message.content for message in meeting.server.messages(meeting.general)]


async def test_an_answer_grows_and_shrinks_with_its_files(meeting: Meeting) -> None:
    files = tuple(File(f"{number}.txt", b"x", "text/plain") for number in range(2))
    ref = await meeting.platform.post(Address(meeting.general.id), done("a " * 3000, files=files[:1]), "key")
    assert len(meeting.server.messages(meeting.general)) > 1
    await meeting.platform.edit(ref, done("short", files=files))
    (message,) = meeting.server.messages(meeting.general)
    assert ("short", ["0.txt", "1.txt"]) == (message.content, [file["filename"] for file in message.attachments])
    await meeting.platform.edit(ref, done("short", files=files[1:]))
    assert ["1.txt"] == [file["filename"] for file in message.attachments]
    await meeting.platform.delete(ref)
    assert [] == meeting.server.messages(meeting.general)
    with pytest.raises(UserError, match="cannot be changed any more"):
        await meeting.platform.edit(ref, done("again"))
    await meeting.platform.delete(ref)


async def test_the_files_of_a_complete_answer_are_not_kept(meeting: Meeting) -> None:
    file = File("0.txt", b"x", "text/plain")
    ref = await meeting.platform.post(Address(meeting.general.id), Body("…", request_id="1"), "key")
    await meeting.platform.edit(ref, done("complete", files=(file,)))

    (sent,) = meeting.platform._answers._by_id[ref.id].sent
    assert (None, ()) == (sent.page, sent.files)


async def test_an_answer_that_is_withdrawn_is_no_longer_written(meeting: Meeting) -> None:
    ref = await meeting.platform.post(Address(meeting.general.id), Body("…", request_id="1"), "key")
    assert int(ref.id) in meeting.platform._asking._writing
    await meeting.platform.delete(ref)
    assert int(ref.id) not in meeting.platform._asking._writing


async def test_an_answer_of_an_earlier_process_is_changed_in_its_place(meeting: Meeting) -> None:
    file = File("0.txt", b"x", "text/plain")
    ref = await meeting.platform.post(Address(meeting.general.id), done("a " * 2900, files=(file,)), "key")
    assert 3 == len([ref.id, *ref.more])
    async with meeting.restarted() as platform:
        now = await platform.edit(ref, Body("b " * 1500, request_id="1"))
        assert (ref.id, ref.more[:1]) == (now.id, now.more)
        now = await platform.edit(now, done("c " * 4500, files=(file,)))
        texts = [message.content for message in meeting.server.messages(meeting.general)]
        assert 5 == len([now.id, *now.more]) == len(texts)
        assert all("c" in text for text in texts)
        assert now == await platform.edit(now, done("d " * 4500, files=(file,)))
        assert 1 == len([file for message in meeting.server.messages(meeting.general) for file in message.attachments])
    async with meeting.restarted() as platform:
        await platform.delete(now)
    assert [] == meeting.server.messages(meeting.general)


async def test_an_edit_can_leave_the_files_where_they_are(meeting: Meeting) -> None:
    chart = File("chart.png", b"x", "image/png", caption="A chart")
    ref = await meeting.platform.post(Address(meeting.general.id), done("a " * 2900, files=(chart,)), "key")
    standing = replace(done("short", files=(replace(chart, data=b""),)), files_stay=True)

    def there() -> list[tuple[str, list[object]]]:
        messages = meeting.server.messages(meeting.general)
        return [(message.content, [file["filename"] for file in message.attachments]) for message in messages]

    ref = await meeting.platform.edit(ref, standing)
    # What was between the first message and the one with the file is gone.
    assert [("short\nA chart", []), ("", ["chart.png"])] == there()
    assert 1 == len(ref.more)
    async with meeting.restarted() as platform:
        assert ref == await platform.edit(ref, replace(standing, text="shorter"))
        assert [("shorter\nA chart", []), ("", ["chart.png"])] == there()


async def test_what_was_too_long_for_messages_is_not_left_in_a_file(meeting: Meeting) -> None:
    chart = File("chart.png", b"x", "image/png")
    for text in ("b " * 6000, "short"):
        ref = await meeting.platform.post(Address(meeting.general.id), done("a " * 6000, files=(chart,)), text)
        body = replace(done(text, files=(replace(chart, data=b""),)), files_stay=True)
        ref = await meeting.platform.edit(ref, body)
        files = [file for message in meeting.server.messages(meeting.general) for file in message.attachments]
        names = sorted(str(file["filename"]) for file in files)
        assert (["chart.png"] if text == "short" else ["answer.md", "chart.png"]) == names
        await meeting.platform.delete(ref)


async def test_an_edit_by_token_leaves_the_files_too(meeting: Meeting) -> None:
    request = await meeting.asked(await meeting.ana.uses("words find", meeting.general, word="x"))
    chart = File("chart.png", b"x", "image/png")
    ref = await meeting.platform.post(meeting.address(request), done("long", request, files=(chart,)), request.id)
    body = replace(done("short", files=(replace(chart, data=b""),)), files_stay=True)
    await meeting.platform.edit(ref, body)
    (message,) = meeting.server.messages(meeting.general)
    assert ("short", ["chart.png"]) == (message.content, [file["filename"] for file in message.attachments])


async def test_a_long_answer_to_an_interaction_is_deleted_whole(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words find", meeting.general, word="x")
    request = await meeting.asked(used)
    ref = await meeting.platform.post(meeting.address(request), done("a " * 3000, request), request.id)
    assert used.followups
    await meeting.platform.delete(ref)
    assert [] == meeting.server.messages(meeting.general)


async def test_before_the_token_dies_the_answer_goes_on_as_a_message(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words find", meeting.general, word="x")
    request = await meeting.asked(used)
    address = meeting.address(request)
    ref = await meeting.platform.post(address, Body("a " * 2500, request_id=request.id), request.id)
    meeting.clock.advance(timedelta(minutes=14, seconds=31))
    await meeting.platform.edit(ref, done("complete", request))
    assert used.original is not None
    assert "-# The answer goes on in a new message." == used.original.content
    texts = [message.content for message in meeting.server.messages(meeting.general)]
    assert f"<@{meeting.ana.user.id}>\ncomplete" == texts[-1]
    assert 2 == len(texts)


async def test_what_was_begun_in_public_turns_private_elsewhere(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words find", meeting.general, word="x")
    request = await meeting.asked(used)
    await meeting.platform.post(meeting.address(request, private=True), done("secret", request), request.id)
    assert used.original is not None
    assert "-# The answer goes on in our direct messages." == used.original.content
    assert ["secret"] == [message.content for message in meeting.server.messages(meeting.ana.dm)]


async def test_forgetting_a_person_drops_what_they_were_answered(meeting: Meeting) -> None:
    await meeting.ana.mentions_bot(meeting.general, "remember me")
    request = await meeting.until_told(Request)
    assert isinstance(request, Request)
    ref = await meeting.platform.post(meeting.address(request), Body("…", request_id=request.id), request.id)
    person = f"discord:{meeting.ana.user.id}"
    await meeting.platform.forget(person)
    assert 1 == len(meeting.platform._answers._by_id)
    await meeting.platform.edit(ref, done("you", request))
    await meeting.platform.forget(person)
    assert not meeting.platform._answers._by_id
    assert not meeting.platform._answers._by_key
    await meeting.platform.edit(ref, done("found by its message"))


async def test_a_channel_that_is_gone_is_no_silent_success_but_a_message_that_is_gone_is(meeting: Meeting) -> None:
    with pytest.raises(UserError, match="That channel was deleted"):
        await meeting.platform.post(Address("1"), done("nowhere"), "key")
    await meeting.platform.delete(MessageRef(meeting.general.id, "1", ("2",)))
    await meeting.platform.delete(MessageRef("1", "1"))


async def test_what_may_not_be_changed_any_more_says_so(meeting: Meeting) -> None:
    ref = await meeting.platform.post(Address(meeting.general.id), done("words"), "key")
    meeting.general.forbidden.add("VIEW_CHANNEL")
    async with meeting.restarted() as platform:
        with pytest.raises(UserError, match="grant me View Channel and Send Messages"):
            await platform.edit(ref, done("other words"))
        with pytest.raises(UserError, match="grant me View Channel and Send Messages"):
            await platform.delete(ref)


async def test_where_only_a_person_installed_us_the_answer_goes_by_token_alone(meeting: Meeting) -> None:
    foreign = meeting.server.guild("Elsewhere", joined=False)
    meeting.ana.joins(foreign)
    used = await meeting.ana.uses("words find", foreign.channels[0], word="x")
    request = await meeting.asked(used)
    again = Button("Again", "/again 1")
    body = done("a " * 1500, request, buttons=(again,))
    ref = await meeting.platform.post(meeting.address(request), body, request.id)
    assert 1 == len(ref.more)
    assert [] == used.followups[-1].buttons
    with pytest.raises(UserError, match="no member of this conversation"):
        await meeting.platform.history(foreign.channels[0].id, None, 10)
    await meeting.platform.delete(ref)
    assert [] == meeting.server.messages(foreign.channels[0])


async def test_where_only_a_person_installed_us_a_late_answer_comes_by_direct_message(meeting: Meeting) -> None:
    foreign = meeting.server.guild("Elsewhere", joined=False)
    meeting.ana.joins(foreign)
    used = await meeting.ana.uses("words find", foreign.channels[0], word="x")
    request = await meeting.asked(used)
    ref = await meeting.platform.post(meeting.address(request), Body("Once", request_id=request.id), request.id)
    used.expire()
    now = await meeting.platform.edit(ref, done("Once upon a time", request))
    (message,) = meeting.server.messages(meeting.ana.dm)
    assert "Once upon a time" == message.content
    assert MessageRef(meeting.ana.dm.id, message.id) == now


async def test_an_answer_that_can_be_shown_nowhere_ends_with_one_line_in_the_log(
    meeting: Meeting, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = meeting.server.guild("Elsewhere", joined=False)
    meeting.ana.joins(foreign)
    meeting.ana.user.accepts_dms = False
    used = await meeting.ana.uses("words find", foreign.channels[0], word="x")
    request = await meeting.asked(used)
    ref = await meeting.platform.post(meeting.address(request), Body("Once", request_id=request.id), request.id)
    meeting.clock.advance(timedelta(minutes=15))
    for body in (Body("Once upon", request_id=request.id), done("Once upon a time", request)):
        ref = await meeting.platform.edit(ref, body)
    assert used.original is not None
    assert "may not write to you directly" in used.original.content
    assert 1 == capsys.readouterr().out.count("an answer could not be shown: its token has died")


async def test_before_anything_was_shown_a_late_answer_still_leaves_no_thinking(meeting: Meeting) -> None:
    meeting.ana.user.accepts_dms = False
    used = await meeting.ana.uses("words mine", meeting.general)
    request = await meeting.asked(used)
    meeting.clock.advance(timedelta(minutes=15))
    ref = await meeting.platform.post(meeting.address(request, private=True), done("secret", request), request.id)
    assert used.original is not None
    assert not used.original.thinking
    assert ref == await meeting.platform.edit(ref, done("secret", request))
    meeting.platform._answers._by_id.clear()
    with pytest.raises(UserError, match="cannot be changed"):
        await meeting.platform.edit(ref, done("secret", request))


async def test_a_complete_answer_whose_token_died_is_changed_in_its_place(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words find", meeting.general, word="x")
    request = await meeting.asked(used)
    ref = await meeting.platform.post(meeting.address(request), done("first", request), request.id)
    meeting.clock.advance(timedelta(hours=1))
    used.expire()
    assert ref == await meeting.platform.edit(ref, Body("sec", request_id=request.id))
    assert ref == await meeting.platform.edit(ref, done("second", request))
    assert used.original is not None
    assert "second" == used.original.content
    await meeting.platform.delete(ref)
    assert [] == meeting.server.messages(meeting.general)


async def test_an_answer_whose_token_died_is_deleted_as_an_ordinary_message(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words find", meeting.general, word="x")
    request = await meeting.asked(used)
    ref = await meeting.platform.post(meeting.address(request), done("a " * 1500, request), request.id)
    used.expire()
    await meeting.platform.delete(ref)
    assert [] == meeting.server.messages(meeting.general)


async def test_an_answer_that_only_its_token_reached_cannot_be_removed_once_that_died(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words mine", meeting.general)
    request = await meeting.asked(used)
    ref = await meeting.platform.post(meeting.address(request, private=True), done("mine", request), request.id)
    used.expire()
    with pytest.raises(UserError, match="only one person could see it"):
        await meeting.platform.delete(ref)


async def test_an_answer_seen_by_one_person_cannot_be_changed_after_a_restart(meeting: Meeting) -> None:
    request = await meeting.asked(await meeting.ana.uses("words mine", meeting.general))
    ref = await meeting.platform.post(meeting.address(request, private=True), done("mine", request), request.id)
    async with meeting.restarted() as platform:
        with pytest.raises(UserError, match="only one person could see it"):
            await platform.edit(ref, done("yours"))


async def test_an_answer_that_somebody_removes_while_it_is_written_is_let_go(meeting: Meeting) -> None:
    ref = await meeting.platform.post(Address(meeting.general.id), Body("Once", request_id="1"), "key")
    meeting.server.messages(meeting.general)[0].deleted = True
    for body in (Body("Once upon", request_id="1"), done("Once upon a time")):
        assert ref == await meeting.platform.edit(ref, body)
    assert [] == meeting.server.messages(meeting.general)


async def test_a_private_answer_to_somebody_who_takes_no_messages_says_so_where_it_was_asked(meeting: Meeting) -> None:
    meeting.ana.user.accepts_dms = False
    asked = await meeting.ana.mentions_bot(meeting.general, "/words mine")
    request = await meeting.until_told(Request)
    assert isinstance(request, Request)
    await meeting.platform.post(meeting.address(request, private=True), done("secret", request), request.id)
    (message,) = meeting.server.messages(meeting.general)
    assert asked is message.reply_to
    assert "allow direct messages" in message.content
    used = await meeting.ana.uses("words find", meeting.general, word="x")
    request = await meeting.asked(used)
    await meeting.platform.post(meeting.address(request, private=True), done("secret", request), request.id)
    assert used.original is not None
    assert "allow direct messages" in used.original.content


async def test_where_neither_channel_nor_person_can_be_written_to_one_line_in_the_log_says_so(
    meeting: Meeting, capsys: pytest.CaptureFixture[str]
) -> None:
    meeting.ana.user.accepts_dms = False
    meeting.general.forbidden.add("SEND_MESSAGES")
    await meeting.ana.mentions_bot(meeting.general, "hello?")
    request = await meeting.until_told(Request)
    assert isinstance(request, Request)
    await meeting.platform.post(meeting.address(request), done("hello", request), request.id)
    assert 1 == capsys.readouterr().out.count("an answer could not be shown to anybody")


async def test_a_mention_tells_exactly_the_person_it_is_for(meeting: Meeting) -> None:
    ana = meeting.ana.user.id
    body = replace(done("⏰ tell <@1> and @everyone"), mention=f"discord:{ana}")
    ref = await meeting.platform.post(Address(meeting.general.id), body, "key")
    (message,) = meeting.server.messages(meeting.general)
    above, _, text = message.content.partition("\n")
    assert f"<@{ana}>" == above
    assert "<@1>" not in text
    assert "@everyone" not in text
    await meeting.platform.edit(ref, replace(body, text="changed"))
    assert f"<@{ana}>\nchanged" == message.content


async def test_who_is_mentioned_is_told_as_well_after_an_earlier_try_was_looked_for(meeting: Meeting) -> None:
    ana, address = meeting.ana.user.id, Address(meeting.general.id)
    assert await meeting.platform.resume(address, "key", None, discord.utils.utcnow()) is None
    await meeting.platform.post(address, replace(done("⏰ tell"), mention=f"discord:{ana}"), "key")
    (message,) = meeting.server.messages(meeting.general)
    assert f"<@{ana}>\n⏰ tell" == message.content


@pytest.mark.parametrize("direct", [True, False])
async def test_what_comes_by_itself_and_is_refused_says_what_to_do(meeting: Meeting, *, direct: bool) -> None:
    meeting.ana.user.accepts_dms = False
    meeting.general.forbidden.add("SEND_MESSAGES")
    channel = await meeting.platform.direct(f"discord:{meeting.ana.user.id}")
    reason = "allow direct messages from members" if direct else "an admin can grant me View Channel"
    with pytest.raises(UserError, match=reason):
        await meeting.platform.post(Address(channel.id if direct else meeting.general.id), done("news"), "key")
