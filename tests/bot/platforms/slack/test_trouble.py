"""What becomes of answers, and of the connection, when Slack is in trouble."""

from __future__ import annotations

import time

import pytest
import structlog
from pydantic import SecretStr
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.body import Body, File, State
from bot.errors import UserError
from bot.platform import Address
from bot.platforms.slack import Slack
from bot.platforms.slack import platform as slack_platform
from bot.platforms.slack.connection import SocketMode
from bot.platforms.slack.places import Asker
from bot.platforms.slack.web import SlackFailed, Web
from bot.request import MessageEdited, Request
from tests.bot.platforms.slack.conftest import Client
from tests.servers.loopback import closed_port
from tests.servers.slack import Posted, SlackServer

QUESTION = "1772443800.000100"
ADDING = ["chat.postMessage", "chat.startStream", "chat.appendStream", "chat.stopStream"]


def asked(client: Client, channel: str = "CGENERAL") -> Address:
    # Messages bear the time of now, by which those that were lost are looked for.
    client.slack.workspace.clock = time.time
    token = str(Asker("UANA", client.slack.workspace.team))
    return Address(channel, reply_to=QUESTION, token=token)


def shown(client: Client, channel: str = "CGENERAL") -> list[Posted]:
    return client.slack.workspace.by_bot(channel)


async def write(client: Client, address: Address) -> None:
    """Write an answer in four steps, each tried again until Slack takes it, as the core does."""
    ref = None
    for body in (Body("one"), Body("one two"), Body("one two three"), Body("one two three.", state=State.DONE)):
        for _ in range(3):
            try:
                ref = await (client.platform.edit(ref, body) if ref else client.platform.post(address, body, "key"))
            except SlackFailed:
                continue
            break


@pytest.mark.parametrize("method", ADDING)
@pytest.mark.parametrize("status", [500, 503, None])
async def test_a_call_of_unknown_outcome_leaves_one_complete_answer(
    client: Client, method: str, status: int | None
) -> None:
    address = asked(client)
    if method == "chat.postMessage":
        client.slack.api.fail("chat.startStream", "not_allowed")
    client.slack.api.break_next(method, status)
    await write(client, address)
    (answer,) = shown(client)
    assert "one two three." == answer.shown
    assert not answer.streaming


async def test_a_stream_whose_beginning_was_lost_is_told_from_another_answers(client: Client) -> None:
    address = asked(client)
    other = await client.platform.post(address, Body("other"), "other")
    client.slack.api.break_next("chat.startStream", None)
    await write(client, address)
    await client.platform.edit(other, Body("other.", state=State.DONE))
    assert ["other.", "one two three."] == [message.shown for message in shown(client)]


async def test_where_it_may_not_look_an_answer_is_posted_once_more(client: Client) -> None:
    address = asked(client)
    client.slack.api.scopes.discard("channels:history")
    client.slack.api.fail("chat.startStream", "not_allowed")
    client.slack.api.break_next("chat.postMessage", None)
    await write(client, address)
    assert ["one", "one two three."] == [message.shown for message in shown(client)]


async def test_in_the_channel_itself_what_was_posted_is_found_by_its_mark(client: Client) -> None:
    asked(client)
    client.slack.api.break_next("chat.postMessage", None)
    await write(client, Address("CGENERAL"))
    assert ["one two three."] == [message.shown for message in shown(client)]


@pytest.mark.parametrize("method", ["chat.update", "users.info", "conversations.info"])
async def test_what_changes_nothing_twice_is_asked_again_by_itself(client: Client, method: str) -> None:
    client.slack.api.break_next(method, 503)
    ref = await client.platform.post(Address("CGENERAL"), Body("one"), "key")
    await client.platform.edit(ref, Body("two", state=State.DONE))
    await client.slack.says("UANA", "CGENERAL", "<@UATELIER> hello")
    request = await client.received(Request)
    assert isinstance(request, Request)
    assert ("ana", "general") == (request.person.name, request.channel.name)
    assert ["two"] == [message.shown for message in shown(client)]


async def test_a_file_whose_receipt_was_lost_is_shown_once(client: Client) -> None:
    client.slack.api.break_next("files.completeUploadExternal", None)
    body = Body("Look:", files=(File("a.txt", b"a", "text/plain"),), state=State.DONE)
    await client.platform.post(Address("CGENERAL"), body, "key")
    assert 1 == sum(bool(message.files) for message in shown(client))


