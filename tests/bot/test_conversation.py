"""How a request reads what was said before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.conversation import ChannelHistory
from bot.history import Wanted
from bot.platforms.memory import MemoryPlatform
from bot.request import Message, Origin, Request
from tests.bot.path import ANA, GENERAL

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)


class Counting(MemoryPlatform):
    """Notes how many messages it is asked for."""

    def __init__(self, messages: int) -> None:
        super().__init__()
        self.asked: list[int] = []
        self.messages["general"] = [
            Message(str(number), "general", "test:ben", "Ben", f"{number}", BEGAN + timedelta(minutes=number))
            for number in range(messages)
        ]

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        self.asked.append(limit)
        return await super().history(channel, since, limit)


async def texts_before(platform: Counting, minutes: int) -> list[str]:
    asked = BEGAN + timedelta(minutes=minutes)
    request = Request(Origin("test", message="q"), ANA, GENERAL, text="?", first_asked=asked)
    return [message.text for message in await ChannelHistory(request, platform, None).recent(3)]


async def test_what_is_asked_once_more_reads_no_more_than_it_needs() -> None:
    platform = Counting(1000)

    assert ["995", "996", "997"] == await texts_before(platform, 998)
    assert [8] == platform.asked


async def test_what_was_asked_long_ago_is_looked_for_further_back() -> None:
    platform = Counting(1000)

    assert ["197", "198", "199"] == await texts_before(platform, 200)
    assert platform.asked[-1] > 800
    assert ["0"] == await texts_before(platform, 1)


async def test_a_search_takes_what_is_kept_first_and_then_what_the_platform_has() -> None:
    platform = Counting(50)
    old = Message("old", "general", "test:ben", "Ben", "7 of old", BEGAN - timedelta(days=9))
    kept = [old, platform.messages["general"][7]]
    asked: list[tuple[Wanted, int]] = []

    async def search(wanted: Wanted, limit: int) -> list[Message]:
        asked.append((wanted, limit))
        return kept

    request = Request(Origin("test", message="17"), ANA, GENERAL, text="?")
    history = ChannelHistory(request, platform, None, None, search)

    wanted = Wanted(["7"])
    assert ["7 of old", "7", "27", "37", "47"] == [message.text for message in await history.search(wanted)]
    assert ["27", "37", "47"] == [message.text for message in await history.search(wanted, 3)]
    assert [(wanted, 21), (wanted, 4)] == asked


async def test_what_is_asked_once_more_finds_nothing_that_was_said_later() -> None:
    platform = Counting(50)
    asked = BEGAN + timedelta(minutes=20)
    request = Request(Origin("test", message="q"), ANA, GENERAL, text="?", first_asked=asked)
    history = ChannelHistory(request, platform, None)

    assert ["7", "17"] == [message.text for message in await history.search(Wanted(["7"]))]
    early = Wanted(["7"], since=BEGAN + timedelta(minutes=1), until=BEGAN + timedelta(minutes=10))
    assert ["7"] == [message.text for message in await history.search(early)]
