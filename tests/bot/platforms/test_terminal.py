from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfoNotFoundError

import pytest
import tzlocal

from bot.body import Body, Card, State
from bot.errors import UserError
from bot.platform import Address, Audience, MessageRef
from bot.platforms.terminal import Terminal
from bot.platforms.workspace import SERVER, Workspace
from bot.request import CancelAsked, ChannelKind, MessageSeen, Request
from bot.wording import is_command
from tests.bot.platforms.web.scripted import SUMMARY, Script, png

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)


class Output(StringIO):
    """Says when something was printed."""

    def __init__(self) -> None:
        super().__init__()
        self.printed = asyncio.Event()

    def write(self, text: str) -> int:
        if text.strip():
            self.printed.set()
        return super().write(text)


class Tty(Output):
    """A terminal to write to."""

    def isatty(self) -> bool:
        return True


class Setup:
    """A terminal with a script behind it."""

    def __init__(
        self,
        *,
        out: Path | None = None,
        as_json: bool = False,
        stdin: TextIO | None = None,
        stdout: Output | None = None,
        playground: str | None = None,
    ) -> None:
        self.stdout, self.stderr = stdout or Output(), Tty()
        self.workspace = Workspace(clock=lambda: NOON, zone=UTC)
        self.terminal = Terminal(
            self.workspace,
            playground=playground,
            out=out,
            as_json=as_json,
            stdin=stdin or StringIO(),
            stdout=self.stdout,
            stderr=self.stderr,
        )
        self.script = Script(self.terminal)

    async def ask(self, line: str, *files: Path, channel: str = "general", person: str = "dana") -> Body:
        await self.terminal.start(self.script.receive)
        request = await self.terminal.request(line, channel=channel, person=person, files=files)
        body = await self.terminal.ask(request)
        await self.terminal.stop()
        return body


@pytest.fixture
def tty() -> Iterator[tuple[int, TextIO]]:
    """A keyboard: what is written to the first is typed into the second."""
    keyboard, line = os.openpty()
    with os.fdopen(line, "r") as stdin:
        yield keyboard, stdin
    os.close(keyboard)


async def test_an_answer_is_printed_once_and_whole() -> None:
    setup = Setup()

    body = await setup.ask("/summarize last:20")

    assert body.state == State.DONE
    assert setup.stdout.getvalue() == SUMMARY + "\n"
    assert [request.text for request in setup.script.requests] == ["/summarize last:20"]


async def test_an_answer_streams() -> None:
    setup = Setup()
    await setup.terminal.start(setup.script.receive)
    request = await setup.terminal.request("slow", channel="general", person="dana")
    asked = asyncio.create_task(setup.terminal.ask(request))
    await setup.stdout.printed.wait()
    before = setup.stdout.getvalue()
    setup.script.go_on.set()
    await asked

    assert (before, setup.stdout.getvalue()) == ("First half", "First half and second half.\n")


async def test_what_was_said_before_a_failure_is_printed_once() -> None:
    setup = Setup()
    await setup.terminal.start(setup.script.receive)
    request = await setup.terminal.request("slow", channel="general", person="dana")
    asked = asyncio.create_task(setup.terminal.ask(request))
    await setup.stdout.printed.wait()
    await setup.script.replies[request.id].fail("The piano is out of tune.")
    body = await asked
    setup.script.tasks[request.id].cancel()

    assert body.state == State.FAILED
    assert setup.stdout.getvalue() == "First half\n\nThe piano is out of tune.\n"


async def test_text_that_was_rewritten_is_printed_anew() -> None:
    setup = Setup()
    await setup.terminal.start(setup.script.receive)
    request = await setup.terminal.request("slow", channel="general", person="dana")
    asked = asyncio.create_task(setup.terminal.ask(request))
    await setup.stdout.printed.wait()
    await setup.terminal.edit(
        MessageRef("general", request.id), Body("Other.", state=State.DONE, request_id=request.id)
    )
    await asked
    setup.script.tasks[request.id].cancel()

    assert setup.stdout.getvalue() == "First half\n\nOther.\n"


