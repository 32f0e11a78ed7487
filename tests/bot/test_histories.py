"""The history of a channel with what was said in its threads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import ChannelKind, Channels, History, Plugin, Request
from bot.platforms.memory import SERVER
from bot.request import Channel, Message, Origin
from bot.settings import Scope
from bot.testing import Testbed


def reading() -> Plugin:
    plugin = Plugin("reading", "Read.", group=True)

    @plugin.command
    async def here(request: Request, history: History, *, threads: bool = True) -> str:
        """Read here."""
        day = timedelta(days=1)
        found = await history.between(request.received - day, request.received, threads=threads)
        return " | ".join(message.text for message in found)

    @plugin.command
    async def into(where: str, request: Request, channels: Channels, limit: int = 9) -> str:
        """Read elsewhere."""
        history = await channels.history(where)
        found = await history.between(request.received - timedelta(days=1), request.received, limit, threads=True)
        return " | ".join(message.text for message in found)

    return plugin


@pytest.fixture
async def bed(tmp_path: Path) -> AsyncIterator[Testbed]:
    """With a thread in #general, one that is not for everyone there, and one where nobody wrote for days."""
    async with Testbed(tmp_path, reading()) as bed:
        for name in ("plans", "secret", "old"):
            bed.platform.places[name] = Channel(name, SERVER, ChannelKind.THREAD, name, parent="general")
            bed.platform.messages[name] = []
        bed.platform.members["secret"] = {bed.ana.id}
        for number, (channel, text) in enumerate((("general", "one"), ("plans", "two"), ("secret", "psst"))):
            bed.platform.messages.setdefault(channel, []).append(at(bed, channel, text, 60 - number))
        bed.platform.messages["general"].append(at(bed, "general", "three", 10))
        bed.platform.messages["old"].append(at(bed, "old", "long ago", 3 * 24 * 60))
        yield bed


def at(bed: Testbed, channel: str, text: str, minutes_ago: float) -> Message:
    sent = bed.clock() - timedelta(minutes=minutes_ago)
    thread = channel if channel != "general" else None
    return Message(text, channel, bed.ana.id, bed.ana.name, text, sent, thread)


async def test_a_channel_is_read_with_its_threads_where_that_is_wanted(bed: Testbed) -> None:
    assert "one | two | three" == (await bed.say("/reading here", channel="general")).text
    assert "one | three" == (await bed.say("/reading here threads:no", channel="general")).text
    assert "one | two | three" == (await bed.say("/reading into where:general", channel="random")).text
    assert "two | three" == (await bed.say("/reading into where:general limit:2", channel="random")).text


async def test_a_thread_has_no_threads(bed: Testbed) -> None:
    assert "two" == (await bed.say("/reading into where:plans", channel="random")).text


async def test_what_is_kept_of_a_thread_is_read_with_its_channel(bed: Testbed) -> None:
    general = Channel("general", SERVER, ChannelKind.CHANNEL, "general")
    settings = bed.app.store.settings.for_request(Request(Origin("test"), bed.ana, general))
    await settings.set_history(on=True, days=None, scope=Scope.CHANNEL)
    kept = at(bed, "plans", "kept", 50)
    await bed.app.store.messages.record("test", bed.platform.places["plans"], kept)
    assert "one | two | kept | three" == (await bed.say("/reading here", channel="general")).text
