"""Where a platform knows no pictures, people are told what to do instead."""

from __future__ import annotations

import pytest

from bot import UserError
from bot.emoji import BY_HAND, ServerEmojis
from bot.platforms.memory import MemoryPlatform
from bot.values import User


async def test_a_platform_without_emoji_says_how_to_go_on() -> None:
    emojis = ServerEmojis(MemoryPlatform(), "test:server", "test:ana")
    assert BY_HAND == emojis.by_hand
    for asked in (emojis.allow(), emojis.add("fox", b"png"), emojis.remove("1")):
        with pytest.raises(UserError, match="save the picture"):
            await asked
    with pytest.raises(UserError, match="attach the picture instead"):
        await emojis.picture("<:fox:1>")
    with pytest.raises(UserError, match="I know no picture of Ana; attach one instead"):
        await emojis.avatar(User("test:ana", "Ana"))
