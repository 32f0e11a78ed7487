from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import ChannelKind, UserError
from plugins.summarize.material import (
    LONGEST,
    Conversation,
    Document,
    conversation,
    message_or_on,
    prose_of,
    read_file,
)
from tests.bot.reading import making
from tests.plugins.conversation import NOW, Said, attached, request, said, talk

LONG = " ".join(f"Sentence number {number} says a little more about the plan." for number in range(10))


async def ids(history: Said, **options: object) -> list[str]:
    found = await conversation(history, request(), **options)  # type: ignore[arg-type]  # options of several types
    return [message.id for message in found.messages]


async def test_without_options_it_is_the_last_day() -> None:
    old = said("Dana: This was said two days ago.", 60 * 48, id="old")

    assert await ids(Said([old, *talk(*["Dana: One more thing to say."] * 5)])) == ["m0", "m1", "m2", "m3", "m4"]


async def test_a_quiet_day_reaches_back_to_what_was_said_last() -> None:
    old = said("Dana: This was said two days ago.", 60 * 48, id="old")

    assert await ids(Said([old, *talk("Ben: Yes.")])) == ["old", "m0"]


async def test_a_day_with_nothing_before_it_stays_a_day() -> None:
    found = await conversation(Said(talk("Ben: Yes.")), request())

    assert NOW - timedelta(days=1) == found.start


async def test_bots_and_commands_are_no_conversation() -> None:
    messages = talk("Dana: /summarize", "Bot: Here it is.", "Ben: @atelier hello?", "Ana: A real message.", "Ana:   ")

    assert await ids(Said(messages)) == ["m3"]


async def test_the_last_so_many_are_of_people() -> None:
    messages = talk("Dana: one", "Ben: two", "Bot: noise", "Bot: more noise", "Ana: three")

    assert await ids(Said(messages), last=2) == ["m1", "m4"]


async def test_since_and_last_together_take_the_last_of_those() -> None:
    messages = talk(*["Dana: One more thing to say."] * 5, ago=100, apart=10)

    assert await ids(Said(messages), last=2, start=NOW - timedelta(minutes=85)) == ["m3", "m4"]
    assert await ids(Said(messages), start=NOW - timedelta(minutes=85)) == ["m2", "m3", "m4"]


async def test_a_window_leaves_out_its_end() -> None:
    messages = talk(*["Dana: One more thing to say."] * 5, ago=100, apart=10)
    start, end = NOW - timedelta(minutes=90), NOW - timedelta(minutes=70)

    assert await ids(Said(messages), start=start, end=end) == ["m1", "m2"]


async def test_an_end_alone_covers_the_day_before_it() -> None:
    found = await conversation(Said(talk("Ben: Yes.")), request(), end=NOW)

    assert (NOW - timedelta(days=1), NOW, 1) == (found.start, found.end, len(found.messages))


async def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(UserError, match="later than"):
        await conversation(Said(), request(), start=NOW, end=NOW)


async def test_in_a_thread_it_is_the_whole_thread() -> None:
    old = said("Dana: This was said two days ago.", 60 * 48, id="old")
    found = await conversation(Said([old, said("Ben: Yes.")]), request(kind=ChannelKind.THREAD))

    assert len(found.messages) == 2
    assert found.start is None


async def test_a_long_message_is_summarized_by_itself() -> None:
    message = said(f"Dana: {LONG}")

    assert Document("Dana’s message", LONG, LONG, message) == await message_or_on(Said(), message)


async def test_a_short_message_is_where_the_conversation_begins() -> None:
    messages = talk("Ana: before", "Dana: Shall we ship?", "Ben: Yes, on Friday.")

    found = await message_or_on(Said(messages), messages[1])

    assert isinstance(found, Conversation)
    assert [message.id for message in found.messages] == ["m1", "m2"]


async def test_a_short_last_message_is_refused_in_words() -> None:
    with pytest.raises(UserError, match="short already"):
        await message_or_on(Said(), said("Dana: Shall we ship?"))


