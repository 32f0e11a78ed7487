"""What becomes of answers on Discord: made anew, continued, rated and removed, also after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import SecretStr
from sqlalchemy import text as sql

from bot import History, Multiline, Plugin, UserError
from bot.app import App
from bot.config import Config, ModelsConfig, PluginsConfig, Store
from bot.platforms.discord.platform import Discord
from tests.servers.discord import MANAGE_GUILD, Channel, DiscordPerson, DiscordServer, Message, Role, discord_server

BUNDLED = [folder.name for folder in Path("plugins").iterdir() if folder.is_dir()]


def plugin(go_on: asyncio.Event) -> Plugin:
    plugin = Plugin("tales", "Tells tales.")

    @plugin.command(free_text=True, again=True, more="Go on.")
    async def ask(question: str) -> AsyncIterator[str]:
        """Answer anything.

        Args:
            question: What to answer.
        """
        if "refuse" in question:
            raise UserError("I will not.")
        yield "You asked: "
        if "slowly" in question:
            await go_on.wait()
        yield question
        if "long" in question:
            yield "\n\n" + "It went on and on. " * 150

    @plugin.command
    async def count(words: int) -> AsyncIterator[str]:
        """Count.

        Args:
            words: How far.
        """
        for number in range(words):
            yield f"{number} "
            await asyncio.sleep(0.005)

    @plugin.command(admin=True)
    async def forbid() -> str:
        """Forbid something."""
        return "Forbidden."

    @plugin.command
    async def read(history: History) -> str:
        """Read what was written here."""
        return f"{len(await history.recent())} messages"

    @plugin.command
    async def write(about: Annotated[str, Multiline()]) -> str:
        """Write something.

        Args:
            about: What it is about.
        """
        return about.upper()

    return plugin


@dataclass
class House:
    """A Discord server on which Atelier is started again and again, with the same store."""

    server: DiscordServer
    general: Channel
    ana: DiscordPerson
    bob: DiscordPerson
    folder: Path
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def atelier(self) -> AsyncIterator[App]:
        """One life of Atelier."""
        server = self.server
        discord = Discord(token=SecretStr(server.token), api_url=server.api_url, gateway_url=server.gateway_url)
        config = Config(
            store=Store(url=f"sqlite+aiosqlite:///{self.folder / 'atelier.db'}"),
            models=ModelsConfig(dir=self.folder / "models"),
            plugins=PluginsConfig(disabled=BUNDLED),
        )
        app = App(config, lambda app: [discord])
        await app.start()
        try:
            await app.plugins.add(plugin(self.go_on))
            await app.publish()
            await server.until(lambda: server.gateway.sessions and discord._connection.client.guilds)
            yield app
        finally:
            self.go_on.set()
            await app.stop(grace=1)

    async def shown(self, holds: Callable[[list[Message]], object]) -> list[Message]:
        """The bot's messages in the channel that everybody sees, once they are so."""

        def public() -> list[Message]:
            return [message for message in self.server.messages(self.general) if message.only_to is None]

        await self.server.until(lambda: holds(public()))
        return public()

    async def answered(self, question: str) -> list[Message]:
        """The complete answer to a question that mentions the bot."""
        await self.ana.mentions_bot(self.general, question)
        return await self.shown(is_complete)


def labels(message: Message) -> list[str]:
    return [button["label"] for button in message.buttons]


def is_complete(messages: list[Message]) -> bool:
    return bool(messages) and "Delete" in labels(messages[-1])


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with discord_server() as server:
        server.limits.seconds = 0.05
        guild = server.guild("Tale Club")
        yield House(server, guild.channels[0], server.person("Ana", guild), server.person("Bob", guild), tmp_path)


async def test_the_buttons_stand_under_the_last_message_of_a_complete_answer(house: House) -> None:
    async with house.atelier():
        first, last = await house.answered("something long")
        assert [] == labels(first)
        assert ["Regenerate", "Continue", "Delete", "👍", "👎"] == labels(last)


async def test_after_a_restart_an_answer_is_made_anew_in_its_place(house: House) -> None:
    async with house.atelier():
        first, last = await house.answered("something long")
    house.go_on.clear()
    async with house.atelier():
        refused = await house.bob.presses(last, "Regenerate")
        await house.server.until(lambda: refused.followups)
        assert "Only Ana, who asked" in refused.followups[0].content
        assert house.bob.user is refused.followups[0].only_to
        edits = len(first.texts)
        pressed = await house.ana.presses(last, "Regenerate")
        assert [first, last] == await house.shown(lambda found: len(first.texts) > edits and is_complete(found))
        assert 6 == pressed.callback
        assert first.content.startswith("You asked: something long")


async def test_an_answer_that_is_made_anew_can_be_cancelled_by_who_asked(house: House) -> None:
    async with house.atelier():
        house.go_on.set()
        (answer,) = await house.answered("slowly")
    house.go_on.clear()
    async with house.atelier():
        await house.ana.presses(answer, "Regenerate")
        await house.shown(lambda found: ["Cancel"] == labels(found[0]))
        await house.ana.presses(answer, "Cancel")
        await house.shown(lambda found: found[0].content.endswith("Cancelled."))
        assert ["Regenerate", "Delete"] == labels(answer)


