"""One answer that everybody sees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.body import Body, Button, Card, Choice, File, Progress, State
from bot.errors import TooLate, UserError
from bot.platform import Address, MessageRef
from bot.platforms.slack.pace import BURST, Pace
from bot.platforms.slack.places import Asker
from bot.platforms.slack.web import SlackFailed, SlackRefused
from tests.bot.platforms.slack.conftest import Client
from tests.bot.platforms.slack.test_pace import Time
from tests.servers.slack import Posted

ASKER = str(Asker("UANA", "T_TEAM"))
PARAGRAPHS = "\n\n".join(f"Paragraph {number}. " + "word " * 200 for number in range(40))


def asked(client: Client, channel: str = "CGENERAL") -> Address:
    """An address below a question."""
    workspace = client.slack.workspace
    question = workspace.add(Posted(workspace.next_ts(), channel, "UANA", "question"))
    return Address(channel, reply_to=question.ts, token=ASKER)


def shown(client: Client, channel: str = "CGENERAL") -> list[Posted]:
    return client.slack.workspace.by_bot(channel)


async def test_the_same_key_posts_once(client: Client) -> None:
    first = await client.platform.post(Address("CGENERAL"), Body("hello"), "key")
    assert first == await client.platform.post(Address("CGENERAL"), Body("hello"), "key")
    assert 1 == len(shown(client))


async def test_what_could_not_be_posted_can_be_tried_again(client: Client) -> None:
    client.slack.api.fail("chat.postMessage", "fatal_error")
    with pytest.raises(SlackFailed, match="fatal_error"):
        await client.platform.post(Address("CGENERAL"), Body("hello"), "key")
    client.slack.api.fail("chat.postMessage", None)
    await client.platform.post(Address("CGENERAL"), Body("hello"), "key")
    assert ["hello"] == [message.text for message in shown(client)]


async def test_an_answer_that_was_posted_in_part_is_gone_on_with(client: Client) -> None:
    body = Body(PARAGRAPHS[:9_000], state=State.DONE)
    client.slack.api.fail_after("chat.postMessage", 1, "fatal_error")
    with pytest.raises(SlackFailed, match="fatal_error"):
        await client.platform.post(Address("CGENERAL"), body, "key")
    client.slack.api.fail("chat.postMessage", None)
    await client.platform.post(Address("CGENERAL"), body, "key")
    assert body.text.split() == "\n\n".join(message.text for message in shown(client)).split()


async def test_past_five_messages_the_whole_comes_as_a_file(client: Client) -> None:
    await client.platform.post(asked(client), Body(PARAGRAPHS, state=State.DONE), "key")
    *texts, file = sorted(shown(client), key=lambda message: bool(message.files))
    assert 5 == len(texts)
    assert "The rest is in the file below." in texts[-1].text
    assert PARAGRAPHS.encode() == client.slack.workspace.files[file.files[0]["id"]]
    assert {texts[0].thread} == {message.thread for message in shown(client)}


async def test_a_stream_goes_on_in_the_next_message_when_one_is_full(client: Client) -> None:
    address = asked(client)
    ref = await client.platform.post(address, Body("Begin "), "key")
    text = "Begin " + PARAGRAPHS[:5_000]
    await client.platform.edit(ref, Body(text))
    assert [False, True] == [message.streaming for message in shown(client)]
    await client.platform.edit(ref, Body(text, state=State.DONE))
    assert [False, False] == [message.streaming for message in shown(client)]
    assert text.split() == "\n\n".join(message.shown for message in shown(client)).split()


async def test_a_text_that_was_rewritten_while_it_streamed_is_right_in_the_end(client: Client) -> None:
    ref = await client.platform.post(asked(client), Body("one two"), "key")
    await client.platform.edit(ref, Body("something else"))
    assert "one two" == shown(client)[0].markdown
    await client.platform.edit(ref, Body("something else", state=State.DONE))
    assert "something else" == shown(client)[0].shown


async def test_a_stream_that_slack_ended_by_itself_is_completed_by_an_edit(client: Client) -> None:
    ref = await client.platform.post(asked(client), Body("one"), "key")
    shown(client)[0].streaming = False
    await client.platform.edit(ref, Body("one two", state=State.DONE))
    assert "one two" == shown(client)[0].shown


async def test_any_other_refusal_to_end_a_stream_is_an_error(client: Client) -> None:
    ref = await client.platform.post(asked(client), Body("one"), "key")
    client.slack.api.fail("chat.stopStream", "fatal_error")
    with pytest.raises(SlackFailed, match="fatal_error"):
        await client.platform.edit(ref, Body("one two", state=State.DONE))


async def test_a_question_in_a_stream_shows_its_buttons(client: Client) -> None:
    ref = await client.platform.post(asked(client), Body("Think: "), "key")
    body = Body("Think: ", question=Choice("Sure?", ("Yes", "No")), request_id="R1")
    await client.platform.edit(ref, body)
    assert shown(client)[0].button("Yes")
    await client.platform.edit(ref, Body("Think: yes.", state=State.DONE))
    assert "Think: yes." == shown(client)[0].text
    assert shown(client)[0].button("Yes") is None


async def test_messages_that_are_no_longer_needed_are_removed(client: Client) -> None:
    ref = await client.platform.post(Address("CGENERAL"), Body(PARAGRAPHS[:9_000], request_id="R1"), "key")
    assert 3 == len(shown(client))
    await client.platform.edit(ref, Body("short", state=State.DONE))
    assert ["short"] == [message.text for message in shown(client)]
    await client.platform.delete(ref)
    assert [] == shown(client)


async def test_an_answer_from_before_a_restart_can_be_changed_and_removed(client: Client) -> None:
    workspace = client.slack.workspace
    blocks = [{"type": "actions", "elements": []}]
    old = workspace.add(Posted(workspace.next_ts(), "CGENERAL", workspace.bot, "old", blocks=blocks))
    ref = MessageRef("CGENERAL", old.ts)
    await client.platform.edit(ref, Body("new", state=State.DONE))
    assert ("new", []) == (old.text, old.blocks)
    await client.platform.delete(ref)
    await client.platform.delete(ref)
    assert [] == shown(client)


async def test_an_answer_from_before_a_restart_grows_in_its_thread_and_shrinks(client: Client) -> None:
    address = asked(client)
    ref = await client.platform.post(address, Body(PARAGRAPHS[:4_500], state=State.DONE, request_id="R1"), "key")
    assert 1 == len(ref.more)
    long = Body(PARAGRAPHS[:9_000], (File("a.txt", b"a", "text/plain"),), state=State.DONE, request_id="R2")
    grown = await client.platform.edit(ref, long)
    assert (ref.id, *ref.more) == (grown.id, *grown.more[:1])
    assert long.text.split() == "\n\n".join(message.shown for message in shown(client)).split()
    assert {address.reply_to} == {message.thread for message in shown(client)}
    assert 1 == len(client.slack.api.called("conversations.replies"))
    shrunk = await client.platform.edit(grown, Body("short", state=State.DONE, request_id="R3"))
    assert MessageRef("CGENERAL", ref.id) == shrunk
    assert ["short"] == [message.text for message in shown(client)]


async def test_without_the_scope_for_history_a_thread_is_not_found_and_more_comes_in_the_channel(
    client: Client,
) -> None:
    ref = await client.platform.post(asked(client), Body("short", state=State.DONE), "key")
    client.slack.api.scopes.discard("channels:history")
    await client.platform.edit(ref, Body(PARAGRAPHS[:4_500], state=State.DONE, request_id="R2"))
    assert 2 == len(shown(client))


async def test_an_answer_with_its_files_is_removed_and_they_are_no_longer_there(client: Client) -> None:
    files = File("a.txt", b"a", "text/plain", caption="Look"), File("b.txt", b"b", "text/plain")
    ref = await client.platform.post(asked(client), Body("Here.", files, state=State.DONE), "key")
    assert 2 == len(ref.more)
    await client.slack.workspace.until(lambda: len(shown(client)) == 3)
    client.slack.workspace.files.pop(ref.more[1])
    await client.platform.delete(ref)
    assert ["b.txt"] == [message.files[0]["title"] for message in shown(client)]
    assert {} == client.slack.workspace.files


async def test_a_file_that_may_not_be_removed_is_no_hindrance_to_a_new_answer(client: Client) -> None:
    body = Body("Here.", (File("a.txt", b"a", "text/plain"),), state=State.DONE, request_id="R1")
    ref = await client.platform.post(asked(client), body, "key")
    client.slack.api.fail("files.delete", "cant_delete_file")
    await client.platform.edit(ref, Body("New.", state=State.DONE, request_id="R2"))
    assert ["New."] == [message.text for message in shown(client)]
    client.slack.api.fail("chat.delete", "cant_delete_message")
    with pytest.raises(SlackRefused, match="cant_delete_message"):
        await client.platform.delete(ref)


async def test_another_answer_takes_the_place_of_one_that_streams(client: Client) -> None:
    ref = await client.platform.post(asked(client), Body("one", request_id="R1"), "key")
    await client.platform.edit(ref, Body("two", request_id="R2"))
    (message,) = shown(client)
    assert not message.streaming
    assert message.button("Cancel")
    await client.platform.edit(ref, Body("two three", state=State.DONE, request_id="R2"))
    assert ("two three", []) == (message.shown, message.blocks)


async def test_an_answer_that_streams_can_be_removed(client: Client) -> None:
    ref = await client.platform.post(asked(client), Body("one"), "key")
    await client.platform.delete(ref)
    assert [] == shown(client)
    ref = await client.platform.post(asked(client), Body("one"), "another")
    client.slack.workspace.messages["CGENERAL"].clear()
    await client.platform.delete(ref)


async def test_two_answers_at_once_share_the_pace_of_their_channel(client: Client) -> None:
    time = Time()
    client.platform._answers._pace = Pace(time, time.sleep)
    refs = [await client.platform.post(Address("CGENERAL"), Body("x"), key) for key in ("one", "two")]
    for number in range(10):
        for ref in refs:
            await client.platform.edit(ref, Body(f"x {number}"))
    # 22 changes, of which a short burst came at once.
    assert 22 - BURST == pytest.approx(time.now - 100, abs=1)
    before = time.now
    for ref in refs:
        await client.platform.edit(ref, Body("complete", state=State.DONE))
    assert (before, ["complete", "complete"]) == (time.now, [message.text for message in shown(client)])


async def test_a_stream_that_slack_ends_meanwhile_goes_on_by_edits(client: Client) -> None:
    ref = await client.platform.post(asked(client), Body("one", request_id="R1"), "key")
    (message,) = shown(client)
    message.streaming = False
    await client.platform.edit(ref, Body("one two", request_id="R1"))
    assert "one two" in message.shown
    assert message.button("Cancel")


async def test_an_answer_that_somebody_removed_stays_removed(client: Client) -> None:
    ref = await client.platform.post(Address("CGENERAL"), Body("one"), "key")
    client.slack.workspace.messages["CGENERAL"].clear()
    await client.platform.edit(ref, Body("two", state=State.DONE))
    assert [] == shown(client)
    with pytest.raises(UserError, match="was removed"):
        await client.platform.edit(ref, Body("another answer"))
    client.slack.api.fail("chat.update", "fatal_error")
    with pytest.raises(SlackFailed):
        await client.platform.edit(ref, Body("three", state=State.DONE))


async def test_an_answer_that_is_too_old_to_be_changed_can_be_removed(client: Client) -> None:
    ref = await client.platform.post(Address("CGENERAL"), Body("one", state=State.DONE), "key")
    client.slack.api.fail("chat.update", "edit_window_closed")
    with pytest.raises(TooLate, match="does not let me change messages that old"):
        await client.platform.edit(ref, Body("two", state=State.DONE))
    await client.platform.delete(ref)
    assert [] == shown(client)


async def test_files_come_after_the_first_message_and_once(client: Client) -> None:
    file = File("a.txt", b"a", "text/plain", caption="*Look* <!here>")
    body = Body("", files=(file,), progress=Progress(1.0, "drawn"), request_id="R1")
    ref = await client.platform.post(Address("CGENERAL"), body, "key")
    await client.platform.edit(ref, replace(body, text="There.", progress=None, state=State.DONE))
    assert ["There.", "_Look_ &lt;!here&gt;"] == [message.text for message in shown(client)]


async def test_where_the_bot_cannot_write_and_nobody_waits_it_is_an_error(client: Client) -> None:
    with pytest.raises(SlackRefused, match="/invite"):
        await client.platform.post(Address("CRANDOM"), Body("digest"), "key")


async def test_a_complete_answer_is_no_longer_remembered_nor_one_that_failed_of_who_is_forgotten(
    client: Client,
) -> None:
    await client.platform.post(asked(client), Body("x", state=State.DONE), "one")
    assert 0 == len(client.platform._answers._known)
    client.slack.api.fail("chat.postMessage", "fatal_error")
    with pytest.raises(SlackFailed):
        await client.platform.post(asked(client), Body("y", state=State.DONE), "two")
    await client.platform.post(asked(client), Body("z", request_id="R3"), "three")
    await client.platform.forget("slack:UANA")
    (answer,) = client.platform._answers._known.values()
    assert not answer.ended


async def test_a_card_ends_a_stream_and_stands_below_it(client: Client) -> None:
    ref = await client.platform.post(asked(client), Body("Look: "), "key")
    await client.platform.edit(ref, Body("Look: here", cards=(Card("Board", text="all"),), state=State.DONE))
    (message,) = shown(client)
    assert "header" in [block["type"] for block in message.blocks]
    assert "Look: here" == message.markdown


async def test_a_mention_tells_exactly_the_person_it_is_for(client: Client) -> None:
    button = Button("Done", "/done")
    body = Body("⏰ tell <@UBEN> and <!here>", mention="slack:UANA", buttons=(button,), state=State.DONE)
    ref = await client.platform.post(Address("CGENERAL"), body, "key")
    (message,) = shown(client)
    assert "<@UANA>\n⏰ tell &lt;@UBEN&gt; and &lt;!here&gt;" == message.text
    assert message.button("Done")
    plain = replace(body, text="⏰ changed", buttons=())
    await client.platform.edit(ref, plain)
    assert "<@UANA>\n⏰ changed" == message.text