async def test_a_file_is_read_without_its_byte_order_mark() -> None:
    found = await read_file(attached("notes.md", b"\xef\xbb\xbf# Plan\n\nWe ship."))

    assert (found.name, found.text) == ("notes.md", "# Plan\n\nWe ship.")


async def test_a_word_file_is_read_and_its_tables_are_no_prose() -> None:
    found = await read_file(attached("plan.docx", making.word(making.plan())))

    assert "| task | days |" in found.text
    assert found.prose == "# The plan\n\nWe ship on Friday.\n\n# Who does what\n\n- Ana tests.\n- Ben writes."


async def test_what_cannot_be_read_is_refused_by_name() -> None:
    with pytest.raises(UserError, match=r"picture is nothing that I can read"):
        await read_file(attached("picture", b"\x89PNG\0\0"))


async def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(UserError, match=r"big\.txt is longer than 1,000,000 characters; give me a part of it"):
        await read_file(attached("big.txt", b"a" * (LONGEST + 1)))


async def test_an_empty_file_is_refused() -> None:
    with pytest.raises(UserError, match="is empty"):
        await read_file(attached("empty.txt", b" \n"))


def test_the_prose_of_json_is_its_strings() -> None:
    data = {"id": 7, "text": "We ship on Friday.", "more": ["It is tested.", {"deep": "And signed."}, None]}

    assert prose_of("a.json", json.dumps(data)) == "We ship on Friday.\n\nIt is tested.\n\nAnd signed."


def test_broken_json_is_taken_as_text() -> None:
    assert prose_of("a.json", "{not json") == "{not json"


def test_the_prose_of_a_table_is_in_its_longer_cells() -> None:
    assert prose_of("a.csv", 'id,text\n1,"We ship it on Friday."\n2,no\n') == "We ship it on Friday."
    assert prose_of("a.tsv", "1\tWe ship it on Friday.\n") == "We ship it on Friday."


def test_a_table_that_cannot_be_read_is_taken_as_text() -> None:
    huge = '"' + "a" * 200_000

    assert huge == prose_of("a.csv", huge)


def test_the_prose_of_code_is_its_comments() -> None:
    code = '"""Does one thing.\n\nAnd does it well.\n"""\nimport os\n# Because it must.\nx = 1  \n'

    assert prose_of("a.py", code) == "Does one thing.\n\nAnd does it well.\n\nBecause it must."
    assert prose_of("a.c", "#include <x.h>\n/* Starts the pump.\n * Slowly. */\nint x;") == "Starts the pump.\nSlowly."


def test_a_comment_that_never_ends_is_no_comment() -> None:
    assert prose_of("a.c", "// Starts it.\nx = 1 /* y\n// Stops it.") == "Starts it.\n\nStops it."
    assert prose_of("a.c", "/*/ Odd but closed. */\n/***/\n/* Never") == "/ Odd but closed."
    assert prose_of("a.py", '"""One."""\nx\n"""Two.') == "One."


@pytest.mark.parametrize("part", ["/* ", "/*", "*/", '"""', '""" /* ', "# \n", "//", "/**/", "\n", " ", "--\n"])
@pytest.mark.parametrize("name", ["a.c", "a.md"])
def test_a_megabyte_of_one_thing_over_and_over_is_read(name: str, part: str) -> None:
    code = part * (1_000_000 // len(part))

    # A megabyte: what takes the square of that would take hours.
    assert len(prose_of(name, f"{code}\nint x;\n# The end of it.")) <= len(code) + 30


def test_deep_json_of_many_strings_is_read() -> None:
    deep = 400
    data = "[" * deep + ", ".join(['"one"'] * 100_000) + "]" * deep

    assert prose_of("a.json", data).count("one") == 100_000


def test_indented_code_in_markdown_is_no_prose() -> None:
    assert prose_of("a.md", "Before.\n\n    make run\n    make test\n\nAfter.") == "Before.\n\nAfter."


@given(st.sampled_from(["a.json", "a.csv", "a.tsv", "a.py", "a.md", "a.txt"]), st.text())
def test_no_file_breaks_reading_its_prose(name: str, text: str) -> None:
    assert isinstance(prose_of(name, text), str)
