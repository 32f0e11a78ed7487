from __future__ import annotations

import base64

import pytest

from bot.errors import ConfigError
from bot.platforms.discord.invite import invite_url


def test_the_invitation_names_the_application_and_asks_for_the_least() -> None:
    token = f"{base64.urlsafe_b64encode(b'123456789012345678').decode().rstrip('=')}.GhIjKl.secret"
    url = invite_url(token)
    assert "client_id=123456789012345678&scope=bot%20applications.commands&permissions=274878024704" in url
    assert "secret" not in url


@pytest.mark.parametrize("token", ["", "nonsense", "ünï.cödé", "YWJj.x.y"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(ConfigError, match="no bot's token"):
        invite_url(token)
