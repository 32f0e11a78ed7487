"""Who may read what, asked of the platform."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import UserError
from bot.platform import Audience
from bot.request import Channel, ChannelKind
from bot.values import ChannelRef
from tests.bot.platforms.discord.meeting import Meeting
from tests.servers.discord import ADMINISTRATOR, DiscordPerson, Fault, Guild, Role
from tests.servers.discord import Channel as Place
from tests.servers.discord.world import READ_HISTORY, VIEW

CONNECT = 1 << 20


class Den:
    """A server with a channel for everyone, one for the team, and threads."""

    def __init__(self, meeting: Meeting) -> None:
        self.meeting = meeting
        world = meeting.server.world
        self.guild: Guild = meeting.server.guild("Den", "hall", "team", "leads", "shut")
        self.hall, self.team, self.leads, self.shut = self.guild.channels
        self.staff, self.lead, self.boss = Role("Staff"), Role("Lead"), Role("Boss", ADMINISTRATOR)
        own = Role("Atelier", bot=world.me)
        self.guild.roles += [self.staff, self.lead, self.boss, own]
        self.guild.members[world.me.id] = world.me, [own]
        everyone = self.guild.roles[0]
        self.team.overwrite(everyone, deny=VIEW)
        self.team.overwrite(self.staff, allow=VIEW)
        self.team.overwrite(own, allow=VIEW)
        self.leads.overwrite(everyone, deny=VIEW)
        self.leads.overwrite(self.staff, allow=VIEW)
        self.leads.overwrite(self.lead, allow=VIEW)
        self.leads.overwrite(world.me, allow=VIEW)
        self.shut.overwrite(everyone, deny=READ_HISTORY)
        self.thread = world.channel(self.guild, "plans", parent=self.team)
        self.secret = world.channel(self.guild, "surprise", parent=self.hall, private=True)
        self.stu: DiscordPerson = meeting.server.person("Stu", self.guild, self.staff)
        self.kim: DiscordPerson = meeting.server.person("Kim", self.guild)

    async def open(self) -> None:
        await self.meeting.server.gateway.dispatch("GUILD_CREATE", lambda session: self._payload())
        client = self.meeting.platform._connection.client
        await self.meeting.server.until(lambda: client.get_guild(int(self.guild.id)))

    async def add(self, channel: Place) -> Place:
        self.guild.channels.insert(0, channel)
        await self.meeting.server.gateway.dispatch(
            "CHANNEL_CREATE", lambda session: {**channel.payload(), "position": 0}
        )
        client = self.meeting.platform._connection.client
        await self.meeting.server.until(lambda: client.get_channel(int(channel.id)))
        return channel

    def _payload(self) -> dict[str, object]:
        return self.guild.payload(self.meeting.server.world.me)

    async def may(self, source: Place, *, told_in: Place | None = None, to: DiscordPerson | None = None) -> bool:
        audience = Audience(told_in.id if told_in else None, f"discord:{to.user.id}" if to else None)
        return await self.meeting.platform.readable(source.id, audience)


@pytest.fixture
async def den(meeting: Meeting) -> Den:
    den = Den(meeting)
    await den.open()
    return den


async def test_the_channels_are_those_whose_past_the_bot_may_read(den: Den) -> None:
    named = [ChannelRef(channel.id, channel.name) for channel in (den.hall, den.team, den.leads)]
    assert named == await den.meeting.platform.channels(f"discord:{den.guild.id}")
    everywhere = await den.meeting.platform.channels(None)
    assert {"general", "den", "hall", "team", "leads"} == {channel.name for channel in everywhere}
    assert [] == await den.meeting.platform.channels("discord:1")


async def test_in_a_channel_that_is_told_of_which_everyone_there_may_read(den: Den) -> None:
    assert await den.may(den.hall, told_in=den.team)
    assert await den.may(den.leads, told_in=den.team)
    assert not await den.may(den.team, told_in=den.leads)
    assert not await den.may(den.team, told_in=den.hall)
    assert not await den.may(den.shut, told_in=den.hall)
    assert await den.may(den.hall, told_in=den.shut)
    assert not await den.may(den.hall, told_in=den.meeting.general)


async def test_a_thread_is_read_by_those_who_read_its_channel_and_a_private_one_by_nobody_else(den: Den) -> None:
    assert await den.may(den.thread, told_in=den.team)
    assert await den.may(den.team, told_in=den.thread)
    assert await den.may(den.hall, told_in=den.secret)
    assert not await den.may(den.thread, told_in=den.hall)
    assert not await den.may(den.secret, told_in=den.hall)
    assert not await den.may(den.secret, to=den.stu)
    assert await den.may(den.secret, told_in=den.secret)


async def test_a_channels_public_threads_are_told_in_which_something_was_written(den: Den) -> None:
    world, platform, now = den.meeting.server.world, den.meeting.platform, datetime.now(UTC)
    old, older = (world.channel(den.guild, name, parent=den.team) for name in ("old plans", "older plans"))
    quiet = world.channel(den.guild, "quiet", parent=den.team)
    for thread in (den.thread, old, older, den.secret):
        await den.stu.says(thread, "Hi")
    old.archived, older.archived, quiet.archived = now, now - timedelta(days=2), now
    client = den.meeting.platform._connection.client
    active = client.get_channel(int(den.thread.id))
    await den.meeting.server.until(lambda: getattr(active, "last_message_id", None))
    day, hour = timedelta(days=1), timedelta(hours=1)
    assert [den.thread.id, old.id] == await platform.threads(den.team.id, now - day)
    assert [] == await platform.threads(den.team.id, now + hour)
    assert [] == await platform.threads(den.hall.id, now - day)
    assert [] == await platform.threads(den.thread.id, now - day)
    den.meeting.server.faults.append(Fault("GET", "/threads/archived/", 403, 50001))
    assert [den.thread.id] == await platform.threads(den.team.id, now - day)


async def test_to_one_person_that_is_told_which_they_may_read(den: Den) -> None:
    boss = den.meeting.server.person("Bo", den.guild, den.boss)
    for channel, readers in (
        (den.hall, [den.kim, den.stu, boss]),
        (den.team, [den.stu, boss]),
        (den.thread, [den.stu, boss]),
        (den.shut, [boss]),
    ):
        for person in (den.kim, den.stu, boss):
            assert (person in readers) == await den.may(channel, to=person)
    assert not await den.may(den.hall, to=den.meeting.ana)


async def test_a_person_is_asked_for_once_and_again_when_that_is_old(den: Den, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ("GET", f"/guilds/{den.guild.id}/members/{den.stu.user.id}")
    assert await den.may(den.team, to=den.stu)
    assert await den.may(den.hall, to=den.stu)
    assert 1 == den.meeting.server.requests.count(path)
    monkeypatch.setattr("bot.platforms.discord.readers.FRESH_SECONDS", -1.0)
    den.guild.members[den.stu.user.id] = den.stu.user, []
    assert not await den.may(den.team, to=den.stu)


async def test_where_discord_does_not_tell_it_may_not_be_read(den: Den) -> None:
    den.meeting.server.faults.append(Fault("GET", "/members/", 403, 50001))
    assert not await den.may(den.hall, to=den.stu)
    for channel in ("1", "no number"):
        assert not await den.meeting.platform.readable(channel, Audience(channel=den.hall.id))
        assert not await den.meeting.platform.readable(den.hall.id, Audience(channel=channel))
        assert await den.meeting.platform.place(channel) is None


async def test_a_direct_conversation_is_its_persons_alone_and_may_hear_what_they_may_read(den: Den) -> None:
    for person in (den.stu, den.kim):
        await den.meeting.platform.direct(f"discord:{person.user.id}")

    assert await den.may(den.stu.dm, to=den.stu)
    assert not await den.may(den.stu.dm, to=den.kim)
    assert not await den.may(den.stu.dm, told_in=den.hall)
    assert not await den.may(den.stu.dm, told_in=den.kim.dm)
    assert await den.may(den.team, told_in=den.stu.dm)
    assert not await den.may(den.team, told_in=den.kim.dm)


async def test_a_conversation_of_several_people_is_nobodys(den: Den) -> None:
    group = den.meeting.server.world.group(den.stu.user, den.kim.user)
    group.forbidden.clear()
    assert not await den.may(group, to=den.stu)
    assert not await den.may(den.hall, told_in=group)
    assert await den.meeting.platform.place(group.id) is None


async def test_a_place_is_known_with_its_server_and_its_channel_also_an_archived_thread(den: Den) -> None:
    server = f"discord:{den.guild.id}"
    platform = den.meeting.platform
    old = den.meeting.server.world.channel(den.guild, "old plans", parent=den.team)
    assert Channel(den.hall.id, server, ChannelKind.CHANNEL, "hall") == await platform.place(den.hall.id)
    thread = Channel(old.id, server, ChannelKind.THREAD, "old plans", parent=den.team.id)
    assert thread == await platform.place(old.id)
    assert await den.may(old, told_in=den.team)
    assert Channel(den.kim.dm.id, None, ChannelKind.DM, "Kim") == await platform.place(den.kim.dm.id)


async def test_a_text_channel_is_found_before_a_voice_channel_of_its_name(den: Den) -> None:
    voice = await den.add(Place("Hall", 2, den.guild))
    server = f"discord:{den.guild.id}"
    assert ChannelRef(den.hall.id, "hall") == await den.meeting.platform.find_channel("#hall", server)
    assert ChannelRef(voice.id, "Hall") == await den.meeting.platform.find_channel(f"<#{voice.id}>", server)
    assert not await den.may(voice, told_in=den.hall)


async def test_what_is_written_in_a_voice_channel_is_told_to_who_may_connect(den: Den) -> None:
    voice = Place("Lounge", 2, den.guild)
    voice.overwrite(den.staff, allow=CONNECT)
    await den.add(voice)
    assert await den.may(voice, to=den.stu)
    assert not await den.may(voice, to=den.kim)


async def test_a_forum_has_no_messages_besides_those_of_its_threads(den: Den) -> None:
    forum = await den.add(Place("ideas", 15, den.guild))
    assert [] == await den.meeting.platform.history(forum.id, None, 10)


async def test_a_direct_conversation_is_opened(meeting: Meeting) -> None:
    opened = await meeting.platform.direct(f"discord:{meeting.ana.user.id}")
    assert Channel(meeting.ana.dm.id, None, ChannelKind.DM, "Ana") == opened
    with pytest.raises(UserError, match="allow direct messages from members of a server that we share"):
        await meeting.platform.direct("discord:1")
