"""What becomes of answers, and of the connection, when Discord is in trouble."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest
import structlog

from bot.body import Body
from bot.platform import Address
from bot.request import Event, Request
from tests.bot.platforms.discord.meeting import Meeting, done
from tests.servers.discord import Fault

LONG = "\n\n".join(f"{number}. " + "The fox went on. " * 20 for number in range(1, 12))


async def mentioned(meeting: Meeting) -> Request:
    await meeting.ana.mentions_bot(meeting.general, "hello")
    request = await meeting.until_told(Request)
    assert isinstance(request, Request)
    return request


def texts(meeting: Meeting) -> list[str]:
    return [message.content for message in meeting.server.messages(meeting.general)]


@pytest.mark.parametrize("status", [503, None])
async def test_a_message_of_unknown_outcome_is_there_once(meeting: Meeting, status: int | None) -> None:
    request = await mentioned(meeting)
    meeting.server.faults.append(Fault("POST", f"/channels/{meeting.general.id}/messages", status))
    with pytest.raises((aiohttp.ClientError, discord.DiscordServerError)):
        await meeting.platform.post(meeting.address(request), done("hello", request), request.id)
    await meeting.platform.post(meeting.address(request), done("hello", request), request.id)
    assert ["hello"] == texts(meeting)


@pytest.mark.parametrize("status", [503, None])
async def test_an_edit_of_unknown_outcome_is_made_once_more(meeting: Meeting, status: int | None) -> None:
    request = await mentioned(meeting)
    ref = await meeting.platform.post(meeting.address(request), Body("hel", request_id=request.id), request.id)
    meeting.server.faults.append(Fault("PATCH", f"/messages/{ref.id}", status))
    with pytest.raises((aiohttp.ClientError, discord.DiscordServerError)):
        await meeting.platform.edit(ref, done("hello", request))
    await meeting.platform.edit(ref, done("hello", request))
    assert ["hello"] == texts(meeting)


async def test_a_further_message_whose_receipt_was_lost_is_there_once(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words find", meeting.general, word="fox")
    request = await meeting.asked(used)
    meeting.server.faults.append(Fault("POST", "/webhooks/", None))
    with pytest.raises(aiohttp.ClientError):
        await meeting.platform.post(meeting.address(request), done(LONG, request), request.id)
    await meeting.platform.post(meeting.address(request), done(LONG, request), request.id)
    assert LONG.split() == " ".join(texts(meeting)).split()


async def test_a_further_message_that_was_not_taken_is_sent_again(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words find", meeting.general, word="fox")
    request = await meeting.asked(used)
    other = await meeting.ana.mentions_bot(meeting.general, "meanwhile")
    await meeting.platform.post(Address(meeting.general.id, other.id), done("another answer"), "other")
    meeting.server.faults.append(Fault("POST", "/webhooks/", 404, 99))
    meeting.server.faults.append(Fault("POST", "/webhooks/", None))
    for _ in range(2):
        with pytest.raises((aiohttp.ClientError, discord.HTTPException)):
            await meeting.platform.post(meeting.address(request), done(LONG, request), request.id)
    await meeting.platform.post(meeting.address(request), done(LONG, request), request.id)
    first, between, *rest = texts(meeting)
    assert "another answer" == between
    assert LONG.split() == " ".join([first, *rest]).split()


@pytest.mark.parametrize("fault", [Fault("POST", "/callback", None), Fault("POST", "/callback", 400, 40060)])
async def test_a_command_whose_acknowledgement_has_an_unknown_outcome_is_answered(
    meeting: Meeting, fault: Fault
) -> None:
    meeting.server.faults.append(fault)
    used = await meeting.ana.uses("words find", meeting.general, word="fox")
    request = await meeting.asked(used)
    await meeting.platform.post(meeting.address(request), done("fox", request), request.id)
    (text,) = texts(meeting)
    assert "fox" in text


async def test_removed_from_the_server_while_it_answers_it_goes_on_with_the_person_directly(meeting: Meeting) -> None:
    request = await mentioned(meeting)
    ref = await meeting.platform.post(meeting.address(request), Body("hel", request_id=request.id), request.id)
    await meeting.server.remove_bot(meeting.guild)
    # What comes after it is told after it.
    await meeting.ana.says(meeting.ana.dm, "are you still there?")
    await meeting.until_told(Request, lambda event: event is not request and isinstance(event, Request))
    await meeting.platform.edit(ref, done("hello", request))
    (answer,) = meeting.server.messages(meeting.ana.dm)
    assert "-# I am no longer in the server of #general, so the answer comes here.\nhello" == answer.content


@pytest.mark.parametrize("begun", [True, False])
async def test_an_answer_to_a_channel_that_is_removed_meanwhile_ends_quietly(meeting: Meeting, *, begun: bool) -> None:
    request = await mentioned(meeting)
    address = meeting.address(request)
    if begun:
        await meeting.platform.post(address, Body("hel", request_id=request.id), request.id)
    await meeting.server.remove(meeting.general)
    with structlog.testing.capture_logs() as logs:
        ref = await meeting.platform.post(address, done("hello", request), request.id)
        await meeting.platform.edit(ref, done("hello", request))
    assert 1 == sum("removed" in entry["event"] for entry in logs) or begun
    assert not meeting.server.messages(meeting.ana.dm)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connect anew without waiting; before the platform is there."""
    monkeypatch.setattr("bot.platforms.discord.connection.RETRY_SECONDS", 0.0)
    monkeypatch.setattr("discord.client.ExponentialBackoff.delay", lambda self: 0.0)


