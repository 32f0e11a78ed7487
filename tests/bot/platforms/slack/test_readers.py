"""Who may read which channel, and which channels there are."""

from __future__ import annotations

import pytest

from bot.errors import UserError
from bot.platform import Audience
from bot.platforms.slack.directory import Directory
from bot.platforms.slack.readers import FRESH_SECONDS, JOINED_SECONDS, Readers
from bot.platforms.slack.web import Web
from bot.request import ChannelKind
from bot.values import ChannelRef
from tests.bot.platforms.slack.conftest import Client
from tests.servers.slack import SlackServer

ANA, GUEST, FOREIGNER = (Audience(person=f"slack:{user}") for user in ("UANA", "UGUEST", "UFAR"))


class Clock:
    """Tells the seconds it is set to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def readers(slack: SlackServer, web: Web, clock: Clock) -> Readers:
    """With a guest in #open and #open-too, and somebody of another organization in #connected."""
    there = slack.workspace
    there.add_user("UGUEST", "gus", is_restricted=True)
    there.add_user("UFAR", "fay", team_id="T_OTHER")
    there.add_channel("COPEN", "open", people=["UANA", "UBEN"])
    there.add_channel("CGUESTS", "guests", people=["UANA", "UGUEST"])
    there.add_channel("CSECRET", "secret", people=["UANA", "UBEN"], is_private=True)
    there.add_channel("CINNER", "inner", people=["UANA"], is_private=True)
    there.add_channel("CCONNECTED", "connected", people=["UANA", "UFAR"], is_ext_shared=True)
    return Readers(web, Directory(web, there.team), clock)


async def test_the_channels_are_those_the_bot_is_in_without_archived_ones(client: Client) -> None:
    workspace = client.slack.workspace
    workspace.add_channel("CSECRET", "secret", is_private=True)
    workspace.add_channel("COLD", "old", is_archived=True)
    for number in range(250):
        workspace.add_channel(f"C{number:03}", f"channel{number}")
    found = await client.platform.channels("slack:T_TEAM")
    assert 252 == len(found)
    assert {ChannelRef("CGENERAL", "general"), ChannelRef("CSECRET", "secret")} < {*found}
    assert found == await client.platform.channels(None)
    assert [] == await client.platform.channels("slack:T_OTHER")


async def test_every_full_member_reads_public_channels_and_guests_those_they_are_in(readers: Readers) -> None:
    assert await readers.readable("CRANDOM", ANA)
    assert not await readers.readable("CRANDOM", GUEST)
    assert await readers.readable("CGUESTS", GUEST)
    assert not await readers.readable("COPEN", FOREIGNER)
    assert await readers.readable("CCONNECTED", FOREIGNER)


async def test_a_private_channel_is_read_by_its_members_and_so_are_its_threads(
    readers: Readers, slack: SlackServer
) -> None:
    ben = Audience(person="slack:UBEN")
    assert await readers.readable("CINNER:1772443800.000001", ANA)
    assert not await readers.readable("CINNER", ben)
    slack.workspace.people["CSECRET"] = [f"U{number}" for number in range(250)] + ["UBEN"]
    assert await readers.readable("CSECRET", ben)


async def test_a_direct_conversation_is_read_by_its_person_alone(readers: Readers) -> None:
    assert await readers.readable("DANA", ANA)
    assert not await readers.readable("DBEN", ANA)
    assert await readers.readable("DANA", Audience(channel="DANA"))
    assert not await readers.readable("DANA", Audience(channel="CINNER"))
    assert not await readers.readable("COPEN", Audience(channel="DANA"))


async def test_a_channel_may_be_told_of_in_itself_and_in_its_threads(readers: Readers, slack: SlackServer) -> None:
    assert await readers.readable("CCONNECTED", Audience(channel="CCONNECTED:1772443800.000001"))
    assert [] == slack.api.calls


@pytest.mark.parametrize(
    ("source", "target", "readable"),
    [
        ("COPEN", "CSECRET", True),  # everyone in #secret may read public channels
        ("COPEN", "CGUESTS", False),  # a guest is there who is not in #open
        ("CGUESTS", "COPEN", True),
        ("CRANDOM", "COPEN", True),  # whether the bot is in it is not asked
        ("CSECRET", "CINNER", True),  # all of #inner are in #secret
        ("CINNER", "CSECRET", False),
        ("CINNER", "COPEN", False),  # anybody may join a public channel later
        ("COPEN", "CCONNECTED", False),  # another organization reads along
        ("CCONNECTED", "COPEN", True),
        ("CNONE", "COPEN", False),  # nobody knows it
    ],
)
async def test_what_stands_in_a_channel_tells_only_what_everyone_there_may_read(
    readers: Readers, source: str, target: str, *, readable: bool
) -> None:
    assert readable is await readers.readable(source, Audience(channel=target))


async def test_a_guest_who_is_in_both_channels_keeps_nothing_from_the_others(
    readers: Readers, slack: SlackServer
) -> None:
    slack.workspace.people["COPEN"].append("UGUEST")
    assert await readers.readable("COPEN", Audience(channel="CGUESTS"))


