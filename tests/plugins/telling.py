"""A stand-in for the plugin that tells what was talked about: it says what it was asked to tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from bot import Channels, History, Length, Plugin, Progress, Request, Silence
from bot.config import Config, ModelsConfig, PluginsConfig, Store
from bot.schedule import Quiet
from bot.testing import Testbed


@dataclass
class Asked:
    """What was to be told once."""

    channels: str
    start: datetime
    end: datetime
    title: str
    zone: str | None
    length: Length | None
    personal: bool
    request: Request


@dataclass
class Telling:
    """What was to be told, and how the next ones end.

    Attributes:
        error: What telling fails with.
    """

    asked: list[Asked] = field(default_factory=list)
    error: Exception | None = None

    def plugin(self) -> Plugin:
        """Has the command `topics`, which is called as the real one is."""
        plugin = Plugin("telling", "Tells what was talked about.")

        @plugin.command(internal=True, repeatable=True)
        async def topics(
            *,
            start: datetime,
            end: datetime,
            channels: str = "",
            title: str = "",
            zone: str | None = None,
            length: Length | None = None,
            quiet: Quiet = "say",
            personal: bool = False,
            request: Request,
            history: History,
            readable: Channels,
        ) -> AsyncIterator[str | Progress | Silence]:
            """Say every message of some channels in a stretch of time."""
            self.asked.append(Asked(channels, start, end, title, zone, length, personal, request))
            yield Progress(0.5, "reading")
            if self.error is not None:
                raise self.error
            read = [await readable.history(each) for each in channels.split()] or [history]
            said = [message.text for each in read for message in await each.between(start, end)]
            if not said and quiet == "silent":
                yield Silence()
            yield f"{title}\n" + ("\n".join(said) or "Nobody said anything.")

        return plugin


@pytest.fixture
async def bed(tmp_path: Path) -> AsyncIterator[tuple[Testbed, Telling]]:
    """A whole Atelier in which nothing is summarized: what would be is said as it is."""
    telling = Telling()
    config = Config(
        store=Store(url=f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}"),
        models=ModelsConfig(dir=tmp_path / "models"),
        plugins=PluginsConfig(disabled=["summarize"]),
    )
    async with Testbed(tmp_path, telling.plugin(), config=config) as atelier:
        yield atelier, telling


@pytest.fixture
def atelier(bed: tuple[Testbed, Telling]) -> Testbed:
    return bed[0]


@pytest.fixture
def telling(bed: tuple[Testbed, Telling]) -> Telling:
    return bed[1]