async def test_plain_text_is_a_mention_in_the_conversation() -> None:
    setup = Setup()

    await setup.ask("What did I miss?", channel="#general", person="@ana")

    question, answer = await setup.workspace.history("general", None, 2)
    assert (question.author_name, question.text) == ("Ana Ruiz", "@atelier What did I miss?")
    assert is_command(question.text)
    assert setup.script.requests[0].text == "What did I miss?"
    assert ("Atelier", "Ana Ruiz said: What did I miss?", question.id) == (
        answer.author_name,
        answer.text,
        answer.reply_to,
    )
    assert [MessageSeen, type(setup.script.requests[0])] == [type(event) for event in setup.script.events]


async def test_who_mentions_atelier_is_not_made_to_twice() -> None:
    setup = Setup()

    await setup.ask("@Atelier, what did I miss?")

    assert (await setup.workspace.history("general", None, 2))[0].text == "@Atelier, what did I miss?"
    assert setup.script.requests[0].text == "what did I miss?"


async def test_a_command_line_is_no_part_of_the_conversation() -> None:
    setup = Setup()

    await setup.ask("/summarize")

    assert [type(event) for event in setup.script.events] == [Request]
    assert not [message for message in await setup.workspace.history("general", None, 9) if "/" in message.text[:1]]


@pytest.mark.parametrize(("machine", "zone"), [("Europe/Berlin", "Europe/Berlin"), ("Etc/UTC", "UTC")])
async def test_times_are_the_machines(monkeypatch: pytest.MonkeyPatch, machine: str, zone: str) -> None:
    monkeypatch.setattr(tzlocal, "get_localzone_name", lambda: machine)

    request = await Setup().terminal.request("hello", channel="general", person="dana")

    assert request.person.zone == zone


async def test_a_machine_whose_zone_is_unknown_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise ZoneInfoNotFoundError("Multiple conflicting time zone configurations found")

    monkeypatch.setattr(tzlocal, "get_localzone_name", fail)

    assert (await Setup().terminal.request("hello", channel="general", person="dana")).person.zone is None


async def test_a_direct_conversation_can_be_chosen() -> None:
    setup = Setup()

    await setup.ask("hello", channel="dm", person="lena")

    assert (await setup.workspace.history("dm:lena", None, 2))[0].text == "hello"
    channel = setup.script.requests[0].channel
    assert (channel.kind, channel.server, channel.id) == (ChannelKind.DM, None, "dm:lena")


