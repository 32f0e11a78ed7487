from __future__ import annotations

import base64

import pytest

from bot.errors import ConfigError
from bot.platforms.discord.invite import invite_urls


def test_the_invitation_names_the_application_and_asks_for_the_least() -> None:
    token = f"{base64.urlsafe_b64encode(b'123456789012345678').decode().rstrip('=')}.GhIjKl.secret"
    server, person = invite_urls(token)
    least = "&integration_type=0&scope=bot%20applications.commands&permissions=274878024704"
    assert f"https://discord.com/oauth2/authorize?client_id=123456789012345678{least}" == server
    assert person.endswith("client_id=123456789012345678&integration_type=1&scope=applications.commands")


@pytest.mark.parametrize("token", ["", "nonsense", "ünï.cödé", "YWJj.x.y"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(ConfigError, match="no bot's token"):
        invite_urls(token)
