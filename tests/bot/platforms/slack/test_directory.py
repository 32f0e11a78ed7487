"""Who and what is in the workspace."""

from __future__ import annotations

import asyncio

import pytest

from bot.platforms.slack.directory import REMEMBERED, Directory, Remembered
from bot.platforms.slack.web import SlackRefused, Web
from bot.request import ChannelKind
from tests.servers.slack import SlackServer


@pytest.fixture
def directory(web: Web) -> Directory:
    return Directory(web, "T_TEAM")


async def test_a_person_is_asked_for_once_also_by_many_at_the_same_time(
    directory: Directory, slack: SlackServer
) -> None:
    people = await asyncio.gather(*(directory.person("UANA") for _ in range(5)))
    found = {(person.id, person.name, person.locale, person.zone) for person in people}
    assert {("slack:UANA", "ana", "pt-BR", "America/Sao_Paulo")} == found
    assert 1 == len(slack.api.called("users.info"))
    slack.workspace.users["UANA"]["tz"] = None
    directory.forget("UANA")
    assert None is (await directory.person("UANA")).zone
    assert 2 == len(slack.api.called("users.info"))


async def test_a_workspace_admin_is_an_admin(directory: Directory) -> None:
    assert (await directory.person("UADMIN")).is_admin
    assert not (await directory.person("UANA")).is_admin


async def test_without_the_scope_names_are_what_slack_sends_along(directory: Directory, slack: SlackServer) -> None:
    slack.api.scopes -= {"users:read", "channels:read"}
    assert "ana" == (await directory.person("UANA", "ana")).name
    assert "CGENERAL" == (await directory.channel("CGENERAL")).name
    with pytest.raises(SlackRefused, match="users:read"):
        await directory.find_person("ana")
    with pytest.raises(SlackRefused, match="users:read"):
        await directory.find_person("<@UANA>")
    with pytest.raises(SlackRefused, match="channels:read"):
        await directory.find_channel("<#CGENERAL>")


async def test_places_are_channels_threads_and_direct_conversations(directory: Directory) -> None:
    general, thread = await directory.channel("CGENERAL"), await directory.channel("CGENERAL", "1.2")
    assert ("slack:T_TEAM", "general", ChannelKind.CHANNEL) == (general.server, general.name, general.kind)
    assert ("CGENERAL:1.2", "CGENERAL", ChannelKind.THREAD) == (thread.id, thread.parent, thread.kind)
    direct = await directory.channel("DANA", "1.2")
    assert (None, "DANA", ChannelKind.DM) == (direct.server, direct.parent, direct.kind)


async def test_people_and_channels_are_found_by_name_through_every_page(
    directory: Directory, slack: SlackServer
) -> None:
    for number in range(450):
        slack.workspace.add_user(f"U{number:04}", f"user{number}")
        slack.workspace.add_channel(f"C{number:04}", f"channel{number}")
    assert (found := await directory.find_person("@User449")) is not None
    assert ("slack:U0449", "user449") == (found.id, found.name)
    assert (place := await directory.find_channel("#channel449")) is not None
    assert ("C0449", "channel449") == (place.id, place.name)
    assert 3 == len(slack.api.called("users.list"))
    assert None is await directory.find_person("nobody")
    assert None is await directory.find_channel("nowhere")
    assert None is await directory.find_channel("<#CNONE|x>")


async def test_who_left_is_not_found(directory: Directory, slack: SlackServer) -> None:
    slack.workspace.users["UBEN"]["deleted"] = True
    assert None is await directory.find_person("ben")


async def test_an_answer_is_believed_for_a_while_and_only_so_many_are_kept() -> None:
    now, asked = 0.0, []

    async def ask(key: str) -> str:
        asked.append(key)
        return key

    known = Remembered(ask, lambda: now)
    await known.get("a")
    now = 601.0
    await known.get("a")
    assert ["a", "a"] == asked
    for number in range(REMEMBERED):
        await known.get(str(number))
    await known.get("a")
    assert "a" == asked[-1]


async def test_who_stops_waiting_does_not_take_the_answer_from_others() -> None:
    gate = asyncio.Event()

    async def ask(key: str) -> str:
        await gate.wait()
        return key

    known = Remembered(ask)
    first = asyncio.ensure_future(known.get("a"))
    second = asyncio.ensure_future(known.get("a"))
    await asyncio.sleep(0)
    first.cancel()
    gate.set()
    assert "a" == await second
