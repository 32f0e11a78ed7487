"""What typed values are converted to."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from enum import Enum
from zoneinfo import ZoneInfo

import pytest

from bot.errors import UserError
from bot.options import Converter, Kind, Option
from bot.request import Attachment
from bot.values import ChannelRef, Language, Range, User

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class People:
    async def find_person(self, text: str) -> User | None:
        return User("test:ana", "Ana") if text == "@ana" else None

    async def find_channel(self, text: str) -> ChannelRef | None:
        return ChannelRef("general", "general") if text == "#general" else None


async def berlin() -> ZoneInfo:
    return ZoneInfo("Europe/Berlin")


async def nothing() -> bytes:
    return b""


CONVERTER = Converter(People(), berlin, lambda: NOW)
FILE = Attachment("a.txt", "text/plain", 0, nothing)


@pytest.mark.parametrize(
    ("option", "raw", "value"),
    [
        (Option("n", Kind.INTEGER, int), "6", 6),
        (Option("n", Kind.INTEGER, int), 6, 6),
        (Option("n", Kind.NUMBER, float), "0.5", 0.5),
        (Option("n", Kind.BOOLEAN, bool), "off", False),
        (Option("n", Kind.TEXT, str), "as it is", "as it is"),
        (Option("n", Kind.TEXT, Colour, choices=("red", "blue")), "Blue", Colour.BLUE),
        (Option("n", Kind.TEXT, Colour, choices=("red", "blue")), Colour.RED, Colour.RED),
        (Option("n", Kind.INTEGER, int, choices=(1, 2)), "2", 2),
        (Option("n", Kind.USER, User), "@ana", User("test:ana", "Ana")),
        (Option("n", Kind.USER, User), User("x", "X"), User("x", "X")),
        (Option("n", Kind.CHANNEL, ChannelRef), "#general", ChannelRef("general", "general")),
        (Option("n", Kind.LANGUAGE, Language), "German", Language("de")),
        (Option("n", Kind.LANGUAGE, Language), "pt-BR", Language("pt-BR")),
        (Option("n", Kind.LANGUAGE, Language), Language("fr"), Language("fr")),
        (Option("n", Kind.ATTACHMENT, Attachment), FILE, FILE),
        (Option("n", Kind.TIME, time), "8:30", time(8, 30)),
        (Option("n", Kind.TIME, time), "8 pm", time(20, 0)),
        (Option("n", Kind.TIME, time), time(7, 0), time(7, 0)),
        (Option("n", Kind.DATE, date), "2026-03-01", date(2026, 3, 1)),
        (Option("n", Kind.DATE, date), "tomorrow", date(2026, 3, 3)),
        (Option("n", Kind.MOMENT, datetime), "2026-03-01 08:30", datetime(2026, 3, 1, 7, 30, tzinfo=UTC)),
        (Option("n", Kind.MOMENT, datetime), "yesterday 9am", datetime(2026, 3, 1, 8, 0, tzinfo=UTC)),
        (Option("n", Kind.MOMENT, datetime), "yesterday", datetime(2026, 2, 28, 23, 0, tzinfo=UTC)),
        (Option("n", Kind.MOMENT, datetime), "24 hours ago", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        (Option("n", Kind.MOMENT, datetime), NOW, NOW),
    ],
)
async def test_raw_values_become_typed_ones(option: Option, raw: object, value: object) -> None:
    converted = await CONVERTER.convert(option, raw)
    assert value == converted
    assert type(value) is type(converted)


@pytest.mark.parametrize(
    ("option", "raw", "says"),
    [
        (Option("n", Kind.INTEGER, int), "six", "`n` is a whole number, not “six”"),
        (Option("n", Kind.BOOLEAN, bool), "perhaps", "`n` is yes or no, not “perhaps”"),
        (Option("n", Kind.NUMBER, float, range=Range(max=0.5)), "1", "`n` is a number of at most 0.5, not “1”"),
        (Option("n", Kind.INTEGER, int, range=Range(min=1000)), "1", "`n` is a whole number of at least 1,000"),
        (Option("n", Kind.INTEGER, int, range=Range(2, 10)), "11", "a whole number from 2 to 10, not “11”"),
        (Option("n", Kind.INTEGER, int, range=Range(0, 2**32 - 1)), "x", "a whole number from 0 to 4,294,967,295, not"),
        (Option("n", Kind.TEXT, str, range=Range(2, 3)), "abcd", "`n` is text of 2 to 3 characters, not 4"),
        (Option("n", Kind.TEXT, Colour, choices=("red", "blue")), "green", "one of red, blue, not “green”"),
        (Option("n", Kind.INTEGER, int), "x" * 100, "not “x{60}…”"),
        (Option("n", Kind.TEXT, str, range=Range(None, 5)), "x" * 100, "text of at most 5 characters, not 100"),
        (Option("n", Kind.USER, User), "@eve", "“@eve” is nobody here"),
        (Option("n", Kind.CHANNEL, ChannelRef), "#x", "“#x” is no channel here that you may read."),
        (Option("n", Kind.LANGUAGE, Language), "Xyzzy words", "no language is called"),
        (Option("n", Kind.LANGUAGE, Language), "zz", "no language is called"),
        (Option("n", Kind.ATTACHMENT, Attachment), "a.txt", "is a file: attach it"),
        (Option("n", Kind.TIME, time), "soonish", "no time I understand; try 08:30"),
        (Option("n", Kind.DATE, date), "qqq", "no date I understand"),
        (Option("n", Kind.MOMENT, datetime), "qqq", "yesterday 9am"),
        (Option("n", Kind.MOMENT, datetime), "yesterday " * 2000, "no date and time I understand"),
        (Option("n", Kind.MOMENT, datetime), "in 500 years", "no date and time I understand"),
    ],
)
async def test_what_cannot_be_converted_says_what_would_do(option: Option, raw: object, says: str) -> None:
    with pytest.raises(UserError, match=says):
        await CONVERTER.convert(option, raw)


def test_a_schema_tells_type_choices_and_bounds() -> None:
    option = Option("n", Kind.INTEGER, int, help="How many.", range=Range(1, None))
    assert option.schema == {"type": "integer", "description": "How many.", "minimum": 1}
    named = Option("n", Kind.TEXT, str, choices=("a", "b"), range=Range(None, 5))
    assert named.schema == {"type": "string", "description": "", "enum": ["a", "b"], "maxLength": 5}


def test_a_language_knows_its_name() -> None:
    assert Language("de").name == "German"
    assert str(Language("de")) == "de"