async def test_a_file_that_was_not_taken_is_tried_again(client: Client) -> None:
    client.slack.api.break_next("files.completeUploadExternal", 500)
    body = Body("Look:", files=(File("a.txt", b"a", "text/plain"),), state=State.DONE)
    with pytest.raises(SlackFailed):
        await client.platform.post(Address("CGENERAL"), body, "key")
    await client.platform.post(Address("CGENERAL"), body, "key")
    assert ["Look:", ""] == [message.shown for message in shown(client)]


async def test_a_file_of_which_slack_tells_nothing_is_tried_again(client: Client) -> None:
    client.slack.api.break_next("files.completeUploadExternal", None)
    client.slack.api.fail("files.info", "file_not_found")
    body = Body("Look:", files=(File("a.txt", b"a", "text/plain"),), state=State.DONE)
    with pytest.raises(SlackFailed):
        await client.platform.post(Address("CGENERAL"), body, "key")


async def test_a_response_that_nobody_takes_is_a_failure_of_slack(web: Web) -> None:
    with pytest.raises(SlackFailed, match="response_url"):
        await web.respond(f"http://127.0.0.1:{closed_port()}/", {"text": "psst"})


async def test_a_private_answer_that_slack_did_not_take_can_be_sent_again(client: Client) -> None:
    client.slack.api.break_next("chat.postEphemeral", 500)
    address = Address("CGENERAL", private_to="slack:UANA")
    with pytest.raises(SlackFailed):
        await client.platform.post(address, Body("psst", state=State.DONE), "key")
    await client.platform.post(address, Body("psst", state=State.DONE), "key")
    assert [("psst", "UANA")] == [(message.shown, message.only_for) for message in shown(client)]


async def test_a_stream_that_a_crash_left_open_is_completed_by_an_edit(client: Client) -> None:
    ref = await client.platform.post(asked(client), Body("one"), "key")
    client.platform._answers._known.clear()
    await client.platform.edit(ref, Body("one two", state=State.DONE))
    (answer,) = shown(client)
    assert ("one two", False) == (answer.shown, answer.streaming)


async def test_a_stream_that_a_crash_left_open_can_be_removed(client: Client) -> None:
    ref = await client.platform.post(asked(client), Body("one"), "key")
    client.platform._answers._known.clear()
    await client.platform.delete(ref)
    assert [] == shown(client)


async def test_removed_from_the_channel_while_it_answers_it_goes_on_with_the_person_directly(client: Client) -> None:
    ref = await client.platform.post(asked(client), Body("one"), "key")
    for method in ("chat.appendStream", "chat.stopStream", "chat.update"):
        client.slack.api.fail(method, "not_in_channel")
    await client.platform.edit(ref, Body("one two"))
    await client.platform.edit(ref, Body("one two three", state=State.DONE))
    (answer,) = shown(client, "DANA")
    assert "one two three" == answer.shown


async def test_a_token_that_was_withdrawn_is_told_in_one_line(client: Client) -> None:
    told: list[str] = []
    client.platform._there.web._gone = told.append
    ref = await client.platform.post(Address("CGENERAL"), Body("one"), "key")
    client.slack.api.bot_token = "xoxb-new"
    with structlog.testing.capture_logs() as logs:
        for text in ("two", "three"):
            with pytest.raises(UserError, match="renew"):
                await client.platform.edit(ref, Body(text))
    (line,) = [entry["event"] for entry in logs if entry["log_level"] == "error"]
    assert [line] == told
    assert "platforms.slack.bot_token" in line


async def test_an_app_token_that_was_withdrawn_is_told_and_asked_with_seldom(client: Client) -> None:
    client.slack.sockets.app_token = "xapp-new"
    told = client.slack.sockets
    with structlog.testing.capture_logs() as logs:
        await told.drop()
        await told.refused_by(2)
        client.slack.sockets.app_token = "xapp-test"
        await told.connected(times=3)
    assert any("platforms.slack.app_token" in entry["event"] for entry in logs)


