"""One answer that everybody sees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.platform import Address, Body, Card, Choice, File, MessageRef, Progress, State
from bot.platforms.slack.places import Asker
from bot.platforms.slack.web import SlackRefused
from tests.bot.platforms.slack.conftest import Client
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
    with pytest.raises(SlackRefused, match="fatal_error"):
        await client.platform.post(Address("CGENERAL"), Body("hello"), "key")
    client.slack.api.fail("chat.postMessage", None)
    await client.platform.post(Address("CGENERAL"), Body("hello"), "key")
    assert ["hello"] == [message.text for message in shown(client)]


async def test_an_answer_that_was_posted_in_part_is_gone_on_with(client: Client) -> None:
    body = Body(PARAGRAPHS[:9_000], state=State.DONE)
    client.slack.api.fail_after("chat.postMessage", 1, "fatal_error")
    with pytest.raises(SlackRefused, match="fatal_error"):
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
    with pytest.raises(SlackRefused, match="fatal_error"):
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
    old = workspace.add(Posted(workspace.next_ts(), "CGENERAL", workspace.bot, "old"))
    ref = MessageRef("CGENERAL", old.ts)
    await client.platform.edit(ref, Body("new", state=State.DONE))
    assert "new" == old.text
    await client.platform.delete(ref)
    assert [] == shown(client)


async def test_an_answer_that_somebody_removed_stays_removed(client: Client) -> None:
    ref = await client.platform.post(Address("CGENERAL"), Body("one"), "key")
    client.slack.workspace.messages["CGENERAL"].clear()
    await client.platform.edit(ref, Body("two", state=State.DONE))
    assert [] == shown(client)
    client.slack.api.fail("chat.update", "fatal_error")
    with pytest.raises(SlackRefused):
        await client.platform.edit(ref, Body("three", state=State.DONE))


async def test_files_come_after_the_first_message_and_once(client: Client) -> None:
    file = File("a.txt", b"a", "text/plain", caption="*Look* <!here>")
    body = Body("", files=(file,), progress=Progress(1.0, "drawn"), request_id="R1")
    ref = await client.platform.post(Address("CGENERAL"), body, "key")
    await client.platform.edit(ref, replace(body, text="There.", progress=None, state=State.DONE))
    assert ["There.", "_Look_ &lt;!here&gt;"] == [message.text for message in shown(client)]


async def test_where_the_bot_cannot_write_and_nobody_waits_it_is_an_error(client: Client) -> None:
    with pytest.raises(SlackRefused, match="/invite"):
        await client.platform.post(Address("CRANDOM"), Body("digest"), "key")


async def test_who_is_forgotten_is_no_longer_remembered_with_their_answers(client: Client) -> None:
    await client.platform.post(asked(client), Body("x", state=State.DONE), "one")
    await client.platform.post(Address("CGENERAL"), Body("y", state=State.DONE), "two")
    await client.platform.forget("slack:UANA")
    assert 1 == len(client.platform._answers)


async def test_a_card_ends_a_stream_and_stands_below_it(client: Client) -> None:
    ref = await client.platform.post(asked(client), Body("Look: "), "key")
    await client.platform.edit(ref, Body("Look: here", cards=(Card("Board", text="all"),), state=State.DONE))
    (message,) = shown(client)
    assert "header" in [block["type"] for block in message.blocks]
    assert "Look: here" == message.markdown
