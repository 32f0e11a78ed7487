"""The pace of edits."""

from __future__ import annotations

from bot.platforms.discord.pace import REMEMBERED, Pace


class Time:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def test_growing_answers_leave_one_of_five_edits_in_five_seconds_to_those_that_are_complete() -> None:
    time = Time()
    pace = Pace(time, time.sleep)
    for _ in range(6):
        await pace.turn("1")
        time.now += 1.0
    assert [1.0] == time.slept
    for _ in range(4):
        await pace.turn("2")
    await pace.turn("2", urgent=True)
    assert [1.0] == time.slept
    await pace.turn("2")
    assert [1.0, 5.0] == time.slept


async def test_those_who_wait_at_the_same_time_come_one_after_the_other() -> None:
    time = Time()
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    pace = Pace(time, sleep)
    for _ in range(9):
        await pace.turn("1")
    assert [5.0, 5.0, 5.0, 5.0, 10.0] == waits


async def test_only_so_many_channels_are_remembered() -> None:
    pace = Pace(Time())
    for number in range(REMEMBERED + 5):
        await pace.turn(f"{number}")
    assert REMEMBERED == len(pace._edits)
