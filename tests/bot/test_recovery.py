"""What a start does about requests that an earlier process accepted, and about those that nobody took in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import Choice, History, Message, Plugin, recovery
from bot.accepting import asked_ago
from bot.app import App
from bot.body import Body, State
from bot.config import Config, ModelsConfig, PluginsConfig, Store
from bot.errors import ConfigError, StoreError, UserError
from bot.inbox import Stage
from bot.platform import Address, Limits, MessageRef
from bot.plugins import Plugins
from bot.request import Request
from bot.store.database import Database
from bot.store.inbox import Inbox
from bot.testing import Testbed

BUNDLED = [path.name for path in Path("plugins").iterdir() if path.is_dir()]
HERE = MessageRef("general", "half-written")


class Probe:
    """Commands of both kinds, and how often each ran."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.gate = asyncio.Event()
        self.plugin = Plugin("probe", "…")

        @self.plugin.command(repeatable=True)
        async def draw(text: str = "a fox") -> str:
            self.runs.append("draw")
            return f"drawn: {text}"

        @self.plugin.command
        async def pay() -> str:
            self.runs.append("pay")
            return "paid"

        @self.plugin.command(private=True)
        async def whisper() -> str:
            self.runs.append("whisper")
            return "psst"

        @self.plugin.command(repeatable=True)
        async def stream() -> AsyncIterator[str | Choice]:
            self.runs.append("stream")
            yield "one "
            await self.gate.wait()
            yield "two"

        @self.plugin.command(repeatable=True)
        async def recall(history: History) -> str:
            return ", ".join(message.text for message in await history.recent())

        @self.plugin.command
        async def bake() -> AsyncIterator[str]:
            self.runs.append("bake")
            yield "in the oven"
            await self.gate.wait()


@pytest.fixture
def probe() -> Probe:
    return Probe()


class House:
    """A store that processes share, one after the other, and what they show."""

    def __init__(self, folder: Path, probe: Probe) -> None:
        self.folder, self.probe = folder, probe
        config = Config(
            store=Store(url=f"sqlite+aiosqlite:///{folder / 'atelier.db'}"),
            models=ModelsConfig(dir=folder / "models"),
            plugins=PluginsConfig(disabled=BUNDLED),
        )
        self.first = Testbed(folder, config=config)

    async def left(self, line: str, *, stage: Stage | None = None, ref: MessageRef | None = None) -> Request:
        """What a process that is no more has accepted, and how far it came."""
        request = self.first.request(line)
        async with await Database.open(self.first.config.store.url, clock=self.first.clock) as db:
            await db.migrate()
            inbox = Inbox(db)
            await inbox.accept(request)
            if stage is not None:
                await inbox.note(request.id, stage)
            if ref is not None:
                self.shown[ref.id] = Body("half")
                await inbox.shown(request.id, ref)
            await inbox.listened(["test"])
        return request

    @property
    def shown(self) -> dict[str, Body]:
        return self.first.shown.setdefault("general", {})

    @property
    def texts(self) -> list[str]:
        return [body.text for body in self.shown.values()]

    def next(self) -> Testbed:
        """The process after."""
        bed = Testbed(self.folder, config=self.first.config)
        bed.platform, bed.clock.now = self.first.platform, self.first.clock.now
        bed.app = App(bed.config, lambda app: [bed.platform], clock=bed.clock, models=bed._models)
        return bed

    async def unfinished(self) -> list[str]:
        async with await Database.open(self.first.config.store.url) as db:
            return [pending.request.id for pending in await Inbox(db).unfinished({"test"})]


@pytest.fixture
def house(tmp_path: Path, probe: Probe, monkeypatch: pytest.MonkeyPatch) -> House:
    before = Plugins.load_all

    # With those that are there before what was left is gone on with.
    async def load_all(self: Plugins, config: PluginsConfig, own: Sequence[Plugin] = ()) -> None:
        await before(self, config, [*own, probe.plugin])

    monkeypatch.setattr(Plugins, "load_all", load_all)
    return House(tmp_path, probe)


async def settled(bed: Testbed) -> None:
    """Wait until all that was begun is answered."""
    while running := list(bed.app.dispatcher._running.values()):
        await asyncio.wait([one.task for one in running])


