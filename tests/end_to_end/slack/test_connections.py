"""How Slack's events come in: sockets that break and are renewed, and signed HTTP requests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.slack.conftest import House, house_in
from tests.servers.slack import Posted, SlackServer


async def test_slack_spreads_what_is_said_over_two_sockets_and_each_is_answered_once(house: House) -> None:
    assert 2 == house.slack.sockets.connections
    for word in ("one", "two", "three"):
        await house.slack.says("UANA", "CGENERAL", f"<@UATELIER> {word}")
        await house.answer("CGENERAL", f"ana said: {word}")
    assert ["one", "two", "three"] == house.runs


async def test_dropped_sockets_are_opened_again_and_the_next_question_answered(house: House) -> None:
    await house.slack.sockets.drop()
    await house.slack.says("UANA", "DANA", "still there?")
    await house.answer("DANA", "still there?")
    await house.slack.sockets.connected(times=4)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_while_slack_refreshes_one_socket_the_other_takes_what_is_said(house: House, reason: str) -> None:
    await house.slack.sockets.disconnect(reason)
    await house.slack.says("UANA", "DANA", "during the refresh")
    await house.answer("DANA", "during the refresh")
    await house.slack.sockets.connected(times=3)
    await house.slack.says("UANA", "DANA", "after the refresh")
    await house.answer("DANA", "after the refresh")
    assert ["during the refresh", "after the refresh"] == house.runs


async def test_a_single_socket_is_refreshed_too(tmp_path: Path, slack: SlackServer) -> None:
    async with house_in(tmp_path, slack, connections=1) as house:
        await slack.sockets.disconnect()
        await slack.sockets.connected(times=2)
        await slack.says("UANA", "DANA", "after the refresh")
        await house.answer("DANA", "after the refresh")


async def test_a_socket_that_falls_silent_is_replaced_and_nothing_is_lost(house: House) -> None:
    house.slack.sockets.ack_seconds = 0.3
    house.slack.sockets.fall_silent()
    for word in ("one", "two"):
        await house.slack.says("UANA", "DANA", word)
    await house.answer("DANA", "ana said: one")
    await house.answer("DANA", "ana said: two")
    await house.slack.sockets.connected(times=3)
    assert ["one", "two"] == sorted(house.runs)


async def test_where_slack_has_too_many_sockets_it_is_asked_slowly_until_there_is_room(
    tmp_path: Path, slack: SlackServer, capsys: pytest.CaptureFixture[str]
) -> None:
    slack.sockets.most = 1
    async with house_in(tmp_path, slack) as house:
        for word in ("one", "two", "three"):
            await slack.says("UANA", "DANA", word)
            await house.answer("DANA", f"ana said: {word}")
        await slack.sockets.asked_for(4)
        assert 1 == slack.sockets.opened
        slack.sockets.most = 2
        await slack.sockets.connected(times=2)
    assert "too_many_websockets" in capsys.readouterr().out


async def test_that_socket_mode_was_switched_off_is_said_in_the_log(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    await house.slack.sockets.disconnect("link_disabled")
    await house.slack.sockets.connected(times=3)
    assert "switch Socket Mode on" in capsys.readouterr().out


async def test_an_address_that_is_spent_is_not_tried_again(tmp_path: Path, slack: SlackServer) -> None:
    async with house_in(tmp_path, slack, connections=1) as house:
        slack.sockets.refusals = 2
        await slack.sockets.drop()
        await slack.says("UANA", "DANA", "back again")
        await house.answer("DANA", "back again")
        assert (2, 4) == (slack.sockets.opened, slack.sockets.asked)


async def test_what_slack_sends_again_is_answered_once(house: House) -> None:
    house.slack.sockets.ack_seconds = 0.3
    await house.slack.says("UANA", "CGENERAL", "<@UATELIER> once", lose_acks=1)
    await house.slack.slash("UANA", "CGENERAL", "/echo", "only once", lose_acks=1)
    await house.slack.says("UANA", "CGENERAL", "<@UATELIER> last")
    await house.answer("CGENERAL", "only once")
    await house.answer("CGENERAL", "last")
    assert ["last", "once", "only once"] == sorted(house.runs)


async def test_over_http_a_signed_event_is_answered_once_and_a_command_too(tmp_path: Path, slack: SlackServer) -> None:
    async with house_in(tmp_path, slack, "http") as house:
        await slack.says("UANA", "CGENERAL", "<@UATELIER> by http", lose_acks=1)
        await house.answer("CGENERAL", "by http")
        assert 200 == (await slack.slash("UANA", "CGENERAL", "/whisper", lose_acks=1)).status
        answer = await house.answer("CGENERAL", "Only for you")
        assert "UANA" == answer.only_for
        await slack.slash("UANA", "CGENERAL", "/brew")
        await slack.presses("UANA", await house.answer("CGENERAL", "brewing"), "Cancel")
        await house.answer("CGENERAL", "Cancelled.")
        assert ["by http"] == house.runs


async def test_over_http_a_wrong_or_old_signature_is_refused(tmp_path: Path, slack: SlackServer) -> None:
    async with house_in(tmp_path, slack, "http") as house:
        message = slack.workspace.add(Posted(slack.workspace.next_ts(), "DANA", "UANA", "let me in"))
        event = {"type": "event_callback", "event": slack.message_event(message), "event_id": "E1", "team_id": "T_TEAM"}
        body = json.dumps(event)
        assert 401 == (await slack.send(body, secret="guessed")).status
        assert 401 == (await slack.send(body, age=6 * 60)).status
        assert [] == house.runs
        assert 200 == (await slack.send(body)).status
        await house.answer("DANA", "let me in")
