"""Whether everyone who sees one channel may read another, compared with asking everyone one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import chain, combinations

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platform import Audience
from bot.platforms.discord.audience import NOTHING, READ, Overwrite, Rules, everyone_may_read
from bot.platforms.discord.readers import Readers
from tests.servers.discord import ADMINISTRATOR, Channel, Guild, Role
from tests.servers.discord.world import READ_HISTORY, VIEW, User, World

BITS = st.sampled_from([0, VIEW, READ_HISTORY, VIEW | READ_HISTORY])


@st.composite
def overwrites(draw: st.DrawFn) -> tuple[int, int]:
    allow = draw(BITS)
    return allow, draw(BITS) & ~allow


@st.composite
def servers(draw: st.DrawFn) -> tuple[World, Guild]:
    """A server with two channels, roles, members with any of them, and overwrites for all of those."""
    world = World()
    guild = world.guild("Fox Club", ["source", "target"])
    guild.roles[0].permissions = draw(BITS)
    names = [f"role {number}" for number in range(draw(st.integers(0, 4)))]
    permissions = draw(st.lists(BITS | st.just(ADMINISTRATOR), min_size=len(names), max_size=len(names)))
    roles = [Role(name, bits) for name, bits in zip(names, permissions, strict=True)]
    own = Role("Atelier", draw(BITS), bot=world.me)
    guild.roles += [*roles, own]
    guild.members[world.me.id] = world.me, [own]
    people = [User(f"person {number}") for number in range(draw(st.integers(1, 4)))]
    for person in people:
        guild.members[person.id] = person, draw(st.lists(st.sampled_from(roles), unique_by=id)) if roles else []
    guild.owner = draw(st.none() | st.sampled_from(people))
    for channel in guild.channels:
        everybody: list[Role | User] = [*guild.roles, *people, world.me]
        for whose in everybody:
            if draw(st.booleans()):
                allow, deny = draw(overwrites())
                channel.overwrite(whose, allow=allow, deny=deny)
    return world, guild


def _leaks(guild: Guild, people: Iterable[User], source: Channel, target: Channel) -> bool:
    return any(
        guild.permissions(one, target) & VIEW and guild.permissions(one, source) & READ != READ for one in people
    )


async def _readable(world: World, guild: Guild, source: Channel, target: Channel) -> bool:
    client = discord.Client(intents=discord.Intents(guilds=True))
    state = client._connection
    state.user = discord.ClientUser(state=state, data=world.me.payload())  # type: ignore[arg-type]
    state._add_guild_from_data(guild.payload(world.me))  # type: ignore[arg-type]
    return await Readers(lambda: client).readable(source.id, Audience(channel=target.id))


@given(servers())
def test_what_everyone_may_read_nobody_who_sees_the_other_channel_may_not(drawn: tuple[World, Guild]) -> None:
    world, guild = drawn
    source, target = guild.channels
    people = [user for user, _ in guild.members.values() if user is not world.me]

    if asyncio.run(_readable(world, guild, source, target)):
        assert not _leaks(guild, people, source, target)


@given(servers())
def test_where_any_combination_of_roles_may_be_held_it_is_exact(drawn: tuple[World, Guild]) -> None:
    world, guild = drawn
    source, target = guild.channels
    guild.owner = None
    held = [role for role in guild.roles[1:] if role.bot is None]
    listed = [one for one, _ in guild.members.values() if one.id in source.overwrites.keys() | target.overwrites.keys()]
    known = [user for user in listed if user is not world.me]
    leaks = False
    for roles in chain.from_iterable(combinations(held, size) for size in range(len(held) + 1)):
        for user in [User("nobody special"), *known]:
            guild.members[user.id] = user, list(roles)
            leaks = leaks or _leaks(guild, [user], source, target)

    assert leaks != asyncio.run(_readable(world, guild, source, target))


@pytest.mark.parametrize(
    ("source", "target", "may"),
    [
        (Rules(), Rules(), True),
        (Rules(), Rules(Overwrite(deny=VIEW), {1: Overwrite(allow=VIEW)}), True),
        (Rules(Overwrite(deny=VIEW), {1: Overwrite(allow=READ)}), Rules(), False),
        (Rules(Overwrite(deny=VIEW), {1: Overwrite(allow=READ)}), Rules(Overwrite(deny=VIEW)), True),
        (
            Rules(Overwrite(deny=VIEW), {1: Overwrite(allow=READ)}),
            Rules(Overwrite(deny=VIEW), {1: Overwrite(allow=READ)}),
            True,
        ),
        (
            Rules(Overwrite(deny=VIEW), {1: Overwrite(allow=READ), 2: Overwrite(allow=READ)}),
            Rules(Overwrite(deny=VIEW), {1: Overwrite(allow=READ)}),
            True,
        ),
        (
            Rules(Overwrite(deny=VIEW), {1: Overwrite(allow=READ)}),
            Rules(Overwrite(deny=VIEW), {2: Overwrite(allow=READ)}),
            False,
        ),
        (Rules(Overwrite(deny=READ_HISTORY)), Rules(), False),
        (Rules(roles={2: Overwrite(deny=VIEW)}), Rules(Overwrite(deny=VIEW), {1: Overwrite(allow=VIEW)}), False),
        (Rules(members={7: Overwrite(deny=VIEW)}), Rules(), False),
        (Rules(members={7: Overwrite(deny=VIEW)}), Rules(members={7: Overwrite(deny=VIEW)}), True),
        (
            Rules(Overwrite(deny=VIEW), {1: Overwrite(allow=READ)}),
            Rules(Overwrite(deny=VIEW), {1: Overwrite(allow=READ)}, {7: Overwrite(allow=VIEW)}),
            False,
        ),
    ],
    ids=[
        "both open",
        "open, told in a private one",
        "private, told in an open one",
        "private, told where nobody is",
        "both for the same role",
        "for more roles",
        "for another role",
        "whose past is closed",
        "shut to a role that may be among them",
        "shut to one person",
        "both shut to one person",
        "told where a person was added",
    ],
)
def test_the_usual_channels(source: Rules, target: Rules, *, may: bool) -> None:
    assert may == everyone_may_read(READ, {1: 0, 2: 0, 3: ADMINISTRATOR}, source, target)


def test_where_everyone_is_an_administrator_everyone_reads_everything() -> None:
    assert everyone_may_read(ADMINISTRATOR, {}, Rules(Overwrite(deny=READ)), Rules())


def test_a_server_of_many_roles_takes_no_time_worth_speaking_of() -> None:
    roles = dict.fromkeys(range(250), READ)
    private = Rules(Overwrite(deny=VIEW), {role: Overwrite(allow=READ) for role in range(0, 250, 2)})
    looked = 0

    class Counted(dict[int, Overwrite]):
        def get(self, key: int, default: Overwrite = NOTHING) -> Overwrite:  # type: ignore[override]  # as it is used
            nonlocal looked
            looked += 1
            return super().get(key, default)

    assert everyone_may_read(0, roles, Rules(private.everyone, Counted(private.roles)), private)
    assert 250 == looked
