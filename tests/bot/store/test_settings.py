"""What admins decide."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.errors import UserError
from bot.request import Channel, ChannelKind, Message
from bot.settings import ChannelSettings, Rule, Scope
from bot.store import Database, Messages, PersonProfiles, ScopedSettings, SettingsStore
from bot.store import settings as module
from tests.bot.store.conftest import ANA, BEN, DM, GENERAL, FakeClock, request_from

RANDOM = replace(GENERAL, id="random")
ELSEWHERE = Channel("work", "chat:work", ChannelKind.CHANNEL, "general")
THREAD = Channel("t1", GENERAL.server, ChannelKind.THREAD, "thread", parent="general")


def here(store: SettingsStore, channel: Channel = GENERAL) -> ScopedSettings:
    return store.for_request(request_from(channel=channel))


async def test_where_no_admin_decided_the_configuration_holds(db: Database) -> None:
    store = SettingsStore(db, history_days=30, models={"chat": "qwen"})
    expected = ChannelSettings(history_days=30, models={"chat": "qwen"})
    assert expected == await store.for_channel("chat", "chat:home", "general")
    assert ChannelSettings() == await SettingsStore(db).for_channel("chat", None, "dm")


async def test_a_channels_own_setting_wins_over_its_servers_over_the_configuration(db: Database) -> None:
    store = SettingsStore(db, models={"chat": "qwen", "summaries": "starter"})
    settings = here(store)
    await settings.switch("music", False, Scope.SERVER)
    await settings.switch("dice", False, Scope.SERVER)
    await settings.switch("dice", True, Scope.CHANNEL)
    await settings.switch("chat", False, Scope.CHANNEL)
    await settings.set_model("chat", "llama", Scope.SERVER)
    await settings.set_model("chat", "gemma", Scope.CHANNEL)
    await settings.set_limit(10, 100, Scope.SERVER)
    await settings.set_limit(None, 0, Scope.CHANNEL)
    own = ChannelSettings(
        off=frozenset({"music", "chat"}),
        models={"chat": "gemma", "summaries": "starter"},
        per_minute=10,
        per_day=0,
    )
    shared = ChannelSettings(
        off=frozenset({"music", "dice"}),
        models={"chat": "llama", "summaries": "starter"},
        per_minute=10,
        per_day=100,
    )
    assert own == await settings.get()
    assert own == await here(store, THREAD).get(), "a thread is part of its channel"
    assert shared == await here(store, RANDOM).get()
    assert own == await SettingsStore(db, models=store._models).for_channel("chat", "chat:home", "general")
    assert await here(store, ELSEWHERE).get() == await here(store, DM).get()


async def test_none_goes_back_to_what_held_before(db: Database) -> None:
    settings = here(SettingsStore(db))
    await settings.set_model("chat", "llama", Scope.SERVER)
    await settings.set_model("chat", "gemma", Scope.CHANNEL)
    await settings.set_limit(1, 2, Scope.CHANNEL)
    await settings.set_limit(None, None, Scope.CHANNEL)
    await settings.set_model("chat", None, Scope.CHANNEL)
    assert ChannelSettings(models={"chat": "llama"}) == await settings.get()
    await settings.set_model("chat", None, Scope.SERVER)
    assert ChannelSettings() == await settings.get()


async def test_a_setting_made_in_a_thread_holds_in_its_channel(db: Database) -> None:
    store = SettingsStore(db)
    await here(store, THREAD).switch("music", False, Scope.CHANNEL)
    assert ChannelSettings(off=frozenset({"music"})) == await here(store).get()
    assert ChannelSettings() == await here(store, RANDOM).get()


async def test_in_a_direct_message_both_scopes_are_that_conversation(db: Database) -> None:
    store = SettingsStore(db)
    await here(store, DM).switch("music", False, Scope.SERVER)
    await here(store, DM).switch("dice", False, Scope.CHANNEL)
    assert ChannelSettings(off=frozenset({"music", "dice"})) == await here(store, DM).get()
    assert ChannelSettings() == await here(store, replace(DM, id="dm-ben")).get()
    assert await PersonProfiles(db, BEN, None).erase() == 0
    assert await PersonProfiles(db, ANA, None).erase() == 2


async def test_rules_of_the_channel_come_before_those_of_the_server(db: Database) -> None:
    settings = here(SettingsStore(db))
    shared, own = Rule("*", "*", False, Scope.SERVER), Rule("music compose", 'DJ: "night" \x00', allow=True)
    await settings.add_rule(shared, Scope.SERVER)
    await settings.add_rule(replace(own, allow=False), Scope.CHANNEL)
    await settings.add_rule(own, Scope.CHANNEL)
    assert (own, shared) == (await settings.get()).rules
    assert not await settings.remove_rule(own.command, own.role, Scope.SERVER)
    assert await settings.remove_rule(own.command, own.role, Scope.CHANNEL)
    assert (shared,) == (await settings.get()).rules


async def test_two_admins_at_once_lose_no_rule(db: Database) -> None:
    settings = here(SettingsStore(db))
    rules = {Rule("music", f"role {number}", True, Scope.SERVER) for number in range(10)}
    await asyncio.gather(*(settings.add_rule(rule, Scope.SERVER) for rule in rules for _ in range(2)))
    assert rules == set((await settings.get()).rules)


@pytest.mark.parametrize("days", [0, -1, module.MOST_DAYS + 1])
async def test_days_that_no_calendar_has_are_refused(db: Database, days: int) -> None:
    settings = here(SettingsStore(db))
    with pytest.raises(UserError, match="from 1 to 36,500 days"):
        await settings.set_history(True, days, Scope.CHANNEL)
    assert ChannelSettings() == await settings.get()


async def test_limits_below_zero_are_refused(db: Database) -> None:
    with pytest.raises(UserError, match="0 means no limit"):
        await here(SettingsStore(db)).set_limit(1, -1, Scope.CHANNEL)


async def _keep(messages: Messages, channel: Channel, clock: FakeClock, number: int = 2) -> None:
    for each in range(number):
        message = Message(f"{channel.id}-{each}", channel.id, ANA.id, "Ana", "hello", clock())
        await messages.record("chat", channel, message)


async def test_history_of_a_server_covers_its_channels(db: Database) -> None:
    store = SettingsStore(db, history_days=30)
    assert await here(store).set_history(True, 7, Scope.SERVER) == 0
    for channel in (GENERAL, RANDOM, THREAD):
        assert ChannelSettings(history=True, history_days=7) == await here(store, channel).get()
    assert ChannelSettings(history_days=30) == await here(store, ELSEWHERE).get()
    await here(store).set_history(True, None, Scope.SERVER)
    assert ChannelSettings(history=True, history_days=30) == await here(store).get()


async def test_history_switched_off_in_a_channel_deletes_its_messages_and_threads(
    db: Database,
    clock: FakeClock,
) -> None:
    store, messages = SettingsStore(db), Messages(db)
    await here(store).set_history(True, 7, Scope.SERVER)
    for channel in (GENERAL, RANDOM, THREAD):
        await _keep(messages, channel, clock)
    assert await here(store).set_history(False, None, Scope.CHANNEL) == 4
    assert not (await here(store).get()).history
    assert (await here(store, RANDOM).get()).history
    assert len(await messages.recent("chat", "random")) == 2


async def test_history_switched_off_on_a_server_spares_channels_that_have_it_on_themselves(
    db: Database,
    clock: FakeClock,
) -> None:
    store, messages = SettingsStore(db), Messages(db)
    await here(store).set_history(True, 7, Scope.CHANNEL)
    await here(store, RANDOM).set_history(True, 7, Scope.SERVER)
    for channel in (GENERAL, RANDOM, THREAD, ELSEWHERE):
        await _keep(messages, channel, clock)
    assert await here(store).set_history(False, None, Scope.SERVER) == 2
    assert (await here(store).get()).history
    assert not (await here(store, RANDOM).get()).history
    assert [len(await messages.recent("chat", place)) for place in ("general", "random", "t1", "work")] == [2, 0, 2, 2]


async def test_history_switched_off_on_a_server_deletes_all_of_it(db: Database, clock: FakeClock) -> None:
    store, messages = SettingsStore(db), Messages(db)
    for channel in (GENERAL, THREAD):
        await _keep(messages, channel, clock)
    assert await here(store).set_history(False, None, Scope.SERVER) == 4


async def test_settings_are_read_once_and_again_after_a_change(
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = SettingsStore(db)
    first = await here(store).get()
    with monkeypatch.context() as patch:
        patch.setattr(db, "read", None)
        assert first is await here(store).get()
        assert first is await here(store, THREAD).get()
    await here(store, RANDOM).switch("music", False, Scope.SERVER)
    assert ChannelSettings(off=frozenset({"music"})) == await here(store).get()


async def test_settings_that_many_ask_for_at_once_are_read_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SettingsStore(db)
    load, loads = store._load, 0

    async def counted(platform: str, server: str | None, channel: str) -> ChannelSettings:
        nonlocal loads
        loads += 1
        return await load(platform, server, channel)

    monkeypatch.setattr(store, "_load", counted)
    waiting = [asyncio.create_task(here(store).get()) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    found = await asyncio.gather(*waiting[1:])

    assert ([ChannelSettings()] * 4, 1) == (found, loads)
    assert waiting[0].cancelled()


async def test_what_another_process_changed_is_seen_soon(db: Database, clock: FakeClock) -> None:
    store, other = SettingsStore(db), SettingsStore(db)
    await here(store).get()
    await here(other).switch("music", False, Scope.SERVER)
    assert ChannelSettings() == await here(store).get()
    clock.advance(seconds=module.FRESH.seconds)
    assert ChannelSettings(off=frozenset({"music"})) == await here(store).get()


async def test_what_was_read_while_it_changed_is_not_remembered(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SettingsStore(db)
    load = store._load

    async def load_then_change(platform: str, server: str | None, channel: str) -> ChannelSettings:
        found = await load(platform, server, channel)
        await here(store).switch("music", False, Scope.CHANNEL)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(store, "_load", load_then_change)
        await here(store).get()
    assert ChannelSettings(off=frozenset({"music"})) == await here(store).get()


async def test_memory_stays_small_with_many_channels(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CHANNELS", 2)
    store = SettingsStore(db)
    for number in range(5):
        await here(store, replace(GENERAL, id=str(number))).get()
        assert len(store._known) <= 2
