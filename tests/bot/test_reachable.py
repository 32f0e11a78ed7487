"""What of other channels an answer may tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import ChannelKind, Channels, Plugin, UserError
from bot.body import State
from bot.platform import Audience
from bot.platforms.memory import SERVER
from bot.request import Channel, MessageReacted, Origin, Person
from bot.settings import Scope
from bot.testing import Testbed

BO = Person("test:bo", "Bo")
HOME = Channel("general", SERVER, ChannelKind.CHANNEL, "general")


def looking() -> Plugin:
    plugin = Plugin("look", "Look around.", group=True)

    @plugin.command
    async def around(channels: Channels) -> str:
        """Names the channels."""
        return " ".join(channel.name for channel in await channels.all())

    @plugin.command
    async def into(where: str, channels: Channels) -> str:
        """Read a channel."""
        return " | ".join(message.text for message in await (await channels.history(where)).recent())

    @plugin.command(private=True)
    async def quietly(where: str, channels: Channels) -> str:
        """Read a channel, for one person."""
        return " | ".join(message.text for message in await (await channels.history(where)).recent())

    return plugin


@pytest.fixture
async def bed(tmp_path: Path) -> AsyncIterator[Testbed]:
    async with Testbed(tmp_path, looking()) as bed:
        for channel in ("general", "team", "leads"):
            await bed.post(channel, bed.ana, f"said in {channel}")
        bed.platform.members = {"team": {bed.ana.id, BO.id}, "leads": {bed.ana.id}}
        yield bed


def dm(bed: Testbed, person: Person) -> Channel:
    bed.platform.members[f"dm-{person.id}"] = {person.id}
    return Channel(f"dm-{person.id}", None, ChannelKind.DM, person.name)


async def test_in_a_channel_that_is_listed_which_everyone_there_may_read(bed: Testbed) -> None:
    for channel, listed in {"general": "general", "team": "general team", "leads": "general team leads"}.items():
        assert listed == (await bed.say("/look around", channel=channel)).text


async def test_to_one_person_that_is_listed_which_they_may_read(bed: Testbed) -> None:
    bed.platform.places["far"] = Channel("far", "test:elsewhere", ChannelKind.CHANNEL, "far")
    assert "general team leads far" == (await bed.say("/look around", channel=dm(bed, bed.ana))).text
    assert "general team far" == (await bed.say("/look around", channel=dm(bed, BO), person=BO)).text
    assert "general" == (await bed.say("/look around")).text


async def test_what_a_person_brought_along_lists_nothing(bed: Testbed) -> None:
    abroad = Channel("abroad", None, ChannelKind.CHANNEL, "abroad")
    assert (await bed.say("/look around", channel=abroad)).text in ("", "Done.")


async def test_another_channel_is_read_where_everyone_may_read_it(bed: Testbed) -> None:
    assert "said in general" == (await bed.say("/look into general", channel="team")).text
    assert "said in team" == (await bed.say("/look into team", channel="leads")).text


async def test_the_own_channel_and_thread_are_always_read(bed: Testbed) -> None:
    assert "said in leads" == (await bed.say("/look into leads", channel="leads")).text
    thread = Channel("aside", SERVER, ChannelKind.THREAD, "aside", parent="leads")
    bed.platform.messages["aside"] = [replace((await bed.platform.history("leads", None, 1))[0], text="in a thread")]
    assert "in a thread" == (await bed.say("/look into aside", channel=thread)).text


async def test_a_thread_is_read_by_those_who_read_its_channel(bed: Testbed) -> None:
    bed.platform.places["aside"] = Channel("aside", SERVER, ChannelKind.THREAD, "aside", parent="leads")
    bed.platform.messages["aside"] = [replace((await bed.platform.history("leads", None, 1))[0], text="in a thread")]
    assert "in a thread" == (await bed.say("/look into aside", channel="leads")).text
    assert "said in leads" == (await bed.say("/look into leads", channel=bed.platform.places["aside"])).text
    refused = await bed.say("/look into aside")
    assert "Not everyone who reads this may read #aside" in refused.text


async def test_what_not_everyone_there_may_read_is_told_in_a_direct_message_only(bed: Testbed) -> None:
    refused = await bed.say("/look into leads")
    assert State.FAILED is refused.state
    assert "Not everyone who reads this may read #leads, so I do not tell of it here; ask me in a direct message." in (
        refused.text
    )
    assert "said in leads" == (await bed.say("/look into leads", channel=dm(bed, bed.ana))).text
    own = await bed.platform.direct(bed.ana.id)
    assert "may read our direct conversation, so I do not" in (await bed.say(f"/look into {own.id}")).text
    assert "said in leads" == (await bed.say("/look quietly leads")).text


async def test_a_channel_that_the_person_may_not_read_is_as_one_that_is_not_there(bed: Testbed) -> None:
    unknown = (await bed.say("/look into attic", person=BO)).text
    assert "I know no such channel that you may read." in unknown
    for line in ("/look into leads", "/look quietly leads"):
        assert unknown == (await bed.say(line, person=BO)).text
    assert unknown == (await bed.say("/look into leads", person=BO, channel=dm(bed, BO))).text


async def test_where_an_admin_switched_the_plugin_off_it_reads_nothing_for_elsewhere(bed: Testbed) -> None:
    settings = bed.app.store.settings.for_request(bed.request("", channel="team", person=bed.admin))
    await settings.switch("look", on=False, scope=Scope.CHANNEL)
    assert "general leads" == (await bed.say("/look around", channel="leads")).text
    refused = await bed.say("/look into team", channel="leads")
    assert "An admin switched look off in #team, so I do not read it for that." in refused.text


async def test_what_is_kept_of_another_channel_is_read_by_the_settings_there(bed: Testbed) -> None:
    settings = bed.app.store.settings.for_request(bed.request("", channel="team", person=bed.admin))
    await settings.set_history(on=True, days=None, scope=Scope.CHANNEL)
    await bed.post("team", bed.ana, "kept")
    bed.platform.messages["team"].clear()
    assert "kept" == (await bed.say("/look into team", channel="leads")).text
    assert "said in general" == (await bed.say("/look into general", channel="leads")).text


async def test_reactions_are_counted_where_history_is_kept(bed: Testbed) -> None:
    request = bed.request("", person=bed.admin)
    await bed.app.store.settings.for_request(request).set_history(on=True, days=None, scope=Scope.CHANNEL)
    kept = await bed.post("general", bed.ana, "kept")
    other = await bed.post("team", bed.ana, "not kept")
    for message, total in ((kept, None), (kept, None), (other, None)):
        place = Channel(message.channel, SERVER, ChannelKind.CHANNEL, message.channel)
        await bed.app.receive(MessageReacted(Origin("test", message=message.id), place, message.id, 1, total))
    (found,) = await bed.app.store.messages.recent("test", "general", 5)
    assert 2 == found.reactions
    assert [] == await bed.app.store.messages.recent("test", "team", 5)


async def test_the_platform_in_memory_opens_direct_conversations(bed: Testbed) -> None:
    opened = await bed.platform.direct(BO.id)
    assert opened == await bed.platform.place(opened.id)
    assert await bed.platform.readable(opened.id, Audience(person=BO.id))
    assert not await bed.platform.readable(opened.id, Audience(channel="general"))
    bed.platform.shut.add(BO.id)
    with pytest.raises(UserError, match="no direct messages"):
        await bed.platform.direct(BO.id)


def test_an_audience_is_a_channel_or_a_person() -> None:
    for both in ({}, {"channel": "general", "person": BO.id}):
        with pytest.raises(ValueError, match="either a channel or a person"):
            Audience(**both)