async def test_during_an_outage_of_the_socket_service_it_goes_on_trying(client: Client) -> None:
    client.slack.sockets.failing = 4
    with structlog.testing.capture_logs() as logs:
        assert await client.platform.listening()
        await client.slack.sockets.drop()
        await client.slack.sockets.asked_for(client.slack.sockets.asked + 1)
        assert not await client.platform.listening()
        await client.slack.sockets.connected(times=4)
    assert "Slack cannot be reached; I go on trying" in [entry["event"] for entry in logs]
    await client.slack.says("UANA", "DANA", "back again")
    await client.received(Request)


def offline(slack: SlackServer, monkeypatch: pytest.MonkeyPatch) -> Slack:
    monkeypatch.setattr(slack_platform, "RETRY_SECONDS", 0.01)
    bot_token, app_token = SecretStr(slack.bot_token), SecretStr(slack.app_token)
    return Slack(bot_token=bot_token, app_token=app_token, api_url=slack.api_url, ping_seconds=0.2)


@pytest.mark.parametrize("where", ["auth.test", "sockets"])
async def test_a_slack_that_cannot_be_reached_at_the_start_is_tried_again(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    platform = offline(slack, monkeypatch)
    client = Client(slack, platform)
    if where == "sockets":
        slack.sockets.failing = 1
    else:
        slack.api.break_next("auth.test", 503, times=4)
    await platform.start(client.receive)
    if where == "auth.test":
        with pytest.raises(UserError, match="does not answer"):
            await platform.history("CGENERAL", None, 10)
    await platform.publish([])
    await platform.forget("slack:UANA")
    await slack.says("UANA", "DANA", "are you there?")
    await client.received(Request)
    await platform.stop()


async def test_a_slack_that_stays_away_keeps_nobody_from_stopping(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = offline(slack, monkeypatch)
    slack.api.break_next("auth.test", 500, times=100)
    await platform.start(Client(slack, platform).receive)
    with pytest.raises(SlackFailed):
        await platform.post(Address("CGENERAL"), Body("hello"), "key")
    await platform.stop()


async def test_a_token_that_turns_out_wrong_after_an_outage_is_told(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    platform = offline(slack, monkeypatch)
    platform._gone = told.append
    slack.api.break_next("auth.test", 500, times=2)
    with structlog.testing.capture_logs() as logs:
        await platform.start(Client(slack, platform).receive)
        slack.api.bot_token = "xoxb-new"
        assert platform._trying is not None
        with pytest.raises(Exception, match="bot_token"):
            await platform._trying
    await platform.stop()
    assert "disconnected from Slack for good" in [entry["event"] for entry in logs]
    assert ["platforms.slack.bot_token: Slack refuses it (invalid_auth)"] == told


async def test_sockets_that_are_open_are_closed_when_a_further_one_cannot_be_had(slack: SlackServer) -> None:
    slack.sockets.spared, slack.sockets.failing = 1, 1
    connection = SocketMode(client_app(slack), slack.app_token, 0.2, 2)
    with pytest.raises(SlackFailed):
        await connection.open()
    assert [] == connection._sockets
    await slack.sockets.none_open()


def client_app(slack: SlackServer) -> AsyncApp:
    return AsyncApp(client=AsyncWebClient(slack.bot_token, base_url=slack.api_url), signing_secret="x")


async def test_an_edit_that_is_told_again_after_a_later_one_changes_nothing(client: Client) -> None:
    message = await client.slack.says("UANA", "DANA", "first")
    told: list[dict[str, object]] = []
    deliver = client.slack.deliver

    async def keep(kind: str, payload: dict[str, object], **more: int) -> object:
        told.append(payload)
        return await deliver(kind, payload, **more)

    client.slack.deliver = keep  # type: ignore[method-assign,assignment]
    await client.slack.edits(message, "second")
    await client.slack.edits(message, "third")
    await deliver("events_api", {**told[0], "event_id": "EvLate"})
    await client.slack.says("UANA", "DANA", "the end")
    await client.slack.workspace.until(lambda: any(_text(event) == "the end" for event in client.events))
    assert ["second", "third"] == [event.message.text for event in client.events if isinstance(event, MessageEdited)]


def _text(event: object) -> str | None:
    return event.text if isinstance(event, Request) else None
