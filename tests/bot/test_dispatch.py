"""From a request to its complete answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import structlog
from pydantic import BaseModel

from bot import (
    Card,
    Choice,
    File,
    Forward,
    Message,
    ModelMissing,
    Plugin,
    PluginError,
    Profile,
    Progress,
    Reply,
    Request,
    UserError,
)
from bot.asking import ASKING, ITSELF, Asking, Owner, Priority, Waiting
from bot.body import Body, State
from bot.middleware.call import Call
from bot.middleware.errors import STOPPING
from bot.platform import Address, Limits, MessageRef
from bot.platforms.memory import MemoryPlatform
from bot.request import CancelAsked, ChannelDeleted, ChoiceMade, MessageDeleted, MessageSeen, Origin
from bot.settings import ChannelSettings
from tests.bot.path import ADMIN, ANA, DM, GENERAL, Path

PICTURE = File("a.png", b"png", "image/png")
MESSAGE = Message("m1", "general", "test:ben", "Ben", "Hello.", datetime(2026, 3, 2, tzinfo=UTC))


class Config(BaseModel):
    most: int = 3


def one(handler: object, **details: object) -> Plugin:
    plugin = Plugin("made", "…", config=Config)
    plugin.command(**details)(handler)  # type: ignore[call-overload]
    return plugin


async def test_a_generator_streams_everything_it_yields_and_gets_the_choice() -> None:
    async def draw() -> AsyncIterator[str | File | Progress | Choice | Card]:
        yield "Drawing. "
        yield Progress(0.5, "half")
        picked = yield Choice("Colour?", ("red", "blue"))
        yield f"In {picked}."
        yield PICTURE
        yield Card("Facts")

    path = Path(one(draw))
    running = path.dispatcher.submit(path.request("/draw"))
    while running.reply.body.question is None:
        await path.platform.changed.wait()
    await path.dispatcher.receive(ChoiceMade(running.request.id, ADMIN, "red"))
    await path.dispatcher.receive(ChoiceMade("unknown", ANA, "red"))
    await path.dispatcher.receive(ChoiceMade(running.request.id, ANA, "blue"))
    await running.task
    body = running.reply.body
    assert ("Drawing. In blue.", (PICTURE,), (Card("Facts"),), State.DONE) == (
        body.text,
        body.files,
        body.cards,
        body.state,
    )


async def test_a_sync_handler_runs_off_the_loop() -> None:
    threads: list[int] = []

    def compute() -> str:
        threads.append(threading.get_ident())
        return "42"

    path = Path(one(compute))
    assert (await path.say("/compute")).text == "42"
    assert threads != [threading.get_ident()]


async def test_options_are_converted_and_defaults_filled() -> None:
    async def roll(request: Request, reply: Reply, sides: int, times: int = 2, note: str | None = None) -> str:
        await reply.write(f"{request.person.name}: ")
        return f"{sides}x{times} {note}"

    path = Path(one(roll))
    assert (await path.say(command="roll", options={"sides": "6"})).text == "Ana: 6x2 None"
    assert "`sides` is missing. Usage: `/roll" in (await path.say("/roll")).text
    assert "has no option `colour`" in (await path.say(command="roll", options={"sides": 1, "colour": "red"})).text


async def test_a_command_on_a_message_needs_one() -> None:
    async def count(message: Message) -> str:
        return str(len(message.text))

    async def maybe(message: Message | None) -> str:
        return "none" if message is None else message.id

    path = Path(
        one(count),
    )
    assert (await path.say("/count", reply_to=MESSAGE)).text == "6"
    assert "Use this on a message" in (await path.say("/count")).text
    assert (await Path(one(maybe)).say("/maybe")).text == "none"


async def test_a_plugin_gets_its_own_configuration() -> None:
    async def limit(config: Config) -> str:
        return str(config.most)

    plugin = one(limit)
    path = Path(plugin)
    path.dispatcher.arguments.configs[plugin] = Config(most=7)
    assert (await path.say("/limit")).text == "7"


async def test_what_cannot_be_provided_is_none_where_none_will_do() -> None:
    async def needs(profile: Profile) -> str:
        return "never"

    async def wishes(profile: Profile | None) -> str:
        return str(profile)

    async def missing(call: Call, plugin: Plugin) -> object:
        raise ModelMissing("Nothing is known about you.")

    path = Path(one(needs))
    path.dispatcher.arguments.providers = {Profile: missing}
    assert (await path.say("/needs")).text == "Nothing is known about you."
    path = Path(one(wishes))
    path.dispatcher.arguments.providers = {Profile: missing}
    assert (await path.say("/wishes")).text == "None"


async def test_an_answer_of_an_unknown_kind_is_an_error() -> None:
    async def odd() -> int:
        return 3

    assert State.FAILED is (await Path(one(odd)).say("/odd")).state


async def test_the_person_and_admins_can_cancel_and_others_cannot() -> None:
    stopped = asyncio.Event()

    async def endless() -> AsyncIterator[str]:
        try:
            yield "working"
            await asyncio.Event().wait()
        finally:
            stopped.set()

    path = Path(one(endless))
    running = path.dispatcher.submit(path.request("/endless"))
    await path.platform.changed.wait()
    stranger = path.request("x", person=ADMIN).person
    assert not path.dispatcher.cancel(running.request.id, type(stranger)("test:eve", "Eve"))
    await path.dispatcher.receive(CancelAsked(running.request.id, ANA))
    await running.task
    assert (running.reply.body.text, running.reply.body.state) == ("working\n\nCancelled.", State.CANCELLED)
    assert stopped.is_set()
    assert not path.dispatcher.cancel(running.request.id, ADMIN)


async def test_an_admin_can_cancel_someone_else_s_request() -> None:
    async def endless() -> str:
        await asyncio.Event().wait()
        return ""

    path = Path(one(endless))
    running = path.dispatcher.submit(path.request("/endless"))
    await asyncio.sleep(0)
    assert not path.dispatcher.cancel(running.request.id, ADMIN)
    assert not path.dispatcher.cancel(running.request.id, ADMIN, "test:other")
    await path.dispatcher.receive(CancelAsked(running.request.id, ADMIN, GENERAL.server))
    await running.task
    assert running.reply.body.text == "Cancelled."


async def test_stopping_lets_answers_finish_and_apologises_for_the_rest() -> None:
    release = asyncio.Event()

    async def slow(forever: bool) -> str:
        await (asyncio.Event() if forever else release).wait()
        return "finished"

    path = Path(one(slow))
    quick = path.dispatcher.submit(path.request("/slow forever:no"))
    late = path.dispatcher.submit(path.request("/slow forever:yes"))
    release.set()
    await path.dispatcher.stop(grace=0.05)
    assert quick.reply.body.text == "finished"
    assert "I am being restarted" in late.reply.body.text
    assert STOPPING == "stopping"
    await path.dispatcher.stop(grace=0)


async def test_a_command_can_answer_by_another_with_its_permissions() -> None:
    plugin = Plugin("made", "…")

    @plugin.command
    async def now() -> Forward:
        return Forward("echo", {"text": "forwarded"})

    @plugin.command
    async def then() -> AsyncIterator[str | Forward]:
        yield "First. "
        yield Forward("echo", {"text": "Then."})

    @plugin.command
    async def sneak() -> Forward:
        return Forward("locked")

    @plugin.command
    async def loop() -> Forward:
        return Forward("loop")

    @plugin.command
    async def echo(text: str) -> str:
        return text

    @plugin.command(admin=True)
    async def locked() -> str:
        return "no"

    path = Path(plugin)
    assert (await path.say("/now")).text == "forwarded"
    assert (await path.say("/then")).text == "First. Then."
    assert "is for admins" in (await path.say("/sneak")).text
    assert State.FAILED is (await path.say("/loop")).state


async def test_a_platform_that_takes_no_answer_ends_the_request_and_is_logged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def echo() -> str:
        return "hi"

    path = Path(one(echo))

    async def broken(*_: object) -> object:
        raise ConnectionError("away")

    monkeypatch.setattr(path.platform, "post", broken)
    with structlog.testing.capture_logs() as logs:
        await path.say("/echo")
    assert "answer not delivered" in [entry["event"] for entry in logs]


async def test_listeners_are_told_and_one_that_fails_stops_nobody() -> None:
    told: list[str] = []
    done = asyncio.Event()
    plugin = Plugin("made", "…")

    @plugin.listen(MessageSeen)
    async def fails(event: MessageSeen) -> None:
        raise LookupError("broken listener")

    @plugin.listen(MessageSeen)
    async def seen(event: MessageSeen, request: Request) -> None:
        told.append(f"{request.person.name}: {event.message.text}")
        done.set()

    @plugin.listen(MessageDeleted)
    def deleted(event: MessageDeleted) -> None:
        told.append(f"deleted {event.message_id}")

    @plugin.listen(ChannelDeleted)
    def gone(event: ChannelDeleted) -> None:
        told.append(f"deleted {event.channel.name}")

    path = Path(plugin)
    with structlog.testing.capture_logs() as logs:
        await path.dispatcher.receive(MessageSeen(Origin("test"), GENERAL, MESSAGE))
        await done.wait()
        await path.dispatcher.receive(MessageDeleted(Origin("test"), GENERAL, "m1"))
        await path.dispatcher.receive(ChannelDeleted(Origin("test"), GENERAL))
        await path.dispatcher.stop(grace=5)
    assert told == ["Ben: Hello.", "deleted m1", "deleted general"]
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["listener failed"]


async def test_requests_are_received_through_the_one_door() -> None:
    async def echo() -> str:
        return "hi"

    path = Path(one(echo))
    await path.dispatcher.receive(path.request("/echo"))
    await path.dispatcher.stop(grace=5)
    assert [body.text for body in path.platform.states] == ["hi"]


class Slow(MemoryPlatform):
    """Takes its time for the last edit."""

    def __init__(self) -> None:
        super().__init__()
        self.last, self.go_on = asyncio.Event(), asyncio.Event()

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        if body.state is not State.WORKING:
            self.last.set()
            await self.go_on.wait()
        return await super().post(address, body, key)


async def test_a_cancel_while_the_complete_answer_is_shown_changes_nothing() -> None:
    async def echo() -> str:
        return "complete"

    path = Path(one(echo))
    platform = path.dispatcher.platforms["test"] = Slow()
    running = path.dispatcher.submit(path.request("/echo"))
    await platform.last.wait()
    assert not path.dispatcher.cancel(running.request.id, ANA)
    platform.go_on.set()
    await running.task
    assert [body.text for body in platform.states] == ["complete"]


async def test_a_cancel_before_the_first_step_is_answered_too() -> None:
    async def echo() -> str:
        return "never"

    path = Path(one(echo))
    running = path.dispatcher.submit(path.request("/echo"))
    assert path.dispatcher.cancel(running.request.id, ANA)
    await asyncio.wait([running.task])
    assert path.platform.states[-1].text == "Cancelled."
    assert not path.dispatcher._running


async def test_what_comes_while_stopping_is_told_to_come_again() -> None:
    async def echo() -> str:
        return "never"

    path = Path(one(echo))
    await path.dispatcher.stop(grace=0)
    assert "I am being restarted" in (await path.say("/echo")).text


async def test_what_was_delivered_twice_is_not_told_of_a_stop() -> None:
    path = Path(Plugin("empty", "Nothing."))
    await path.say("/echo", message="m1")
    await path.dispatcher.stop(grace=0)
    before = len(path.platform.states)
    await path.say("/echo", message="m1")

    assert before == len(path.platform.states)


async def test_a_handler_that_blocks_keeps_nothing_from_ending() -> None:
    release, begun = threading.Event(), threading.Event()

    def block() -> str:
        begun.set()
        release.wait()
        return "late"

    path = Path(one(block))
    running = path.dispatcher.submit(path.request("/block"))
    await asyncio.to_thread(begun.wait)
    (thread,) = [each for each in threading.enumerate() if each.name == "block"]
    assert thread.daemon
    await path.dispatcher.stop(grace=0)
    assert "I am being restarted" in running.reply.body.text
    release.set()


async def test_an_error_in_a_thread_comes_back() -> None:
    def broken() -> str:
        raise ValueError("in a thread")

    def ends() -> str:
        raise StopIteration

    assert (await Path(one(broken)).say("/broken")).text == "explained: in a thread"
    assert (await Path(one(ends)).say("/ends")).state is State.FAILED


async def test_a_plugin_that_is_switched_off_is_told_nothing() -> None:
    told: list[str] = []
    plugin = Plugin("nosy", "…")

    @plugin.listen(MessageSeen)
    async def seen(event: MessageSeen) -> None:
        told.append(event.message.text)

    path = Path(plugin)
    path.settings = ChannelSettings(off=frozenset({"nosy"}))
    await path.dispatcher.receive(MessageSeen(Origin("test"), GENERAL, MESSAGE))
    await path.dispatcher.stop(grace=5)
    assert told == []


def test_nobody_can_listen_to_what_nobody_is_told_of() -> None:
    with pytest.raises(PluginError, match="there are MessageSeen, MessageEdited, MessageDeleted and ChannelDeleted"):
        Plugin("nosy", "…").listen(Request)


async def test_a_model_that_cannot_be_used_is_no_missing_model() -> None:
    async def wishes(profile: Profile | None) -> str:
        return str(profile)

    async def broken(call: Call, plugin: Plugin) -> object:
        raise UserError("The key is missing.")

    path = Path(one(wishes))
    path.dispatcher.arguments.providers = {Profile: broken}
    assert (await path.say("/wishes")).text == "The key is missing."


async def test_a_plugin_that_is_being_reloaded_says_so() -> None:
    async def limit(config: Config) -> str:
        return str(config.most)

    assert "being reloaded" in (await Path(one(limit)).say("/limit")).text


async def test_a_parameter_may_end_in_an_underscore() -> None:
    async def play(for_: str = "nobody") -> str:
        return for_

    path = Path(one(play))
    assert (await path.say("/play for:Ana")).text == "Ana"
    assert (await path.say("/play")).text == "nobody"


async def test_a_question_that_nobody_answers_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.reply.ANSWER_SECONDS", 0)

    async def sure() -> AsyncIterator[Choice]:
        yield Choice("Sure?", ("Yes",))

    assert (await Path(one(sure)).say("/sure")).text == "No answer came, so I did nothing more."


async def test_a_click_on_an_old_button_answers_no_new_question() -> None:
    async def twice() -> AsyncIterator[Choice | str]:
        first = yield Choice("Delete drafts?", ("Yes", "No"))
        second = yield Choice("Delete everything?", ("Yes", "No"))
        yield f"{first} {second}"

    path = Path(one(twice), platform_limits=Limits(edits_per_second=1000))
    running = path.dispatcher.submit(path.request("/twice"))
    await path.platform.changed.wait()
    await path.dispatcher.receive(ChoiceMade(running.request.id, ANA, "Yes"))
    await path.dispatcher.receive(ChoiceMade(running.request.id, ANA, "Yes"))
    while (question := running.reply.body.question) is None or question.question != "Delete everything?":
        await path.platform.changed.wait()
    while not running.reply.choose("No"):
        await path.platform.changed.wait()
    await running.task
    assert running.reply.body.text == "Yes No"


async def test_a_model_knows_for_whom_it_works_and_tells_how_long_that_takes() -> None:
    plugin = Plugin("busy", "Waits for a model.")
    asked: list[Asking] = []

    @plugin.command
    async def wait() -> AsyncIterator[str]:
        """Wait."""
        asked.append(ASKING.get())
        asked[-1].tell(Waiting(2, 20.0))
        await path.platform.changed.wait()
        asked[-1].tell(None)
        yield "done"

    path = Path(plugin)
    body = await path.say("/wait")

    assert (Owner("test:server", ANA.id), Priority.INTERACTIVE) == (asked[0].owner, asked[0].priority)
    waited = [one.progress for one in path.platform.states if one.progress]
    assert [Progress(None, "2nd in line, about 20 s")] == waited
    assert "done" == body.text
    await path.say("/wait", channel=DM)
    assert Owner(ANA.id, ANA.id) == asked[1].owner


async def test_what_fell_due_by_itself_waits_behind_what_people_ask() -> None:
    plugin = Plugin("busy", "Waits for a model.")
    asked: list[Asking] = []

    @plugin.command
    async def wait() -> str:
        """Wait."""
        asked.append(ASKING.get())
        return "done"

    path = Path(plugin)
    await path.dispatcher.submit(replace(path.request("/wait"), scheduled=True)).task

    assert Priority.BACKGROUND is asked[0].priority
    assert ITSELF is ASKING.get()
