"""The pace of changes."""

from __future__ import annotations

from bot.platforms.slack.pace import REMEMBERED, Pace


class Time:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def test_after_a_short_burst_changes_come_one_a_second_in_each_channel() -> None:
    time = Time()
    pace = Pace(time, time.sleep)
    for _ in range(7):
        await pace.turn("C1")
    assert [1.0, 1.0] == time.slept
    await pace.turn("C2")
    assert [1.0, 1.0] == time.slept


async def test_what_is_urgent_does_not_wait_but_counts() -> None:
    time = Time()
    pace = Pace(time, time.sleep)
    for _ in range(8):
        await pace.turn("C1", urgent=True)
    assert [] == time.slept
    await pace.turn("C1")
    assert [4.0] == time.slept


async def test_only_so_many_channels_are_remembered() -> None:
    pace = Pace(Time())
    for number in range(REMEMBERED + 5):
        await pace.turn(f"C{number}")
    assert REMEMBERED == len(pace._free_at)
