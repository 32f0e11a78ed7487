"""The pictures of people on Slack."""

from __future__ import annotations

import pytest

from bot import UserError
from bot.emoji import PlatformEmojis, ServerEmojis
from bot.platforms.slack import avatars
from bot.values import User
from tests.bot.platforms.slack.conftest import Client
from tests.servers.slack import SlackServer

PICTURE = b"\x89PNG\r\n\x1a\nana"


def pictured(slack: SlackServer, user: str) -> None:
    slack.workspace.files[f"avatar {user}"] = PICTURE
    slack.workspace.users[user]["profile"]["image_192"] = slack.api_url.replace("/api/", f"/avatars/{user}")


async def test_a_persons_picture_is_read_without_showing_the_token(client: Client, slack: SlackServer) -> None:
    pictured(slack, "UANA")
    pictures = client.platform.pictures
    assert PICTURE == await pictures.avatar("slack:UANA")
    assert await pictures.avatar("slack:UBEN") is None
    assert await pictures.avatar("slack:UNOBODY") is None
    del slack.workspace.files["avatar UANA"]
    assert await pictures.avatar("slack:UANA") is None


async def test_where_slack_does_not_answer_there_is_no_picture(client: Client, slack: SlackServer) -> None:
    slack.api.break_next("users.info", 503, times=5)
    assert await client.platform.pictures.avatar("slack:UANA") is None
    # Nothing listens there.
    slack.workspace.users["UBEN"]["profile"]["image_192"] = "http://127.0.0.1:1/ben"
    assert await client.platform.pictures.avatar("slack:UBEN") is None


async def test_a_picture_that_is_too_large_is_refused(
    client: Client, slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictured(slack, "UANA")
    monkeypatch.setattr(avatars, "LARGEST", 3)
    with pytest.raises(UserError, match="larger than"):
        await client.platform.pictures.avatar("slack:UANA")


async def test_emoji_are_added_by_hand(client: Client) -> None:
    emojis = ServerEmojis(client.platform, "slack:T_TEAM", "slack:UANA")
    assert not isinstance(client.platform.pictures, PlatformEmojis)
    assert "choose *Add Emoji*" in emojis.by_hand
    with pytest.raises(UserError, match="Slack lets no app add emoji"):
        await emojis.add("fox", PICTURE)
    with pytest.raises(UserError, match="“:fox:” is no custom emoji"):
        await emojis.picture(":fox:")
    with pytest.raises(UserError, match="I know no picture of Ben"):
        await emojis.avatar(User("slack:UBEN", "Ben"))
