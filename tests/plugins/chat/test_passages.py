from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import Plugin
from plugins.chat.passages import (
    QUOTE,
    answerable,
    answers_to,
    of_command,
    of_message,
    of_section,
    read_sections,
    sections,
)
from tests.plugins.conversation import said, talk

plugin = Plugin("dice", "Roll dice.")


@plugin.command(examples=["/roll sides:20", "throw a die for me"])
async def roll(sides: int = 6) -> str:
    """Roll one die.

    Args:
        sides: How many sides it has.
    """
    return str(sides)


def test_a_message_is_compared_by_its_sentences_and_as_a_whole() -> None:
    found = of_message(said("Dana: **Decision:** we ship on Friday. Ana tests it before that."), "en")

    assert [
        "Decision: we ship on Friday.",
        "Ana tests it before that.",
        "Decision: we ship on Friday. Ana tests it before that.",
    ] == [passage.text for passage in found]
    assert {"Decision: we ship on Friday. Ana tests it before that."} == {passage.quote for passage in found}


def test_short_remarks_and_code_are_compared_with_nothing() -> None:
    assert [] == of_message(said("Dana: Fine by me."), "en")[1:]
    assert [] == of_message(said("Dana: Fine!"), "en")
    assert [] == of_message(said("Dana: ```\nrm -rf build and all in it\n```"), "en")


def test_a_sentence_without_spaces_is_compared() -> None:
    assert ["金曜日にリリースします。"] == [
        passage.text for passage in of_message(said("Dana: 金曜日にリリースします。"), "ja")
    ]


def test_items_of_a_list_are_told_apart_in_a_quote() -> None:
    found = of_message(said("Dana: To do:\n- **Ana**: fix the login bug\n- **Ben**: write the release notes"), "en")

    assert "Ana: fix the login bug" == found[0].text
    assert "To do: • Ana: fix the login bug • Ben: write the release notes" == found[0].quote


@given(st.text(max_size=2000))
def test_no_message_breaks_reading_and_every_quote_is_short(text: str) -> None:
    for passage in of_message(said(f"Dana: {text}"), "en"):
        assert len(passage.quote) <= QUOTE + 4
        assert passage.text


@pytest.mark.parametrize("part", ["\n", "- ", "# ", "> ", "é\n", "あ。", " ", "```", "**"])
def test_a_message_of_one_thing_over_and_over_is_read(part: str) -> None:
    text = part * (100_000 // len(part))

    found = of_message(said(f"Dana: {text}We ship it on Friday."), "ja")

    assert all(len(passage.quote) <= QUOTE + 4 for passage in found)


def test_blank_lines_before_a_mark_are_no_part_of_it() -> None:
    assert ["Here we are now.", "We ship it on Friday."] == [
        passage.text for passage in of_message(said("Dana: Here we are now.\n\n\n> We ship it on Friday."), "en")
    ][:2]


def test_a_long_message_is_quoted_around_what_was_found() -> None:
    text = " ".join(f"This is what sentence number {number} has to say." for number in range(40))

    found = of_message(said(f"Dana: {text}"), "en")

    assert found[20].text in found[20].quote
    assert found[20].quote.startswith("… ")
    assert found[20].quote.endswith(" …")


def test_a_command_is_found_by_purpose_example_and_option() -> None:
    found = of_command(plugin.commands["roll"])

    assert ["roll: Roll one die.", "roll 20", "throw a die for me", "roll sides: How many sides it has."] == [
        passage.text for passage in found
    ]
    assert found[-1].weight < found[0].weight


def test_what_was_said_to_atelier_is_no_answer() -> None:
    messages = talk(
        "Dana: When do we ship?", "Bot: On Friday.", "Ben: /summarize", "Ben: @atelier hello?", "Ana: On Friday, then."
    )
    asked = said("Ben: and who writes the notes?", 5, id="asked")
    answered = said("Bot: Lena does.", 4, reply_to="asked")

    assert ["m4"] == [message.id for message in answerable([*messages, asked, answered], " when do  we SHIP? ")]


def test_replies_answer_a_message() -> None:
    question = said("Dana: When do we ship?", 10, id="q")
    other = said("Ben: Lunch is here.", 9)
    reply = said("Ana: On Friday.", 8, reply_to="q")

    assert [reply] == answers_to(question, [question, other, reply])


def test_without_replies_what_others_said_next_answers_it() -> None:
    messages = talk(
        "Dana: When do we ship?", "Dana: Anyone?", "Ana: On Friday.", "Ben: Yes.", "Lena: Lunch!", "Ana: Late."
    )

    assert ["m2", "m3", "m4"] == [message.id for message in answers_to(messages[0], messages)]
    assert [] == answers_to(said("Eve: Elsewhere?"), messages)


def test_the_help_can_be_asked_in_several_ways() -> None:
    assert len(sections()) >= 10
    assert all(len(of_section(section)) >= 2 for section in sections())


def test_a_heading_without_text_is_no_section() -> None:
    assert [] == list(read_sections("# Title\n\nIntro.\n\n## Empty\n"))
    assert [("A?", "B?")] == [section.questions for section in read_sections("## A? / B?\n\nYes,\nboth.\n")]
