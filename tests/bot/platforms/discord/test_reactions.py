"""Reactions under messages, read and told."""

from __future__ import annotations

from bot.request import Event, MessageReacted, MessageSeen, Request
from tests.bot.platforms.discord.meeting import Meeting
from tests.servers.discord import Fault, reactions


def changes(meeting: Meeting) -> list[tuple[int, int | None]]:
    return [(event.change, event.total) for event in meeting.events if isinstance(event, MessageReacted)]


async def test_each_reaction_and_its_end_is_told(meeting: Meeting) -> None:
    said = await meeting.ana.says(meeting.general, "hello")
    await meeting.ana.reacts(said, "🦊")
    await meeting.ana.reacts(said, "👍")
    await meeting.ana.takes_back(said, "👍")
    await meeting.ana.clears(said)

    await meeting.server.until(lambda: 4 == len(changes(meeting)))

    assert [(1, None), (1, None), (-1, None), (0, 0)] == changes(meeting)
    told = meeting.events[-1]
    assert isinstance(told, MessageReacted)
    assert (said.id, meeting.general.id, "general") == (told.message_id, told.channel.id, told.channel.name)
    assert f"discord:{meeting.guild.id}" == told.channel.server


async def test_when_one_emoji_is_cleared_the_others_are_counted(meeting: Meeting) -> None:
    said = await meeting.ana.says(meeting.general, "hello")
    bo = meeting.server.person("Bo", meeting.guild)
    for person in (meeting.ana, bo):
        await person.reacts(said, "🦊")
        await person.reacts(said, "👍")
    await meeting.ana.clears(said, "👍")

    await meeting.server.until(lambda: (0, 2) in changes(meeting))


async def test_a_message_that_is_gone_meanwhile_is_not_counted(meeting: Meeting) -> None:
    said = await meeting.ana.says(meeting.general, "hello")
    await meeting.ana.reacts(said, "👍")
    meeting.server.faults.append(Fault("GET", f"/messages/{said.id}", 404, 10008))
    await meeting.ana.clears(said, "👍")
    await meeting.server.until(lambda: not meeting.server.faults)
    await meeting.ana.reacts(said, "🦊")

    await meeting.server.until(lambda: 2 == len(changes(meeting)))

    assert [(1, None), (1, None)] == changes(meeting)


async def test_in_direct_conversations_they_are_told_too(meeting: Meeting) -> None:
    said = await meeting.ana.says(meeting.ana.dm, "hello")
    await meeting.ana.reacts(said, "👍")
    told = await meeting.until_told(MessageReacted)
    assert isinstance(told, MessageReacted)
    assert told.channel.server is None


async def test_the_history_tells_how_many_people_reacted_and_not_the_bot_itself(meeting: Meeting) -> None:
    first = await meeting.ana.says(meeting.general, "first")
    await meeting.ana.says(meeting.general, "second")
    first.reactions = {"👍": [meeting.ana.user, meeting.server.world.me], "🦊": [meeting.ana.user]}

    found = await meeting.platform.history(meeting.general.id, None, 2)

    assert {"first": 2, "second": 0} == {message.text: message.reactions for message in found}


async def test_a_reaction_of_the_bots_own_is_not_told(meeting: Meeting) -> None:
    said = await meeting.ana.says(meeting.general, "hello")
    await reactions.tell(meeting.server.gateway, "ADD", said, "👍", meeting.server.world.me)
    await meeting.ana.clears(said)

    await meeting.server.until(lambda: changes(meeting))

    assert [(0, 0)] == changes(meeting)


async def test_a_message_that_is_chosen_from_the_menu_brings_its_reactions(meeting: Meeting) -> None:
    said = await meeting.ana.says(meeting.general, "hello")
    said.reactions = {"👍": [meeting.ana.user]}

    def chosen(event: Event) -> bool:
        return isinstance(event, Request) and event.reply_to is not None

    await meeting.until_told(MessageSeen)
    await meeting.ana.chooses("Count", said)
    request = await meeting.until_told(Request, chosen)
    assert isinstance(request, Request)
    assert request.reply_to is not None
    assert 1 == request.reply_to.reactions
