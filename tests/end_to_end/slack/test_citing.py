"""An answer that tells of messages: with links, a picture, and without what is removed later."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import timedelta

from bot import Channels, Cited, File, History, Plugin, Request
from tests.end_to_end.slack.conftest import PICTURE, House


def gazette() -> Plugin:
    plugin = Plugin("gazette", "For tests.")

    @plugin.command
    async def gazette(request: Request, history: History) -> AsyncIterator[str | Cited | File]:
        yield "Today:\n\n"
        day = timedelta(days=1)
        for message in await history.between(request.received - day, request.received, threads=True):
            yield Cited(f"- [{message.text}]({message.link})\n", (message,))
        yield File("activity.png", PICTURE, "image/png", alt="Activity", caption="How much was said")

    @plugin.command
    async def abroad(channels: Channels) -> AsyncIterator[str | Cited]:
        yield "Abroad:\n\n"
        for channel in await channels.all():
            for message in await (await channels.history(channel.id)).recent(10):
                yield Cited(f"- {message.text}\n", (message,))

    @plugin.command
    async def papers(channels: Channels) -> str:
        return " ".join(sorted(channel.name for channel in await channels.all()))

    return plugin


async def test_what_is_removed_vanishes_from_the_answer_and_the_picture_stays(house: House) -> None:
    await house.app.plugins.add(gazette())
    slack = house.slack
    slack.workspace.clock = time.time
    root = await slack.says("UANA", "CGENERAL", "Cake on Friday")
    gone = await slack.says("UBEN", "CGENERAL", "The password is on my desk", thread=root.ts)
    await slack.slash("UANA", "CGENERAL", "/gazette")
    shown = await house.answer("CGENERAL", "on my desk")
    link = f"https://sample.slack.test/archives/CGENERAL/p{root.ts.replace('.', '')}"
    assert f"<{link}|Cake on Friday>" in shown.text
    assert f"?thread_ts={root.ts}&amp;cid=CGENERAL|The password" in shown.text
    picture = await house.answer("CGENERAL", "How much was said")
    await house.ended()
    await slack.deletes(gone)
    assert shown is await house.answer("CGENERAL", "Cake", lambda message: "desk" not in message.text)
    assert picture in slack.workspace.by_bot("CGENERAL")
    assert [PICTURE] == [*slack.workspace.files.values()]


async def test_an_answer_names_only_channels_that_everyone_who_reads_it_may_read(house: House) -> None:
    await house.app.plugins.add(gazette())
    slack = house.slack
    slack.workspace.people["CGENERAL"] = ["UANA", "UBEN"]
    slack.workspace.add_channel("CSECRET", "secret", people=["UANA"], is_private=True)
    slack.workspace.add_channel("COTHER", "other", people=["UBEN"], is_private=True)
    await slack.slash("UANA", "CGENERAL", "/papers")
    assert "general" == (await house.answer("CGENERAL", "general")).text
    await slack.slash("UANA", "DANA", "/papers")
    assert "general secret" == (await house.answer("DANA", "general")).text


async def test_what_was_said_in_a_channel_that_is_deleted_vanishes_from_an_answer_elsewhere(house: House) -> None:
    await house.app.plugins.add(gazette())
    slack = house.slack
    slack.workspace.add_channel("CPLANS", "plans")
    await slack.says("UANA", "CPLANS", "Cake on Friday")
    await slack.says("UBEN", "CGENERAL", "Tea on Monday")
    await slack.slash("UANA", "CGENERAL", "/abroad")
    shown = await house.answer("CGENERAL", "Cake on Friday")
    await house.ended()
    await slack.removes("CPLANS")
    assert shown is await house.answer("CGENERAL", "Tea on Monday", lambda message: "Cake" not in message.text)
