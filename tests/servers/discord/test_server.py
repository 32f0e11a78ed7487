"""What the loopback Discord enforces, asked of it directly: a test is worth no more than the server it runs against."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.servers.discord import (
    CREATE_GUILD_EXPRESSIONS,
    Channel,
    DiscordPerson,
    DiscordServer,
    Interaction,
    discord_server,
)
from tests.servers.discord.interactions import COMMAND
from tests.servers.discord.world import READ_HISTORY, VIEW, Json


class Bot:
    """As little of a client as it takes to be refused."""

    def __init__(
        self, server: DiscordServer, http: aiohttp.ClientSession, ana: DiscordPerson, general: Channel
    ) -> None:
        self.server = server
        self.ana = ana
        self.general = general
        self.http = http

    async def asks(self, method: str, path: str, body: object = None) -> tuple[int, Json]:
        """A request's status and answer."""
        headers = {"Authorization": f"Bot {self.server.token}"}
        async with self.http.request(method, self.server.api_url + path, json=body, headers=headers) as response:
            return response.status, json.loads(await response.text() or "{}")

    async def used(self) -> Interaction:
        """A slash command that was used just now."""
        data: Json = {"id": "1", "name": "ask", "type": 1, "options": []}
        return await self.server.interact(Interaction(COMMAND, self.ana.user, self.general, data))

    async def closes_with(self, *payloads: Json) -> int | None:
        """The code with which the gateway closes after these payloads."""
        async with self.http.ws_connect(self.server.gateway_url) as socket:
            for payload in payloads:
                await socket.send_json(payload)
            async for _ in socket:
                pass
            return socket.close_code


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with discord_server() as server, aiohttp.ClientSession() as http:
        guild = server.guild("Fox Club")
        yield Bot(server, http, server.person("Ana", guild), guild.channels[0])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"content": "x" * 2001}, 400, 50035),
        ({"content": ""}, 400, 50006),
        ({"content": "x", "nonce": "n" * 26}, 400, 50035),
        ({"embeds": [{"title": "x" * 257}]}, 400, 50035),
        ({"embeds": [{"description": "x" * 4000}] * 2}, 400, 50035),
        ({"content": "x", "components": [{"components": [{"custom_id": "i" * 101, "label": "l"}]}]}, 400, 50035),
        ({"content": "x", "message_reference": {"message_id": "1"}}, 400, 50035),
    ],
)
async def test_a_message_that_discord_would_not_take_is_refused(bot: Bot, body: Json, status: int, code: int) -> None:
    found = await bot.asks("POST", f"/channels/{bot.general.id}/messages", body)
    assert (status, code) == (found[0], found[1]["code"])


async def test_the_sixth_message_in_five_seconds_has_to_wait(bot: Bot) -> None:
    for number in range(5):
        assert 200 == (await bot.asks("POST", f"/channels/{bot.general.id}/messages", {"content": str(number)}))[0]
    status, answer = await bot.asks("POST", f"/channels/{bot.general.id}/messages", {"content": "5"})
    assert 429 == status
    assert 0 < answer["retry_after"] <= 5
    assert 5 == len(bot.server.messages(bot.general))


async def test_an_interaction_is_acknowledged_once_and_in_time(bot: Bot) -> None:
    used = await bot.used()
    path = f"/interactions/{used.id}/{used.token}/callback"
    assert 204 == (await bot.asks("POST", path, {"type": 5}))[0]
    assert 40060 == (await bot.asks("POST", path, {"type": 5}))[1]["code"]
    bot.server.interactions.acknowledge_seconds = 0.0
    late = await bot.used()
    assert 10062 == (await bot.asks("POST", f"/interactions/{late.id}/{late.token}/callback", {"type": 5}))[1]["code"]


async def test_a_token_answers_only_what_was_acknowledged_and_only_while_it_lives(bot: Bot) -> None:
    used = await bot.used()
    original = f"/webhooks/{bot.server.world.me.id}/{used.token}/messages/@original"
    assert 10015 == (await bot.asks("PATCH", original, {"content": "x"}))[1]["code"]
    await bot.asks("POST", f"/interactions/{used.id}/{used.token}/callback", {"type": 5, "data": {"flags": 64}})
    assert 200 == (await bot.asks("PATCH", original, {"content": "x"}))[0]
    assert used.original is not None
    assert not used.original.thinking
    unseen = f"/channels/{bot.general.id}/messages/{used.original.id}"
    assert 10008 == (await bot.asks("PATCH", unseen, {"content": "x"}))[1]["code"]
    used.expire()
    assert 50027 == (await bot.asks("PATCH", original, {"content": "x"}))[1]["code"]


