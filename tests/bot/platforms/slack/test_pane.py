"""The assistant pane."""

from __future__ import annotations

import structlog

from bot.request import MessageDeleted, MessageEdited, Request
from tests.bot.platforms.slack.conftest import Client

THREAD = "1772443800.000001"


async def test_a_conversation_is_named_after_its_first_question_only(client: Client) -> None:
    called = client.slack.api.called
    await client.slack.says("UANA", "DANA", "first question\nwith details", thread=THREAD)
    await client.slack.workspace.until(lambda: called("assistant.threads.setTitle"))
    await client.slack.says("UANA", "DANA", "second", thread=THREAD)
    await client.slack.workspace.until(lambda: len([e for e in client.events if isinstance(e, Request)]) == 2)
    assert ["first question"] == [call["title"] for call in called("assistant.threads.setTitle")]


async def test_a_workspace_without_a_pane_misses_nothing(client: Client) -> None:
    client.slack.api.scopes.discard("assistant:write")
    with structlog.testing.capture_logs() as logs:
        await client.slack.says("UANA", "DANA", "hello", thread=THREAD)
        request = await client.received(Request)
    assert isinstance(request, Request)
    assert "hello" == request.text
    assert "missing_scope" in [entry.get("error") for entry in logs]


async def test_many_conversations_are_named_without_remembering_all(client: Client) -> None:
    pane = client.platform._there.pane
    pane._titled.update(str(number) for number in range(1_001))
    await client.slack.says("UANA", "DANA", "hello", thread=THREAD)
    await client.slack.workspace.until(lambda: client.slack.api.called("assistant.threads.setTitle"))
    assert {f"DANA:{THREAD}"} == pane._titled


async def test_it_says_once_that_an_answer_is_coming_and_how_to_stop_it(client: Client) -> None:
    asked = await client.slack.says("UANA", "DANA", "hello", thread=THREAD, lose_acks=1)
    await client.slack.edits(asked, "hello there")
    await client.received(MessageEdited)
    (status,) = client.slack.api.called("assistant.threads.setStatus")
    assert "type “stop” to end it" in status["status"]


async def test_it_is_idle_when_the_question_is_removed(client: Client) -> None:
    asked = await client.slack.says("UANA", "DANA", "hello", thread=THREAD)
    await client.received(Request)
    await client.slack.deletes(asked)
    await client.received(MessageDeleted)
    called = client.slack.api.called
    await client.slack.workspace.until(lambda: len(called("assistant.threads.setStatus")) == 2)
    assert "" == called("assistant.threads.setStatus")[-1]["status"]


async def test_only_so_many_announcements_are_remembered(client: Client) -> None:
    pane = client.platform._there.pane
    pane._announced.update(("DANA", str(number)) for number in range(1_001))
    await client.slack.says("UANA", "DANA", "hello", thread=THREAD)
    await client.slack.workspace.until(lambda: client.slack.api.called("assistant.threads.setStatus"))
    assert 1 == len(pane._announced)