@pytest.mark.usefixtures("at_once")
async def test_a_token_that_was_withdrawn_is_told_in_one_line(meeting: Meeting) -> None:
    server = meeting.server
    running = meeting.platform._connection._running
    assert running is not None
    server.token = server.gateway._token = "new"
    told: list[str] = []
    meeting.platform._connection._gone = told.append
    with structlog.testing.capture_logs() as logs:
        await server.gateway.drop(code=4004)
        await asyncio.wait({running})
    (line,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert "disconnected from Discord for good" == line["event"]
    assert [line["error"]] == told
    assert "platforms.discord.token" in line["error"]


@pytest.mark.usefixtures("at_once")
async def test_after_a_long_outage_it_is_there_again_without_a_restart(meeting: Meeting) -> None:
    gateway, heard = meeting.server.gateway, list[bool]()
    # The library waits for two seconds whether there are more servers.
    await meeting.platform._missed.ready(meeting.platform._connection.client)
    gateway.refusing = 5
    await gateway.drop()
    await meeting.server.until(lambda: gateway.refusing < 5)
    heard.append(await meeting.platform.listening())
    await meeting.server.until(lambda: not gateway.refusing and gateway.resumed == 1)
    await mentioned(meeting)
    assert [False, True] == [*heard, await meeting.platform.listening()]


async def test_an_edit_that_is_told_again_after_a_later_one_changes_nothing(meeting: Meeting) -> None:
    said = await meeting.ana.mentions_bot(meeting.general, "first")
    await meeting.until_told(Request)
    for text in ("second", "third"):
        await meeting.ana.edits(said, f"<@{meeting.server.world.me.id}> {text}")
    await meeting.until_told(Request, lambda event: isinstance(event, Request) and event.text == "third")
    meeting.server.gateway.replay = 2
    await meeting.server.gateway.drop()
    await meeting.ana.says(meeting.ana.dm, "the end")
    await meeting.until_told(Request, lambda event: isinstance(event, Request) and event.text == "the end")
    asked = [event.text for event in meeting.events if isinstance(event, Request)]
    assert ["first", "second", "third"] == list(dict.fromkeys(asked))[:3]
    assert 1 == asked.count("second")


async def test_an_edit_that_asks_nothing_is_not_remembered(meeting: Meeting) -> None:
    async def ignore(event: Event) -> None:
        meeting.events.append(event)
        meeting.server.changed.set()
        meeting.server.changed.clear()

    said = await meeting.ana.mentions_bot(meeting.general, "first")
    await meeting.until_told(Request)
    before = set(meeting.platform._asking._questions)
    meeting.platform._asking.receive = ignore
    await meeting.ana.edits(said, f"<@{meeting.server.world.me.id}> second")
    edit = await meeting.until_told(Request, lambda event: isinstance(event, Request) and event.text == "second")
    assert isinstance(edit, Request)
    assert before == set(meeting.platform._asking._questions)
    assert edit.acknowledge is not None
    await edit.acknowledge()
    assert {*before, edit.id} == set(meeting.platform._asking._questions)