async def test_what_was_accepted_is_answered_by_the_next_process_once(house: House) -> None:
    await house.left("/draw text:owl")
    async with house.next() as bed:
        await settled(bed)
    assert ["drawn: owl"] == house.texts
    async with house.next() as bed:
        await settled(bed)
    assert (["drawn: owl"], ["draw"]) == (house.texts, house.probe.runs)


@pytest.mark.parametrize("ref", [None, HERE])
async def test_what_was_deleted_meanwhile_is_answered_no_more_and_what_was_shown_goes(
    house: House, ref: MessageRef | None
) -> None:
    request = await house.left("/draw", ref=ref)
    assert request.origin.message is not None
    house.first.platform.removed.add(request.origin.message)
    async with house.next() as bed:
        await settled(bed)
    assert ([], []) == (house.texts, house.probe.runs)
    assert [] == await house.unfinished()


async def test_where_a_question_cannot_be_looked_up_it_is_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deleted(channel: str, message: str | None = None) -> bool:
        raise UserError("I may not read there.")

    await house.left("/draw")
    monkeypatch.setattr(house.first.platform, "deleted", deleted)
    async with house.next() as bed:
        await settled(bed)
    assert ["drawn: a fox"] == house.texts


async def test_an_answer_that_is_half_written_is_completed_where_it_stands(house: House) -> None:
    await house.left("/draw", ref=HERE)
    async with house.next() as bed:
        await settled(bed)
    assert {HERE.id: "drawn: a fox"} == {id_: body.text for id_, body in house.shown.items()}


async def test_what_may_not_run_twice_and_was_not_begun_runs(house: House) -> None:
    await house.left("/pay")
    async with house.next() as bed:
        await settled(bed)
    assert (["paid"], ["pay"]) == (house.texts, house.probe.runs)


async def test_what_may_not_run_twice_and_was_begun_ends_with_an_apology(house: House) -> None:
    await house.left("/pay", stage=Stage.BEGUN, ref=HERE)
    async with house.next() as bed:
        await settled(bed)
    assert [] == house.probe.runs
    (text,) = house.texts
    assert "do not know whether it is done" in text


async def test_an_apology_for_a_private_answer_is_private(house: House) -> None:
    await house.left("/whisper", stage=Stage.BEGUN)
    async with house.next() as bed:
        await settled(bed)
        (address,) = bed.platform.addresses.values()
    assert (house.first.ana.id, []) == (address.private_to, house.probe.runs)


async def test_what_may_have_been_sent_for_good_is_not_sent_again(house: House) -> None:
    await house.left("/whisper", stage=Stage.SENDING)
    async with house.next() as bed:
        await settled(bed)
    (text,) = house.texts
    assert "If you did not get it" in text


async def test_before_what_cannot_be_found_again_is_sent_that_is_noted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, stages = house.first.platform, list[Stage]()
    platform.limits = replace(platform.limits, private_once=True)
    post = platform.post

    async with house.next() as bed:

        async def looking(address: Address, body: Body, key: str) -> MessageRef:
            stages.extend(pending.stage for pending in await bed.app.store.inbox.unfinished({"test"}))
            return await post(address, body, key)

        monkeypatch.setattr(platform, "post", looking)
        await bed.app.receive(bed.request("/whisper"))
        await settled(bed)
    assert ([Stage.SENDING], ["psst"], []) == (stages, house.texts, await house.unfinished())


async def test_what_ends_three_processes_is_given_up(house: House) -> None:
    request = await house.left("/draw")
    async with await Database.open(house.first.config.store.url) as db:
        for _ in range(2):
            await Inbox(db).try_again([request.id])
    async with house.next() as bed:
        await settled(bed)
    (text,) = house.texts
    assert "I gave it up" in text
    assert [] == house.probe.runs


