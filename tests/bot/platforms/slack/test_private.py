"""Answers that cannot be changed once shown."""

from __future__ import annotations

import pytest

from bot.body import Body, Button, Choice, File, State
from bot.platform import Address, MessageRef
from bot.platforms.slack.web import SlackFailed
from bot.request import ChoiceMade
from tests.bot.platforms.slack.conftest import Client
from tests.servers.slack import Posted

PRIVATE = Address("CGENERAL", private_to="slack:UANA", token="UANA T_TEAM ")


def shown(client: Client, channel: str = "CGENERAL") -> list[Posted]:
    return client.slack.workspace.by_bot(channel)


async def test_nothing_is_shown_before_it_is_complete_and_then_once(client: Client) -> None:
    ref = await client.platform.post(PRIVATE, Body("working"), "key")
    assert [] == shown(client)
    await client.platform.edit(ref, Body("done", state=State.DONE))
    await client.platform.edit(ref, Body("done", state=State.DONE))
    assert [("done", "UANA")] == [(message.text, message.only_for) for message in shown(client)]
    await client.platform.delete(ref)


async def test_what_cannot_be_changed_offers_no_button_to_do_so(client: Client) -> None:
    address = Address("CRANDOM", token=f"UANA T_TEAM {client.slack._interaction('UANA', 'CRANDOM')['response_url']}")
    await client.platform.post(address, Body("x", buttons=(Button("Delete", "/x"),), state=State.DONE), "key")
    (message,) = shown(client, "CRANDOM")
    assert None is message.only_for
    assert None is message.button("Delete")


async def test_a_question_is_asked_privately_once_and_goes_when_it_is_answered(client: Client) -> None:
    question = Choice("Erase all?", ("Erase", "Keep"))
    body = Body("", question=question, request_id="R1")
    ref = await client.platform.post(PRIVATE, body, "key")
    await client.platform.edit(ref, body)
    (message,) = shown(client)
    await client.slack.presses("UANA", message, "Erase")
    made = await client.received(ChoiceMade)
    assert isinstance(made, ChoiceMade)
    assert ("R1", "Erase", "slack:UANA") == (made.request_id, made.choice, made.person.id)
    await client.slack.workspace.until(lambda: not shown(client))


async def test_in_a_direct_conversation_a_private_answer_is_an_ordinary_one(client: Client) -> None:
    address = Address("DANA", private_to="slack:UANA")
    ref = await client.platform.post(address, Body("psst"), "key")
    assert [("psst", None)] == [(message.text, message.only_for) for message in shown(client, "DANA")]
    await client.platform.edit(ref, Body("psst, done", state=State.DONE))
    assert ["psst, done"] == [message.text for message in shown(client, "DANA")]


async def test_without_another_way_a_private_answer_goes_to_the_person_directly(client: Client) -> None:
    address = Address("CRANDOM", private_to="slack:UANA")
    await client.platform.post(address, Body("psst", state=State.DONE), "key")
    assert [] == shown(client, "CRANDOM")
    assert ["psst"] == [message.text for message in shown(client, "DANA")]


async def test_what_can_go_no_way_is_lost_with_a_line_in_the_log_and_never_made_public(client: Client) -> None:
    client.slack.api.scopes -= {"chat:write", "im:write"}
    await client.platform.post(PRIVATE, Body("psst", state=State.DONE), "key")
    assert [] == shown(client)


async def test_an_error_that_has_no_other_way_is_raised_and_nothing_is_sent_twice(client: Client) -> None:
    long = "\n\n".join("word " * 600 for _ in range(2))
    client.slack.api.fail("chat.postEphemeral", "fatal_error")
    with pytest.raises(SlackFailed, match="fatal_error"):
        await client.platform.post(PRIVATE, Body(long, state=State.DONE), "key")
    client.slack.api.fail("chat.postEphemeral", None)
    ref = await client.platform.post(PRIVATE, Body(long, state=State.DONE), "key")
    assert 2 == len(shown(client))
    assert ref == MessageRef("CGENERAL", "key")


async def test_a_file_that_cannot_be_sent_is_said_so(client: Client) -> None:
    client.slack.api.scopes.discard("im:write")
    body = Body("Here.", files=(File("a.txt", b"a", "text/plain"),), state=State.DONE)
    await client.platform.post(PRIVATE, body, "key")
    assert "a.txt could not be sent to you." in shown(client)[0].text
    assert "im:write" in shown(client)[0].text
