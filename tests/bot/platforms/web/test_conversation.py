from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.body import Body, Choice, File, State
from bot.commands import Command
from bot.platform import Address
from bot.platforms.files import attachment
from bot.platforms.web.conversation import Conversation
from bot.platforms.workspace import SERVER, Workspace
from bot.plugin import Plugin
from bot.request import (
    CancelAsked,
    Channel,
    ChoiceMade,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageSeen,
    Person,
    Request,
)
from tests.bot.platforms.web.scripted import COMMANDS

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
FILE = File("a b.txt", b"hello", "text/plain")


async def down() -> str:
    """Go down."""
    return ""


class Talk:
    """A conversation whose events are collected."""

    def __init__(self) -> None:
        self.workspace = Workspace(clock=lambda: NOON, zone=UTC)
        self.conversation = Conversation(self.workspace)
        self.conversation.commands = COMMANDS
        self.conversation.receive = self.receive
        self.events: list[Event] = []
        self.dana, self.ana = (self.workspace.people[f"local:{name}"] for name in ("dana", "ana"))
        self.general = self.channel("general")

    async def receive(self, event: Event) -> None:
        self.events.append(event)

    def channel(self, name: str) -> Channel:
        found = self.workspace.channel(name)
        assert found is not None
        return found

    @property
    def request(self) -> Request:
        """The only request there was."""
        (found,) = (event for event in self.events if isinstance(event, Request))
        return found

    async def last(self, viewer: Person | None = None) -> str:
        entries = await self.workspace.entries("general", viewer.id if viewer else None)
        return entries[-1].message.text


@pytest.fixture
def talk() -> Talk:
    return Talk()


async def test_a_plain_message_is_seen_but_no_request(talk: Talk) -> None:
    await talk.conversation.send(talk.dana, talk.general, " Hello all ")

    (seen,) = talk.events
    assert isinstance(seen, MessageSeen)
    assert (seen.message.text, seen.origin.message) == ("Hello all", seen.message.id)


@pytest.mark.parametrize("text", ["@atelier what is new?", "@Atelier, what is new?", "what is new? @atelier"])
async def test_a_mention_is_a_request_without_the_mention(talk: Talk, text: str) -> None:
    await talk.conversation.send(talk.dana, talk.general, text)

    assert talk.request.text == "what is new?"
    assert isinstance(talk.events[0], MessageSeen)
    assert talk.events[0].origin == talk.request.origin
    assert await talk.last() == text


@pytest.mark.parametrize("text", ["mail me@atelier.example", "@ateliers are rooms"])
async def test_what_only_looks_like_a_mention_is_none(talk: Talk, text: str) -> None:
    await talk.conversation.send(talk.dana, talk.general, text)

    assert [type(event) for event in talk.events] == [MessageSeen]


async def test_everything_in_the_direct_conversation_is_a_request(talk: Talk) -> None:
    await talk.conversation.send(talk.dana, talk.workspace.dm(talk.dana), "Hello")

    assert (talk.request.text, talk.request.channel.server) == ("Hello", None)


async def test_a_reply_to_atelier_is_a_request_that_knows_what_it_answers(talk: Talk) -> None:
    await talk.workspace.post(Address("general"), Body("42", state=State.DONE), "k")
    await talk.conversation.send(talk.dana, talk.general, "Why?", reply_to="k")

    assert talk.request.reply_to is not None
    assert (talk.request.text, talk.request.reply_to.text) == ("Why?", "42")


async def test_a_reply_to_a_person_is_no_request(talk: Talk) -> None:
    await talk.conversation.send(talk.dana, talk.general, "Yes.", reply_to="general-1")

    (seen,) = talk.events
    assert isinstance(seen, MessageSeen)
    assert seen.message.reply_to == "general-1"


async def test_a_command_line_is_a_request_as_typed(talk: Talk) -> None:
    await talk.conversation.send(talk.dana, talk.general, "/summarize last:20", (FILE,))

    assert (talk.request.text, talk.request.command) == ("/summarize last:20", None)
    assert [type(event) for event in talk.events] == [Request]
    assert [await file.read() for file in talk.request.attachments] == [b"hello"]
    assert await talk.last() == "/summarize last:20"


async def test_a_path_alone_is_no_command(talk: Talk) -> None:
    await talk.conversation.send(talk.dana, talk.general, "/ is the root")

    assert [type(event) for event in talk.events] == [MessageSeen]


