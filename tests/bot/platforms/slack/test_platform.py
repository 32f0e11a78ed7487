"""Signing in, and what comes in."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from pydantic import SecretStr

from bot.body import Body, Button, Card, State
from bot.errors import ConfigError, UserError
from bot.platform import Address
from bot.platforms.slack import Slack
from bot.platforms.slack.places import Asker
from bot.request import (
    CancelAsked,
    Channel,
    ChannelDeleted,
    ChannelKind,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageSeen,
    Request,
)
from tests.bot.platforms.slack.conftest import Client
from tests.servers.slack import Posted, SlackServer


async def nowhere(event: Event) -> None:
    raise AssertionError(event)


def slack_with(slack: SlackServer, **changes: Any) -> Slack:
    secrets = {"bot_token": SecretStr(slack.bot_token), "app_token": SecretStr(slack.app_token)}
    return Slack(**{"api_url": slack.api_url, "ping_seconds": 0.2, **secrets, **changes})


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("bot_token", {"bot_token": None}),
        ("app_token", {"app_token": SecretStr("")}),
        ("signing_secret", {"mode": "http"}),
    ],
)
def test_a_missing_token_is_named(slack: SlackServer, key: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"platforms.slack.{key}: it is needed in"):
        slack_with(slack, **changes)


@pytest.mark.parametrize("key", ["bot_token", "app_token"])
async def test_a_token_that_slack_refuses_is_named(slack: SlackServer, key: str) -> None:
    with pytest.raises(ConfigError, match=rf"platforms.slack.{key}: Slack refuses it \(invalid_auth\)"):
        await slack_with(slack, **{key: SecretStr("wrong")}).start(nowhere)


async def test_a_port_that_is_taken_is_said_so(slack: SlackServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        platform = slack_with(slack, mode="http", signing_secret=SecretStr("s"), port=port)
        with pytest.raises(ConfigError, match=rf"platforms.slack.port: 127.0.0.1:{port} cannot be used"):
            await platform.start(nowhere)


async def test_missing_scopes_are_named_at_the_start(slack: SlackServer, capsys: pytest.CaptureFixture[str]) -> None:
    slack.api.scopes -= {"files:write", "users:read"}
    platform = slack_with(slack)
    await platform.start(nowhere)
    await platform.stop()
    assert "['files:write', 'users:read']" in capsys.readouterr().out


async def test_stopping_what_was_not_started_does_nothing(slack: SlackServer) -> None:
    platform = slack_with(slack)
    await platform.stop()
    assert "" == platform.url


async def test_a_message_is_seen_with_who_wrote_it_where_and_when(client: Client) -> None:
    written = await client.slack.says("UBEN", "CGENERAL", "Hi <@UANA|x>, see <https://a.example|this>")
    seen = await client.received(MessageSeen)
    assert isinstance(seen, MessageSeen)
    assert "Hi @ana, see [this](https://a.example)" == seen.message.text
    assert ("slack:T_TEAM", "general", "ben") == (seen.channel.server, seen.channel.name, seen.message.author_name)
    assert written.ts == seen.message.id == seen.origin.message


async def test_an_edited_message_is_told_as_such_and_a_deleted_one(client: Client) -> None:
    root = await client.slack.says("UANA", "CGENERAL", "root")
    written = await client.slack.says("UBEN", "CGENERAL", "frist", thread=root.ts)
    await client.slack.edits(written, "first")
    edited = await client.received(MessageEdited)
    assert isinstance(edited, MessageEdited)
    assert ("first", written.ts) == (edited.message.text, edited.message.id)
    assert edited.message.edited is not None
    assert ChannelKind.THREAD is edited.channel.kind
    await client.slack.deletes(root)
    deleted = await client.received(MessageDeleted)
    assert isinstance(deleted, MessageDeleted)
    assert (root.ts, "CGENERAL") == (deleted.message_id, deleted.channel.id)


async def test_an_edited_question_says_when_it_was_asked_first(client: Client) -> None:
    asked = await client.slack.says("UANA", "CGENERAL", "<@UATELIER> frist", thread="1772443800.000001")
    await client.slack.edits(asked, "<@UATELIER> first")
    again = lambda: next((e for e in client.events if isinstance(e, Request) and e.first_asked), None)  # noqa: E731
    request = await client.slack.workspace.until(again)
    assert (asked.ts, "first", "CGENERAL:1772443800.000001") == (
        request.origin.message,
        request.text,
        request.channel.id,
    )
    assert 1_772_443_801 == int(request.first_asked.timestamp()) if request.first_asked else 0


async def test_an_edit_that_does_not_address_the_bot_asks_nothing_nor_does_a_thread_that_grows(client: Client) -> None:
    root = await client.slack.says("UBEN", "CGENERAL", "frist")
    await client.received(MessageSeen)
    await client.slack.edits(root, "first")
    await client.received(MessageEdited)
    event = {**client.slack.message_event(root), "edited": {"ts": "1772443900.000001"}}
    grown = {"message": {**event, "reply_count": 2}, "previous_message": {**event, "reply_count": 1}}
    await client.slack.event({**event, **grown, "subtype": "message_changed"})
    await client.slack.says("UBEN", "CGENERAL", "next")
    await client.slack.workspace.until(lambda: len(client.events) == 3)
    assert [MessageSeen, MessageEdited, MessageSeen] == [type(event) for event in client.events]


async def test_a_removed_message_that_a_thread_hangs_on_is_told_as_removed(client: Client) -> None:
    root = await client.slack.says("UBEN", "CGENERAL", "root")
    await client.slack.says("UANA", "CGENERAL", "reply", thread=root.ts)
    await client.slack.deletes(root)
    deleted = await client.received(MessageDeleted)
    assert isinstance(deleted, MessageDeleted)
    assert (root.ts, "CGENERAL") == (deleted.message_id, deleted.channel.id)


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
async def test_a_deleted_channel_is_told(client: Client, *, private: bool) -> None:
    client.slack.workspace.add_channel("CPLANS", "plans", is_private=private)
    await client.slack.says("UBEN", "CPLANS", "A plan")
    await client.slack.removes("CPLANS")
    event = await client.received(ChannelDeleted)
    assert isinstance(event, ChannelDeleted)
    assert Channel("CPLANS", "slack:T_TEAM", ChannelKind.CHANNEL, "plans") == event.channel
    assert not await client.platform.deleted("CPLANS")


async def test_a_channel_that_is_there_still_is_not_deleted(client: Client) -> None:
    workspace = client.slack.workspace
    workspace.channels["CRANDOM"]["is_archived"] = True
    await client.slack.event({"type": "channel_archive", "channel": "CRANDOM", "user": "UANA"})
    await client.slack.event({"type": "channel_deleted", "channel": "CRANDOM"})
    client.slack.api.fail("conversations.info", "access_denied")
    await client.slack.event({"type": "channel_deleted", "channel": "CNEW"})
    client.slack.api.fail("conversations.info", None)
    await client.slack.says("UBEN", "CGENERAL", "Hi")
    await client.received(MessageSeen)
    assert [MessageSeen] == [type(event) for event in client.events]


async def test_a_pressed_button_asks_about_the_message_it_stands_under(client: Client) -> None:
    body = Body("Done.", buttons=(Button("Again", "/again 1"),), state=State.DONE)
    ref = await client.platform.post(Address("CGENERAL"), body, "key")
    message = client.slack.workspace.find("CGENERAL", ref.id)
    assert message is not None
    await client.slack.presses("UANA", message, "Again")
    request = await client.received(Request)
    assert isinstance(request, Request)
    assert request.reply_to is not None
    assert ("/again 1", ref.id, "Done.", True) == (
        request.text,
        request.reply_to.id,
        request.reply_to.text,
        request.reply_to.from_bot,
    )


async def test_a_button_that_only_one_person_sees_works_without_its_message(client: Client) -> None:
    card = Card("Board", buttons=(Button("Again", "/again 1"),))
    address = Address("CGENERAL", private_to="slack:UANA")
    await client.platform.post(address, Body(cards=(card,), state=State.DONE), "key")
    (message,) = client.slack.workspace.by_bot("CGENERAL")
    await client.slack.presses("UANA", message, "Again")
    request = await client.received(Request)
    assert isinstance(request, Request)
    assert None is request.reply_to


async def test_a_link_that_unfolds_is_no_edit_and_a_topic_is_no_message(client: Client) -> None:
    message = client.slack.workspace.add(Posted("1772443900.000001", "CGENERAL", "UBEN", "see"))
    event = client.slack.message_event(message)
    await client.slack.event({**event, "subtype": "message_changed", "message": event})
    await client.slack.event({**event, "subtype": "channel_topic"})
    await client.slack.event({"type": "app_home_opened", "user": "UBEN"})
    await client.slack.says("UBEN", "CGENERAL", "next")
    await client.received(MessageSeen)
    assert [MessageSeen] == [type(event) for event in client.events]


async def test_its_own_messages_and_those_of_other_bots_are_seen_but_ask_nothing(client: Client) -> None:
    await client.slack.says("UATELIER", "DANA", "my own words")
    message = client.slack.workspace.add(Posted(client.slack.workspace.next_ts(), "DANA", "UANA", "beep"))
    event = {**client.slack.message_event(message), "bot_id": "B_OTHER", "user": None, "username": "robot"}
    await client.slack.event(event)
    await client.slack.workspace.until(lambda: len(client.events) == 2)
    assert [True, True] == [event.message.from_bot for event in client.events if isinstance(event, MessageSeen)]
    assert "robot" in [event.message.author_name for event in client.events if isinstance(event, MessageSeen)]


async def test_a_request_carries_who_asks_in_their_language_and_with_their_role(client: Client) -> None:
    await client.slack.slash("UADMIN", "CGENERAL", "/roll", "20")
    request = await client.received(Request)
    assert isinstance(request, Request)
    assert ("/roll 20", "slack:UADMIN", "en-US", True) == (
        request.text,
        request.person.id,
        request.person.locale,
        request.person.is_admin,
    )
    assert request.origin.event is not None
    assert "response" not in repr(request)


async def test_the_root_command_alone_is_help(client: Client) -> None:
    await client.slack.slash("UANA", "DANA", "/atelier")
    request = await client.received(Request)
    assert isinstance(request, Request)
    assert ("/help", None) == (request.text, request.channel.server)


async def test_a_button_that_is_not_ours_is_passed_over_and_cancel_tells_the_server(client: Client) -> None:
    ref = await client.platform.post(Address("CGENERAL"), Body("working", request_id="R1"), "key")
    message = client.slack.workspace.find("CGENERAL", ref.id)
    assert message is not None
    button = message.button("Cancel")
    assert button is not None
    button["action_id"] = "foreign"
    await client.slack.presses("UANA", message, "Cancel")
    button["action_id"] = "cancel"
    await client.slack.presses("UANA", message, "Cancel")
    asked = await client.received(CancelAsked)
    assert isinstance(asked, CancelAsked)
    assert ("R1", "slack:T_TEAM") == (asked.request_id, asked.server)
    assert 1 == len(client.events)


async def test_a_file_outside_slack_or_too_large_is_not_read(client: Client) -> None:
    web = client.platform._there.web
    with pytest.raises(UserError, match="outside Slack"):
        await web.download("https://evil.example/file", 10)
    sent = await client.slack.says("UANA", "DANA", "", files=[("a.bin", b"x" * 100, "application/octet-stream")])
    with pytest.raises(UserError, match="larger than"):
        await web.download(sent.files[0]["url_private"], 10)


def test_an_asker_survives_its_token() -> None:
    asker = Asker("UANA", "T1", "https://hooks.slack.com/x")
    assert asker == Asker.of(str(asker))
    assert None is Asker.of(None)