@pytest.mark.parametrize(
    ("channel", "person", "says"),
    [
        ("nowhere", "dana", "There is no channel “nowhere”; --channel takes general, "),
        ("dm:ana", "dana", "There is no channel “dm:ana”"),
        ("general", "nobody", "Nobody here is called “nobody”; --as takes dana, ana, "),
        ("general", "atelier", "Nobody here is called “atelier”"),
    ],
)
async def test_an_unknown_place_or_person_is_told(channel: str, person: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        await Setup().terminal.request("hello", channel=channel, person=person)


async def test_files_go_with_the_request(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    setup = Setup()

    await setup.ask("look", tmp_path / "a.txt")

    assert setup.stdout.getvalue() == "Received a.txt (5 bytes).\n"


async def test_a_missing_file_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    setup = Setup()

    with pytest.raises(UserError, match="cannot be read"):
        await setup.ask("look", tmp_path / "none.txt")

    assert not setup.script.events


async def test_files_are_saved_where_asked(tmp_path: Path) -> None:
    setup = Setup(out=tmp_path / "out")

    await setup.ask("files")

    assert png() == (tmp_path / "out" / "sunset.png").read_bytes()
    where = tmp_path / "out" / "sunset.png"
    assert f"sunset.png (16 kB): A sunset\n  “sunset”, seed 7\n  saved as {where}\n" in setup.stdout.getvalue()


async def test_without_a_folder_files_are_named() -> None:
    setup = Setup()

    await setup.ask("files")

    assert "notes.html (25 bytes)\n  add --out DIR to save it" in setup.stdout.getvalue()


async def test_cards_are_tables() -> None:
    setup = Setup()

    await setup.ask("card")

    shown = setup.stdout.getvalue()
    assert "Your profile" in shown
    assert "│ Language  │ Deutsch       │" in shown
    assert "Say help: /help" in shown


async def test_a_card_without_text_and_buttons_shows_its_title() -> None:
    setup = Setup()
    await setup.terminal.start(setup.script.receive)
    request = await setup.terminal.request("slow", channel="general", person="dana")
    asked = asyncio.create_task(setup.terminal.ask(request))
    await setup.stdout.printed.wait()
    body = Body("First half", cards=(Card("Alone"),), state=State.DONE, request_id=request.id)
    await setup.terminal.post(Address("general"), body, "other")
    await asked
    setup.script.tasks[request.id].cancel()

    assert "Alone" in setup.stdout.getvalue()


async def test_progress_is_shown_on_a_terminal_only() -> None:
    setup = Setup()
    asked = asyncio.create_task(setup.ask("progress"))
    await setup.stderr.printed.wait()
    setup.script.go_on.set()
    await asked

    assert "drawing" in setup.stderr.getvalue()
    assert setup.stdout.getvalue() == "Done.\n"


async def test_no_progress_in_a_pipe() -> None:
    setup = Setup()
    setup.terminal = Terminal(setup.workspace, stdin=StringIO(), stdout=setup.stdout, stderr=(plain := StringIO()))
    setup.script = Script(setup.terminal)
    setup.script.go_on.set()

    await setup.ask("progress")

    assert not plain.getvalue()


@pytest.mark.parametrize("typed", ["2", "no", "NO"])
async def test_a_question_is_answered_by_number_or_word(tty: tuple[int, TextIO], typed: str) -> None:
    keyboard, stdin = tty
    os.write(keyboard, f"7\n{typed}\n".encode())
    setup = Setup(stdin=stdin)

    body = await setup.ask("choose")

    assert body.text == "You picked No."
    assert setup.stdout.getvalue().count("Erase everything?\n1) Yes  2) No\n> ") == 2


async def test_an_answer_that_comes_whole_is_rendered_for_a_terminal() -> None:
    setup = Setup(stdout=Tty())

    await setup.ask("/summarize")

    shown = setup.stdout.getvalue()
    assert "**" not in shown
    assert "```" not in shown
    assert "The last two days in #general" in shown
    assert shown.count("Outage.") == 1


async def test_an_answer_that_streams_to_a_terminal_is_printed_as_it_comes() -> None:
    setup = Setup(stdout=Tty())
    asked = asyncio.create_task(setup.ask("slow"))
    await setup.stdout.printed.wait()
    setup.script.go_on.set()
    await asked

    assert setup.stdout.getvalue() == "First half and second half.\n"


async def test_a_question_is_rendered_for_a_terminal(tty: tuple[int, TextIO]) -> None:
    keyboard, stdin = tty
    os.write(keyboard, b"1\n")
    setup = Setup(stdin=stdin, stdout=Tty())

    await setup.ask("choose")

    assert "Erase everything?" in setup.stdout.getvalue()
    assert "1) Yes  2) No\n> You picked Yes." in setup.stdout.getvalue()


async def test_a_question_ends_when_the_terminal_is_closed(tty: tuple[int, TextIO]) -> None:
    keyboard, stdin = tty
    os.write(keyboard, b"\x04")  # end of input
    setup = Setup(stdin=stdin)

    assert (await setup.ask("choose")).state == State.CANCELLED


@pytest.mark.parametrize(("as_json", "end"), [(True, "a terminal, without --json.\n"), (False, "a terminal.\n")])
async def test_a_question_without_a_terminal_is_a_clear_error(*, as_json: bool, end: str) -> None:
    setup = Setup(as_json=as_json)

    body = await setup.ask("choose")

    assert body.state == State.CANCELLED
    assert f"“Erase everything?” needs an answer (Yes, No); run this in {end}" == setup.stderr.getvalue()
    assert setup.stdout.getvalue().endswith("\n")
    assert CancelAsked(body.request_id or "", setup.script.requests[0].person, SERVER) == setup.script.events[-1]


async def test_json_is_one_object_and_nothing_else(tmp_path: Path) -> None:
    files = Setup(out=tmp_path, as_json=True)
    card = Setup(as_json=True)

    body = await files.ask("files")
    await card.ask("card")

    shown = json.loads(files.stdout.getvalue())
    assert ("Here you are:", "done", body.request_id) == (shown["text"], shown["state"], shown["request_id"])
    assert {
        "name": "notes.html",
        "media_type": "text/html",
        "size": 25,
        "alt": "",
        "caption": "",
        "path": str(tmp_path / "notes.html"),
    } == shown["files"][2]
    assert json.loads(card.stdout.getvalue())["cards"][0] == {
        "title": "Your profile",
        "text": "What I **keep**.",
        "fields": [
            {"name": "Language", "value": "Deutsch"},
            {"name": "Time zone", "value": "Europe/Berlin"},
            {"name": "Tone", "value": "plain"},
        ],
        "buttons": [{"label": "Say help", "line": "/help"}],
    }


async def test_other_answers_are_kept_but_not_printed() -> None:
    setup = Setup()
    ref = await setup.terminal.post(Address("general"), Body("A digest.", state=State.DONE, request_id="x"), "x")
    said = await setup.terminal.history("general", None, 1)
    await setup.terminal.delete(ref)
    await setup.terminal.forget("local:dana")

    assert not setup.stdout.getvalue()
    assert [message.text for message in said] == ["A digest."]
    assert (await setup.terminal.history("general", None, 1))[0].text != "A digest."


async def test_people_and_channels_are_the_workspaces() -> None:
    terminal = Setup().terminal
    await terminal.publish([])
    person = await terminal.find_person("ben", None)
    channel = await terminal.find_channel("design", None)

    assert person is not None
    assert channel is not None
    assert (person.id, channel.id) == ("local:ben", "design")
    assert channel in await terminal.channels(None)
    assert terminal.workspace.channel("design") == await terminal.place("design")
    assert await terminal.readable("design", Audience(person="local:ben"))
    assert [] == await terminal.threads("design", datetime.now(UTC) + timedelta(days=1))
    assert ChannelKind.DM is (await terminal.direct("local:ben")).kind


@pytest.mark.parametrize(
    ("playground", "time"),
    [
        ("http://127.0.0.1:8080", "[12:00](http://127.0.0.1:8080/?channel=general&message={}&as=ana)"),
        (None, "12:00"),
    ],
)
async def test_links_to_messages_can_be_opened_from_a_terminal(playground: str | None, time: str) -> None:
    setup = Setup(playground=playground)
    body = await setup.ask("cite: Hello", person="ana")
    said = setup.script.requests[0].origin.message

    assert setup.stdout.getvalue() == f"@atelier cite: Hello — Ana Ruiz {time.format(said)}\n"
    assert body.text in setup.stdout.getvalue()
    (answer,) = await setup.workspace.history("general", None, 1)
    assert f"[12:00](/?channel=general&message={said})" in answer.text


async def test_half_of_a_link_waits_for_the_rest() -> None:
    setup = Setup(playground="http://127.0.0.1:8080")
    await setup.terminal.start(setup.script.receive)
    request = await setup.terminal.request("slow", channel="general", person="dana")
    asked = asyncio.create_task(setup.terminal.ask(request))
    await setup.stdout.printed.wait()
    ref = MessageRef("general", request.id)
    for text, state in (
        ("First half [12:00](/?chan", State.WORKING),
        ("First half [12:00](/?channel=general&message=m)", State.WORKING),
        ("First half [12:00](/?channel=general&message=m).", State.DONE),
    ):
        await setup.terminal.edit(ref, Body(text, state=state, request_id=request.id))
    await asked
    setup.script.tasks[request.id].cancel()

    told = "First half [12:00](http://127.0.0.1:8080/?channel=general&message=m&as=dana).\n"
    assert told == setup.stdout.getvalue()