async def test_a_start_that_fails_before_it_answers_is_no_try(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(receive: object) -> None:
        raise ConfigError("the port is taken")

    await house.left("/draw")
    with monkeypatch.context() as patched:
        patched.setattr(house.first.platform, "start", refuse)
        for _ in range(3):
            with pytest.raises(ConfigError):
                await house.next().app.start()
    async with house.next() as bed:
        await settled(bed)
    assert ["drawn: a fox"] == house.texts


async def test_an_answer_that_comes_late_says_so(house: House) -> None:
    await house.left("/draw")
    house.first.clock.advance(timedelta(minutes=20))
    async with house.next() as bed:
        await settled(bed)
    assert ["*You asked this 20 minutes ago, while I was away.*\n\ndrawn: a fox"] == house.texts
    assert "2 hours" in asked_ago(timedelta(minutes=130))


async def caught_up(bed: Testbed) -> None:
    await asyncio.gather(*bed.app._background)
    await settled(bed)


async def test_what_was_missed_is_asked_once_at_the_next_start(house: House) -> None:
    answered = await house.left("/draw text:known", stage=Stage.DONE)
    missed = replace(house.first.request("/draw text:missed"), received=house.first.clock() + timedelta(minutes=1))
    house.first.platform.missed = [answered, missed]
    house.first.clock.advance(timedelta(hours=2))
    missed_late = replace(house.first.request("/draw text:new"), received=house.first.clock() - timedelta(minutes=50))
    house.first.platform.missed.append(missed_late)
    for _ in range(2):
        async with house.next() as bed:
            await caught_up(bed)
    # An hour is what the configuration says; the first one is older.
    assert ["*You asked this 50 minutes ago, while I was away.*\n\ndrawn: new"] == house.texts


async def test_a_first_start_answers_nothing_of_the_time_before(house: House) -> None:
    house.first.platform.missed = [house.first.request("/draw")]
    async with house.next() as bed:
        await caught_up(bed)
    assert [] == house.texts


async def test_a_history_that_cannot_be_read_is_read_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.left("/draw", stage=Stage.DONE)
    house.first.platform.missed = [replace(house.first.request("/draw text:missed"), missed=True)]
    catch_up, accept, tries = house.first.platform.catch_up, Inbox.accept, list[str]()

    async def away_at_first(since: datetime) -> None:
        tries.append("read")
        if len(tries) == 1:
            raise ConnectionError("away")
        await catch_up(since)

    async def refuse_at_first(inbox: Inbox, request: Request, replaces: MessageRef | None, wait: float) -> bool:
        tries.append("accept")
        if tries.count("accept") == 1:
            raise StoreError
        return await accept(inbox, request, replaces, wait)

    monkeypatch.setattr(recovery.Recovery.__init__, "__defaults__", (0,))
    monkeypatch.setattr(house.first.platform, "catch_up", away_at_first)
    monkeypatch.setattr(Inbox, "accept", refuse_at_first)
    async with house.next() as bed:
        await caught_up(bed)
    assert ["read", "read", "accept", "read", "accept"] == tries
    assert ["drawn: missed"] == house.texts


async def test_a_conversation_that_is_gone_on_with_does_not_know_its_own_half_answer(house: House) -> None:
    await house.left("/recall", ref=MessageRef("general", "half", ("page 2",)))
    now = house.first.clock.now
    house.first.platform.messages["general"] = [
        Message(id_, "general", "someone", "Someone", text, now)
        for id_, text in {"1": "tea?", "half": "You asked", "page 2": "for tea", "2": "no"}.items()
    ]
    async with house.next() as bed:
        await settled(bed)
    assert ["tea?, no"] == house.texts


async def test_a_history_that_nobody_may_read_is_not_read_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.left("/draw", stage=Stage.DONE)
    tries: list[datetime] = []

    async def refuse(since: datetime) -> None:
        tries.append(since)
        raise UserError("The scope channels:read is missing.")

    monkeypatch.setattr(recovery.Recovery.__init__, "__defaults__", (0,))
    monkeypatch.setattr(house.first.platform, "catch_up", refuse)
    house.first.clock.advance(timedelta(minutes=5))
    async with house.next() as bed:
        await caught_up(bed)
        assert house.first.clock() == await bed.app.store.inbox.listened_until("test")
    assert 1 == len(tries)


async def test_a_platform_that_is_away_is_not_noted_as_listened_to(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> bool:
        return False

    await house.left("/draw", stage=Stage.DONE)
    before = house.first.clock()
    monkeypatch.setattr(house.first.platform, "listening", away)
    house.first.clock.advance(timedelta(minutes=5))
    async with house.next() as bed:
        await caught_up(bed)
        assert before == await bed.app.store.inbox.listened_until("test")


async def test_what_is_asked_from_the_first_start_on_is_missed_by_no_later_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_yet() -> bool:
        return False

    monkeypatch.setattr(house.first.platform, "listening", not_yet)
    async with house.next() as bed:
        await caught_up(bed)
        assert house.first.clock() == await bed.app.store.inbox.listened_until("test")


async def test_a_graceful_stop_hands_over_what_may_run_again_and_the_next_start_completes_it(house: House) -> None:
    async with house.next() as bed:
        await bed.app.receive(request := bed.request("/stream"))
        while not house.shown:
            await bed.platform.changed.wait()
    (shown,) = house.shown.values()
    assert (State.WORKING, "I am being restarted; this goes on in a moment") == (shown.state, shown.progress.note)  # type: ignore[union-attr]
    house.probe.gate.set()
    async with house.next() as bed:
        await settled(bed)
    assert ["one two"] == house.texts
    assert (["stream", "stream"], []) == (house.probe.runs, await house.unfinished())
    assert request.id


async def test_a_graceful_stop_apologises_for_what_may_not_run_again(house: House) -> None:
    async with house.next() as bed:
        await bed.app.receive(bed.request("/bake"))
        while not house.shown:
            await bed.platform.changed.wait()
    (text,) = house.texts
    assert "I am being restarted and could not finish" in text
    assert [] == await house.unfinished()


async def test_what_comes_while_it_stops_is_left_to_the_next_start(house: House) -> None:
    async with house.next() as bed:
        bed.app.dispatcher._stopping = True
        await bed.app.receive(bed.request("/pay"))
        await settled(bed)
        assert [] == house.probe.runs
    async with house.next() as bed:
        await settled(bed)
    assert (["paid"], ["pay"]) == (house.texts, house.probe.runs)


async def test_a_request_is_kept_before_it_is_acknowledged_and_acknowledged_before_it_is_answered(
    house: House,
) -> None:
    async with house.next() as bed:
        seen: list[int] = []

        async def acknowledge() -> None:
            pending = await bed.app.store.inbox.unfinished({"test"})
            seen.extend([len(pending), len(house.shown)])

        await bed.app.receive(replace(bed.request("/draw"), acknowledge=acknowledge))
        await settled(bed)
    assert ([1, 0], ["drawn: a fox"]) == (seen, house.texts)


async def test_a_second_delivery_is_acknowledged_and_passed_over(house: House) -> None:
    acknowledged: list[str] = []

    async def acknowledge() -> None:
        acknowledged.append("yes")

    async with house.next() as bed:
        request = replace(bed.request("/draw"), acknowledge=acknowledge)
        for again in (request, replace(request, id="another")):
            await bed.app.receive(again)
        await settled(bed)
    assert (["yes", "yes"], ["drawn: a fox"]) == (acknowledged, house.texts)


async def test_what_the_platform_lets_nobody_answer_any_more_is_not_run(house: House) -> None:
    async def too_late() -> None:
        raise ConnectionError("3 seconds are over")

    async with house.next() as bed:
        await bed.app.receive(replace(bed.request("/draw"), acknowledge=too_late))
        await settled(bed)
    assert ([], [], []) == (house.probe.runs, house.texts, await house.unfinished())


async def test_a_store_that_takes_nothing_gets_an_apology_and_nothing_runs(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> bool:
        raise StoreError

    async with house.next() as bed:
        monkeypatch.setattr(Inbox, "accept", refuse)
        await bed.app.receive(bed.request("/draw"))
        await settled(bed)
    (text,) = house.texts
    assert "My store does not answer" in text
    assert [] == house.probe.runs


async def test_what_may_not_run_twice_does_not_run_where_that_cannot_be_noted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise StoreError

    async with house.next() as bed:
        monkeypatch.setattr(Inbox, "note", refuse)
        monkeypatch.setattr(Inbox, "shown", refuse)
        await bed.app.receive(bed.request("/pay"))
        await bed.app.receive(bed.request("/stream"))
        house.probe.gate.set()
        await settled(bed)
    assert ["stream"] == house.probe.runs
    assert any("My store does not answer" in text for text in house.texts)
    assert "one two" in house.texts


async def test_an_answer_that_the_platform_does_not_take_is_shown_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, tries = house.first.platform, 0
    post = platform.post

    async def flaky(address: Address, body: Body, key: str) -> MessageRef:
        nonlocal tries
        tries += 1
        if tries < 5:
            raise ConnectionError("away")
        return await post(address, body, key)

    monkeypatch.setattr(platform, "post", flaky)
    async with house.next() as bed:
        bed.app.dispatcher.accepting._pauses = (0, 0, 0, 0)
        await bed.app.receive(bed.request("/pay"))
        await settled(bed)
        assert [] == house.texts
        await asyncio.gather(*bed.app.dispatcher.accepting._delivering)
    assert (["paid"], ["pay"], []) == (house.texts, house.probe.runs, await house.unfinished())


async def test_a_private_answer_waits_for_a_store_that_cannot_note_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, note, refused = house.first.platform, Inbox.note, list[Stage]()
    platform.limits = replace(platform.limits, private_once=True)

    async def refuse_thrice(inbox: Inbox, request_id: str, stage: Stage) -> None:
        if stage is Stage.SENDING and len(refused) < 3:
            refused.append(stage)
            raise StoreError
        await note(inbox, request_id, stage)

    monkeypatch.setattr(Inbox, "note", refuse_thrice)
    async with house.next() as bed:
        bed.app.dispatcher.accepting._pauses = (0, 0, 0)
        await bed.app.receive(bed.request("/whisper"))
        await settled(bed)
        await asyncio.gather(*bed.app.dispatcher.accepting._delivering)
    assert (["psst"], []) == (house.texts, await house.unfinished())


async def test_a_private_apology_for_what_could_not_be_kept_waits_for_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> bool:
        raise StoreError

    platform = house.first.platform
    platform.limits = replace(platform.limits, private_once=True)
    async with house.next() as bed:
        monkeypatch.setattr(Inbox, "accept", refuse)
        monkeypatch.setattr(Inbox, "note", refuse)
        await bed.app.receive(bed.request("/whisper"))
        await settled(bed)
    (text,) = house.texts
    assert "My store does not answer" in text
    assert [] == house.probe.runs


@pytest.mark.parametrize("error", [ConnectionError("away"), StoreError()])
async def test_an_answer_that_cannot_be_shown_is_given_up_after_a_while(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def never(address: Address, body: Body, key: str) -> MessageRef:
        raise error

    monkeypatch.setattr(house.first.platform, "post", never)
    async with house.next() as bed:
        bed.app.dispatcher.accepting._pauses = (0, 0)
        await bed.app.receive(bed.request("/draw"))
        await settled(bed)
        await asyncio.gather(*bed.app.dispatcher.accepting._delivering)
    assert ([], []) == (house.texts, await house.unfinished())


async def test_an_answer_that_waits_to_be_shown_is_left_to_the_next_start(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(address: Address, body: Body, key: str) -> MessageRef:
        raise ConnectionError("away")

    with monkeypatch.context() as patched:
        patched.setattr(house.first.platform, "post", never)
        async with house.next() as bed:
            await bed.app.receive(bed.request("/draw"))
            await settled(bed)
    async with house.next() as bed:
        await settled(bed)
    assert ["drawn: a fox"] == house.texts


async def test_a_question_deleted_while_it_waits_for_the_next_start_is_not_answered(house: House) -> None:
    request = await house.left("/draw")
    async with await Database.open(house.first.config.store.url) as db:
        await Inbox(db).withdraw("test", "general", str(request.origin.message))
    async with house.next() as bed:
        await settled(bed)
    assert [] == house.texts


@pytest.mark.parametrize(("sign", "seconds"), [(None, 20.0), (3.0, 2.0)])
async def test_a_busy_store_is_waited_for_as_long_as_the_platform_permits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: float | None, seconds: float
) -> None:
    waits: list[float] = []
    accept = Inbox.accept

    async def notes(inbox: Inbox, request: Request, replaces: MessageRef | None, wait: float) -> bool:
        waits.append(wait)
        return await accept(inbox, request, replaces, wait)

    monkeypatch.setattr(Inbox, "accept", notes)
    async with Testbed(tmp_path, limits=Limits(edits_per_second=1000, sign_seconds=sign)) as bed:
        await bed.say("/help")
    assert [seconds] == waits
