"""Emoji are added and removed by those who may, and pictures are found."""

from __future__ import annotations

import aiohttp
import discord
import pytest

from bot import UserError
from bot.platforms.discord import emojis as discord_emojis
from tests.bot.platforms.discord.meeting import Meeting
from tests.servers.discord import CREATE_GUILD_EXPRESSIONS, Fault, Role
from tests.servers.discord.world import MANAGE_GUILD_EXPRESSIONS

PICTURE = b"\x89PNG\r\n\x1a\nfox"


@pytest.fixture
def pictured(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """Where the CDN is the loopback server too."""
    monkeypatch.setattr(discord.Asset, "BASE", meeting.server.url)
    return meeting


def server(meeting: Meeting) -> str:
    return f"discord:{meeting.guild.id}"


def person(meeting: Meeting) -> str:
    return f"discord:{meeting.ana.user.id}"


async def tell_of(meeting: Meeting, role: Role, event: str = "update") -> None:
    """Discord tells the bot what a role may do."""
    # Listens from here on.
    heard = meeting.platform._connection.client.wait_for(f"guild_role_{event}", timeout=5)
    told = {"guild_id": meeting.guild.id, "role": role.payload()}
    await meeting.server.gateway.dispatch(f"GUILD_ROLE_{event.upper()}", lambda session: told)
    await heard


async def grant_all(meeting: Meeting, permissions: int = CREATE_GUILD_EXPRESSIONS) -> None:
    """Let everybody there do something, the bot too."""
    meeting.guild.roles[0].permissions |= permissions
    await tell_of(meeting, meeting.guild.roles[0])


async def test_an_emoji_is_added_and_taken_away_again(meeting: Meeting) -> None:
    await grant_all(meeting)
    pictures = meeting.platform.pictures
    await pictures.allow(server(meeting), person(meeting))
    id_ = await pictures.add(server(meeting), person(meeting), "fox", PICTURE)

    emoji = meeting.server.rest.emojis.all[meeting.guild.id][id_]
    assert ("fox", PICTURE) == (emoji.name, emoji.image)
    assert meeting.ana.user.id in emoji.reason

    await pictures.remove(server(meeting), person(meeting), id_)
    assert {} == meeting.server.rest.emojis.all[meeting.guild.id]
    # Somebody was faster: what is gone is gone.
    await pictures.remove(server(meeting), person(meeting), id_)


async def test_who_may_not_add_emoji_is_told(meeting: Meeting) -> None:
    with pytest.raises(UserError, match="you do not have it"):
        await meeting.platform.pictures.allow(server(meeting), person(meeting))
    stranger = meeting.server.person("Stranger")
    with pytest.raises(UserError, match="you do not have it"):
        await meeting.platform.pictures.allow(server(meeting), f"discord:{stranger.user.id}")


async def test_what_the_bot_lacks_is_named(meeting: Meeting) -> None:
    meeting.ana.joins(meeting.guild, Role("artist", CREATE_GUILD_EXPRESSIONS))
    await tell_of(meeting, meeting.guild.roles[-1], "create")
    with pytest.raises(UserError, match="an admin can grant me Create Expressions"):
        await meeting.platform.pictures.allow(server(meeting), person(meeting))


@pytest.mark.parametrize(
    "failure",
    [
        TimeoutError(),
        RuntimeError("Somehow do not have a websocket for this guild_id"),
        aiohttp.ClientConnectionResetError("Cannot write to closing transport"),
        discord.ClientException("closed"),
    ],
)
async def test_who_may_do_what_cannot_be_told_while_discord_does_not_answer(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    async def fail(guild: discord.Guild, **query: object) -> list[discord.Member]:
        raise failure

    monkeypatch.setattr(discord.Guild, "query_members", fail)
    with pytest.raises(UserError, match=r"^Discord does not answer now; try again in a minute\.$"):
        await meeting.platform.pictures.allow(server(meeting), person(meeting))


async def test_a_connection_that_is_lost_while_an_emoji_is_added_is_told(meeting: Meeting) -> None:
    await grant_all(meeting)
    meeting.server.faults.append(Fault("POST", "/emojis", None))
    with pytest.raises(UserError, match="Discord does not answer now"):
        await meeting.platform.pictures.add(server(meeting), person(meeting), "fox", PICTURE)


async def test_outside_a_server_there_is_nothing_to_add_to(meeting: Meeting) -> None:
    for elsewhere in (None, "discord:1"):
        with pytest.raises(UserError, match="Emoji belong to a server"):
            await meeting.platform.pictures.allow(elsewhere, person(meeting))


@pytest.mark.parametrize(
    ("name", "picture", "problem"),
    [
        ("f", PICTURE, "Must be between 2 and 32"),
        ("fox", PICTURE + bytes(256 * 1024), "Asset exceeds maximum size"),
    ],
)
async def test_what_discord_does_not_take_is_told_in_its_words(
    meeting: Meeting, name: str, picture: bytes, problem: str
) -> None:
    await grant_all(meeting)
    with pytest.raises(UserError, match=problem):
        await meeting.platform.pictures.add(server(meeting), person(meeting), name, picture)


async def test_a_full_server_and_a_permission_that_was_just_taken_are_explained(meeting: Meeting) -> None:
    # Discord asks for Create Expressions, where Manage Expressions alone looks like enough.
    await grant_all(meeting, MANAGE_GUILD_EXPRESSIONS)
    pictures = meeting.platform.pictures
    with pytest.raises(UserError, match="grant me Create Expressions"):
        await pictures.add(server(meeting), person(meeting), "fox", PICTURE)
    await grant_all(meeting)
    for _ in range(50):
        meeting.server.rest.emojis.put(meeting.guild, "fox", PICTURE, meeting.ana.user)
    with pytest.raises(UserError, match="no room for another emoji"):
        await pictures.add(server(meeting), person(meeting), "fox", PICTURE)


async def test_nobody_waits_for_an_hour_when_discord_says_so(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    await grant_all(meeting)
    monkeypatch.setattr(discord_emojis, "ADD_SECONDS", 0.0)
    with pytest.raises(UserError, match="try again in an hour"):
        await meeting.platform.pictures.add(server(meeting), person(meeting), "fox", PICTURE)


async def test_the_picture_of_a_custom_emoji_is_read(pictured: Meeting) -> None:
    emoji = pictured.server.rest.emojis.put(pictured.guild, "fox", PICTURE, pictured.ana.user)
    pictures = pictured.platform.pictures
    assert PICTURE == await pictures.picture(f"<:fox:{emoji.id}>")
    assert PICTURE == await pictures.picture(f" <a:fox:{emoji.id}> ")
    for other in ("<:fox:1>", "🦊"):
        assert await pictures.picture(other) is None


async def test_the_picture_of_a_person_is_read(pictured: Meeting) -> None:
    pictured.server.rest.emojis.avatars[pictured.ana.user.id] = PICTURE
    pictures = pictured.platform.pictures
    assert PICTURE == await pictures.avatar(person(pictured))
    stranger = pictured.server.person("Stranger")
    # The picture that Discord draws for those who have none is not on this server.
    assert await pictures.avatar(f"discord:{stranger.user.id}") is None
    assert await pictures.avatar("discord:1") is None


async def test_a_cdn_in_trouble_is_no_picture(pictured: Meeting) -> None:
    emoji = pictured.server.rest.emojis.put(pictured.guild, "fox", PICTURE, pictured.ana.user)
    pictured.server.faults.append(Fault("GET", "/emojis/", 403))
    assert await pictured.platform.pictures.picture(f"<:fox:{emoji.id}>") is None


async def test_where_discord_does_not_answer_there_is_no_picture(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing listens there.
    monkeypatch.setattr(discord.Asset, "BASE", "http://127.0.0.1:1")
    assert await meeting.platform.pictures.picture("<:fox:12345678901234567>") is None
    meeting.server.faults.append(Fault("GET", f"/users/{meeting.ana.user.id}", None))
    assert await meeting.platform.pictures.avatar(person(meeting)) is None
