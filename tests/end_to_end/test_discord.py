"""A whole Atelier on Discord: the real client against a Discord of our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import discord
import pytest
from pydantic import SecretStr

from bot import Card, Choice, Choices, File, Message, Plugin, Progress, Range, Request, User, UserError
from bot.app import App
from bot.body import Button
from bot.config import Config, ModelsConfig, PluginsConfig, Store
from bot.errors import ConfigError
from bot.platforms.discord.platform import Discord
from bot.request import Attachment
from tests.servers.discord import (
    MANAGE_GUILD,
    Channel,
    DiscordPerson,
    DiscordServer,
    Fault,
    Guild,
    Interaction,
    Role,
    discord_server,
)

BUNDLED = [folder.name for folder in Path("plugins").iterdir() if folder.is_dir()]

PICTURE = File("fox.png", b"\x89PNG fox", "image/png", alt="A fox in the snow", caption="a fox")


@dataclass
class Gates:
    """Where commands wait until the test lets them go on.

    Attributes:
        step: The next words may be written.
        calls: How often each command ran.
        started: A command waits.
        cancelled: A command was stopped.
    """

    step: asyncio.Event = field(default_factory=asyncio.Event)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[str] = field(default_factory=list)


def fox_plugin(gates: Gates) -> Plugin:
    plugin = Plugin("fox", "About foxes.")

    @plugin.command
    async def greet(name: str, times: Annotated[int, Range(1, 3)] = 1) -> str:
        """Say hello.

        Args:
            name: To whom.
            times: How often.
        """
        gates.calls.append("greet")
        return " ".join([f"Hello {name}!"] * times)

    @plugin.command(private=True)
    async def diary(request: Request) -> str:
        """Show your diary."""
        return f"The diary of {request.person.name} ({request.person.locale})"

    @plugin.command
    async def epic() -> str:
        """Tell a very long tale."""
        return "\n\n".join(f"{number}. " + "The fox went on. " * 20 for number in range(1, 25))

    @plugin.command
    async def show(
        kind: Annotated[str, Choices("red", "grey")], friend: User, photo: Attachment
    ) -> AsyncIterator[object]:
        """Show a fox.

        Args:
            kind: Of which kind.
            friend: To whom.
            photo: Another fox.
        """
        yield f"{kind} for {friend.name}: {len(await photo.read())} bytes"
        yield PICTURE
        yield Card("Fox", (("Legs", "4"),), (Button("Greet", "/greet name:Fox"), Button("Diary", "/diary")))

    @plugin.menu("Count words")
    async def count(message: Message) -> str:
        return f"{len(message.text.split())} words by {message.author_name}"

    return plugin


def patient_plugin(gates: Gates) -> Plugin:
    plugin = Plugin("patience", "Takes its time.")

    @plugin.command(private=True)
    async def dream() -> AsyncIterator[str]:
        """Tell a dream, slowly."""
        yield "Once "
        await gates.step.wait()
        yield "upon a time"

    @plugin.command
    async def tale() -> AsyncIterator[str | Progress]:
        """Tell a tale, slowly."""
        try:
            yield Progress(0.5, "thinking of one")
            yield "Once "
            await gates.step.wait()
            yield "upon a time"
        except asyncio.CancelledError:
            gates.cancelled.set()
            raise

    @plugin.command
    async def hunt(request: Request, where: str) -> AsyncIterator[str | Choice]:
        """Go hunting.

        Args:
            where: In which wood.
        """
        picked = yield Choice("Really?", ("Yes", "No"))
        yield f"{picked}: {where}"

    @plugin.command(free_text=True)
    async def ask(question: str, request: Request) -> str:
        """Answer anything.

        Args:
            question: What to answer.
        """
        gates.calls.append(question)
        if "refuse" in question:
            raise UserError("I will not.")
        if "wait" in question:
            gates.started.set()
            try:
                await gates.step.wait()
            except asyncio.CancelledError:
                gates.cancelled.set()
                raise
        about = f" about “{request.reply_to.text}”" if request.reply_to else ""
        files = "".join(f" with {file.name}" for file in request.attachments)
        admin = " as an admin" if request.person.is_admin else ""
        return f"You asked: {question}{about}{files}{admin} @everyone"

    return plugin


@dataclass
class House:
    """Atelier on a Discord with one server.

    Attributes:
        ana: A member.
        chief: One who may manage the server.
        poser: One with a role that is merely called `admin`.
    """

    server: DiscordServer
    app: App
    platform: Discord
    gates: Gates
    guild: Guild
    general: Channel
    ana: DiscordPerson
    chief: DiscordPerson
    poser: DiscordPerson

    async def answered(self, used: Interaction, text: str = "") -> str:
        """The complete answer to an interaction, once it is there."""

        def complete() -> bool:
            shown = used.original
            if shown is None or shown.thinking or text not in shown.content:
                return False
            return "Cancel" not in [button["label"] for button in shown.buttons]

        await self.server.until(complete)
        assert used.original is not None
        return used.original.content

    async def reply(self, channel: Channel, containing: str = "") -> str:
        """What the bot wrote in a channel, once it is there."""
        found = self.server.messages
        await self.server.until(lambda: [one for one in found(channel) if containing in one.content])
        return next(one.content for one in found(channel) if containing in one.content)


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with discord_server() as server:
        # Nobody wants to wait 5 s; the tests of the limit set their own.
        server.limits.seconds = 0.05
        yield server


@pytest.fixture
async def house(server: DiscordServer, tmp_path: Path) -> AsyncIterator[House]:
    guild = server.guild("Fox Club")
    ana = server.person("Ana", guild, locale="de")
    chief = server.person("Chief", guild, Role("boss", MANAGE_GUILD))
    poser = server.person("Poser", guild, Role("admin"))
    gates = Gates()
    platform = Discord(token=SecretStr(server.token), api_url=server.api_url, gateway_url=server.gateway_url)
    config = Config(
        store=Store(url=f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}"),
        models=ModelsConfig(dir=tmp_path / "models"),
        plugins=PluginsConfig(disabled=BUNDLED),
    )
    app = App(config, lambda app: [platform])
    await app.start()
    await app.plugins.add(fox_plugin(gates))
    await app.plugins.add(patient_plugin(gates))
    await app.publish()
    await server.until(lambda: server.gateway.sessions and platform._connection.client.guilds)
    yield House(server, app, platform, gates, guild, guild.channels[0], ana, chief, poser)
    gates.step.set()
    await app.stop(grace=1)


async def test_a_slash_command_is_answered_in_place_of_thinking(house: House) -> None:
    used = await house.ana.uses("greet", house.general, name="Ana", times=2)
    assert "Hello Ana! Hello Ana!" == await house.answered(used)
    assert used.callback == 5
    assert used.seconds is not None
    assert used.seconds < 1
    assert used.original is not None
    assert used.original.only_to is None


async def test_a_private_command_is_seen_by_nobody_else(house: House) -> None:
    used = await house.ana.uses("diary", house.general)
    assert "The diary of Ana (de)" == await house.answered(used)
    assert used.original is not None
    assert used.original.only_to is house.ana.user


async def test_a_mention_is_answered_as_a_reply_that_pings_nobody(house: House) -> None:
    await house.ana.says(house.general, "just talking")
    asked = await house.ana.mentions_bot(house.general, "what is new?")
    assert "You asked: what is new? @\u200beveryone" in await house.reply(house.general)
    (answer,) = house.server.messages(house.general)
    assert answer.reply_to is asked
    assert [] == answer.mentioned
    assert ["what is new?"] == house.gates.calls


async def test_a_reply_to_an_answer_asks_on_about_it(house: House) -> None:
    await house.ana.mentions_bot(house.general, "first")
    await house.reply(house.general, "first")
    (answer,) = house.server.messages(house.general)
    await house.ana.says(house.general, "second", reply_to=answer)
    assert "about “You asked: first" in await house.reply(house.general, "second")


async def test_a_direct_message_needs_no_mention_and_brings_its_files(house: House) -> None:
    await house.ana.says(house.ana.dm, "hi", files=[("note.txt", b"hello", "text/plain")])
    assert "hi with note.txt" in await house.reply(house.ana.dm)


async def test_an_admin_is_known_by_permission_and_not_by_a_roles_name(house: House) -> None:
    await house.chief.mentions_bot(house.general, "am I?")
    assert "as an admin" in await house.reply(house.general, "am I?")
    await house.poser.mentions_bot(house.general, "and me?")
    assert "as an admin" not in await house.reply(house.general, "and me?")


async def test_a_private_command_asked_by_mention_is_answered_by_direct_message(house: House) -> None:
    await house.ana.mentions_bot(house.general, "/diary")
    assert "The diary of Ana" in await house.reply(house.ana.dm)
    assert [] == house.server.messages(house.general)


async def test_a_slow_answer_streams_and_ends_complete(house: House) -> None:
    used = await house.ana.uses("tale", house.general)
    await house.server.until(lambda: used.original and used.original.content == "Once")
    assert used.original is not None
    assert ["Cancel"] == [button["label"] for button in used.original.buttons]
    house.gates.step.set()
    assert "Once upon a time" == await house.answered(used, "time")
    assert [] == used.original.buttons


async def test_cancel_stops_the_work_and_says_so(house: House) -> None:
    used = await house.ana.uses("tale", house.general)
    await house.server.until(lambda: used.original and used.original.buttons)
    assert used.original is not None
    bob = house.server.person("Bob", house.guild)
    refused = await bob.presses(used.original, "Cancel")
    assert "Only the person who asked can do that." == await house.answered(refused)
    await house.ana.presses(used.original, "Cancel")
    assert "Cancelled." in await house.answered(used, "Cancelled.")
    assert house.gates.cancelled.is_set()


async def test_an_admin_may_cancel(house: House) -> None:
    used = await house.ana.uses("tale", house.general)
    await house.server.until(lambda: used.original and used.original.buttons)
    assert used.original is not None
    await house.chief.presses(used.original, "Cancel")
    await house.answered(used, "Cancelled.")


async def test_a_question_waits_for_a_button(house: House) -> None:
    used = await house.ana.uses("hunt", house.general, where="the wood")
    await house.server.until(lambda: used.original and len(used.original.buttons) == 3)
    assert used.original is not None
    assert "**Really?**" == used.original.content
    await house.ana.presses(used.original, "Yes")
    assert "Yes: the wood" == await house.answered(used, "wood")


async def test_files_people_and_cards_go_both_ways(house: House) -> None:
    used = await house.ana.uses(
        "show", house.general, kind="red", friend=house.ana, photo=("a.png", b"12345", "image/png")
    )
    assert "red for Ana: 5 bytes\na fox" == await house.answered(used)
    assert used.original is not None
    (picture,) = used.original.attachments
    assert ("fox.png", "A fox in the snow") == (picture["filename"], picture["description"])
    assert PICTURE.data == used.original.files["fox.png"]
    (box,) = used.original.embeds
    assert "Fox" == box["title"]
    pressed = await house.ana.presses(used.original, "Greet")
    assert "Hello Fox!" == await house.answered(pressed)
    private = await house.ana.presses(used.original, "Diary")
    assert "The diary of Ana (de)" == await house.answered(private)
    assert private.original is not None
    assert private.original.only_to is house.ana.user


async def test_a_message_is_chosen_from_its_menu(house: House) -> None:
    said = await house.ana.says(house.general, "the quick brown fox")
    used = await house.ana.chooses("Count words", said)
    assert "4 words by Ana" == await house.answered(used)


async def test_a_long_answer_goes_on_in_further_messages(house: House) -> None:
    used = await house.ana.uses("epic", house.general)
    await house.server.until(lambda: used.followups and "24" in used.followups[-1].content)
    assert used.original is not None
    texts = [used.original.content, *(message.content for message in used.followups)]
    assert all(len(text) <= 2000 for text in texts)
    assert 24 * 20 == sum(text.count("The fox went on.") for text in texts)


async def test_a_dead_token_lets_the_answer_go_on_as_a_message_that_mentions_the_person(house: House) -> None:
    used = await house.ana.uses("tale", house.general)
    await house.server.until(lambda: used.original and used.original.content == "Once")
    used.expire()
    house.gates.step.set()
    text = await house.reply(house.general, "time")
    assert f"<@{house.ana.user.id}>\nOnce upon a time" == text
    await house.server.until(lambda: used.original and used.original.deleted)
    (answer,) = house.server.messages(house.general)
    assert [house.ana.user] == answer.mentioned


async def test_a_private_answer_whose_token_died_goes_on_by_direct_message(house: House) -> None:
    used = await house.ana.uses("dream", house.general)
    await house.server.until(lambda: used.original and used.original.content == "Once")
    used.expire()
    house.gates.step.set()
    assert "Once upon a time" == await house.reply(house.ana.dm, "time")
    assert [] == [one for one in house.server.messages(house.general) if one.only_to is None]


async def test_a_429_is_waited_for_and_the_answer_is_complete(house: House) -> None:
    house.server.limits.surprises.append(0.05)
    await house.ana.mentions_bot(house.general, "busy?")
    assert "You asked: busy?" in await house.reply(house.general)
    assert 1 == house.server.limits.hits


async def test_an_answer_whose_receipt_was_lost_is_posted_once(house: House) -> None:
    house.server.faults.append(Fault("POST", f"/channels/{house.general.id}/messages", None))
    await house.ana.mentions_bot(house.general, "twice?")
    await house.reply(house.general, "twice?")
    assert 1 == len(house.server.messages(house.general))


async def test_after_a_dropped_connection_everything_is_answered_once(house: House) -> None:
    await house.ana.mentions_bot(house.general, "before")
    await house.reply(house.general, "before")
    house.server.gateway.replay = 3
    await house.server.gateway.drop()
    await house.ana.mentions_bot(house.general, "meanwhile")
    await house.server.until(lambda: house.server.gateway.resumed)
    await house.reply(house.general, "meanwhile")
    await house.ana.mentions_bot(house.general, "after")
    await house.reply(house.general, "after")
    assert ["before", "meanwhile", "after"] == house.gates.calls
    assert 3 == len(house.server.messages(house.general))


async def test_an_interaction_that_is_replayed_is_answered_once(house: House) -> None:
    used = await house.ana.uses("greet", house.general, name="Ana")
    await house.answered(used)
    house.server.gateway.replay = 5
    await house.server.gateway.ask_to_reconnect()
    await house.server.until(lambda: house.server.gateway.resumed)
    again = await house.ana.uses("greet", house.general, name="Bob")
    await house.answered(again)
    assert ["greet", "greet"] == house.gates.calls


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalid_session_is_begun_again(
    house: House, monkeypatch: pytest.MonkeyPatch, resumable: bool
) -> None:
    async def at_once(client: discord.Client, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py waits 5 s before it identifies anew."""

    monkeypatch.setattr(discord.Client, "before_identify_hook", at_once)
    gateway = house.server.gateway
    await gateway.invalidate(resumable=resumable)
    await house.server.until(lambda: gateway.resumed if resumable else gateway.identified == 2)
    await house.server.until(lambda: any(session.connection for session in gateway.sessions.values()))
    used = await house.ana.uses("greet", house.general, name="Ana")
    assert "Hello Ana!" == await house.answered(used)


