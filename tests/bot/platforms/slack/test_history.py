"""What was said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.errors import UserError
from bot.platforms.slack.incoming import moment
from tests.bot.platforms.slack.conftest import Client
from tests.servers.slack import Posted


def write(client: Client, count: int, thread: str | None = None) -> list[Posted]:
    workspace = client.slack.workspace
    return [
        workspace.add(Posted(workspace.next_ts(), "CGENERAL", "UBEN", f"message {number}", thread))
        for number in range(count)
    ]


async def test_a_channels_last_messages_come_oldest_first_through_every_page(client: Client) -> None:
    written = write(client, 500)
    found = await client.platform.history("CGENERAL", None, 450)
    assert [message.text for message in written[50:]] == [message.text for message in found]
    first = found[0]
    assert ("slack:UBEN", "ben", moment(written[50].ts)) == (first.author, first.author_name, first.sent)
    assert f"https://sample.slack.test/archives/CGENERAL/p{first.id.replace('.', '')}" == first.link


async def test_nothing_older_than_asked_for_comes(client: Client) -> None:
    written = write(client, 5)
    found = await client.platform.history("CGENERAL", moment(written[3].ts), 100)
    assert ["message 3", "message 4"] == [message.text for message in found]
    assert [] == await client.platform.history("CGENERAL", None, 0)


async def test_a_thread_is_told_apart_from_its_channel(client: Client) -> None:
    (root,) = write(client, 1)
    replies = write(client, 250, root.ts)
    thread = await client.platform.history(f"CGENERAL:{root.ts}", None, 20)
    assert [message.text for message in replies[-20:]] == [message.text for message in thread]
    assert (f"CGENERAL:{root.ts}", root.ts) == (thread[0].thread, thread[0].reply_to)
    assert thread[0].link is not None
    assert f"?thread_ts={root.ts}&cid=CGENERAL" in thread[0].link
    late = await client.platform.history(f"CGENERAL:{root.ts}", moment(replies[-1].ts), 20)
    assert ["message 249"] == [message.text for message in late]


async def test_the_threads_in_which_something_was_written_since_are_told(client: Client) -> None:
    old, quiet, long_ago = (write(client, 1)[0] for _ in range(3))
    write(client, 2, quiet.ts)
    written = write(client, 300)
    write(client, 1, old.ts)
    write(client, 1, written[0].ts)
    found = await client.platform.threads("CGENERAL", moment(written[0].ts))
    assert [f"CGENERAL:{old.ts}", f"CGENERAL:{written[0].ts}"] == found
    assert long_ago.ts not in found
    client.slack.api.fail("conversations.history", "fatal_error")
    with pytest.raises(UserError, match="try again"):
        await client.platform.threads("CGENERAL", moment(old.ts))


async def test_atelier_and_other_bots_are_known_as_such(client: Client) -> None:
    workspace = client.slack.workspace
    workspace.add(Posted(workspace.next_ts(), "CGENERAL", workspace.bot, "my answer"))
    workspace.add(Posted(workspace.next_ts(), "CGENERAL", "UANA", "", files=[{"id": "F1", "name": "plan.pdf"}]))
    mine, shared = await client.platform.history("CGENERAL", None, 10)
    assert mine.own
    assert (False, "plan.pdf") == (shared.from_bot, shared.text)


async def test_where_the_bot_is_no_member_it_says_how_to_invite_it(client: Client) -> None:
    with pytest.raises(UserError, match="/invite"):
        await client.platform.history("CRANDOM", None, 10)


def test_a_messages_id_tells_its_time() -> None:
    assert datetime(2026, 3, 2, 9, 30, 0, 200, tzinfo=UTC) == moment("1772443800.000200")
