"""A channel that is deleted takes along what was told of it elsewhere, and what was to come there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog

from bot import Channel, ChannelDeleted, ChannelKind, Channels, Cited, History, Length, Plugin, Quiet
from bot.app import App
from bot.config import Config, ModelsConfig, PluginsConfig, Store
from bot.errors import StoreError
from bot.platforms.memory import SERVER
from bot.request import Message, MessageSeen, Origin
from bot.testing import Testbed

DAY = timedelta(days=1)
ON = "/digest on at:09:00 days:daily channels:"
BOTH = "Today in alpha and beta:\n- We ship on Friday\n- I test on Thursday\n"
BETAS = "Today in alpha and beta:\n- I test on Thursday"


def channel(name: str) -> Channel:
    return Channel(name, SERVER, ChannelKind.CHANNEL, name)


def deleted(name: str) -> ChannelDeleted:
    return ChannelDeleted(Origin("test"), channel(name))


def telling(begun: asyncio.Event) -> Plugin:
    plugin = Plugin("telling", "Tells what was said.")

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
        readable: Channels,
    ) -> AsyncIterator[str | Cited]:
        """Tell every message."""
        yield f"Today in {' and '.join(channels.split())}:\n"
        for each in channels.split():
            for message in await (await readable.history(each)).between(start, end):
                yield Cited(f"- {message.text}\n", (message,))

    @plugin.command
    async def last(history: History) -> AsyncIterator[str]:
        """Begin to tell, and never end."""
        yield (await history.recent())[-1].text
        begun.set()
        await asyncio.Event().wait()

    return plugin


@pytest.fixture
def begun() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def bed(tmp_path: Path, begun: asyncio.Event) -> AsyncIterator[Testbed]:
    config = Config(
        store=Store(url=f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}"),
        models=ModelsConfig(dir=tmp_path / "models"),
        plugins=PluginsConfig(disabled=["summarize"]),
    )
    async with Testbed(tmp_path, telling(begun), config=config) as bed:
        for name, text in (("alpha", "We ship on Friday"), ("beta", "I test on Thursday")):
            await bed.post(name, bed.ana, text)
        yield bed


async def until(bed: Testbed, holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await bed.platform.changed.wait()


async def digest(bed: Testbed, line: str, to: str = "beta") -> str:
    """Switch a digest on, let it come, and return what it says."""
    said = await bed.say(line, person=bed.admin, channel="beta")
    assert "comes" in said.text
    bed.clock.advance(DAY)
    await bed.app.digesting.run_due(bed.clock())
    return texts(bed, to)[-1]


def texts(bed: Testbed, name: str) -> list[str]:
    return [body.text for body in bed.shown.get(name, {}).values()]


async def test_a_digest_that_stands_elsewhere_loses_what_was_said_there(bed: Testbed) -> None:
    assert BOTH == await digest(bed, f"{ON}#alpha,#beta to:here")

    await bed.app.receive(deleted("alpha"))

    await until(bed, lambda: BETAS in texts(bed, "beta"))
    assert BOTH not in texts(bed, "beta")


async def test_after_a_restart_a_channel_that_is_gone_counts_as_deleted(bed: Testbed) -> None:
    await bed.say("/settings history on:yes", person=bed.admin, channel="alpha")
    await bed.post("alpha", bed.ana, "Tea?")
    assert "Tea?" in await digest(bed, f"{ON}#alpha,#beta to:here")
    await bed.app.stop(grace=10)
    bed.platform.removed.add("alpha")

    app = App(bed.config, lambda app: [bed.platform], clock=bed.clock)
    await app.start()
    try:
        await until(bed, lambda: BETAS in texts(bed, "beta"))
        assert [] == await app.store.messages.recent("test", "alpha")
        assert ["beta"] == [place.id for place in await app.store.kept_channels("test")]
    finally:
        await app.stop(grace=10)


@pytest.mark.parametrize(("to", "place"), [(" to:here", "beta"), ("", "dm-test:admin")], ids=["channel", "direct"])
async def test_a_thread_that_went_with_its_channel_untold_is_looked_for(bed: Testbed, to: str, place: str) -> None:
    bed.platform.places["plans"] = Channel("plans", SERVER, ChannelKind.CHANNEL, "plans")
    await bed.post("plans", bed.ana, "A plan")
    assert "- A plan\n" in await digest(bed, f"{ON}#beta,#plans{to}", place)
    bed.platform.removed.add("plans")

    await bed.app.receive(deleted("alpha"))

    await until(bed, lambda: any("Thursday" in text and "A plan" not in text for text in texts(bed, place)))


async def test_after_a_restart_a_thread_that_is_gone_counts_as_deleted(bed: Testbed) -> None:
    thread = Channel("plans", SERVER, ChannelKind.THREAD, "plans", parent="alpha")
    await bed.say("/settings history on:yes", person=bed.admin, channel="alpha")
    plan = Message("plan", "plans", bed.ana.id, bed.ana.name, "A plan", bed.clock(), thread="plans")
    await bed.app.receive(MessageSeen(Origin("test", message=plan.id), thread, plan))
    await bed.post("alpha", bed.ana, "Tea?")
    bed.platform.removed.add("plans")

    await bed.app.rereading.run()

    assert [] == await bed.app.store.messages.recent("test", "plans")
    assert ["Tea?"] == [message.text for message in await bed.app.store.messages.recent("test", "alpha")][-1:]


async def test_a_digest_whose_channel_is_gone_ends_and_who_switched_it_on_is_told(bed: Testbed) -> None:
    await digest(bed, f"{ON}#beta to:here")
    bed.platform.removed.add("beta")
    with structlog.testing.capture_logs() as logs:
        await bed.app.receive(deleted("beta"))
        await until(bed, lambda: texts(bed, "dm-test:admin"))
        bed.clock.advance(DAY)
        await bed.app.digesting.run_due(bed.clock())
    assert ["The digest that you switched on for #beta is switched off: that channel was deleted."] == texts(
        bed, "dm-test:admin"
    )
    assert "No digest is switched on" in (await bed.say("/digest list", person=bed.admin)).text
    assert ["digest switched off: its channel was deleted"] == [
        log["event"] for log in logs if "digest" in log["event"]
    ]


async def test_what_cannot_be_seen_to_keeps_nothing_else_from_it(bed: Testbed, monkeypatch: pytest.MonkeyPatch) -> None:
    async def move(event: ChannelDeleted) -> None:
        raise StoreError

    await digest(bed, f"{ON}#beta to:here")
    monkeypatch.setattr(bed.app.reminding, "move", move)
    with structlog.testing.capture_logs() as logs:
        await bed.app.receive(deleted("beta"))
        await asyncio.gather(*bed.app._background)
    assert "No digest is switched on" in (await bed.say("/digest list", person=bed.admin)).text
    assert ["not all was seen to of a deleted channel"] == [log["event"] for log in logs if "error" in log]


async def test_a_reminder_that_was_to_come_there_comes_directly(bed: Testbed) -> None:
    await bed.say("/reminder add when:in 2 hours what:tea", channel="beta")
    await bed.app.receive(deleted("beta"))
    await asyncio.gather(*bed.app._background)
    (reminder,) = await bed.app.store.reminders.all_of("test:ana", None)
    assert ("dm-test:ana", None) == (reminder.channel.id, reminder.channel.server)
    bed.clock.advance(timedelta(hours=3))
    await bed.app.reminding.run_due(bed.clock())
    assert "tea" in texts(bed, "dm-test:ana")[0]


@pytest.mark.parametrize("name", ["beta", "plans"])
async def test_what_is_being_answered_there_ends_and_says_nothing(
    bed: Testbed, begun: asyncio.Event, name: str
) -> None:
    parent = "beta" if name == "plans" else None
    place = Channel(name, SERVER, ChannelKind.THREAD if parent else ChannelKind.CHANNEL, name, parent)
    bed.platform.messages[name] = bed.platform.messages["beta"]
    answering = asyncio.create_task(bed.say("/last", channel=place))
    await begun.wait()
    other = asyncio.create_task(bed.say("/last", channel="alpha"))
    with structlog.testing.capture_logs() as logs:
        await bed.app.receive(deleted("beta"))
        async with asyncio.timeout(10):
            await answering
    assert [] == texts(bed, name)
    assert not [log for log in logs if log["log_level"] in ("warning", "error")]
    assert not other.done()
    other.cancel()
