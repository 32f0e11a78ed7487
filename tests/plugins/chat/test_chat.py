from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest

from bot import (
    Attachment,
    Channel,
    ChannelKind,
    Message,
    MessageDeleted,
    UserError,
)
from bot.handlers import run_handler
from bot.request import Origin, Person
from bot.testing import Testbed
from plugins.chat import VECTORS, plugin
from tests.plugins.conversation import Scripted, attached

DANA = Person("test:dana", "Dana")
DM = Channel("dm", None, ChannelKind.DM, "Ana")


async def test_answers_a_mention_from_the_channel(atelier: Testbed) -> None:
    await atelier.post("general", DANA, "Decision: the release ships on Friday without the dark mode.")

    answer = await atelier.say("What was decided about the release?")

    assert "**Dana** [Mon 09:30](https://chat.test/general/0)\n> Decision: the release ships on Friday" in answer.text


async def test_answers_by_a_language_model_where_there_is_one(atelier: Testbed) -> None:
    model = Scripted("On Friday, Ana.")
    atelier.use_chat(model)

    answer = await atelier.say("When do we ship?", channel=DM)

    assert "On Friday, Ana." == answer.text
    assert "Ana: When do we ship?" in model.prompt


async def test_nothing_asked_is_met_with_advice(atelier: Testbed) -> None:
    assert "Ask me something" in (await atelier.say('/chat message:"  "', channel=DM)).text


async def test_an_empty_answer_is_said_to_be_one(atelier: Testbed) -> None:
    atelier.use_chat(Scripted(""))

    assert "empty answer" in (await atelier.say("Hello?", channel=DM)).text


async def test_a_file_is_read_with_the_question_and_one_that_cannot_be_is_named(atelier: Testbed) -> None:
    model = Scripted("Milk.")
    atelier.use_chat(model)
    files: list[Attachment] = [attached("list.md", b"- milk"), attached("x.png", b"x", media_type="image/png")]

    answer = await atelier.say("What shall I buy?", channel=DM, attachments=files)

    assert "_I left x.png out: the language model here sees no pictures._\n\nMilk." == answer.text
    assert '<file name="list.md">\n- milk\n</file>' in model.prompt


async def test_an_answer_can_be_a_file(atelier: Testbed) -> None:
    atelier.use_chat(Scripted("```python\nprint(1)\n```"))

    answer = await atelier.say("/chat message:Write it as_file:true", channel=DM)

    assert ["answer.py"] == [file.name for file in answer.files]
    assert "" == answer.text


async def test_code_is_fenced_with_its_language(atelier: Testbed) -> None:
    atelier.use_chat(Scripted("Here:\n```\nimport os\nprint(os.name)\n```\nDone."))

    assert "```python\nimport os" in (await atelier.say("Write it", channel=DM)).text


def conversation(count: int, atelier: Testbed) -> list[Message]:
    """A long talk of Ana with Atelier, in their direct message."""
    began = atelier.clock() - timedelta(hours=1)
    messages = [
        Message(
            id=f"m{number}",
            channel="dm",
            author="test:atelier" if number % 2 else "test:ana",
            author_name="Atelier" if number % 2 else "Ana",
            text=f"Message {number}: {'word ' * 40}",
            sent=began + timedelta(minutes=number),
            from_bot=bool(number % 2),
        )
        for number in range(count)
    ]
    atelier.platform.messages["dm"] = messages
    return messages


async def settled(atelier: Testbed) -> None:
    await asyncio.gather(*atelier.app.dispatcher.listening.tasks)


async def test_a_long_conversation_is_told_of_in_a_running_summary(atelier: Testbed) -> None:
    model = Scripted("Sure.", "Ana counted to eight.", "Right.", context=2400)
    atelier.use_chat(model)
    messages = conversation(14, atelier)

    assert "Sure." == (await atelier.say("Go on?", channel=DM)).text
    await settled(atelier)
    assert "Message 0:" in model.prompt
    assert "minutes of a conversation" in model.prompt

    assert "Right." == (await atelier.say("And then?", channel=DM)).text
    assert "<earlier>\nAna counted to eight.\n</earlier>" in model.prompt
    assert "Message 0:" not in model.prompt
    assert messages[-1].text.strip() in model.prompt


async def test_what_was_deleted_is_told_of_no_more(atelier: Testbed) -> None:
    model = Scripted("Sure.", "Ana counted to eight.", "Right.", context=2400)
    atelier.use_chat(model)
    messages = conversation(14, atelier)
    await atelier.say("Go on?", channel=DM)
    await settled(atelier)

    atelier.platform.messages["dm"].remove(messages[0])
    await atelier.app.receive(MessageDeleted(Origin("test", message="m0"), DM, "m0"))
    await atelier.say("And then?", channel=DM)

    assert "counted to eight" not in model.prompt
    assert "Message 0:" not in model.prompt


async def test_an_answer_made_anew_does_not_know_what_came_after_the_question(atelier: Testbed) -> None:
    model = Scripted("Sure.", "Ana counted to eight.", "Right.", context=2400)
    atelier.use_chat(model)
    messages = conversation(14, atelier)
    await atelier.say("Go on?", channel=DM)
    await settled(atelier)

    again = atelier.request("Go on?", channel=DM)
    again = replace(again, first_asked=messages[4].sent)
    await atelier.app.dispatcher.submit(again).task

    assert "counted to eight" not in model.prompt
    assert "Message 3:" in model.prompt
    assert "Message 4:" not in model.prompt


async def test_a_summary_that_cannot_be_written_changes_nothing(
    atelier: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Scripted("Sure.", context=2400)
    atelier.use_chat(model)

    def fail(*args: object, **kwargs: object) -> NoReturn:
        raise UserError("The language model's server does not answer.")

    monkeypatch.setattr(Scripted, "_generate", fail)
    conversation(14, atelier)

    await atelier.say("Go on?", channel=DM)
    await settled(atelier)

    assert "Sure." == (await atelier.say("And then?", channel=DM)).text


async def test_the_plugin_forgets_what_it_read_when_it_stops() -> None:
    for hook in plugin.stoppers:
        await run_handler(hook.handler, {})

    assert 0 == len(VECTORS)
    assert plugin.commands["chat"].free_text


async def test_what_is_known_is_no_more_used_where_it_is_switched_off(atelier: Testbed) -> None:
    model = Scripted("Thirty.", "I do not know.", "Thirty.")
    atelier.use_chat(model)
    leave = [attached("leave.md", b"Everyone has thirty days of paid leave in each year.")]
    await atelier.say("/knowledge add", person=atelier.admin, attachments=leave)

    await atelier.say("How many days of paid leave do we have?")
    assert "thirty days of paid leave" in model.prompt
    for line in ("/settings plugin name:knowledge on:no", "/settings plugin name:knowledge on:yes"):
        await atelier.say(line, person=atelier.admin)
        await atelier.say("How many days of paid leave do we have?")
        assert line.endswith("yes") == ("thirty days of paid leave" in model.prompt)