async def test_a_form_is_filled_in_and_sent(bot: Bot) -> None:
    used = await bot.used()
    field = {"type": 4, "custom_id": "prompt", "label": "Prompt", "style": 2}
    form = {"custom_id": "form", "title": "Ask", "components": [{"type": 1, "components": [field]}]}
    await bot.asks("POST", f"/interactions/{used.id}/{used.token}/callback", {"type": 9, "data": form})
    sent = await bot.ana.submits(used, prompt="a fox")
    assert "a fox" == sent.data["components"][0]["components"][0]["value"]
    assert 204 == (await bot.asks("POST", f"/interactions/{sent.id}/{sent.token}/callback", {"type": 5}))[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "t" * 46},
        {"custom_id": "i" * 101},
        {"components": []},
        {"components": [{"type": 18, "label": "l" * 46, "component": {"type": 4, "custom_id": "a"}}]},
        {"components": [{"type": 18, "label": "l", "component": {"type": 4, "custom_id": "a", "max_length": 4001}}]},
    ],
)
async def test_a_form_that_discord_would_not_show_is_refused(bot: Bot, wrong: Json) -> None:
    used = await bot.used()
    field = {"type": 18, "label": "Prompt", "component": {"type": 4, "custom_id": "prompt", "style": 2}}
    form = {"custom_id": "form", "title": "Ask", "components": [field], **wrong}
    path = f"/interactions/{used.id}/{used.token}/callback"
    assert 50035 == (await bot.asks("POST", path, {"type": 9, "data": form}))[1]["code"]
    assert used.modal is None


PNG = "data:image/png;base64," + base64.b64encode(b"fox").decode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "f", "image": PNG}, 50035),
        ({"name": "f-x", "image": PNG}, 50035),
        ({"name": "x" * 33, "image": PNG}, 50035),
        ({"name": "fox", "image": "fox"}, 50035),
        ({"name": "fox", "image": PNG + base64.b64encode(bytes(256 * 1024)).decode()}, 50045),
    ],
)
async def test_an_emoji_that_discord_would_not_take_is_refused(bot: Bot, body: Json, code: int) -> None:
    guild = bot.general.guild
    assert guild is not None
    guild.roles[0].permissions |= CREATE_GUILD_EXPRESSIONS
    status, answer = await bot.asks("POST", f"/guilds/{guild.id}/emojis", body)
    assert (400, code) == (status, answer["code"])


async def test_emoji_are_added_and_removed_only_with_permission_and_only_so_many(bot: Bot) -> None:
    guild = bot.general.guild
    assert guild is not None
    path, fox = f"/guilds/{guild.id}/emojis", {"name": "fox", "image": PNG}
    assert 50013 == (await bot.asks("POST", path, fox))[1]["code"]
    guild.roles[0].permissions |= CREATE_GUILD_EXPRESSIONS
    status, made = await bot.asks("POST", path, fox)
    assert (201, "fox") == (status, made["name"])
    others = [bot.server.rest.emojis.put(guild, "owl", b"owl", bot.ana.user) for _ in range(49)]
    assert 30008 == (await bot.asks("POST", path, fox))[1]["code"]
    assert 204 == (await bot.asks("DELETE", f"{path}/{made['id']}"))[0]
    assert 10014 == (await bot.asks("DELETE", f"{path}/{made['id']}"))[1]["code"]
    # Those of others need another permission.
    assert 50013 == (await bot.asks("DELETE", f"{path}/{others[0].id}"))[1]["code"]
    assert 10004 == (await bot.asks("POST", "/guilds/1/emojis", fox))[1]["code"]


async def test_the_gateway_closes_on_mistakes_with_their_codes(bot: Bot) -> None:
    identify: Json = {"op": 2, "d": {"token": bot.server.token, "intents": 0}}
    assert 4003 == await bot.closes_with({"op": 8, "d": {}})
    assert 4002 == await bot.closes_with({"d": {}})
    assert 4004 == await bot.closes_with({"op": 2, "d": {"token": "wrong", "intents": 0}})
    assert 4014 == await bot.closes_with({"op": 2, "d": {"token": bot.server.token, "intents": 2}})
    assert 4005 == await bot.closes_with(identify, identify)
    assert 4001 == await bot.closes_with(identify, {"op": 99})
    (session,) = bot.server.gateway.sessions.values()
    resume = {"token": bot.server.token, "session_id": session.id, "seq": 99}
    assert 4007 == await bot.closes_with({"op": 6, "d": resume})


async def test_a_channel_that_is_denied_to_everyone_is_denied_to_the_bot(bot: Bot) -> None:
    assert bot.general.guild is not None
    bot.general.overwrite(bot.general.guild.roles[0], deny=READ_HISTORY)
    assert 403 == (await bot.asks("GET", f"/channels/{bot.general.id}/messages"))[0]
    assert 200 == (await bot.asks("GET", f"/channels/{bot.general.id}"))[0]
    bot.general.overwrite(bot.general.guild.roles[0], deny=VIEW)
    assert 403 == (await bot.asks("GET", f"/channels/{bot.general.id}"))[0]
    bot.general.overwrite(bot.server.world.me, allow=VIEW)
    assert 200 == (await bot.asks("GET", f"/channels/{bot.general.id}/messages"))[0]


async def test_members_are_told_one_by_one(bot: Bot) -> None:
    assert bot.general.guild is not None
    members = f"/guilds/{bot.general.guild.id}/members"
    status, member = await bot.asks("GET", f"{members}/{bot.ana.user.id}")
    assert (200, "Ana") == (status, member["user"]["global_name"])
    status, refused = await bot.asks("GET", f"{members}/1")
    assert (404, 10007) == (status, refused["code"])
    assert 404 == (await bot.asks("GET", f"/guilds/1/members/{bot.ana.user.id}"))[0]