@pytest.mark.parametrize("shared", ["is_pending_ext_shared", "is_org_shared"])
async def test_where_others_are_invited_nothing_else_is_told(
    readers: Readers, slack: SlackServer, *, shared: str
) -> None:
    slack.workspace.channels["CSECRET"][shared] = True
    assert not await readers.readable("COPEN", Audience(channel="CSECRET"))


async def test_who_is_deactivated_or_of_another_platform_reads_nothing(readers: Readers, slack: SlackServer) -> None:
    slack.workspace.users["UBEN"]["deleted"] = True
    assert not await readers.readable("COPEN:1.2", Audience(person="slack:UADA"))
    assert not await readers.readable("CRANDOM", Audience(person="slack:UBEN"))
    assert not await readers.readable("COPEN", Audience(person="discord:UANA"))


async def test_a_person_of_another_workspace_of_the_same_organization_is_a_full_member(
    readers: Readers, slack: SlackServer
) -> None:
    slack.workspace.add_user("UFAR", "fay", team_id="T_OTHER", enterprise_user={"teams": ["T_OTHER", "T_TEAM"]})
    assert await readers.readable("COPEN", FOREIGNER)


@pytest.mark.parametrize("told", [{"is_restricted"}, {"team_id"}])
async def test_who_is_not_said_to_be_a_full_member_is_taken_for_none(
    readers: Readers, slack: SlackServer, told: set[str]
) -> None:
    for left_out in told:
        del slack.workspace.users["UANA"][left_out]
    assert not await readers.readable("CRANDOM", ANA)


async def test_where_slack_does_not_tell_who_reads_what_nothing_is_told(
    readers: Readers, slack: SlackServer, clock: Clock
) -> None:
    slack.api.fail("conversations.members", "fetch_members_failed")
    assert not await readers.readable("COPEN", Audience(channel="CSECRET"))
    slack.api.scopes.discard("channels:read")
    clock.now += JOINED_SECONDS + 1
    assert not await readers.readable("CRANDOM", ANA)
    with pytest.raises(UserError, match="channels:read"):
        await readers.channels(None)


async def test_what_is_asked_often_is_looked_up_once_in_a_while(
    readers: Readers, slack: SlackServer, clock: Clock
) -> None:
    for source in ("COPEN", "CGENERAL", "CGUESTS") * 2:
        assert await readers.readable(source, Audience(channel="CSECRET"))
    counts = [len(slack.api.called(name)) for name in ("users.conversations", "conversations.members", "users.list")]
    assert [1, 1, 1] == counts
    slack.workspace.people["CSECRET"].append("UGUEST")
    clock.now += FRESH_SECONDS + 1
    assert not await readers.readable("COPEN", Audience(channel="CSECRET"))


async def test_a_channel_that_the_bot_was_just_invited_to_is_there_soon(
    readers: Readers, slack: SlackServer, clock: Clock
) -> None:
    await readers.channels(None)
    slack.workspace.members.add("CRANDOM")
    clock.now += JOINED_SECONDS + 1
    assert ChannelRef("CRANDOM", "random") in await readers.channels(None)


async def test_who_has_come_since_everyone_was_asked_for_is_asked_for_alone(
    readers: Readers, slack: SlackServer
) -> None:
    assert await readers.readable("COPEN", Audience(channel="CSECRET"))
    slack.workspace.add_user("UNEW", "nell")
    slack.workspace.people["CINNER"].append("UNEW")
    assert await readers.readable("COPEN", Audience(channel="CINNER"))
    assert 1 == len(slack.api.called("users.list"))


async def test_places_are_found_by_id_as_requests_would_come_from_there(client: Client) -> None:
    general = await client.platform.place("CGENERAL")
    assert general is not None
    assert ("slack:T_TEAM", "general", ChannelKind.CHANNEL) == (general.server, general.name, general.kind)
    thread = await client.platform.place("CGENERAL:1.2")
    assert thread is not None
    assert (ChannelKind.THREAD, "CGENERAL") == (thread.kind, thread.parent)
    direct = await client.platform.place("DANA")
    assert direct is not None
    assert (ChannelKind.DM, None) == (direct.kind, direct.server)
    assert None is await client.platform.place("CNONE")


async def test_a_direct_conversation_is_opened_or_it_is_said_why_not(client: Client) -> None:
    ana = await client.platform.direct("slack:UANA")
    assert ("DANA", None, ChannelKind.DM) == (ana.id, ana.server, ana.kind)
    assert "DUADMIN" == (await client.platform.direct("slack:UADMIN")).id
    client.slack.workspace.users["UBEN"]["deleted"] = True
    with pytest.raises(UserError, match="deactivated"):
        await client.platform.direct("slack:UBEN")
    with pytest.raises(UserError, match="nobody"):
        await client.platform.direct("discord:1")


async def test_where_slack_does_not_answer_that_is_said(client: Client) -> None:
    for method in ("users.conversations", "conversations.open"):
        client.slack.api.fail(method, "fatal_error")
    with pytest.raises(UserError, match="try again"):
        await client.platform.channels(None)
    with pytest.raises(UserError, match="try again"):
        await client.platform.direct("slack:UANA")
