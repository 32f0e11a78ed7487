"""How a typed line becomes option values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import Command
from bot.errors import UserError
from bot.lines import quote, read_options, split_command, written
from bot.options import Kind, Option
from bot.plugin import Plugin
from bot.request import Attachment
from bot.signatures import Signature
from bot.values import ChannelRef, Language

TEXT = Option("text", Kind.TEXT, str)
TO = Option("to", Kind.LANGUAGE, str, required=False)
LAST = Option("last", Kind.INTEGER, int, required=False)
FILE = Option("file", Kind.ATTACHMENT, object, required=False)
SEND = Command("send", print, Signature("Send.", "", (TEXT, TO, LAST), ()), Plugin("made", "…"))


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("", {}),
        ("good morning", {"text": "good morning"}),
        (
            "text:good morning everyone to:Brazilian Portuguese",
            {"text": "good morning everyone", "to": "Brazilian Portuguese"},
        ),
        ("to:French good morning", {"to": "French", "text": "good morning"}),
        ("to:Brazilian Portuguese good morning", {"to": "Brazilian Portuguese", "text": "good morning"}),
        ("to:fr", {"to": "fr"}),
        ("to:nonsense good morning", {"to": "nonsense", "text": "good morning"}),
        ('text:"to:be or not" to:de', {"text": "to:be or not", "to": "de"}),
        ("text:“well quoted” to:de", {"text": "well quoted", "to": "de"}),
        ("last:20 the rest", {"last": "20", "text": "the rest"}),
        ("the first to:de", {"text": "the first", "to": "de"}),
        ('"quoted whole"', {"text": "quoted whole"}),
        ("see https://a.example/x:y at 10:30", {"text": "see https://a.example/x:y at 10:30"}),
        ("two\nlines  kept", {"text": "two\nlines  kept"}),
    ],
)
def test_values_are_given_by_name_or_position(line: str, values: dict[str, str]) -> None:
    assert values == read_options(line, [TEXT, TO, LAST, FILE], "/x")


def test_numbers_take_one_word_each_by_position() -> None:
    count, sides = Option("count", Kind.INTEGER, int), Option("sides", Kind.INTEGER, int)
    assert read_options("3 6", [count, sides], "/roll") == {"count": "3", "sides": "6"}


@pytest.mark.parametrize("mention", ["#news", "<#123>", "<#C1|news>"])
def test_a_marked_channel_is_one_word_and_another_runs_on(mention: str) -> None:
    options = [Option("text", Kind.TEXT, str), Option("channel", Kind.CHANNEL, ChannelRef)]
    assert {"channel": mention, "text": "every Friday"} == read_options(
        f"channel:{mention} every Friday", options, "/x"
    )
    assert {"channel": "news desk"} == read_options("channel:news desk", options, "/x")


def test_what_nothing_takes_is_refused_with_the_usage() -> None:
    with pytest.raises(UserError, match=r"“6”. Usage: `/roll \[sides\]`"):
        read_options("3 6", [Option("sides", Kind.INTEGER, int)], "/roll [sides]")


def test_an_option_that_is_nearly_right_is_named() -> None:
    with pytest.raises(UserError, match=r"no option `lats`\. Did you mean `last`"):
        read_options("lats:20", [TEXT, LAST], "/x")
    assert read_options("note:20", [TEXT, LAST], "/x") == {"text": "note:20"}
    assert read_options("last=20", [TEXT, LAST], "/x") == {"last": "20"}


def test_a_command_without_options_takes_nothing() -> None:
    with pytest.raises(UserError, match="“now”"):
        read_options("now", [], "/x")


def test_an_option_given_twice_is_refused() -> None:
    with pytest.raises(UserError, match="`last` is given twice"):
        read_options("last:1 last:2", [LAST], "/x")


def test_the_command_is_the_first_two_words() -> None:
    assert split_command(" / music compose a jig") == (["music", "compose"], "music compose a jig")
    assert split_command("/") == ([], "")


@given(st.dictionaries(st.sampled_from(["text", "to"]), st.text(min_size=1), min_size=1))
def test_quoted_values_come_back_as_they_were(values: dict[str, str]) -> None:
    line = " ".join(f"{name}:{quote(value)}" for name, value in values.items())
    assert values == read_options(line, [TEXT, TO, LAST], "/x")


@given(
    st.fixed_dictionaries(
        {},
        optional={"text": st.text(min_size=1), "to": st.text(min_size=1), "last": st.integers()},
    )
)
def test_a_command_is_written_as_it_can_be_typed(values: dict[str, str | int]) -> None:
    words, line = split_command(written(SEND, values))
    assert (["send"], {name: str(value) for name, value in values.items()}) == (
        words[:1],
        read_options(line.removeprefix("send").lstrip(), SEND.options, "/x"),
    )


def test_what_is_no_text_is_written_by_its_name() -> None:
    values = {"text": Attachment("a b.png", "image/png", 1, lambda: None), "to": Language("de"), "last": None}  # type: ignore[arg-type, return-value]
    assert '/send text:"a b.png" to:German' == written(SEND, values)


@given(st.text())
def test_no_line_breaks_the_reader(line: str) -> None:
    try:
        values = read_options(line, [TEXT, TO, LAST, FILE], "/x")
    except UserError:
        return
    assert set(values) <= {"text", "to", "last"}
