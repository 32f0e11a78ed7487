"""The platform alone, with the real client, against a Discord of our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated

import discord
import pytest
from pydantic import SecretStr

from bot import Choices, Complete, Message, Plugin, Request, UserError
from bot.platform import Address, Body, Button, Card, File, MessageRef, State
from bot.platforms.discord.platform import Discord
from bot.request import ChannelKind, Event, MessageDeleted, MessageEdited, MessageSeen
from bot.testing import FakeClock
from bot.values import ChannelRef, User
from tests.servers.discord import Channel, DiscordPerson, DiscordServer, Fault, Guild, Interaction, discord_server
from tests.servers.loopback import closed_port


def words() -> Plugin:
    plugin = Plugin("words", "About words.", group=True)

    @plugin.command
    async def find(
        word: Annotated[str, Complete(lambda typed: [f"{typed}es", f"{typed}y"])],
        number: Annotated[int, Choices(*range(30))] = 0,
        broken: Annotated[str, Complete(lambda typed: [str(1 // 0)])] = "",
    ) -> str:
        """Find a word."""
        return word

    @plugin.command(private=True)
    async def mine() -> str:
        """Your own words."""
        return ""

    @plugin.menu("Count")
    async def count(message: Message) -> str:
        return ""

    return plugin


@dataclass
class Meeting:
    """The platform, connected, and everything it told the core."""

    server: DiscordServer
    platform: Discord
    clock: FakeClock
    guild: Guild
    general: Channel
    ana: DiscordPerson
    events: list[Event] = field(default_factory=list)

    async def receive(self, event: Event) -> None:
        self.events.append(event)
        self.server.changed.set()
        self.server.changed.clear()

    async def until_told(self, kind: type[Event], which: Callable[[Event], bool] = lambda event: True) -> Event:
        def found() -> list[Event]:
            return [event for event in self.events if isinstance(event, kind) and which(event)]

        await self.server.until(found)
        return found()[-1]

    async def asked(self, used: Interaction) -> Request:
        def answers(event: Event) -> bool:
            return isinstance(event, Request) and event.origin.token == used.token

        event = await self.until_told(Request, answers)
        assert isinstance(event, Request)
        return event

    def address(self, request: Request, *, private: bool = False) -> Address:
        private_to = request.person.id if private else None
        return Address(request.channel.id, request.origin.message, private_to, request.origin.token)


@pytest.fixture
async def meeting() -> AsyncIterator[Meeting]:
    async with discord_server() as server:
        server.limits.seconds = 0.05
        guild = server.guild("Fox Club", "general", "den")
        ana = server.person("Ana", guild)
        clock = FakeClock()
        platform = Discord(
            token=SecretStr(server.token), api_url=server.api_url, gateway_url=server.gateway_url, clock=clock
        )
        meeting = Meeting(server, platform, clock, guild, guild.channels[0], ana)
        await platform.start(meeting.receive)
        await platform.publish(list(words().commands.values()))
        await server.until(lambda: platform._connection.client.guilds)
        yield meeting
        await platform.stop()


def done(text: str, request: Request | None = None, **parts: object) -> Body:
    return Body(text, state=State.DONE, request_id=request.id if request else None, **parts)  # type: ignore[arg-type]


async def test_suggestions_come_while_a_person_types(meeting: Meeting) -> None:
    used = await meeting.ana.types("words find", meeting.general, "word", "fox")
    await meeting.server.until(lambda: used.callback == 8)
    assert [{"name": "foxes", "value": "foxes"}, {"name": "foxy", "value": "foxy"}] == used.choices
    numbers = await meeting.ana.types("words find", meeting.general, "number", "29")
    await meeting.server.until(lambda: numbers.callback == 8)
    assert [29] == [choice["value"] for choice in numbers.choices]
    broken = await meeting.ana.types("words find", meeting.general, "broken", "x")
    await meeting.server.until(lambda: broken.callback == 8)
    assert [] == broken.choices


async def test_history_is_read_oldest_first_and_names_whom_it_mentions(meeting: Meeting) -> None:
    start = datetime.now(UTC) - timedelta(seconds=5)
    for number in range(3):
        await meeting.ana.says(meeting.general, f"{number} for <@{meeting.ana.user.id}> in <#{meeting.general.id}>")
    found = await meeting.platform.history(meeting.general.id, None, 2)
    assert ["1 for @Ana in #general", "2 for @Ana in #general"] == [message.text for message in found]
    assert 3 == len(await meeting.platform.history(meeting.general.id, start, 10))
    assert [] == await meeting.platform.history(meeting.general.id, start + timedelta(hours=1), 10)


async def test_a_channel_that_may_not_be_read_says_what_is_missing(meeting: Meeting) -> None:
    meeting.general.forbidden.add("READ_MESSAGE_HISTORY")
    with pytest.raises(UserError, match="an admin can grant me Read Message History"):
        await meeting.platform.history(meeting.general.id, None, 2)
    meeting.general.forbidden.clear()
    guild = meeting.platform._connection.client.guilds[0]
    guild.default_role._permissions = 0
    meeting.general.forbidden.add("VIEW_CHANNEL")
    with pytest.raises(UserError, match="grant me View Channel and Read Message History"):
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


async def test_many_messages_deleted_at_once_are_told_one_by_one(meeting: Meeting) -> None:
    where = {"channel_id": meeting.general.id, "guild_id": meeting.guild.id}
    await meeting.server.gateway.dispatch("MESSAGE_DELETE_BULK", lambda session: {"ids": ["1", "2"], **where})
    await meeting.server.until(lambda: 2 == len([one for one in meeting.events if isinstance(one, MessageDeleted)]))


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


async def test_a_menu_hands_the_message_on(meeting: Meeting) -> None:
    said = await meeting.ana.says(meeting.general, f"about <@{meeting.ana.user.id}>")
    await meeting.ana.edits(said, f"all about <@{meeting.ana.user.id}>")
    said.mentioned = [meeting.ana.user]
    request = await meeting.asked(await meeting.ana.chooses("Count", said))
    assert request.reply_to is not None
    assert ("all about @Ana", said.id, True) == (
        request.reply_to.text,
        request.reply_to.id,
        request.reply_to.edited is not None,
    )


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
    with pytest.raises(UserError, match="too old"):
        await meeting.platform.edit(ref, done("again"))


async def test_a_message_of_an_earlier_process_can_be_deleted(meeting: Meeting) -> None:
    ref = await meeting.platform.post(Address(meeting.general.id), done("old"), "key")
    meeting.platform._by_ref.clear()
    await meeting.platform.delete(ref)
    assert [] == meeting.server.messages(meeting.general)


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


async def test_an_interaction_acknowledged_too_late_is_passed_over(meeting: Meeting) -> None:
    meeting.server.interactions.acknowledge_seconds = 0.0
    late = await meeting.ana.uses("words find", meeting.general, word="late")
    await meeting.server.until(
        lambda: ("POST", f"/interactions/{late.id}/{late.token}/callback") in meeting.server.requests
    )
    meeting.server.interactions.acknowledge_seconds = 3.0
    request = await meeting.asked(await meeting.ana.uses("words find", meeting.general, word="early"))
    assert "early" == request.options["word"]
    assert [request] == [event for event in meeting.events if isinstance(event, Request)]


async def test_a_button_outlives_a_restart_unless_its_line_is_too_long(meeting: Meeting) -> None:
    buttons = (Button("Short", "/words mine"), Button("Long", "/words find word:" + "x" * 100))
    await meeting.platform.post(Address(meeting.general.id), done("", cards=(Card("T", buttons=buttons),)), "key")
    (message,) = meeting.server.messages(meeting.general)
    request = await meeting.asked(await meeting.ana.presses(message, "Long"))
    assert buttons[1].line == request.text
    meeting.platform._events.buttons.clear()
    short = await meeting.ana.presses(message, "Short")
    assert "/words mine" == (await meeting.asked(short)).text
    assert short.original is not None
    assert short.original.only_to is meeting.ana.user
    long = await meeting.ana.presses(message, "Long")
    await meeting.server.until(lambda: long.original)
    assert long.original is not None
    assert "This button is too old; please ask again." == long.original.content


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


async def test_forgetting_a_person_drops_what_they_asked(meeting: Meeting) -> None:
    said = await meeting.ana.mentions_bot(meeting.general, "remember me")
    await meeting.until_told(Request)
    await meeting.platform.forget(f"discord:{meeting.ana.user.id}")
    assert said.id not in meeting.platform._events._asked


async def test_a_channel_that_is_gone_is_no_silent_success(meeting: Meeting) -> None:
    with pytest.raises(discord.NotFound):
        await meeting.platform.post(Address("1"), done("nowhere"), "key")
    with pytest.raises(discord.NotFound):
        await meeting.platform.delete(MessageRef(meeting.general.id, "1"))


async def test_where_nobody_is_known_a_missing_permission_is_an_error(meeting: Meeting) -> None:
    meeting.general.forbidden.add("SEND_MESSAGES")
    with pytest.raises(discord.Forbidden):
        await meeting.platform.post(Address(meeting.general.id), done("digest"), "key")


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
