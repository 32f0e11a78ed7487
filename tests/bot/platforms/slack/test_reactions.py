"""How many reactions there are under messages."""

from __future__ import annotations

from bot.platforms.slack.incoming import REMEMBERED
from bot.request import MessageReacted, MessageSeen
from tests.bot.platforms.slack.conftest import Client
from tests.servers.slack import Posted


def changes(client: Client) -> list[tuple[str, int]]:
    """The messages that had a reaction more or less, in order."""
    return [(event.message_id, event.change) for event in client.events if isinstance(event, MessageReacted)]


async def test_the_history_tells_how_many_people_have_put_there(client: Client) -> None:
    workspace = client.slack.workspace
    posted = Posted(workspace.next_ts(), "CGENERAL", "UANA", "Friday?")
    posted.reactions = {"+1": ["UANA", "UBEN"], "tada": ["UADMIN", workspace.bot]}
    workspace.add(posted)
    workspace.add(Posted(workspace.next_ts(), "CGENERAL", "UBEN", "Yes."))
    found = await client.platform.history("CGENERAL", None, 10)
    assert [3, 0] == [message.reactions for message in found]


async def test_a_reaction_that_comes_or_goes_is_told_of(client: Client) -> None:
    root = await client.slack.says("UANA", "CGENERAL", "Friday?")
    reply = await client.slack.says("UBEN", "CGENERAL", "Yes.", thread=root.ts)
    await client.slack.reacts("UBEN", root)
    await client.slack.reacts("UADMIN", root, "tada")
    await client.slack.reacts("UBEN", root, away=True)
    await client.slack.reacts("UBEN", root)
    await client.slack.reacts("UANA", reply)
    await client.slack.workspace.until(lambda: len(changes(client)) == 5)
    assert [(root.ts, 1), (root.ts, 1), (root.ts, -1), (root.ts, 1), (reply.ts, 1)] == changes(client)
    told = await client.received(MessageReacted)
    assert isinstance(told, MessageReacted)
    assert ("CGENERAL", "slack:T_TEAM", root.ts) == (told.channel.id, told.channel.server, told.origin.message)


async def test_one_is_counted_once_also_when_it_is_told_of_again(client: Client) -> None:
    root = await client.slack.says("UANA", "CGENERAL", "Friday?")
    item = {"type": "message", "channel": "CGENERAL", "ts": root.ts}
    event = {"type": "reaction_added", "user": "UBEN", "reaction": "+1", "item": item}
    for _ in range(3):
        await client.slack.event(event)
    await client.slack.says("UANA", "CGENERAL", "next")
    await client.slack.workspace.until(lambda: sum(isinstance(each, MessageSeen) for each in client.events) == 2)
    assert [(root.ts, 1)] == changes(client)


async def test_its_own_reactions_and_those_under_files_are_passed_over(client: Client) -> None:
    root = await client.slack.says("UANA", "CGENERAL", "Friday?")
    await client.slack.reacts(client.slack.workspace.bot, root)
    details = {"user": "UBEN", "reaction": "+1", "item": {"type": "file", "file": "F1"}}
    await client.slack.event({"type": "reaction_added", **details})
    await client.slack.reacts("UBEN", root)
    await client.slack.workspace.until(lambda: changes(client))
    assert [(root.ts, 1)] == changes(client)


async def test_only_so_many_reactions_are_remembered(client: Client) -> None:
    incoming = client.platform._there.incoming
    incoming.reacted.update({("C", str(number), "U", "+1"): "reaction_added" for number in range(REMEMBERED)})
    root = await client.slack.says("UANA", "CGENERAL", "Friday?")
    await client.slack.reacts("UBEN", root)
    await client.received(MessageReacted)
    assert REMEMBERED == len(incoming.reacted)
