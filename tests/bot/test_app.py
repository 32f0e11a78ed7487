"""A whole Atelier: started, asked, stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import (
    ChannelSettings,
    ChatModel,
    Commands,
    History,
    Models,
    Plugin,
    Profile,
    Profiles,
    Schedule,
    Scope,
    Settings,
    Storage,
)
from bot.app import App
from bot.body import State
from bot.config import Config, Store
from bot.errors import ConfigError
from bot.platform import Limits
from bot.platforms.memory import MemoryPlatform
from bot.request import (
    Channel,
    ChannelKind,
    MessageDeleted,
    MessageEdited,
    Origin,
    Person,
    Request,
)
from bot.testing import SERVER, Testbed
from tests.bot.path import ANA, GENERAL

BEN = Person("test:ben", "Ben")


def probe() -> Plugin:
    plugin = Plugin("probe", "…")

    @plugin.command
    async def recall(history: History, last: int = 50) -> str:
        return "|".join(message.text for message in await history.recent(last))

    @plugin.command
    async def window(history: History) -> str:
        first, *_, last = await history.recent()
        inside = await history.between(first.sent, last.sent)
        after = await history.since(last.sent)
        return f"{[message.text for message in inside]} {[message.text for message in after]}"

    @plugin.command
    async def keep(storage: Storage, word: str | None = None) -> str:
        if word:
            await storage.person.put("word", word)
        return str(await storage.person.get("word"))

    @plugin.command(admin=True)
    async def history(settings: Settings, on: bool) -> str:
        return str(await settings.set_history(on, None, Scope.SERVER))

    @plugin.command
    async def everything(
        profile: Profile, profiles: Profiles, schedule: Schedule, models: Models, commands: Commands
    ) -> str:
        assert await profiles.get() == profile
        assert await schedule.all() == []
        assert commands.get("/history") is None
        assert commands.get("everything") in commands.all()
        return ",".join(model.name for model in await models.all())

    @plugin.command
    async def converse(chat: ChatModel) -> str:
        return str((await chat.ainvoke("hi")).content)

    @plugin.command
    async def wait() -> AsyncIterator[str]:
        yield "waiting"
        await asyncio.Event().wait()

    return plugin


@pytest.fixture
async def bed(tmp_path: Path) -> AsyncIterator[Testbed]:
    async with Testbed(tmp_path, probe()) as bed:
        yield bed


async def test_everything_a_command_can_ask_for_is_provided(bed: Testbed) -> None:
    assert "minilm-l6" in (await bed.say("/everything")).text.split(",")


async def test_history_comes_live_from_the_platform_without_the_question_itself(bed: Testbed) -> None:
    for text in ("one", "two", "three"):
        await bed.post("general", BEN, text)
        bed.clock.advance(timedelta(minutes=1))
    assert (await bed.say("/recall")).text == "one|two|three"
    assert (await bed.say("/recall last:1")).text == "three"
    assert (await bed.say("/window")).text == "['one', 'two'] ['three']"


async def test_history_that_is_kept_adds_to_what_the_platform_knows(bed: Testbed) -> None:
    await bed.post("general", BEN, "before")
    await bed.say("/history on:yes", person=bed.admin)
    bed.clock.advance(timedelta(minutes=1))
    await bed.post("general", BEN, "after")
    assert (await bed.say("/recall")).text.startswith("before|")
    assert (await bed.say("/recall last:1")).text != "before"


async def test_kept_history_follows_edits_and_deletions_and_has_the_answers(bed: Testbed) -> None:
    await bed.say("/history on:yes", person=bed.admin)
    bed.clock.advance(timedelta(minutes=1))
    first = await bed.post("general", BEN, "first")
    second = await bed.post("general", BEN, "second")
    bed.platform.messages.clear()
    assert (await bed.say("/recall last:2")).text == "first|second"
    place = Channel("general", SERVER, ChannelKind.CHANNEL, "general")
    edited = type(second)(second.id, "general", BEN.id, BEN.name, "second, edited", second.sent)
    await bed.app.receive(MessageEdited(Origin("test"), place, edited))
    await bed.app.receive(MessageDeleted(Origin("test"), place, first.id))
    bed.clock.advance(timedelta(minutes=1))
    await bed.post("general", BEN, "third")
    bed.platform.messages.clear()
    kept = await bed.app.store.messages.recent("test", "general", 50)
    words = {"second, edited", "first|second", "third"}
    assert [(each.text, each.from_bot) for each in kept if each.text in words] == [
        ("second, edited", False),
        ("first|second", True),
        ("third", False),
    ]
    assert "first" not in [each.text for each in kept]


async def test_a_missing_model_is_named_with_the_way_to_get_one(bed: Testbed) -> None:
    body = await bed.say("/converse")
    assert State.FAILED is body.state
    assert "atelier models pull" in body.text


async def test_what_a_plugin_keeps_is_the_person_s_own(bed: Testbed) -> None:
    await bed.say("/keep word:secret")
    assert (await bed.say("/keep")).text == "secret"
    assert (await bed.say("/keep", person=BEN)).text == "None"


async def test_a_restart_keeps_what_was_kept_and_counts_on(tmp_path: Path) -> None:
    async with Testbed(tmp_path, probe()) as bed:
        await bed.say("/keep word:lasting")
    async with Testbed(tmp_path, probe()) as bed:
        assert (await bed.say("/keep")).text == "lasting"
        used = await bed.app.store.usage.count_since("test:ana", SERVER, bed.clock() - timedelta(days=1))
        assert used == 2


async def test_commands_are_published_again_when_they_change(bed: Testbed) -> None:
    assert {"recall", "help", "digest on"} <= set(bed.platform.published)
    await bed.app.plugins.unload("probe")
    await asyncio.gather(*bed.app._background)
    assert "recall" not in bed.platform.published


async def test_it_is_ready_until_the_store_is_gone(bed: Testbed, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"store": True, "disk": True, "memory": True} == await bed.app.ready()

    async def gone() -> None:
        raise ConfigError("store.url: it cannot be opened")

    monkeypatch.setattr(bed.app.store.database, "ping", gone)
    bed.app.plugins.failed["broken"] = "…"
    assert (await bed.app.ready())["store"] is False


async def test_a_start_that_fails_leaves_nothing_running(tmp_path: Path) -> None:
    platform = MemoryPlatform()

    def broken(app: App) -> list[MemoryPlatform]:
        raise ConfigError("platforms.web.port: taken")

    config = Config(store=Store(url=f"sqlite:///{tmp_path / 'a.db'}"))
    with pytest.raises(ConfigError, match="taken"):
        await App(config, broken).start()
    with pytest.raises(ConfigError, match=r"store\.url"):
        await App(Config(store=Store(url="nonsense://x")), lambda app: [platform]).start()


async def test_what_runs_beside_has_ended_before_the_store_is_closed(tmp_path: Path) -> None:
    begun, ended = asyncio.Event(), list[bool]()

    async with Testbed(tmp_path) as bed:

        async def beside() -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append((await bed.app.ready())["store"])

        bed.app._in_background(beside())
        await begun.wait()
    assert [True] == ended


async def test_a_signal_stops_it_with_an_apology_for_what_still_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.GRACE_SECONDS", 0.0)
    platform = MemoryPlatform(Limits(edits_per_second=1000))
    config = Config(store=Store(url=f"sqlite:///{tmp_path / 'a.db'}"))
    app = App(config, lambda app: [platform])
    running = asyncio.Event()
    ending = asyncio.create_task(app.run(lambda app: running.set()))
    await running.wait()
    await app.plugins.add(probe())
    app.dispatcher.submit(Request(Origin("test"), ANA, GENERAL, text="/wait"))
    await platform.changed.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    await ending
    (body,) = platform.shown["general"].values()
    assert State.FAILED is body.state
    assert "I am being restarted" in body.text


async def test_it_ends_with_one_line_when_its_last_platform_is_gone_for_good(tmp_path: Path) -> None:
    config = Config(store=Store(url=f"sqlite:///{tmp_path / 'a.db'}"))
    first, second = MemoryPlatform(), MemoryPlatform()
    second.name = "second"
    app = App(config, lambda app: [first, second])

    def lose(app: App) -> None:
        app.lose(first.name, "test: its token is wrong")
        assert not app._told.is_set()
        app.lose(second.name, "second: its token is wrong")

    with pytest.raises(ConfigError, match="test: its token is wrong; second: its token is wrong"):
        await app.run(lose)


async def test_what_is_too_old_is_deleted(bed: Testbed) -> None:
    await bed.say("/history on:yes", person=bed.admin)
    await bed.post("general", BEN, "old")
    bed.clock.advance(timedelta(days=91))
    await bed.post("general", BEN, "new")
    await bed.app.jobs._scheduler.get_job("retention").func()
    assert [each.text for each in await bed.app.store.messages.recent("test", "general", 9)] == ["new"]


async def test_models_that_are_wanted_from_the_start_are_loaded(tmp_path: Path) -> None:
    from bot.config import ModelsConfig

    config = Config(
        store=Store(url=f"sqlite:///{tmp_path / 'a.db'}"),
        models=ModelsConfig(dir=tmp_path / "models", preload=["embeddings", "minilm-l12"]),
    )
    async with Testbed(tmp_path, config=config) as bed:
        await asyncio.gather(*bed.app._background)
        loaded = {status.name: status.loaded for status in bed.app.models.statuses(await _settings(bed))}
        assert loaded["minilm-l6"]
        assert not loaded["minilm-l12"]


async def _settings(bed: Testbed) -> ChannelSettings:
    return await bed.app.store.settings.for_channel("test", SERVER, "general")


async def test_the_log_never_has_what_people_wrote(bed: Testbed, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy import text

    with pytest.raises(Exception, match="parameters hidden") as error:
        async with bed.app.store.database.write() as session:
            await session.execute(text("INSERT INTO nowhere VALUES (:words)"), {"words": "a secret fact"})
    assert "secret" not in str(error.value)


async def test_a_process_that_only_asks_leaves_digests_to_others(tmp_path: Path) -> None:
    config = Config(store=Store(url=f"sqlite:///{tmp_path / 'a.db'}"))
    app = App(config, lambda app: [MemoryPlatform()], jobs=False)
    await app.start()
    assert set(app.jobs.times().values()) == {None}
    await app.stop(grace=0)


async def test_a_second_process_does_not_start_beside_the_first_but_may_ask(bed: Testbed) -> None:
    request = bed.request("/wait")
    await bed.app.store.inbox.accept(request)
    platform = MemoryPlatform()
    with pytest.raises(ConfigError, match="another Atelier is running"):
        await App(bed.config, lambda app: [platform]).start()
    asks = App(bed.config, lambda app: [platform], jobs=False)
    await asks.start()
    assert asks.dispatcher._running == {}
    await asks.stop(grace=0)
    (pending,) = await bed.app.store.inbox.unfinished({"test"})
    # Only the process that accepted it has tried it.
    assert (request.id, 1) == (pending.request.id, pending.tries)


async def test_a_part_that_does_not_stop_keeps_nothing_else_from_stopping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.STOP_SECONDS", 0.05)
    plugin = Plugin("stuck", "…")

    @plugin.stop
    async def end() -> None:
        await asyncio.Event().wait()

    async with Testbed(tmp_path, plugin) as bed:
        platform = bed.platform
    assert platform.receive is None


async def test_times_follow_the_client_where_the_person_chose_no_zone(bed: Testbed) -> None:
    visitor = Person("test:vera", "Vera", zone="Asia/Tokyo")
    assert "Asia/Tokyo" in (await bed.say("/profile show", person=visitor)).text
    await bed.say("/profile set zone Berlin", person=visitor)
    assert "Europe/Berlin" in (await bed.say("/profile show", person=visitor)).text


async def test_what_is_erased_is_gone_from_the_platform_s_memory_too(bed: Testbed) -> None:
    await bed.post("general", BEN, "mine")
    await bed.say("/profile erase", person=BEN, choices=["Erase everything"])
    assert bed.platform.messages["general"] == []
