"""Stickers on Discord: a draft whose place the picture takes, an emoji that is added and taken back."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import discord
import pytest
from PIL import Image as Pillow
from pydantic import SecretStr

from bot import ChannelSettings, Task
from bot.app import App
from bot.config import Config, ModelsConfig, PluginsConfig, Store
from bot.models.registry import ModelRegistry
from bot.platforms.discord.platform import Discord
from tests.plugins.sticker.drawer import Drawer, face
from tests.servers.discord import (
    CREATE_GUILD_EXPRESSIONS,
    Channel,
    DiscordPerson,
    DiscordServer,
    Guild,
    Interaction,
    Role,
    discord_server,
)

OTHERS = [folder.name for folder in Path("plugins").iterdir() if folder.is_dir() and folder.name != "sticker"]


class Models(ModelRegistry):
    """A model that draws stickers, and no other."""

    def __init__(self, config: ModelsConfig, drawer: Drawer) -> None:
        super().__init__(config)
        self._drawer = drawer

    async def provide(self, task: Task, settings: ChannelSettings) -> object:
        return self._drawer if task is Task.STICKERS else await super().provide(task, settings)


@dataclass
class Studio:
    """A server of artists."""

    server: DiscordServer
    drawer: Drawer
    guild: Guild
    general: Channel
    ana: DiscordPerson
    ben: DiscordPerson

    @property
    def emoji(self) -> dict[str, bytes]:
        """The server's emoji by name."""
        return {emoji.name: emoji.image for emoji in self.server.rest.emojis.all.get(self.guild.id, {}).values()}

    async def answered(self, used: Interaction, containing: str = "") -> list[str]:
        """Wait for the complete answer; its buttons."""

        def complete() -> bool:
            shown = used.original
            labels = [button["label"] for button in shown.buttons] if shown else []
            return shown is not None and not shown.thinking and containing in shown.content and "Cancel" not in labels

        await self.server.until(complete)
        assert used.original is not None
        return [button["label"] for button in used.original.buttons]


@pytest.fixture
async def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Studio]:
    async with discord_server() as server:
        server.limits.seconds = 0.05
        monkeypatch.setattr(discord.Asset, "BASE", server.url)
        guild = server.guild("Studio")
        artist = Role("artist", CREATE_GUILD_EXPRESSIONS)
        ana, ben = server.person("Ana", guild, artist), server.person("Ben", guild)
        guild.members[server.world.me.id] = server.world.me, [artist]
        platform = Discord(token=SecretStr(server.token), api_url=server.api_url, gateway_url=server.gateway_url)
        config = Config(
            store=Store(url=f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}"),
            models=ModelsConfig(dir=tmp_path / "models"),
            plugins=PluginsConfig(disabled=OTHERS),
        )
        drawer = Drawer()
        app = App(config, lambda app: [platform], models=Models(config.models, drawer))
        await app.start()
        await server.until(lambda: server.gateway.sessions and platform._connection.client.guilds)
        yield Studio(server, drawer, guild, guild.channels[0], ana, ben)
        drawer.go.set()
        await app.stop(grace=1)


async def test_the_picture_takes_the_place_of_its_draft_in_the_same_message(studio: Studio) -> None:
    studio.drawer.go.clear()
    used = await studio.ana.uses("sticker make", studio.general, prompt="a fox", seed=7)
    await studio.server.until(lambda: used.original and used.original.attachments)
    assert used.original is not None
    assert face("hotpink", mouth=False, seed=7) == used.original.files["sticker-7.png"]
    assert "· draft" in used.original.content

    studio.drawer.go.set()
    assert ["Again", "Vary", "Add"] == await studio.answered(used, "20 steps")
    (picture,) = used.original.attachments
    assert "An emoji drawn by a model from the words “a fox”" == picture["description"]
    assert face("hotpink", seed=7) == used.original.files["sticker-7.png"]
    assert [] == used.followups


async def test_one_of_several_is_added_to_the_server_and_taken_back(studio: Studio) -> None:
    used = await studio.ana.uses("sticker make", studio.general, prompt="a happy fox", count=3, seed=7)
    assert ["Choose 1", "Choose 2", "Choose 3", "Again"] == await studio.answered(used, "20 steps")
    assert used.original is not None
    chosen = await studio.ana.presses(used.original, "Choose 2")
    await studio.answered(chosen)
    assert chosen.original is not None
    added = await studio.ana.presses(chosen.original, "Add")
    assert ["Undo"] == await studio.answered(added, "`:a_happy_fox:` is an emoji of this server now.")
    assert {"a_happy_fox": face("slategrey", seed=8)} == studio.emoji

    assert added.original is not None
    refused = await studio.ben.presses(added.original, "Undo")
    await studio.answered(refused, "Only who added an emoji by me can take it away")
    assert ["a_happy_fox"] == [*studio.emoji]
    undone = await studio.ana.presses(added.original, "Undo")
    await studio.answered(undone, "is no emoji of this server any more")
    assert {} == studio.emoji


async def test_who_may_not_add_emoji_is_told_and_nothing_is_drawn(studio: Studio) -> None:
    used = await studio.ben.uses("sticker make", studio.general, prompt="a fox", add="fox")
    await studio.answered(used, "those who have the permission Create Expressions; you do not have it")
    assert ([], {}) == (studio.drawer.asked, studio.emoji)


async def test_an_emoji_in_the_text_and_an_avatar_are_the_pictures_that_are_meant(studio: Studio) -> None:
    emoji = studio.server.rest.emojis.put(studio.guild, "gold", face("gold"), studio.ben.user)
    studio.server.rest.emojis.avatars[studio.ben.user.id] = face("teal")
    used = await studio.ana.uses("sticker vary", studio.general, text=f"<:gold:{emoji.id}> with a hat")
    await studio.answered(used, "20 steps")
    used = await studio.ana.uses("sticker blend", studio.general, text=f"<:gold:{emoji.id}>", user=studio.ben)
    await studio.answered(used, "20 steps")

    varied, blended = studio.drawer.asked
    pictures = [Pillow.open(io.BytesIO(data or b"")) for data in (varied.image, blended.image, blended.other)]
    assert ["with a hat", ""] == [varied.text, blended.text]
    gold, teal = (255, 215, 0, 255), (0, 128, 128, 255)
    assert [gold, gold, teal] == [picture.getpixel((64, 30)) for picture in pictures]
