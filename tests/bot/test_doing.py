"""Commands that are run for the person who asks, within the answer to what they asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot import (
    Actions,
    Attachment,
    Card,
    ChannelSettings,
    Choice,
    Command,
    Done,
    File,
    Forward,
    Person,
    Plugin,
    Progress,
    Reply,
    Rule,
    Scope,
    UserError,
)
from bot.asking import ASKING, Waiting
from bot.body import Body, State
from bot.config import Limits
from bot.doing import NO, YES
from bot.errors import StoreError
from bot.middleware.call import Call
from bot.middleware.permissions import refusal
from bot.questions import Running
from tests.bot.path import ADMIN, ANA, DM, GENERAL, Path
from tests.plugins.conversation import attached

PICTURE = File("fox.png", b"png", "image/png")


def doing(work: Callable[[Actions], Awaitable[object]]) -> Plugin:
    """A plugin whose command /go does things for the person."""
    plugin = Plugin("doer", "…")

    @plugin.command
    async def go(actions: Actions) -> str:
        """Go."""
        await work(actions)
        return "Gone."

    return plugin


def running(*calls: tuple[str, Mapping[str, object]]) -> tuple[Plugin, list[Done]]:
    """A plugin whose command /go runs these commands, and how they ended."""
    ended: list[Done] = []

    async def work(actions: Actions) -> None:
        ended.extend([await actions.run(name, options) for name, options in calls])

    return doing(work), ended


def made(handler: Callable[..., object], **details: object) -> Plugin:
    plugin = Plugin("made", "…")
    plugin.command(**details)(handler)  # type: ignore[call-overload]
    return plugin


async def ask(path: Path, *choices: str, line: str = "/go") -> tuple[Body, list[str]]:
    """The answer where these buttons are pressed, and the questions."""
    asked, questions = path.dispatcher.submit(path.request(line)), list[str]()
    for choice in choices:
        while not (asked.reply.body.question and asked.reply.choose(choice)):
            await path.platform.changed.wait()
        assert asked.reply.body.question is not None
        questions.append(asked.reply.body.question.question)
    await asked.task
    return asked.reply.body, questions


async def test_what_a_command_says_comes_back_and_all_else_goes_to_the_person() -> None:
    async def draw(reply: Reply, what: str) -> AsyncIterator[str | File | Card | Progress | Choice]:
        assert reply.body.progress == Progress(None, "/draw what:fox")
        yield Progress(0.5, "drawing")
        picked = yield Choice("Colour?", ("red", "blue"))
        reply.wait(Waiting(1, 20))
        assert reply.body.progress == Progress(None, "next in line, about 20 s")
        yield PICTURE
        yield Card("Facts")
        assert reply.body.text == ""
        assert reply.ref is not None
        assert not reply.closed
        reply.mention("test:ben")
        await reply.write(f"A {picked} ")
        yield what

    plugin, ended = running(("/draw", {"what": "fox"}))
    path = Path(plugin, made(draw))

    body, questions = await ask(path, "red")

    assert ["Colour?"] == questions
    assert body.mention is None
    assert [Done("A red fox", "", ("fox.png", "Facts"))] == ended
    assert ("Gone.", (PICTURE,), (Card("Facts"),), State.DONE) == (body.text, body.files, body.cards, body.state)
    assert ("go", "done") in path.recorded


async def test_a_command_that_says_nothing_or_is_quiet_says_nothing() -> None:
    async def hush() -> str:
        return "psst"

    plugin, ended = running(("hush", {}))
    await Path(plugin, made(hush, quiet=True)).say("/go")

    assert [Done()] == ended


async def test_errors_come_back_and_the_others_go_on() -> None:
    async def fail(how: str) -> str:
        raise {"user": UserError("Say more."), "known": ValueError("odd"), "bug": KeyError("bug")}[how]

    plugin, ended = running(*(("fail", {"how": how}) for how in ("user", "known", "bug")), ("fail", {}), ("none", {}))
    with capture_logs() as logs:
        path = Path(plugin, made(fail))
        body = await path.say("/go")

    assert ["Say more.", "explained: odd"] == [done.error for done in ended[:2]]
    assert "Something went wrong" in ended[2].error
    assert "`how` is missing" in ended[3].error
    assert "There is no command `/none`" in ended[4].error
    assert [("fail", "refused")] * 2 + [("fail", "failed"), ("fail", "refused")] == path.recorded[:-1]
    assert ["command failed"] == [entry["event"] for entry in logs if entry["log_level"] == "error"]
    assert "Gone." == body.text


async def test_each_counts_for_the_limits() -> None:
    async def roll() -> str:
        return "6"

    plugin, ended = running(*[("roll", {})] * 3)
    await Path(plugin, made(roll), limits=Limits(person_per_minute=3)).say("/go")

    assert ["6", "6", ""] == [done.text for done in ended]
    assert "more than 3 requests" in ended[2].error


async def test_it_waits_in_line_as_the_person_who_asked() -> None:
    async def whose() -> str:
        return ASKING.get().owner.person

    plugin, ended = running(("whose", {}))
    await Path(plugin, made(whose)).say("/go")

    assert ["test:ana"] == [done.text for done in ended]


async def test_several_at_once_run_one_after_the_other() -> None:
    inside = 0

    async def step(name: str) -> AsyncIterator[Choice]:
        nonlocal inside
        inside += 1
        assert inside == 1
        yield Choice(f"On, {name}?", ("ok",))
        inside -= 1

    async def both(actions: Actions) -> None:
        assert [Done(), Done()] == await asyncio.gather(*(actions.run("step", {"name": name}) for name in "ab"))

    assert "Gone." == (await ask(Path(doing(both), made(step)), "ok", "ok"))[0].text
    assert inside == 0


@pytest.mark.parametrize(("choice", "ended"), [(YES, Done("2 sent")), (NO, Done(error="the person said no"))])
async def test_the_person_is_asked_before_what_asks(choice: str, ended: Done) -> None:
    async def send(text: str, copies: int = 2) -> str:
        return f"{copies} sent"

    plugin, done = running(("send", {"text": "good ```morning\nall", "copies": None}))
    path = Path(plugin, made(send, asks=True))

    _, questions = await ask(path, choice)

    assert ['Shall I do this?\n````\n/send text:"good ```morning\nall"\n````'] == questions
    assert [ended] == done


async def test_whether_it_asks_may_depend_on_the_options() -> None:
    async def draw(count: int = 1) -> str:
        return str(count)

    plugin, done = running(("draw", {"count": "1"}), ("draw", {"count": "4"}), ("draw", {"count": "many"}))
    path = Path(plugin, made(draw, asks=lambda values: values["count"] > 1))

    await ask(path, NO)

    assert ["1", "", ""] == [each.text for each in done]
    assert ["", "the person said no"] == [each.error for each in done[:2]]
    assert "a whole number" in done[2].error


async def test_no_option_hides_behind_a_long_one() -> None:
    async def send(text: str, to: str) -> str:
        return "sent"

    plugin, _ = running(("send", {"text": "a b" * 1000, "to": "everyone"}))

    _, questions = await ask(Path(plugin, made(send, asks=True)), NO)

    assert '… (2,800 more characters)" to:everyone' in questions[0]


async def test_what_cannot_be_counted_is_done_all_the_same() -> None:
    async def roll() -> str:
        return "6"

    async def fail(*details: object) -> None:
        raise StoreError

    plugin, ended = running(("roll", {}))
    path = Path(plugin, made(roll))
    path._record_use = fail  # type: ignore[method-assign, assignment]
    await path.say("/go")

    assert [Done("6")] == ended


async def test_what_is_erased_is_not_noted() -> None:
    async def roll() -> str:
        return "6"

    plugin, ended = running(("roll", {}))
    path = Path(plugin, made(roll))
    run = path.dispatcher.run_within

    async def erase(call: Call) -> None:
        await run(call)
        call.unrecorded = True

    path.dispatcher.run_within = erase  # type: ignore[method-assign]
    await path.say("/go")

    assert [Done("6")] == ended
    assert ["go"] == [name for name, _ in path.recorded]


async def test_a_person_is_not_asked_about_what_they_asked_for_themselves() -> None:
    async def send() -> str:
        return "sent"

    assert "sent" == (await Path(made(send, asks=True)).say("/send")).text


async def test_the_person_can_be_asked_about_other_things() -> None:
    answers: list[bool] = []

    async def work(actions: Actions) -> None:
        answers.extend([await actions.confirm("weather here"), await actions.confirm("x" * 2000)])

    path = Path(doing(work))
    _, questions = await ask(path, YES, NO)

    assert "weather here" in questions[0]
    assert "… (500 more characters)" in questions[1]
    assert [True, False] == answers


async def test_where_nobody_is_there_to_be_asked_it_is_not_done() -> None:
    async def send() -> str:
        return "sent"

    plugin, done = running(("send", {}))
    path = Path(plugin, made(send, asks=True))
    await path.dispatcher.submit(replace(path.request("/go"), scheduled=True)).task

    assert [Done(error="Nobody is there to be asked for permission.")] == done


async def test_what_falls_due_by_itself_does_no_more_than_the_person_may() -> None:
    async def shut() -> str:
        return "shut"

    plugin, done = running(("shut", {}))
    path = Path(plugin, made(shut, admin=True))
    await path.dispatcher.submit(replace(path.request("/go"), scheduled=True)).task

    assert "There is no command `/shut`" in done[0].error


async def test_what_may_not_run_twice_is_noted_before_it_runs() -> None:
    noted: list[str] = []

    async def once() -> str:
        return "once"

    async def twice() -> str:
        return "twice"

    plugin = made(once)
    plugin.command(repeatable=True)(twice)
    doer, done = running(("twice", {}), ("once", {}))
    path = Path(doer, plugin)

    async def begin(call: object, request: Running) -> None:
        noted.append(f"{len(done)} {request.request.text}")

    path.dispatcher.accepting.begin = begin  # type: ignore[method-assign, assignment]
    await path.say("/go")

    # Once for /go itself, and once for what it ran.
    assert ["0 /go", "0 /go"] == noted
    assert ["twice", "once"] == [each.text for each in done]


async def test_other_things_that_may_not_be_done_twice_are_noted_too() -> None:
    noted: list[str] = []
    plugin = Plugin("doer", "…")

    @plugin.command(repeatable=True)
    async def go(actions: Actions) -> str:
        await actions.begin()
        return "Gone."

    path = Path(plugin)

    async def begin(call: object, request: Running) -> None:
        noted.append(request.request.text)

    path.dispatcher.accepting.begin = begin  # type: ignore[method-assign, assignment]
    await path.say("/go")

    assert ["/go"] == noted


async def test_commands_do_not_run_each_other_without_end() -> None:
    plugin = Plugin("doer", "…")
    depth = 0

    @plugin.command
    async def go(actions: Actions) -> str:
        nonlocal depth
        depth += 1
        return (await actions.run("go", {})).error

    body = await Path(plugin).say("/go")

    assert 4 == depth
    assert "Done." == body.text


async def test_what_is_private_is_done_only_where_nobody_else_reads_along() -> None:
    async def secret() -> str:
        return "42"

    async def hint() -> Forward:
        return Forward("secret", {})

    plugin = made(secret, private=True)
    plugin.command(hint)
    doer, done = running(("secret", {}), ("hint", {}))
    path = Path(doer, plugin)

    await path.say("/go")
    await path.say("/go", channel=DM)

    assert ["", "", "42", "42"] == [each.text for each in done]
    assert "There is no command `/secret`" in done[0].error
    assert "Others would see this here" in done[1].error
    assert ["", ""] == [each.error for each in done[2:]]


async def test_files_are_named_and_only_those_that_are_named_are_given() -> None:
    async def look(file: Attachment | None = None) -> str:
        return "none" if file is None else f"{file.name} {(await file.read()).decode()}"

    async def need(file: Attachment) -> str:
        return file.name

    async def draw() -> File:
        return PICTURE

    plugin = made(look)
    plugin.command(need)
    plugin.command(draw)
    calls: Sequence[tuple[str, Mapping[str, object]]] = (
        ("look", {}),
        ("look", {"file": "a.txt"}),
        ("need", {}),
        ("draw", {}),
        ("look", {"file": "fox.png"}),
        ("look", {"file": "b.txt"}),
    )
    doer, done = running(*calls)
    await Path(doer, plugin).say("/go", attachments=(attached("a.txt", b"A"),))

    assert ["none", "a.txt A", "a.txt", "", "fox.png png", ""] == [each.text for each in done]
    assert "There is no file “b.txt”; there are: a.txt, fox.png." == done[-1].error


async def test_stopping_stops_what_is_being_done() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def wait() -> AsyncIterator[Progress]:
        try:
            yield Progress(0.1)
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    plugin, _ = running(("wait", {}))
    path = Path(plugin, made(wait))
    asked = path.dispatcher.submit(path.request("/go"))
    await begun.wait()
    assert asked.stop()
    await asked.task

    assert ended.is_set()
    assert State.CANCELLED == asked.reply.body.state


FLAGS = st.fixed_dictionaries(
    {flag: st.booleans() for flag in ("private", "admin", "internal", "hidden", "free_text", "unlimited")}
)
RULES = st.lists(
    st.builds(
        Rule,
        scope=st.sampled_from(Scope),
        command=st.sampled_from(["tried", "made", "*", "go"]),
        role=st.sampled_from(["writer", "guest", "*"]),
        allow=st.booleans(),
    ),
    max_size=3,
)
PEOPLE = st.sampled_from([ANA, ADMIN, Person("test:ben", "Ben"), Person("test:eve", "Eve", roles=frozenset({"guest"}))])


@given(
    flags=FLAGS,
    rules=RULES,
    person=PEOPLE,
    off=st.sets(st.sampled_from(["made", "other"])),
    alone=st.booleans(),
    owner=st.booleans(),
)
def test_nothing_runs_that_the_person_may_not_run(
    flags: dict[str, bool], rules: list[Rule], person: Person, off: set[str], alone: bool, owner: bool
) -> None:
    ran: list[str] = []
    offered: list[str] = []
    done: list[Done] = []

    async def tried() -> str:
        ran.append("tried")
        return "ran"

    async def work(actions: Actions) -> None:
        offered.extend(command.name for command in actions.offered())
        done.append(await actions.run("tried", {}))

    plugin = made(tried, **flags)
    path = Path(doing(work), plugin, owners=["test:eve"] if owner else [])
    path.settings = ChannelSettings(off=frozenset(off), rules=tuple(rules))
    request = path.request("/go", person=person, channel=DM if alone else GENERAL)

    async def go() -> None:
        await path.dispatcher.submit(request).task

    asyncio.run(go())

    if not done:  # /go itself is denied.
        return
    command: Command = plugin.commands["tried"]
    refused = refusal(command, request, path.settings, ["test:eve"] if owner else [])
    kept = flags["internal"] or flags["hidden"] or flags["free_text"] or (flags["private"] and not alone)
    assert (refused is None and not kept) == ("tried" in offered) == bool(ran) == (not done[0].error)
