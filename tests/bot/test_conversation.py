"""How a request reads what was said before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.conversation import ChannelHistory
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
