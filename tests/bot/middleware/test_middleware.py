"""What every request passes on its way to a command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog

from bot import Forward, Plugin, Rule, Scope, UserError
from bot.body import Body, State
from bot.config import Limits
from bot.middleware import duplicates
from bot.middleware.permissions import allowed
from bot.platform import Address, MessageRef
from bot.request import Person
from bot.settings import ChannelSettings
from tests.bot.path import ADMIN, ANA, DM, Path


def made() -> Plugin:
    plugin = Plugin("made", "…")

    @plugin.command
    async def echo(text: str = "hi") -> str:
        return text

    @plugin.command(admin=True)
    async def rule() -> str:
        return "ruled"

    @plugin.command(private=True)
    async def secret() -> str:
        return "hush"

    @plugin.command
    async def crash() -> str:
        raise LookupError("inner detail")

    @plugin.command
    async def puzzle() -> str:
        raise ValueError("a library's words")

    @plugin.command
    async def refuse() -> str:
        raise UserError("Give me a number.")

    return plugin


async def test_the_same_event_or_message_is_answered_once() -> None:
    path = Path(made())
    await path.say("/echo", event="e1", message="m1")
    await path.say("/echo", event="e1")
    await path.say("/echo", event="e2", message="m1")
    assert len(path.platform.states) == 1
    await path.say("/echo", event="e3", message="m3")
    assert len(path.platform.states) == 2


async def test_requests_without_ids_are_never_duplicates() -> None:
    path = Path(made())
    await path.say("/echo")
    await path.say("/echo")
    assert len(path.platform.states) == 2


async def test_the_memory_of_duplicates_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "REMEMBERED", 2)
    path = Path(made())
    for event in ("e1", "e2", "e3", "e1", "e3"):
        await path.say("/echo", event=event)
    assert len(path.platform.states) == 4


async def test_an_error_is_an_apology_with_an_id_and_a_trace_in_the_log() -> None:
    path = Path(made())
    request = path.request("/crash")
    with structlog.testing.capture_logs() as logs:
        running = path.dispatcher.submit(request)
        await running.task
    assert State.FAILED is running.reply.body.state
    assert f"`{request.id[-8:]}`" in running.reply.body.text
    assert "inner detail" not in running.reply.body.text
    (entry,) = [entry for entry in logs if entry["event"] == "request failed"]
    assert (request.id, "crash", True) == (entry["request"], entry["command"], bool(entry["exc_info"]))
    assert path.recorded == [("crash", "failed")]


async def test_an_answer_that_is_shown_at_the_second_try_is_no_failure_of_its_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, tries = Path(made()), list[str]()
    post = path.platform.post

    async def flaky(address: Address, body: Body, key: str) -> MessageRef:
        tries.append(key)
        if len(tries) == 1:
            raise ConnectionError("away")
        return await post(address, body, key)

    monkeypatch.setattr(path.platform, "post", flaky)
    with structlog.testing.capture_logs() as logs:
        body = await path.say("/echo")
    assert ("hi", State.DONE, [("echo", "done")]) == (body.text, body.state, path.recorded)
    assert "request failed" not in [entry["event"] for entry in logs]


async def test_what_a_person_can_put_right_is_shown_as_it_stands() -> None:
    path = Path(made())
    assert (await path.say("/refuse")).text == "Give me a number."
    assert (await path.say("/puzzle")).text == "explained: a library's words"
    assert path.recorded == [("refuse", "refused"), ("puzzle", "refused")]


async def test_an_unknown_command_is_answered_too() -> None:
    path = Path(made())
    assert "Did you mean `/echo`?" in (await path.say("/eco")).text
    assert path.recorded == [(None, "refused")]


async def test_usage_that_cannot_be_recorded_takes_no_answer_away(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(made())

    async def broken(call: object, seconds: float) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(path.dispatcher.outer[1], "_record", broken)
    assert (await path.say("/echo")).text == "hi"


async def test_a_private_command_answers_only_the_person() -> None:
    path = Path(made())
    await path.say("/secret")
    assert [address.private_to for address in path.platform.addresses.values()] == ["test:ana"]


async def test_what_is_switched_off_says_so() -> None:
    path = Path(made())
    path.settings = ChannelSettings(off=frozenset({"made"}))
    assert "switched off here" in (await path.say("/echo")).text


async def test_admin_commands_are_for_admins_owners_and_ones_own_direct_messages() -> None:
    path = Path(made(), owners=["test:owner"])
    assert (await path.say("/rule")).text == "`/rule` is for admins of this server."
    assert (await path.say("/rule", person=ADMIN)).text == "ruled"
    assert (await path.say("/rule", person=Person("test:owner", "Olga"))).text == "ruled"
    assert (await path.say("/rule", channel=DM)).text == "ruled"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((), True),
        ((Rule("*", "*", allow=False),), False),
        ((Rule("*", "*", allow=False), Rule("made", "*", allow=True)), True),
        ((Rule("made", "*", allow=True), Rule("echo", "*", allow=False)), False),
        ((Rule("echo", "*", allow=False), Rule("echo", "writer", allow=True)), True),
        ((Rule("echo", "writer", allow=True), Rule("echo", "writer", allow=False)), False),
        ((Rule("echo", "reader", allow=False),), True),
        ((Rule("other", "*", allow=False),), True),
    ],
)
async def test_the_most_specific_rule_decides(rules: tuple[Rule, ...], expected: bool) -> None:
    assert expected is allowed(made().commands["echo"], ANA, rules)


async def test_rules_hold_for_people_and_not_for_admins() -> None:
    path = Path(made())
    path.settings = ChannelSettings(rules=(Rule("echo", "*", allow=False),))
    assert "You may not use `/echo` here" in (await path.say("/echo")).text
    assert (await path.say("/echo", person=ADMIN)).text == "hi"


async def test_a_person_can_ask_so_often_in_a_minute() -> None:
    path = Path(made(), limits=Limits(person_per_minute=2))
    texts = [(await path.say("/echo")).text for _ in range(3)]
    assert texts == ["hi", "hi", "That is more than 2 requests in a minute. Please wait a little."]
    assert (await path.say("/echo", person=ADMIN)).text == "hi"


async def test_an_admin_s_limit_goes_before_the_configuration_s() -> None:
    path = Path(made(), limits=Limits(person_per_minute=1))
    path.settings = ChannelSettings(per_minute=0, per_day=0)
    assert [(await path.say("/echo")).text for _ in range(5)] == ["hi"] * 5


async def test_a_server_can_ask_so_often_in_a_minute() -> None:
    path = Path(made(), limits=Limits(server_per_minute=1))
    await path.say("/echo")
    assert "This server is asking more" in (await path.say("/echo", person=ADMIN)).text
    assert (await path.say("/echo", channel=DM)).text == "hi"


async def test_the_day_s_quota_goes_on_after_a_restart_and_ends_at_midnight() -> None:
    path = Path(made(), limits=Limits(person_per_day=3))
    path.used = 2
    assert [(await path.say("/echo")).text for _ in range(2)] == [
        "hi",
        "You asked 3 times today, and that is the limit here; it begins again at 00:00 UTC.",
    ]
    path.used = 0
    path.clock.advance(timedelta(days=1))
    assert (await path.say("/echo")).text == "hi"


async def test_many_at_once_cannot_slip_through_the_day_s_quota() -> None:
    path = Path(made(), limits=Limits(person_per_day=3, person_per_minute=0))
    bodies = await asyncio.gather(*(path.say("/echo") for _ in range(10)))
    assert sum(body.text == "hi" for body in bodies) == 3


def forwarding() -> Plugin:
    plugin = Plugin("forwarding", "…")

    @plugin.command
    async def now() -> Forward:
        return Forward("echo", {"text": "forwarded"})

    @plugin.command
    async def leak() -> Forward:
        return Forward("secret")

    @plugin.command(private=True)
    async def note() -> str:
        return "noted"

    @plugin.command(internal=True)
    async def nightly() -> str:
        return "by itself"

    @plugin.command
    async def tonight() -> Forward:
        return Forward("nightly")

    @plugin.command(unlimited=True)
    async def mine() -> str:
        return "always"

    return plugin


async def test_a_command_that_answers_by_another_counts_once() -> None:
    path = Path(made(), forwarding(), limits=Limits(person_per_minute=1))
    assert (await path.say("/now")).text == "forwarded"
    assert "more than 1 requests" in (await path.say("/now")).text


async def test_what_runs_by_itself_may_be_what_another_command_answers_by() -> None:
    path = Path(made(), forwarding())
    assert (await path.say("/nightly")).text == "`/nightly` runs by itself, at set times."
    assert (await path.say("/tonight")).text == "by itself"


async def test_in_a_direct_message_limits_can_only_become_stricter() -> None:
    path = Path(made(), limits=Limits(person_per_minute=2))
    path.settings = ChannelSettings(per_minute=0, per_day=0)
    assert [(await path.say("/echo", channel=DM)).text for _ in range(3)][2].startswith("That is more than 2")
    path = Path(made(), limits=Limits(person_per_minute=2))
    path.settings = ChannelSettings(per_minute=1)
    assert [(await path.say("/echo", channel=DM)).text for _ in range(2)][1].startswith("That is more than 1")


async def test_what_a_person_has_a_right_to_is_never_refused_for_limits() -> None:
    path = Path(made(), forwarding(), limits=Limits(person_per_day=1))
    assert [(await path.say("/echo")).text[:8] for _ in range(2)] == ["hi", "You aske"]
    assert (await path.say("/mine")).text == "always"
    assert (await path.say("/rule", person=ADMIN)).text == "ruled"


async def test_what_falls_due_by_itself_is_held_by_no_limit_or_rule_and_says_nothing_when_refused() -> None:
    path = Path(made(), forwarding(), limits=Limits(person_per_minute=1))
    path.settings = ChannelSettings(rules=(Rule("*", "*", allow=False),))
    for _ in range(3):
        await path.dispatcher.submit(replace(path.request("/nightly"), scheduled=True)).task
    assert [body.text for body in path.platform.states] == ["by itself"] * 3
    path.settings = ChannelSettings(off=frozenset({"forwarding", "made"}))
    for line in ("/nightly", "/crash", "/refuse"):
        await path.dispatcher.submit(replace(path.request(line), scheduled=True)).task
    assert len(path.platform.states) == 3
    path.settings = ChannelSettings()
    await path.dispatcher.submit(replace(path.request("/crash"), scheduled=True)).task
    assert len(path.platform.states) == 3


async def test_nobody_runs_by_hand_what_runs_by_itself() -> None:
    path = Path(forwarding())
    assert (await path.say("/nightly", person=ADMIN)).text == "`/nightly` runs by itself, at set times."


async def test_what_is_wrong_with_a_private_command_is_private() -> None:
    path = Path(forwarding())
    await path.say("/note my secret")
    assert [address.private_to for address in path.platform.addresses.values()] == ["test:ana"]


async def test_a_private_answer_never_goes_into_what_everyone_sees() -> None:
    plugin = Plugin("mixed", "…")

    @plugin.command
    async def both() -> AsyncIterator[str | Forward]:
        yield "public"
        await path.platform.changed.wait()
        yield Forward("secret")

    path = Path(made(), plugin)
    body = await path.say("/both")
    assert body.state is State.FAILED
    assert not any("hush" in state.text for state in path.platform.states)


async def test_a_channel_s_rule_wins_over_its_server_s() -> None:
    command = made().commands["echo"]
    server, channel = Rule("echo", "*", False, Scope.SERVER), Rule("*", "*", True, Scope.CHANNEL)
    assert allowed(command, ANA, (channel, server))
    assert not allowed(command, ANA, (server,))


async def test_one_message_id_in_two_channels_is_two_messages() -> None:
    path = Path(made())
    await path.say("/echo", message="1.0")
    await path.say("/echo", message="1.0", channel=DM)
    assert len(path.platform.states) == 2