async def test_the_line_of_a_private_command_is_private(talk: Talk) -> None:
    await talk.conversation.send(talk.dana, talk.general, "/secret")

    assert await talk.last(talk.dana) == "/secret"
    assert await talk.last(talk.ana) != "/secret"


async def test_nothing_is_sent_for_nothing(talk: Talk) -> None:
    await talk.conversation.send(talk.dana, talk.general, "  ")

    assert not talk.events


async def test_a_file_alone_can_be_sent(talk: Talk) -> None:
    await talk.conversation.send(talk.dana, talk.workspace.dm(talk.dana), "", (FILE,))

    assert [file.name for file in talk.request.attachments] == ["a b.txt"]


async def test_a_form_hands_over_the_options(talk: Talk) -> None:
    command = next(command for command in COMMANDS if command.name == "plant")
    options = {"kind": "red oak", "water": True, "who": "local:ana", "photo": attachment(FILE), "weight": 1.5}
    await talk.conversation.run(talk.dana, talk.general, command, options)

    assert (talk.request.command, talk.request.options, talk.request.text) == ("plant", options, "")
    assert await talk.last() == '/plant kind:"red oak" water:yes who:ana photo:"a b.txt" weight:1.5'


async def test_a_command_on_a_message_carries_the_message(talk: Talk) -> None:
    await talk.conversation.run_on(talk.dana, talk.general, "Explain", "general-1")

    assert talk.request.reply_to is not None
    assert (talk.request.command, talk.request.reply_to.id) == ("Explain", "general-1")


@pytest.mark.parametrize(("name", "message"), [("Nothing", "general-1"), ("Explain", "none")])
async def test_an_unknown_command_on_a_message_does_nothing(talk: Talk, name: str, message: str) -> None:
    await talk.conversation.run_on(talk.dana, talk.general, name, message)

    assert not talk.events


async def test_ones_own_message_can_be_edited_and_deleted(talk: Talk) -> None:
    said = await talk.workspace.say(talk.dana, talk.general, "Helo")
    await talk.conversation.change(talk.dana, talk.general, said.id, "Hello")
    await talk.conversation.delete(talk.dana, talk.general, said.id)

    edited, deleted = talk.events
    assert isinstance(edited, MessageEdited)
    assert isinstance(deleted, MessageDeleted)
    assert (edited.message.text, deleted.message_id) == ("Hello", said.id)


async def test_other_messages_stay_as_they_are(talk: Talk) -> None:
    said = await talk.workspace.say(talk.dana, talk.general, "Hello")
    for person, message in ((talk.ana, said.id), (talk.dana, "general-1")):
        await talk.conversation.change(person, talk.general, message, "changed")
        await talk.conversation.delete(person, talk.general, message)
    await talk.conversation.change(talk.dana, talk.general, said.id, "  ")

    assert not talk.events
    assert await talk.last() == "Hello"


async def test_a_cancel_tells_the_server_so_that_its_admins_may(talk: Talk) -> None:
    await talk.conversation.cancel(talk.dana, talk.general, "r")

    assert talk.events == [CancelAsked("r", talk.dana, SERVER)]


async def test_a_choice_is_handed_over_and_stays_visible(talk: Talk) -> None:
    said = await talk.workspace.say(talk.dana, talk.general, "/erase", command=True)
    body = Body(question=Choice("Erase everything?", ("Yes", "No")), request_id="r")
    ref = await talk.workspace.post(Address("general", reply_to=said.id), body, "k")
    await talk.conversation.choose(talk.ana, talk.general, "k", "Yes")
    await talk.conversation.choose(talk.dana, talk.general, "k", "No")
    await talk.workspace.edit(ref, Body("Kept.", state=State.DONE, request_id="r"))

    entry = talk.workspace.find("general", "k")
    assert entry is not None
    assert talk.events == [ChoiceMade("r", talk.dana, "No")]
    assert entry.asked == (("Erase everything?", "No"),)


async def test_a_choice_for_what_is_not_there_or_not_ones_own_does_nothing(talk: Talk) -> None:
    body = Body(question=Choice("Sure?", ("Yes",)), request_id="r")
    await talk.workspace.post(Address("general", private_to=talk.dana.id), body, "k")
    for person, message in ((talk.dana, "none"), (talk.dana, "general-1"), (talk.ana, "k")):
        await talk.conversation.choose(person, talk.general, message, "Yes")

    assert not talk.events