async def test_after_a_restart_an_answer_is_continued_in_a_new_one(house: House) -> None:
    async with house.atelier():
        (answer,) = await house.answered("something")
    async with house.atelier():
        pressed = await house.ana.presses(answer, "Continue")
        await house.server.until(lambda: pressed.original and is_complete([pressed.original]))
        assert pressed.original is not None
        assert "You asked: Go on." == pressed.original.content
        assert "You asked: something" == answer.content


async def test_after_a_restart_an_answer_is_deleted_whole(house: House) -> None:
    async with house.atelier():
        _, last = await house.answered("something long")
    async with house.atelier():
        pressed = await house.ana.presses(last, "Delete")
        assert [] == await house.shown(lambda found: not found)
        assert 6 == pressed.callback
        assert [] == pressed.followups


async def test_after_a_restart_an_answer_is_found_good(house: House) -> None:
    async with house.atelier():
        (answer,) = await house.answered("something")
    async with house.atelier() as app:
        pressed = await house.bob.presses(answer, "👍")
        await house.server.until(lambda: pressed.original and not pressed.original.thinking)
        assert pressed.original is not None
        assert "Thank you: noted as a good answer." == pressed.original.content
        assert house.bob.user is pressed.original.only_to
        async with app.store.database.read() as session:
            assert [(1,)] == list(await session.execute(sql("select good from ratings")))


async def test_a_question_edited_while_it_is_answered_is_answered_anew_in_the_same_place(house: House) -> None:
    async with house.atelier():
        asked = await house.ana.mentions_bot(house.general, "slowly")
        (answer,) = await house.shown(lambda found: found and found[0].content == "You asked:")
        await house.ana.edits(asked, f"<@{house.server.world.me.id}> at once")
        assert [answer] == await house.shown(is_complete)
        assert "You asked: at once" == answer.content


async def test_a_question_edited_after_it_was_answered_is_answered_anew_in_the_same_place(house: House) -> None:
    async with house.atelier():
        asked = await house.ana.mentions_bot(house.general, "once")
        (answer,) = await house.shown(is_complete)
        await house.ana.edits(asked, f"<@{house.server.world.me.id}> twice")
        await house.shown(lambda found: "twice" in found[0].content and is_complete(found))
        asked.embeds = [{"type": "link", "url": "https://example.org"}]
        texts = len(answer.texts)
        await house.server.rest.tell("MESSAGE_UPDATE", asked)
        await house.ana.mentions_bot(house.general, "next")
        await house.shown(lambda found: len(found) == 2 and is_complete(found))
        assert texts == len(answer.texts)


async def test_a_question_deleted_while_it_is_answered_takes_its_answer_along(house: House) -> None:
    async with house.atelier():
        asked = await house.ana.mentions_bot(house.general, "slowly")
        await house.shown(lambda found: found and "You asked:" in found[0].content)
        await house.ana.deletes(asked)
        await house.shown(lambda found: not found)


async def test_a_form_asks_for_what_takes_several_lines(house: House) -> None:
    async with house.atelier():
        used = await house.ana.uses("write", house.general)
        await house.server.until(lambda: used.modal)
        sent = await house.ana.submits(used, about="a fox\nin the snow")
        await house.server.until(lambda: sent.original and not sent.original.thinking)
        assert sent.original is not None
        assert "A FOX\nIN THE SNOW" == sent.original.content


async def test_a_person_takes_atelier_along_into_a_server_that_has_not_installed_it(house: House) -> None:
    foreign = house.server.guild("Elsewhere", joined=False)
    chief = house.server.person("Chief", foreign, Role("boss", MANAGE_GUILD))
    async with house.atelier():
        used = await chief.uses("count", foreign.channels[0], words=3)
        await house.server.until(lambda: used.original and used.original.content == "0 1 2")
        refused = await chief.uses("forbid", foreign.channels[0])
        await house.server.until(lambda: refused.original and not refused.original.thinking)
        assert refused.original is not None
        assert "admin" in refused.original.content
        read = await chief.uses("read", foreign.channels[0])
        await house.server.until(lambda: read.original and not read.original.thinking)
        assert read.original is not None
        assert "no member of this conversation" in read.original.content


async def test_a_429_while_an_answer_grows_is_waited_for(house: House) -> None:
    async with house.atelier():
        await house.ana.mentions_bot(house.general, "slowly")
        (answer,) = await house.shown(lambda found: found and found[0].content == "You asked:")
        house.server.limits.surprises.append(0.1)
        house.go_on.set()
        await house.shown(is_complete)
        assert "You asked: slowly" == answer.content
        assert 1 == house.server.limits.hits


async def test_two_answers_that_grow_in_one_channel_keep_to_its_limit(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Discord's 5 edits in 5 s, ten times as fast; a busy machine may be late with one and in time with the next.
    house.server.limits.seconds = 0.5
    monkeypatch.setattr("bot.platforms.discord.pace.WINDOW", 0.8)
    async with house.atelier() as app:
        (discord,) = app.dispatcher.platforms.values()
        discord.limits = replace(discord.limits, edits_per_second=10.0)
        for person in (house.ana, house.bob):
            await person.mentions_bot(house.general, "/count words:200")
        await house.shown(lambda found: len(found) == 2)
        first, second = await house.shown(lambda found: all("199" in one.content and not one.buttons for one in found))
        assert " ".join(str(number) for number in range(200)) == first.content == second.content
        assert 0 == house.server.limits.hits
        assert len(first.texts) > 2
        assert len(second.texts) > 2