async def test_a_deleted_question_is_not_answered_any_more(house: House) -> None:
    asked = await house.ana.mentions_bot(house.general, "wait for it")
    async with asyncio.timeout(5):
        await house.gates.started.wait()
        await house.ana.deletes(asked)
        await house.gates.cancelled.wait()


async def test_a_missing_permission_is_named_to_the_person(house: House) -> None:
    house.general.forbidden.add("SEND_MESSAGES")
    await house.ana.mentions_bot(house.general, "can you write here?")
    text = await house.reply(house.ana.dm)
    assert "I may not write in #general; an admin can grant me Send Messages there." in text
    assert "You asked: can you write here?" in text


async def test_commands_are_written_only_when_they_change(house: House) -> None:
    written = house.server.rest.syncs
    await house.app.publish()
    assert written == house.server.rest.syncs
    names = {command["name"] for command in house.server.rest.commands[""]}
    assert {"greet", "diary", "Count words"} <= names


async def test_without_the_message_content_intent_all_but_history_works(server: DiscordServer, tmp_path: Path) -> None:
    server.world.message_content = False
    guild = server.guild("Quiet Club")
    ana = server.person("Ana", guild)
    events: list[object] = []
    heard = asyncio.Event()

    async def receive(event: object) -> None:
        events.append(event)
        if isinstance(event, Request):
            heard.set()

    platform = Discord(token=SecretStr(server.token), api_url=server.api_url, gateway_url=server.gateway_url)
    await platform.start(receive)
    try:
        await server.until(lambda: server.gateway.sessions)
        assert not platform.limits.message_content
        await ana.says(guild.channels[0], "none of its business")
        await ana.mentions_bot(guild.channels[0], "hello")
        async with asyncio.timeout(5):
            await heard.wait()
        (request,) = [event for event in events if isinstance(event, Request)]
        assert "hello" == request.text
        with pytest.raises(UserError, match="Message Content Intent is off"):
            await platform.history(guild.channels[0].id, None, 10)
    finally:
        await platform.stop()


async def test_a_wrong_token_stops_the_start_with_one_line(server: DiscordServer) -> None:
    async def receive(event: object) -> None:
        """Nothing comes."""

    platform = Discord(token=SecretStr("wrong.wrong.wrong"), api_url=server.api_url, gateway_url=server.gateway_url)
    with pytest.raises(ConfigError, match=r"platforms\.discord\.token: Discord does not know it"):
        await platform.start(receive)
    await platform.stop()