def names(commands: list[Command]) -> list[str]:
    return [command.name for command in commands]


async def test_what_a_person_uses_is_offered_first(talk: Talk) -> None:
    before = names(talk.conversation.offered(talk.dana))
    await talk.conversation.send(talk.dana, talk.general, "/plant basil small")

    assert before == ["summarize", "help", "plant", "secret", "shutdown"]
    assert names(talk.conversation.offered(talk.dana)) == ["plant", "summarize", "help", "secret", "shutdown"]
    assert names(talk.conversation.offered(talk.ana)) == ["summarize", "help", "plant", "secret"]


def test_completion_goes_by_first_letters_of_the_name_then_of_its_words(talk: Talk) -> None:
    plugin = Plugin("x", "Commands with a group.", group=True)
    plugin.command(down)
    talk.conversation.commands = (*COMMANDS, *plugin.commands.values())

    assert names(talk.conversation.matching(talk.dana, "")) == names(talk.conversation.offered(talk.dana))
    assert names(talk.conversation.matching(talk.dana, "S")) == ["summarize", "secret", "shutdown"]
    assert names(talk.conversation.matching(talk.dana, "down")) == ["x down", "shutdown"]
    assert names(talk.conversation.matching(talk.dana, "zzz")) == []


def test_admins_are_offered_more_and_nobody_what_is_unlisted(talk: Talk) -> None:
    to_dana, to_ana = (set(names(talk.conversation.offered(person))) for person in (talk.dana, talk.ana))

    assert to_dana - to_ana == {"shutdown"}
    assert "Explain" not in to_dana
    assert talk.conversation.on_messages() == ["Explain"]


async def test_a_files_address_leads_to_it_and_cannot_be_made_up(talk: Talk) -> None:
    said = await talk.workspace.say(talk.dana, talk.general, "", files=(FILE,))
    body = Body(files=(FILE,), state=State.DONE)
    await talk.workspace.post(Address("general"), body, "k")
    tokens = [
        talk.conversation.file_url("general", *place).removeprefix("/files/")
        for place in ((said.id, 0), ("k", 0), (said.id, 1), ("gone", 0))
    ]

    assert [talk.conversation.file_at(token) for token in tokens] == [FILE, FILE, None, None]
    body_part, _, signature = tokens[0].rpartition(".")
    assert talk.conversation.file_at(f"{body_part}.{signature[::-1]}") is None


async def test_after_the_end_nothing_is_handed_over(talk: Talk) -> None:
    talk.conversation.receive = None
    await talk.conversation.send(talk.dana, talk.general, "Hello")

    assert not talk.events


async def test_a_button_shows_the_line_that_it_sends(talk: Talk) -> None:
    await talk.workspace.post(Address("general"), Body("42", state=State.DONE), "k")
    await talk.conversation.press(talk.dana, talk.general, "k", "/summarize last:20")

    assert talk.request.reply_to is not None
    assert ("/summarize last:20", "k") == (talk.request.text, talk.request.reply_to.id)
    shown = talk.workspace.find("general", talk.request.origin.message or "")
    assert shown is not None
    assert "/summarize last:20" == shown.message.text


async def test_what_only_a_button_runs_is_not_shown_as_a_line(talk: Talk) -> None:
    await talk.workspace.post(Address("general"), Body("42", state=State.DONE), "k")
    await talk.conversation.press(talk.dana, talk.general, "k", "/thumb")

    assert talk.request.reply_to is not None
    assert ("/thumb", "k", None) == (talk.request.text, talk.request.reply_to.id, talk.request.origin.message)
    assert await talk.last() == "42"


async def test_a_button_of_what_one_cannot_see_does_nothing(talk: Talk) -> None:
    await talk.workspace.post(Address("general", private_to=talk.ana.id), Body("42", state=State.DONE), "k")
    await talk.conversation.press(talk.dana, talk.general, "k", "/thumb")

    assert not talk.events


@pytest.mark.parametrize(("before", "asked"), [("@atelier what?", "where?"), ("Hello", "where?")])
async def test_an_edited_question_is_asked_once_more(talk: Talk, before: str, asked: str) -> None:
    said = await talk.workspace.say(talk.dana, talk.general, before)
    await talk.conversation.change(talk.dana, talk.general, said.id, f"@atelier {asked}")

    assert (asked, NOON, said.id) == (talk.request.text, talk.request.first_asked, talk.request.origin.message)
