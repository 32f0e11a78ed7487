"""Work for several people at once beside other models, and with one that fails; nothing here waits for time to pass."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from time import monotonic

import pytest
from structlog.testing import capture_logs

from bot.asking import ASKING, Asking, Owner, Priority, Waiting
from bot.errors import UserError
from bot.models import waiting as telling
from bot.models.engines.crowd_line import Job, Line
from bot.models.engines.gathering import Gathering
from bot.models.engines.gathering_parts import Bounds, Gone
from bot.models.engines.resident import Resident
from bot.models.machine import Machine
from bot.models.room import Room
from bot.models.waiting import FOR_ROOM
from tests.bot.models.engines.test_gathering import asked

BOUNDS = Bounds(tokens=1000, texts=8, padding=100, pool=16)

SECONDS = 30.0
"""After which a test has failed whose work does not come to its end."""


class Loud:
    """A model that says everything in capitals.

    Attributes:
        resident: Keeps it.
        batches: What it was handed, and when it was loaded the how-manieth time.
        at_work: Set while it is held at a text that begins with `hold`.
        go_on: Lets it go on.
        endless: Whether one more asks whenever it says something.
        broken: Whether it fails, by the how-manieth time it was loaded and what it was handed.
        error: What it raises then.
    """

    def __init__(self, name: str, place: Place, bounds: Bounds) -> None:
        self._place, self._name = place, name
        self.batches: list[tuple[int, list[str]]] = []
        self.at_work, self.go_on = threading.Event(), threading.Event()
        self.endless = False
        self.broken: Callable[[int, Sequence[str]], bool] = lambda load, values: False
        self.error = "CUDA error: device-side assert triggered"
        self.resident: Resident[int] = Resident(name, lambda: None, self._load)
        self.resident.join(place.machine, 8)
        self.gathering: Gathering[int, str, str] = Gathering(self.resident, self._say, bounds)

    def ask(
        self, *texts: str, tell: Callable[[Waiting | None], None] = lambda waiting: None, patience: float = 600
    ) -> asyncio.Task[list[str]]:
        """Let the person ask who is called like the first text."""

        async def ask() -> list[str]:
            ASKING.set(Asking(Owner("home", texts[0]), Priority.INTERACTIVE, tell, patience))
            return await self.gathering.run(asked(*texts), sum(map(len, texts)))

        return asyncio.create_task(ask())

    def _load(self) -> int:
        self._place.loads.append(self._name)
        return self._place.loads.count(self._name)

    def _say(self, load: int, values: Sequence[str], gone: Gone) -> list[str]:
        self.batches.append((load, list(values)))
        if any(value.startswith("hold") for value in values):
            self.at_work.set()
            self.go_on.wait()
        if self.endless:
            self.gathering.submit(asked("more"), 4)
        if self.broken(load, values):
            raise RuntimeError(self.error)
        return [value.upper() for value in values]


class Place:
    """A machine with room for one model."""

    def __init__(self) -> None:
        self.machine = Machine(Room(10, free=lambda: 10**9, tidy=lambda: None), look_every=1000)
        self.loads: list[str] = []
        self._louds: list[Loud] = []

    def loud(self, name: str = "tiny", bounds: Bounds = BOUNDS) -> Loud:
        self._louds.append(Loud(name, self, bounds))
        return self._louds[-1]

    async def close(self) -> None:
        for loud in self._louds:
            loud.endless = False
            loud.go_on.set()
            await loud.resident.close()
        self.machine.close()


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr(telling, "LOOK_EVERY", 0.0)
    place = Place()
    with capture_logs():  # To draw what is logged of errors takes seconds.
        yield place
        await place.close()


class Heard:
    """What somebody was told, and when they heard that there is no room."""

    def __init__(self) -> None:
        self.told: list[Waiting | None] = []
        self.no_room = asyncio.Event()

    def __call__(self, waiting: Waiting | None) -> None:
        self.told.append(waiting)
        if waiting == FOR_ROOM:
            self.no_room.set()


async def use(loud: Loud, heard: Heard | None = None) -> int:
    """Work on a model beside what is asked of it."""
    ASKING.set(Asking(Owner("home", "other"), Priority.INTERACTIVE, heard or (lambda waiting: None)))
    return await loud.resident.run(lambda model, stopped: model)


async def test_a_model_that_is_asked_all_the_time_makes_room_for_another(place: Place) -> None:
    busy, other = place.loud("busy"), place.loud("other")
    busy.endless = True
    assert ["TEXT"] == await busy.ask("text")

    async with asyncio.timeout(SECONDS):
        assert 1 == await use(other)


async def test_two_models_that_are_asked_all_the_time_have_the_room_in_turns(place: Place) -> None:
    louds = place.loud("one"), place.loud("two")
    for loud in louds:
        loud.endless = True
        assert ["TEXT"] == await loud.ask("text")
    async with asyncio.timeout(SECONDS):
        for _ in range(3):
            assert [["AGAIN"], ["AGAIN"]] == await asyncio.gather(*[loud.ask("again") for loud in louds])

    assert ["one", "two"] * 2 == place.loads[:4]


async def test_what_has_begun_goes_on_when_its_model_is_loaded_again(place: Place) -> None:
    busy, other, heard = place.loud("busy"), place.loud("other"), Heard()
    texts = [str(number) * 100 for number in range(30)]
    held, much = busy.ask("hold"), busy.ask(*texts)
    await asyncio.to_thread(busy.at_work.wait)
    beside = asyncio.create_task(use(other, heard))
    await heard.no_room.wait()
    busy.go_on.set()

    assert (["HOLD"], texts, 1) == (await held, await much, await beside)
    assert ["busy", "other", "busy"] == place.loads
    assert sorted(texts) == sorted(text for load, batch in busy.batches for text in batch if text != "hold")


@pytest.mark.parametrize("leaves", [True, False])
async def test_nobody_s_model_is_loaded_and_who_gave_up_reads_why(place: Place, leaves: bool) -> None:
    busy, other, heard = place.loud("busy"), place.loud("other"), Heard()
    held = busy.ask("hold")
    await asyncio.to_thread(busy.at_work.wait)
    waits = other.ask("waits", tell=heard, patience=300)
    await heard.no_room.wait()
    if leaves:
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
    else:
        place.machine.look(monotonic() + 301)
        with pytest.raises(UserError, match=r"^The model other does not fit into memory beside those at work; ask"):
            await waits
    # It waits no more, so that it is done before it could load anything.
    for thread in list(other.resident._queue._threads):
        await asyncio.to_thread(thread.join)
    busy.go_on.set()
    await held

    assert {FOR_ROOM, None} == set(heard.told)
    assert ["busy"] == place.loads
    assert ["AGAIN"] == await other.ask("again")


async def test_who_comes_when_all_the_others_have_just_left_is_served(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, other = place.loud("busy"), place.loud("other")
    held = busy.ask("hold")
    await asyncio.to_thread(busy.at_work.wait)
    asks, deserted = threading.Event(), [False, True]

    def look(line: Line[Job]) -> bool:
        asks.set()
        return deserted.pop() if deserted else False

    monkeypatch.setattr(Line, "deserted", property(look))
    comes = other.ask("comes")
    await asyncio.to_thread(asks.wait)
    busy.go_on.set()

    assert [["HOLD"], ["COMES"]] == [await held, await comes]


async def test_what_has_begun_is_given_up_when_its_model_finds_no_room_any_more(place: Place) -> None:
    busy, other, heard, waits = place.loud("busy"), place.loud("other"), Heard(), Heard()
    texts = ["x" * 100] * 40
    # The longest of what somebody asks for comes first.
    begun = busy.ask("hold" + "!" * 200, *texts, tell=heard, patience=300)
    await asyncio.to_thread(busy.at_work.wait)
    beside = other.ask("hold", tell=waits)
    await waits.no_room.wait()
    busy.go_on.set()
    await heard.no_room.wait()
    place.machine.look(monotonic() + 301)

    with pytest.raises(UserError, match="The model busy does not fit into memory"):
        await begun
    other.go_on.set()
    assert ["HOLD"] == await beside


async def test_a_model_that_failed_is_loaded_anew_and_what_it_was_asked_done_once_more(place: Place) -> None:
    loud = place.loud()
    loud.broken = lambda load, values: load == 1
    texts = [f"text {number}" for number in range(5)]
    tasks = [loud.ask("hold"), *[loud.ask(text) for text in texts]]
    await asyncio.to_thread(loud.at_work.wait)
    loud.go_on.set()

    assert [["HOLD"], *([text.upper()] for text in texts)] == await asyncio.gather(*tasks)
    assert ["tiny", "tiny"] == place.loads


async def test_what_fails_twice_with_the_model_is_told_so_in_a_line(place: Place) -> None:
    loud = place.loud()
    loud.broken = lambda load, values: load <= 2

    with pytest.raises(UserError, match=r"^The model tiny failed and is started anew; ask again\.$"):
        await loud.ask("text")
    assert ["TEXT"] == await loud.ask("text")
    assert ["tiny"] * 3 == place.loads


@pytest.mark.parametrize(
    ("texts", "error"),
    [(8, "CUDA error: device-side assert triggered"), (1, "The sizes of tensors must match")],
    ids=["where others do not", "by itself"],
)
async def test_a_text_that_fails_harms_no_other(place: Place, texts: int, error: str) -> None:
    loud = place.loud(bounds=replace(BOUNDS, texts=texts))
    loud.broken, loud.error = lambda load, values: "bad" in values, error
    tasks = [loud.ask(text) for text in ("hold", "one", "bad", "two")]
    await asyncio.to_thread(loud.at_work.wait)
    loud.go_on.set()
    hold, one, bad, two = await asyncio.gather(*tasks, return_exceptions=True)

    assert [["HOLD"], ["ONE"], ["TWO"]] == [hold, one, two]
    assert "The model tiny cannot work on that; ask for something else." == str(bad)
    assert ["tiny"] == place.loads


async def test_who_had_not_begun_when_the_model_failed_waits_on_as_before(place: Place) -> None:
    loud = place.loud(bounds=Bounds(tokens=1000, texts=1, padding=100, pool=1))
    # Twice for the first, and once for the second.
    loud.broken = lambda load, values: load <= 3
    first = loud.ask("hold")
    await asyncio.to_thread(loud.at_work.wait)
    second = loud.ask("second")
    await asyncio.sleep(0)
    loud.go_on.set()

    with pytest.raises(UserError, match="failed and is started anew"):
        await first
    assert ["SECOND"] == await second
    assert [(1, ["hold"]), (2, ["hold"]), (3, ["second"]), (4, ["second"])] == loud.batches


async def test_a_model_that_fails_again_and_again_is_not_loaded_anew_for_each_who_waits(place: Place) -> None:
    loud = place.loud(bounds=Bounds(tokens=1000, texts=1, padding=100, pool=1))
    loud.broken = lambda load, values: load <= 4
    tasks = [loud.ask("hold"), *[loud.ask(f"text {number}") for number in range(9)]]
    await asyncio.to_thread(loud.at_work.wait)
    loud.go_on.set()

    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert {"The model tiny failed and is started anew; ask again."} == {str(answer) for answer in answers}
    assert ["tiny"] * 4 == place.loads
    assert ["TEXT"] == await loud.ask("text")
