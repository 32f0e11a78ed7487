"""What a person missed, told to them alone."""

from __future__ import annotations

from datetime import timedelta

from bot.body import State
from bot.request import Channel, ChannelKind, Person
from bot.testing import Testbed
from tests.plugins.telling import Telling

DANA = Person("test:dana", "Dana")
HOUR = timedelta(hours=1)


async def said(atelier: Testbed, channel: str, hours_ago: float, person: Person = DANA) -> None:
    text = f"{person.name} spoke in {channel} {hours_ago} hours ago."
    await atelier.post(channel, person, text, sent=atelier.clock() - hours_ago * HOUR)


async def test_it_begins_with_the_persons_own_last_message_here(atelier: Testbed, telling: Telling) -> None:
    await said(atelier, "general", 40)
    await said(atelier, "general", 30, atelier.ana)
    await said(atelier, "general", 20)
    await said(atelier, "news", 2, atelier.ana)
    body = await atelier.say("/catchup")
    assert body.text == ("**Since Sun 03:30 (UTC) in #general**\nDana spoke in general 20 hours ago.")
    assert ["test:ana"] == [address.private_to for address in atelier.platform.addresses.values()]
    assert telling.asked[0].personal


async def test_who_never_wrote_gets_the_last_day_and_is_told_so(atelier: Testbed) -> None:
    await said(atelier, "general", 24 * 15, atelier.ana)
    await said(atelier, "general", 30)
    await said(atelier, "general", 20)
    body = await atelier.say("/catchup")
    assert "you wrote nothing in the last two weeks, so this is the last day" in body.text
    assert body.text.endswith("\nDana spoke in general 20 hours ago.")


async def test_since_says_from_when_on(atelier: Testbed, telling: Telling) -> None:
    await said(atelier, "general", 1, atelier.ana)
    await atelier.say("/profile set zone Europe/Berlin")
    body = await atelier.say("/catchup since:yesterday 9am length:short")
    assert body.text.startswith("**Since Sun 09:00 (Europe/Berlin) in #general**")
    assert telling.asked[0].length == "short"
    body = await atelier.say("/catchup since:2030-01-01")
    assert body.state is State.FAILED
    assert "in the future" in body.text


async def test_everywhere_is_every_channel_that_the_person_may_read(atelier: Testbed) -> None:
    await said(atelier, "general", 12, atelier.ana)
    for channel in ("general", "news", "board"):
        await said(atelier, channel, 10)
    await said(atelier, "news", 11, atelier.ana)
    atelier.platform.members["board"] = {"test:admin"}
    body = await atelier.say("/catchup everywhere:true")
    assert body.text == (
        "**Since Sun 22:30 (UTC) in 2 channels**\nDana spoke in general 10 hours ago.\nDana spoke in news 10 hours ago."
    )


async def test_everywhere_needs_channels_and_of_too_many_reads_the_first(atelier: Testbed, telling: Telling) -> None:
    assert "I know no channels here" in (await atelier.say("/catchup everywhere:true")).text
    await said(atelier, "room-0", 1)
    assert (await atelier.say("/catchup everywhere:true")).text.startswith("**Since Sun 09:30 (UTC) in 1 channel**")
    for number in range(1, 52):
        await said(atelier, f"room-{number}", 1)
    assert "in 50 of 52 channels**" in (await atelier.say("/catchup everywhere:true")).text
    assert [f"room-{number}" for number in range(50)] == telling.asked[-1].channels.split()


async def test_in_a_direct_message_it_is_of_all_channels_unless_the_person_says_no(atelier: Testbed) -> None:
    dm = Channel("dm-test:ana", None, ChannelKind.DM, "Ana")
    for channel in ("general", "news", "board"):
        await said(atelier, channel, 10)
    atelier.platform.members["board"] = {"test:admin"}
    body = await atelier.say("/catchup", channel=dm)
    assert body.text.splitlines()[1:] == ["Dana spoke in general 10 hours ago.", "Dana spoke in news 10 hours ago."]
    assert "in this conversation**" in (await atelier.say("/catchup everywhere:no", channel=dm)).text
