"""What an earlier process has posted is found again, and what was asked while there was none is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import discord
import pytest
import structlog
from pydantic import SecretStr

from bot.body import Body, Button, State
from bot.platform import Address, MessageRef
from bot.platforms.discord.platform import Discord
from bot.request import Event, Request
from tests.bot.platforms.discord.meeting import Meeting, done
from tests.servers.discord import MANAGE_GUILD, Channel, Fault, Role

LONG = "\n\n".join(f"{number}. " + "The fox went on. " * 20 for number in range(1, 18))


async def mentioned(meeting: Meeting, text: str = "hello") -> Request:
    await meeting.ana.mentions_bot(meeting.general, text)
    request = await meeting.until_told(Request, lambda event: isinstance(event, Request) and event.text == text)
    assert isinstance(request, Request)
    return request


def shown(meeting: Meeting, channel: Channel | None = None) -> list[str]:
    return [message.content for message in meeting.server.messages(channel or meeting.general)]


async def resume(
    platform: Discord, meeting: Meeting, request: Request, ref: MessageRef | None = None, *, private: bool = False
) -> MessageRef | None:
    """As a process does that finds the request in its store."""
    return await platform.resume(meeting.address(request, private=private), request.id, ref, request.received)


async def complete(platform: Discord, meeting: Meeting, request: Request, text: str, ref: MessageRef | None) -> None:
    body = done(text, request)
    if ref is None:
        await platform.post(meeting.address(request), body, request.id)
    else:
        await platform.edit(ref, body)


async def test_a_question_that_was_deleted_meanwhile_is_known_to_be_gone(meeting: Meeting) -> None:
    request = await mentioned(meeting)
    assert request.origin.message is not None
    async with meeting.restarted() as platform:
        assert not await platform.deleted(request.channel.id, request.origin.message)
        meeting.general.messages[request.origin.message].deleted = True
        assert await platform.deleted(request.channel.id, request.origin.message)


@pytest.mark.parametrize("noted", [True, False])
async def test_a_message_that_was_posted_is_completed(meeting: Meeting, *, noted: bool) -> None:
    request = await mentioned(meeting)
    ref = await meeting.platform.post(meeting.address(request), Body("hel", request_id=request.id), request.id)
    async with meeting.restarted() as platform:
        found = await resume(platform, meeting, request, ref if noted else None)
        assert ref == found
        await complete(platform, meeting, request, "hello", found)
    assert ["hello"] == shown(meeting)


async def test_where_nothing_was_posted_nothing_is_found(meeting: Meeting) -> None:
    request = await mentioned(meeting)
    async with meeting.restarted() as platform:
        assert await resume(platform, meeting, request) is None
        await complete(platform, meeting, request, "hello", None)
    assert ["hello"] == shown(meeting)


async def test_where_the_history_may_not_be_read_the_key_does(meeting: Meeting) -> None:
    request = await mentioned(meeting)
    await meeting.platform.post(meeting.address(request), Body("hel", request_id=request.id), request.id)
    meeting.general.forbidden.add("READ_MESSAGE_HISTORY")
    async with meeting.restarted() as platform:
        assert await resume(platform, meeting, request) is None
        await complete(platform, meeting, request, "hello", None)
    assert ["hello"] == shown(meeting)


async def test_the_further_messages_of_a_long_one_are_found_and_no_other(meeting: Meeting) -> None:
    request = await mentioned(meeting)
    ref = await meeting.platform.post(meeting.address(request), Body(LONG, request_id=request.id), request.id)
    other = await mentioned(meeting, "another")
    await meeting.platform.post(meeting.address(other), done("another answer", other), other.id)
    await meeting.platform.post(Address(meeting.general.id), done("a digest"), "digest")
    async with meeting.restarted() as platform:
        assert ref == await resume(platform, meeting, request)
        await complete(platform, meeting, request, "short", ref)
    assert ["short", "another answer", "a digest"] == shown(meeting)


@pytest.mark.parametrize("noted", [True, False])
async def test_the_answer_to_a_command_is_completed_by_the_stored_token(meeting: Meeting, *, noted: bool) -> None:
    request = await meeting.asked(await meeting.ana.uses("words find", meeting.general, word="fox"))
    ref = await meeting.platform.post(meeting.address(request), Body(LONG, request_id=request.id), request.id)
    async with meeting.restarted() as platform:
        found = await resume(platform, meeting, request, ref if noted else None)
        assert ref == found
        await complete(platform, meeting, request, "short", found)
    assert ["short"] == shown(meeting)


async def test_where_people_still_see_thinking_the_answer_comes_there(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words mine", meeting.general)
    request = await meeting.asked(used)
    async with meeting.restarted() as platform:
        assert await resume(platform, meeting, request, private=True) is None
        await platform.post(meeting.address(request, private=True), done("yours", request), request.id)
    assert used.original is not None
    assert ("yours", meeting.ana.user) == (used.original.content, used.original.only_to)
    assert [used.original] == meeting.server.messages(meeting.general)


async def test_a_private_answer_is_completed_where_only_the_person_sees_it(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words mine", meeting.general)
    request = await meeting.asked(used)
    address = meeting.address(request, private=True)
    ref = await meeting.platform.post(address, Body("you", request_id=request.id), request.id)
    async with meeting.restarted() as platform:
        assert ref == await resume(platform, meeting, request, private=True)
        await platform.edit(ref, done("yours", request))
    (answer,) = meeting.server.messages(meeting.general)
    assert ("yours", meeting.ana.user) == (answer.content, answer.only_to)


async def test_a_private_answer_does_not_take_the_place_of_one_that_others_see(meeting: Meeting) -> None:
    first = await mentioned(meeting)
    ref = await meeting.platform.post(meeting.address(first), done("for all", first), first.id)
    second = await mentioned(meeting, "my profile")
    async with meeting.restarted() as platform:
        # The question was edited into one whose answer is private, and the place of the answer before noted.
        found = await resume(platform, meeting, second, ref, private=True)
        assert found is None
        await platform.post(meeting.address(second, private=True), done("yours", second), second.id)
    assert (["for all"], ["yours"]) == (shown(meeting), shown(meeting, meeting.ana.dm))


@pytest.mark.parametrize("command", [True, False])
async def test_what_was_left_is_completed_once_discord_can_be_reached_again(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch, *, command: bool
) -> None:
    monkeypatch.setattr("bot.platforms.discord.connection.LOGIN_SECONDS", 0)
    monkeypatch.setattr("bot.platforms.discord.connection.RETRY_SECONDS", 0.01)
    if command:
        request = await meeting.asked(await meeting.ana.uses("words find", meeting.general, word="fox"))
    else:
        request = await mentioned(meeting)
    await meeting.platform.stop()
    server = meeting.server
    server.faults.append(Fault("GET", "/users/@me", 400))
    platform = Discord(
        token=SecretStr(server.token), api_url=server.api_url, gateway_url=server.gateway_url, clock=meeting.clock
    )
    await platform.start(meeting.receive)
    with pytest.raises(ConnectionError):
        await resume(platform, meeting, request)
    await server.until(lambda: platform._connection.usable)
    assert await resume(platform, meeting, request) is None
    await complete(platform, meeting, request, "hello", None)
    await platform.stop()
    assert ["hello"] == shown(meeting)


async def test_without_the_message_content_intent_what_was_left_is_not_answered_by_a_client_that_is_replaced(
    meeting: Meeting,
) -> None:
    request = await mentioned(meeting)
    await meeting.platform.stop()
    server = meeting.server
    server.world.message_content = False
    platform = Discord(
        token=SecretStr(server.token), api_url=server.api_url, gateway_url=server.gateway_url, clock=meeting.clock
    )
    await platform.start(meeting.receive)
    ref = await platform.post(meeting.address(request), Body("hel", request_id=request.id), request.id)
    await server.until(lambda: platform._connection.client.guilds)
    await platform.edit(ref, done("hello", request))
    await platform.stop()
    assert ["hello"] == shown(meeting)


async def test_what_others_say_below_a_long_answer_is_none_of_it(meeting: Meeting) -> None:
    command = await meeting.asked(await meeting.ana.uses("words find", meeting.general, word="fox"))
    request = await mentioned(meeting)
    for one in (command, request):
        await meeting.ana.says(meeting.general, "in between")
        text = LONG[:1500] if one is request else LONG
        await meeting.platform.post(meeting.address(one), Body(text, request_id=one.id), one.id)
        await meeting.ana.says(meeting.general, "below it")
    async with meeting.restarted() as platform:
        for one in (command, request):
            ref = await resume(platform, meeting, one)
            await complete(platform, meeting, one, "short", ref)
    assert ["short", "short"] == shown(meeting)


@pytest.mark.parametrize("rest", ["it rained", LONG[:3000]])
async def test_what_answers_nothing_is_known_by_how_it_begins(meeting: Meeting, rest: str) -> None:
    here = Address(meeting.general.id)
    began = datetime.now(UTC) - timedelta(minutes=1)

    def digest(of: str, more: str = "") -> Body:
        return Body(f"**Digest of {of}**{more}\n\n{rest}", state=State.DONE)

    for of in ("news", "general", "team"):
        await meeting.platform.post(here, digest(of), f"digest-{of}")
        await meeting.ana.says(meeting.general, "**Digest of general**")
    before = shown(meeting)
    # Discord knows its nonces for some minutes only.
    meeting.server.rest.nonces.clear()
    async with meeting.restarted() as platform:
        assert await platform.resume(here, "digest-general", None, began) is None
        await platform.post(here, digest("general", " — late"), "digest-general")
        late = [text.replace("general**\n", "general** — late\n") for text in before]
        assert "".join(late).split() == "".join(shown(meeting)).split()
        # One of before is not of this window.
        assert await platform.resume(here, "digest-team", None, began + timedelta(minutes=2)) is None
        await platform.post(here, digest("team"), "digest-team")
    assert sum(text.startswith("**Digest of team**") for text in shown(meeting)) == 2


async def test_where_the_history_may_not_be_read_what_answers_nothing_is_posted(meeting: Meeting) -> None:
    here, body = Address(meeting.general.id), Body("**Digest**", state=State.DONE)
    async with meeting.restarted() as platform:
        await platform.resume(here, "digest", None, datetime.now(UTC))
        meeting.server.faults.append(Fault("GET", f"/channels/{meeting.general.id}/messages", 403))
        await platform.post(here, body, "digest")
    assert ["**Digest**"] == shown(meeting)


async def test_while_discord_fails_nothing_is_taken_for_not_posted(meeting: Meeting) -> None:
    request = await meeting.asked(await meeting.ana.uses("words find", meeting.general, word="fox"))
    meeting.server.faults.append(Fault("GET", "/messages/@original", 400))
    async with meeting.restarted() as platform:
        with pytest.raises(discord.HTTPException):
            await resume(platform, meeting, request)


async def test_a_private_answer_whose_token_has_died_goes_on_directly(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words mine", meeting.general)
    request = await meeting.asked(used)
    used.expire()
    async with meeting.restarted() as platform:
        assert await resume(platform, meeting, request, private=True) is None
        await platform.post(meeting.address(request, private=True), done("yours", request), request.id)
    assert ["yours"] == shown(meeting, meeting.ana.dm)
    assert all(message.only_to is not None for message in meeting.server.messages(meeting.general))


async def test_an_answer_that_had_left_its_token_is_completed_where_it_went(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words mine", meeting.general)
    request = await meeting.asked(used)
    address = meeting.address(request, private=True)
    meeting.clock.advance(timedelta(minutes=15))
    used.expire()
    ref = await meeting.platform.post(address, Body("you", request_id=request.id), request.id)
    async with meeting.restarted() as platform:
        assert ref == await resume(platform, meeting, request, ref, private=True)
        await platform.edit(ref, done("yours", request))
    assert ["yours"] == shown(meeting, meeting.ana.dm)


async def test_what_was_never_acknowledged_is_completed_in_the_message_that_took_its_place(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words find", meeting.general, word="fox")
    request = await meeting.asked(used)
    used.callback = None
    ref = await meeting.platform.post(meeting.address(request), Body("fo", request_id=request.id), request.id)
    async with meeting.restarted() as platform:
        assert await resume(platform, meeting, request) is None
        await complete(platform, meeting, request, "fox", None)
    (answer,) = [one for one in meeting.server.messages(meeting.general) if one.id == ref.id]
    assert f"<@{meeting.ana.user.id}>\nfox" == answer.content


@pytest.mark.parametrize("expired", [True, False])
async def test_where_it_is_known_to_have_left_its_token_it_is_completed_in_its_place(
    meeting: Meeting, *, expired: bool
) -> None:
    used = await meeting.ana.uses("words find", meeting.general, word="fox")
    request = await meeting.asked(used)
    meeting.clock.advance(timedelta(minutes=15))
    ref = await meeting.platform.post(meeting.address(request), Body("fo", request_id=request.id), request.id)
    if expired:
        used.expire()
    else:
        meeting.clock.advance(-timedelta(minutes=15))
    async with meeting.restarted() as platform:
        found = await resume(platform, meeting, request, ref)
        assert found is not None
        await platform.edit(found, done("fox", request))
    (answer,) = [one for one in meeting.server.messages(meeting.general) if one.id == ref.id]
    assert "fox" == answer.content.rpartition("\n")[2]


async def test_what_a_quiet_button_has_posted_cannot_be_found(meeting: Meeting) -> None:
    card = await mentioned(meeting)
    await meeting.platform.post(
        meeting.address(card), done("card", card, buttons=(Button("Hush", "/words hush"),)), card.id
    )
    (message,) = meeting.server.messages(meeting.general)
    request = await meeting.asked(await meeting.ana.presses(message, "Hush"))
    async with meeting.restarted() as platform:
        assert await resume(platform, meeting, request, private=True) is None


# -- while nobody listened


@pytest.fixture
def began(meeting: Meeting) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


async def caught_up(meeting: Meeting, platform: Discord, since: datetime) -> Sequence[Event]:
    before = len(meeting.events)
    await platform._missed.ready(platform._connection.client)
    await platform.catch_up(since)
    return meeting.events[before:]


async def test_what_was_asked_meanwhile_is_asked_at_the_start_by_whom_and_when_it_was(
    meeting: Meeting, began: datetime
) -> None:
    await meeting.platform.stop()
    boss = meeting.server.person("Bo", meeting.guild, Role("Chief", MANAGE_GUILD))
    await boss.mentions_bot(meeting.general, "where are you?")
    await meeting.ana.says(meeting.general, "not for it")
    async with meeting.restarted() as platform:
        (request,) = await caught_up(meeting, platform, began)
    assert isinstance(request, Request)
    assert "where are you?" == request.text
    assert (True, "Bo") == (request.person.is_admin, request.person.name)
    assert request.received < datetime.now(request.received.tzinfo)


async def test_who_has_left_since_is_not_answered_nor_what_is_older(meeting: Meeting, began: datetime) -> None:
    await meeting.platform.stop()
    guest = meeting.server.person("Gus", meeting.guild)
    await guest.mentions_bot(meeting.general, "bye")
    del meeting.guild.members[guest.user.id]
    async with meeting.restarted() as platform:
        assert [] == await caught_up(meeting, platform, began)
        await meeting.ana.mentions_bot(meeting.general, "now")
        await meeting.until_told(Request, lambda event: isinstance(event, Request) and event.text == "now")
        assert [] == await caught_up(meeting, platform, began + timedelta(hours=1))


async def test_a_channel_that_may_not_be_read_keeps_no_other_from_being_caught_up(
    meeting: Meeting, began: datetime
) -> None:
    await meeting.platform.stop()
    meeting.general.forbidden.add("READ_MESSAGE_HISTORY")
    await meeting.ana.mentions_bot(meeting.general, "unread")
    await meeting.ana.mentions_bot(meeting.guild.channels[1], "read")
    with structlog.testing.capture_logs() as logs:
        async with meeting.restarted() as platform:
            asked = await caught_up(meeting, platform, began)
    assert ["read"] == [event.text for event in asked if isinstance(event, Request)]
    assert "a channel is not caught up" in [entry["event"] for entry in logs]


async def test_what_was_asked_while_the_connection_was_lost_is_asked_when_a_new_one_begins(meeting: Meeting) -> None:
    missed, client = meeting.platform._missed, meeting.platform._connection.client
    await missed.ready(client)
    session = next(iter(meeting.server.gateway.sessions.values()))
    connection, session.connection = session.connection, None
    missed.lost()
    said = await meeting.ana.mentions_bot(meeting.general, "can you hear me?")
    # A new session begins with what is in the servers now.
    channel = client.get_channel(int(meeting.general.id))
    assert isinstance(channel, discord.TextChannel)
    channel.last_message_id = int(said.id)
    meeting.clock.now = datetime.now(meeting.clock().tzinfo)
    session.connection = connection
    missed._lost = meeting.clock()
    await missed.ready(client)
    assert ["can you hear me?"] == [event.text for event in meeting.events if isinstance(event, Request)]
    missed.lost()
    missed.resumed()
    await missed.ready(client)
    assert 1 == len([event for event in meeting.events if isinstance(event, Request)])
