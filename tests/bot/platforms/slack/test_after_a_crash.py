"""What an earlier process has posted is found again, and what was asked while there was none is asked."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from bot.body import Body, State
from bot.platform import Address, MessageRef
from bot.platforms.slack.places import Asker
from bot.platforms.slack.web import SlackRefused
from bot.request import ChannelKind, Request
from tests.bot.platforms.slack.conftest import Client
from tests.servers.slack import Posted

QUESTION = "1772443800.000100"
LONG = "\n\n".join("word " * 500 for _ in range(3))


@pytest.fixture
def asked(client: Client) -> datetime:
    client.slack.workspace.clock = time.time
    return datetime.now(UTC)


def address(client: Client, *, private: bool = False) -> Address:
    token = str(Asker("UANA", client.slack.workspace.team))
    return Address("CGENERAL", reply_to=QUESTION, token=token, private_to="slack:UANA" if private else None)


def shown(client: Client) -> list[Posted]:
    return client.slack.workspace.by_bot("CGENERAL")


def restart(client: Client) -> None:
    """Forget what only the process knew."""
    client.platform._answers._known.clear()
    client.platform._answers._posting.clear()


async def complete(client: Client, ref: MessageRef | None, text: str = "short") -> None:
    body = Body(text, state=State.DONE)
    if ref is None:
        await client.platform.post(address(client), body, "key")
    else:
        await client.platform.edit(ref, body)


@pytest.mark.parametrize("noted", [True, False])
@pytest.mark.parametrize("streams", [True, False])
async def test_an_answer_that_was_begun_is_completed_in_its_place(
    client: Client, asked: datetime, *, noted: bool, streams: bool
) -> None:
    if not streams:
        client.slack.api.fail("chat.startStream", "not_allowed")
    ref = await client.platform.post(address(client), Body("one"), "key")
    restart(client)
    found = await client.platform.resume(address(client), "key", ref if noted else None, asked)
    assert ref == found
    await complete(client, found)
    (answer,) = shown(client)
    assert ("short", False) == (answer.shown, answer.streaming)


@pytest.mark.parametrize("noted", [True, False])
async def test_further_messages_that_were_not_noted_are_found(client: Client, asked: datetime, *, noted: bool) -> None:
    client.slack.api.fail("chat.startStream", "not_allowed")
    ref = await client.platform.post(address(client), Body(LONG), "key")
    restart(client)
    known = replace(ref, more=()) if noted else None
    assert ref == await client.platform.resume(address(client), "key", known, asked)
    await complete(client, ref)
    assert ["short"] == [message.shown for message in shown(client)]


async def test_it_is_found_also_where_much_was_said_since(client: Client, asked: datetime) -> None:
    workspace = client.slack.workspace
    address = Address((await client.platform.direct("slack:UANA")).id, private_to="slack:UANA")
    ref = await client.platform.post(address, Body("Yesterday"), "digest-1")
    for number in range(450):
        workspace.add(Posted(workspace.next_ts(), "DANA", "UANA", f"message {number}"))
    restart(client)
    assert ref == await client.platform.resume(address, "digest-1", None, asked)


async def test_where_nothing_was_posted_nothing_is_found(client: Client, asked: datetime) -> None:
    await client.platform.post(address(client), Body("other", state=State.DONE), "other")
    restart(client)
    assert await client.platform.resume(address(client), "key", None, asked) is None
    await complete(client, None)
    assert ["other", "short"] == [message.shown for message in shown(client)]


async def test_where_the_history_may_not_be_read_what_is_known_has_to_do(client: Client, asked: datetime) -> None:
    client.slack.api.fail("chat.startStream", "not_allowed")
    ref = await client.platform.post(address(client), Body("one"), "key")
    restart(client)
    client.slack.api.scopes.discard("channels:history")
    with structlog.testing.capture_logs() as logs:
        assert ref == await client.platform.resume(address(client), "key", ref, asked)
        restart(client)
        assert await client.platform.resume(address(client), "key", None, asked) is None
    assert 2 == sum("posted twice" in entry["event"] for entry in logs)


async def test_what_only_one_person_saw_cannot_be_found(client: Client, asked: datetime) -> None:
    await client.platform.post(address(client, private=True), Body("psst", state=State.DONE), "key")
    restart(client)
    assert await client.platform.resume(address(client, private=True), "key", None, asked) is None


async def test_what_the_thread_of_the_question_hangs_on_is_not_taken_for_its_answer(
    client: Client, asked: datetime
) -> None:
    # Such as what an earlier version of ours has posted: it bears no mark.
    workspace = client.slack.workspace
    above = workspace.add(Posted(workspace.next_ts(), "CGENERAL", workspace.bot, "for all"))
    below = replace(address(client), channel=f"CGENERAL:{above.ts}")
    assert await client.platform.resume(below, "key", None, asked) is None


async def test_what_this_process_is_writing_is_left_to_it(client: Client, asked: datetime) -> None:
    client.slack.api.break_next("chat.postMessage", 500)
    client.slack.api.fail("chat.startStream", "not_allowed")
    with pytest.raises(ConnectionError):
        await client.platform.post(address(client), Body("one"), "key")
    assert await client.platform.resume(address(client), "key", None, asked) is None
    await complete(client, None)
    assert ["short"] == [message.shown for message in shown(client)]


# -- while nobody listened


async def test_a_question_that_was_deleted_meanwhile_is_known_to_be_gone(client: Client, asked: datetime) -> None:
    first = written(client, "CGENERAL", "<@UATELIER> where are you?")
    reply = written(client, "CGENERAL", "<@UATELIER> and here?", thread=first.ts)
    assert not await client.platform.deleted("CGENERAL", first.ts)
    assert not await client.platform.deleted(f"CGENERAL:{first.ts}", reply.ts)
    client.slack.workspace.messages["CGENERAL"].remove(reply)
    assert await client.platform.deleted(f"CGENERAL:{first.ts}", reply.ts)


async def test_a_question_under_which_others_wrote_is_gone_where_slack_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def call(method: str, **arguments: object) -> dict[str, object]:
        return {
            "messages": [{"ts": QUESTION, "subtype": "tombstone", "user": "USLACKBOT"}, {"ts": "1772443801.000100"}]
        }

    monkeypatch.setattr(client.platform._there.web, "call", call)
    assert await client.platform.deleted("CGENERAL", QUESTION)
    assert not await client.platform.deleted("CGENERAL", "1772443801.000100")


async def test_a_question_that_cannot_be_looked_up_is_not_known_to_be_gone(client: Client) -> None:
    client.slack.api.fail("conversations.replies", "missing_scope")
    with pytest.raises(SlackRefused):
        await client.platform.deleted("CGENERAL", QUESTION)


def written(client: Client, channel: str, text: str, thread: str | None = None) -> Posted:
    """A message that the bot is not told of."""
    workspace = client.slack.workspace
    return workspace.add(Posted(workspace.next_ts(), channel, "UANA", text, thread))


def asked_for(client: Client) -> list[Request]:
    return [event for event in client.events if isinstance(event, Request)]


async def test_what_was_asked_meanwhile_is_asked_at_the_start_in_channels_and_threads(
    client: Client, asked: datetime
) -> None:
    written(client, "CGENERAL", "not for it")
    first = written(client, "CGENERAL", "<@UATELIER> where are you?")
    written(client, "CGENERAL", "<@UATELIER> and here?", thread=first.ts)
    first.thread = first.ts
    await client.platform.catch_up(asked - timedelta(minutes=1))
    channel, thread = asked_for(client)
    assert ("where are you?", ChannelKind.CHANNEL) == (channel.text, channel.channel.kind)
    assert ("and here?", ChannelKind.THREAD) == (thread.text, thread.channel.kind)
    assert first.ts == channel.origin.message
    assert abs(channel.received - asked) < timedelta(seconds=10)


async def test_what_is_older_is_not_asked_nor_what_the_bot_said_itself(client: Client, asked: datetime) -> None:
    written(client, "CGENERAL", "<@UATELIER> where are you?")
    await client.platform.post(Address("CGENERAL"), Body("<@UATELIER> is me", state=State.DONE), "key")
    await client.platform.catch_up(asked + timedelta(minutes=1))
    assert [] == asked_for(client)


async def test_a_channel_that_cannot_be_read_keeps_no_other_from_being_caught_up(
    client: Client, asked: datetime
) -> None:
    written(client, "CGENERAL", "<@UATELIER> where are you?")
    client.slack.api.fail("conversations.history", "channel_not_found")
    with structlog.testing.capture_logs() as logs:
        await client.platform.catch_up(asked - timedelta(minutes=1))
    assert [] == asked_for(client)
    assert "a channel is not caught up" in [entry["event"] for entry in logs]
