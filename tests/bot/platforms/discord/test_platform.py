"""What the platform reads, finds and publishes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from bot import Request, UserError
from bot.body import Body
from bot.platform import Address
from bot.platforms.discord.platform import Discord
from bot.request import Channel, ChannelDeleted, ChannelKind, Event, MessageDeleted, MessageEdited, MessageSeen, Origin
from bot.values import ChannelRef, User
from tests.bot.platforms.discord.meeting import Meeting, words
from tests.servers.discord import Fault
from tests.servers.loopback import closed_port


async def test_history_is_read_oldest_first_and_names_whom_it_mentions(meeting: Meeting) -> None:
    start = datetime.now(UTC) - timedelta(seconds=5)
    for number in range(3):
        await meeting.ana.says(meeting.general, f"{number} for <@{meeting.ana.user.id}> in <#{meeting.general.id}>")
    found = await meeting.platform.history(meeting.general.id, None, 2)
    assert ["1 for @Ana in #general", "2 for @Ana in #general"] == [message.text for message in found]
    assert 3 == len(await meeting.platform.history(meeting.general.id, start, 10))
    assert [] == await meeting.platform.history(meeting.general.id, start + timedelta(hours=1), 10)


async def test_what_atelier_wrote_is_told_from_what_others_did(meeting: Meeting) -> None:
    await meeting.ana.says(meeting.general, "hello")
    await meeting.platform.post(Address(meeting.general.id), Body("Good day."), "r1")

    found = await meeting.platform.history(meeting.general.id, None, 2)

    assert {"hello": False, "Good day.": True} == {message.text: message.own for message in found}


async def test_a_channel_that_may_not_be_read_says_what_is_missing(meeting: Meeting) -> None:
    meeting.general.forbidden.add("READ_MESSAGE_HISTORY")
    with pytest.raises(UserError, match="may not read #general; an admin can grant me Read Message History"):
        await meeting.platform.history(meeting.general.id, None, 2)
    meeting.general.forbidden.clear()
    guild = meeting.platform._connection.client.guilds[0]
    guild.default_role._permissions = 0
    meeting.general.forbidden.add("VIEW_CHANNEL")
    with pytest.raises(UserError, match="grant me View Channel and Read Message History"):
        await meeting.platform.history(meeting.general.id, None, 2)


async def test_a_discord_that_fails_says_so_in_a_line(meeting: Meeting) -> None:
    meeting.server.faults.append(Fault("GET", "/messages", 400))
    with pytest.raises(UserError, match="does not let me read #general just now; please ask again in a minute"):
        await meeting.platform.history(meeting.general.id, None, 2)


async def test_people_and_channels_are_found_by_mention_and_by_name(meeting: Meeting) -> None:
    server = f"discord:{meeting.guild.id}"
    ana = User(f"discord:{meeting.ana.user.id}", "Ana")
    for text in (f"<@{meeting.ana.user.id}>", f"<@!{meeting.ana.user.id}>", ana.id, "@ana", "Ana", "An"):
        assert ana == await meeting.platform.find_person(text, server)
    for text in ("<@1>", "", "nobody"):
        assert await meeting.platform.find_person(text, server) is None
    assert await meeting.platform.find_person("Ana", None) is None
    den = meeting.guild.channels[1]
    for text in (f"<#{den.id}>", "#den", "DEN"):
        assert ChannelRef(den.id, "den") == await meeting.platform.find_channel(text, server)
    assert await meeting.platform.find_channel("attic", server) is None
    assert await meeting.platform.find_channel("den", None) is None


async def test_messages_their_edits_and_their_deletion_are_told(meeting: Meeting) -> None:
    said = await meeting.ana.says(meeting.general, "hello")
    seen = await meeting.until_told(MessageSeen)
    assert isinstance(seen, MessageSeen)
    assert ("hello", "Ana", ChannelKind.CHANNEL) == (seen.message.text, seen.message.author_name, seen.channel.kind)
    assert f"https://discord.com/channels/{meeting.guild.id}/{meeting.general.id}/{said.id}" == seen.message.link
    await meeting.ana.edits(said, "hello all")
    edited = await meeting.until_told(MessageEdited)
    assert isinstance(edited, MessageEdited)
    assert "hello all" == edited.message.text
    await meeting.ana.deletes(said)
    deleted = await meeting.until_told(MessageDeleted)
    assert isinstance(deleted, MessageDeleted)
    assert (said.id, "general") == (deleted.message_id, deleted.channel.name)


async def test_that_words_were_taken_from_a_message_with_a_file_is_told_and_asks_nothing(meeting: Meeting) -> None:
    words = f"<@{meeting.server.world.me.id}> our password is below"
    said = await meeting.ana.says(meeting.general, words, files=[("notes.txt", b"notes", "text/plain")])
    await meeting.until_told(Request)
    await meeting.ana.edits(said, "")
    edited = await meeting.until_told(MessageEdited)
    assert isinstance(edited, MessageEdited)
    assert "" == edited.message.text
    await meeting.ana.deletes(said)
    await meeting.until_told(MessageDeleted)
    assert [MessageSeen, Request, MessageEdited, MessageDeleted] == [type(event) for event in meeting.events]


async def test_many_messages_deleted_at_once_are_told_one_by_one(meeting: Meeting) -> None:
    where = {"channel_id": meeting.general.id, "guild_id": meeting.guild.id}
    await meeting.server.gateway.dispatch("MESSAGE_DELETE_BULK", lambda session: {"ids": ["1", "2"], **where})
    await meeting.server.until(lambda: 2 == len([one for one in meeting.events if isinstance(one, MessageDeleted)]))


async def test_a_deleted_channel_is_told_and_its_threads_with_it(meeting: Meeting) -> None:
    server, den = meeting.server, meeting.guild.channels[1]
    thread = server.world.channel(meeting.guild, "foxes", parent=den)
    await server.gateway.dispatch("THREAD_CREATE", lambda session: thread.payload())
    assert not await meeting.platform.deleted(den.id)
    await server.remove(den)
    home = f"discord:{meeting.guild.id}"
    named = ChannelDeleted(Origin("discord"), Channel(den.id, home, ChannelKind.CHANNEL, "den"))
    below = ChannelDeleted(Origin("discord"), Channel(thread.id, home, ChannelKind.THREAD, "foxes", den.id))
    await server.until(lambda: below in meeting.events)
    assert [named, below] == meeting.events
    assert await meeting.platform.deleted(den.id)
    assert await meeting.platform.deleted(den.id, "1")


async def test_a_deleted_thread_is_told_also_an_archived_one_and_archiving_is_not(meeting: Meeting) -> None:
    server = meeting.server
    known, unknown = (server.world.channel(meeting.guild, name, parent=meeting.general) for name in ("new", "old"))
    await server.gateway.dispatch("THREAD_CREATE", lambda session: known.payload())
    known.archived = unknown.archived = datetime.now(UTC)
    await server.gateway.dispatch("THREAD_UPDATE", lambda session: known.payload())
    assert not await meeting.platform.deleted(unknown.id)
    await server.remove(unknown)
    event = await meeting.until_told(ChannelDeleted)
    place = Channel(unknown.id, f"discord:{meeting.guild.id}", ChannelKind.THREAD, unknown.id, meeting.general.id)
    assert [ChannelDeleted(Origin("discord"), place)] == [event] == meeting.events
    assert await meeting.platform.deleted(unknown.id)


async def test_what_the_bot_may_not_see_any_more_is_not_deleted(meeting: Meeting) -> None:
    said = await meeting.ana.says(meeting.general, "hello")
    await meeting.until_told(MessageSeen)
    await meeting.server.remove_bot(meeting.guild)
    # What comes after it is told after it.
    await meeting.ana.says(meeting.ana.dm, "are you still there?")
    await meeting.until_told(Request)
    assert not await meeting.platform.deleted(meeting.general.id)
    assert not await meeting.platform.deleted(meeting.general.id, said.id)
    assert ChannelDeleted not in {type(event) for event in meeting.events}


async def test_a_thread_is_a_conversation_of_its_own(meeting: Meeting) -> None:
    thread = meeting.server.world.channel(meeting.guild, "foxes", parent=meeting.general)
    await meeting.server.gateway.dispatch("THREAD_CREATE", lambda session: thread.payload())
    await meeting.ana.mentions_bot(thread, "and here?")
    request = await meeting.until_told(Request)
    assert isinstance(request, Request)
    assert (ChannelKind.THREAD, "foxes", meeting.general.id) == (
        request.channel.kind,
        request.channel.name,
        request.channel.parent,
    )


async def test_commands_go_to_the_servers_that_are_named(meeting: Meeting) -> None:
    server = meeting.server
    other = Discord(
        token=SecretStr(server.token),
        api_url=server.api_url,
        gateway_url=server.gateway_url,
        guilds=[int(meeting.guild.id)],
    )
    await other.publish(list(words().commands.values()))
    await other.start(meeting.receive)
    try:
        await server.until(lambda: server.rest.commands.get(meeting.guild.id) and not server.rest.commands[""])
        assert {"words", "Count"} == {command["name"] for command in server.rest.commands[meeting.guild.id]}
    finally:
        await other.stop()


@pytest.mark.parametrize("status", [403, 400])
async def test_commands_that_discord_refuses_stop_nothing(meeting: Meeting, status: int) -> None:
    meeting.server.faults.append(Fault("PUT", "/commands", status, 50001))
    await meeting.platform.publish([])
    assert {"words", "Count"} == {command["name"] for command in meeting.server.rest.commands[""]}


async def test_after_a_fault_of_the_gateway_it_connects_anew(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.platforms.discord.connection.RETRY_SECONDS", 0.0)
    meeting.platform._connection._running, running = None, meeting.platform._connection._running
    assert running is not None
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await meeting.platform._connection.client.close()
    meeting.platform._connection.client = meeting.platform._connection._fresh_client()
    meeting.server.faults.append(Fault("GET", "/users/@me", 403))
    await meeting.platform._connection.open()
    await meeting.server.until(lambda: meeting.server.gateway.identified == 2)
    await meeting.server.gateway.drop(code=4013)
    await meeting.server.until(lambda: meeting.server.gateway.identified == 3)


async def test_a_discord_that_cannot_be_reached_does_not_hold_the_start_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def receive(event: Event) -> None:
        """Nothing comes."""

    monkeypatch.setattr("bot.platforms.discord.connection.LOGIN_SECONDS", 0.05)
    nowhere = f"http://127.0.0.1:{closed_port()}"
    platform = Discord(token=SecretStr("a.b.c"), api_url=nowhere, gateway_url="ws://127.0.0.1:9")
    await platform.publish([])
    await platform.start(receive)
    assert not platform._connection.usable
    await platform.stop()


async def test_an_edited_question_is_asked_once_more(meeting: Meeting) -> None:
    said = await meeting.ana.mentions_bot(meeting.general, "first")
    first = await meeting.until_told(Request)
    await meeting.ana.edits(said, f"<@{meeting.server.world.me.id}> second")
    again = await meeting.until_told(Request, lambda event: event is not first)
    assert isinstance(first, Request)
    assert isinstance(again, Request)
    assert ("second", first.origin, first.channel) == (again.text, again.origin, again.channel)
    assert first.first_asked is None
    assert again.first_asked is not None
    assert [MessageSeen, Request, MessageEdited, Request] == [type(event) for event in meeting.events]


async def test_a_preview_that_discord_adds_is_no_edit(meeting: Meeting) -> None:
    said = await meeting.ana.mentions_bot(meeting.general, "see https://example.org")
    said.embeds = [{"type": "link", "url": "https://example.org"}]
    await meeting.server.rest.tell("MESSAGE_UPDATE", said)
    await meeting.ana.deletes(said)
    await meeting.until_told(MessageDeleted)
    assert [MessageSeen, Request, MessageDeleted] == [type(event) for event in meeting.events]


async def test_a_server_that_is_no_longer_named_loses_its_commands_at_the_next_start(meeting: Meeting) -> None:
    server = meeting.server
    den = server.guild("Den")
    old = {"id": "1", "name": "old", "description": "Old.", "type": 1}
    server.rest.commands[den.id] = [old]
    server.rest.commands[meeting.guild.id] = [old]
    syncs = server.rest.syncs
    async with meeting.restarted(guilds=[int(meeting.guild.id)]) as platform:
        # discord.py waits 2 s for further servers.
        platform._connection.client._ready.set()
        await server.until(lambda: [] == server.rest.commands[den.id] == server.rest.commands[""])
        assert {"words", "Count"} == {command["name"] for command in server.rest.commands[meeting.guild.id]}
        assert syncs + 3 == server.rest.syncs
    async with meeting.restarted(guilds=[int(meeting.guild.id)]) as platform:
        platform._connection.client._ready.set()
        path = ("GET", f"/applications/{server.world.me.id}/guilds/{den.id}/commands")
        await server.until(lambda: 2 == server.requests.count(path))
    assert syncs + 3 == server.rest.syncs


async def test_one_server_that_refuses_commands_does_not_keep_the_others_from_them(meeting: Meeting) -> None:
    server = meeting.server
    async with meeting.restarted(guilds=[1, int(meeting.guild.id)]):
        await server.until(lambda: server.rest.commands.get(meeting.guild.id))
