from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot import Cited, Length, Message, Profile
from plugins.summarize.styles import FORMS, NAMED, Account, Style, in_own_words_only, tell
from plugins.summarize.topics import Kind, Statement, Topic
from plugins.summarize.wording import Reader
from tests.plugins.conversation import linked, request, talk, text_of

SAID = linked(
    talk(
        "Dana: Decision: we ship version 2.0 on Friday.",
        "Ben: I will write the notes by Thursday.",
        "Ana: The server was down because its disk was full.",
        "Ben: Who orders the new disk?",
        "Dana: The plan is at https://wiki.example/plan.",
        "Ana: I would not ship on a Friday at all.",
    )
)


def quote(place: int, kind: Kind = Kind.POINT, **more: str) -> Statement:
    return Statement(SAID[place].text, (SAID[place],), kind, quote=SAID[place].text, **more)


RELEASE = Topic(
    "version 2.0",
    (SAID[0],),
    (SAID[0], SAID[1], SAID[4], SAID[5]),
    (
        quote(0, Kind.DECISION),
        quote(5, Kind.DISAGREEMENT),
        quote(1, Kind.ACTION, who="Ben", due="Thursday"),
        Statement("", (SAID[4],), Kind.LINK, quote="https://wiki.example/plan"),
    ),
    2.0,
)
SERVER = Topic("a `full` disk", (), (SAID[2], SAID[3]), (quote(2), quote(3, Kind.QUESTION)), 1.0)
WRITTEN = replace(
    RELEASE,
    statements=(
        Statement("Version 2.0 ships on Friday.", (SAID[0], SAID[5]), Kind.DECISION),
        Statement("The notes are to be written.", (SAID[1],), Kind.ACTION, "Ben", "Thursday"),
    ),
)


def told(
    style: Style,
    *topics: Topic,
    messages: Sequence[Message] = SAID,
    length: Length = Length.MEDIUM,
    plain: bool = False,
    closing: str = "",
) -> str:
    reader = Reader.of(request(), Profile(), length)
    account = Account("6 messages", messages, topics or (RELEASE, SERVER), closing)
    return text_of(list(tell(account, style, reader, plain=plain)))


@pytest.mark.parametrize("style", Style)
def test_every_statement_comes_with_its_messages(style: Style) -> None:
    reader = Reader.of(request(), Profile())
    pieces = list(tell(Account("6 messages", SAID, (RELEASE, WRITTEN, SERVER)), style, reader))

    for piece in pieces:
        if isinstance(piece, Cited):
            assert piece.sources
        else:
            assert not any(message.text in piece for message in SAID)
    links = [
        link for piece in pieces if isinstance(piece, Cited) for link in re.findall(r"chat\.test/(\w+)\)", piece.text)
    ]
    assert links


@pytest.mark.parametrize("style", [Style.BULLETS, Style.MINUTES, Style.TIMELINE, Style.NEWCOMER])
def test_who_contradicts_whom_is_told_with_a_link_to_each(style: Style) -> None:
    against = Statement(SAID[5].text, (SAID[5], SAID[0]), Kind.DISAGREEMENT, quote=SAID[5].text)
    (line,) = [line for line in told(style, replace(RELEASE, statements=(against,))).splitlines() if "not ship" in line]

    assert ["m5", "m0"] == re.findall(r"chat\.test/(\w+)\)", line)
    assert " to Dana [10:00](" in line


def test_bullets_stand_under_their_topic() -> None:
    text = told(Style.BULLETS, closing="_The end._")

    assert text.startswith("6 messages — the main points (times in UTC):\n\n**version 2.0**\n- **Dana** [10:00](")
    assert "**a \\`full\\` disk**\n- **Ana** [10:04](https://chat.test/m2) — The server was down" in text
    assert text.endswith("\n_The end._")


def test_a_single_topic_needs_no_heading() -> None:
    assert "**version 2.0**" not in told(Style.BULLETS, RELEASE)


def test_who_wants_no_lists_gets_none() -> None:
    assert "\n- " not in told(Style.BULLETS, plain=True)


def test_no_topic_takes_all_the_room() -> None:
    text = told(Style.BULLETS, length=Length.SHORT)

    assert 3 == text.count("\n- ")
    assert "server was down" in text


def test_minutes_say_who_took_part_what_was_decided_and_who_does_what() -> None:
    text = told(Style.MINUTES)

    assert "6 messages — minutes (times in UTC):\n\n**Took part:** Dana, Ben, Ana\n" in text
    assert "**Decisions**\n- **Dana** [10:00](https://chat.test/m0) — Decision: we ship version 2.0 on Friday." in text
    assert "**To do**\n- **Ben** [10:02](https://chat.test/m1) — I will write the notes by Thursday." in text
    assert "**Open questions**\n- **Ben** [10:06]" in text


def test_minutes_are_honest_about_what_is_not_there() -> None:
    text = told(Style.MINUTES, SERVER)

    assert "**Decisions:** none that I can find" in text
    assert "**To do:** none that I can find" in text
    assert "Open questions:" not in text


def test_many_people_are_counted() -> None:
    messages = talk(*(f"Person{number}: Hello there." for number in range(NAMED + 3)))

    assert "Person11 and 3 others" in told(Style.MINUTES, messages=messages)


def test_decisions_are_nothing_but_decisions_and_tasks() -> None:
    text = told(Style.DECISIONS)

    assert "**Decided**\n" in text
    assert "**To do**\n" in text
    assert "server was down" not in text
    assert "**To do:** nothing that I can find" in told(
        Style.DECISIONS, replace(RELEASE, statements=(quote(0, Kind.DECISION),))
    )


def test_where_nothing_was_decided_that_is_said() -> None:
    text = told(Style.DECISIONS, SERVER, closing="_The end._")

    assert "I can find nothing that was decided, and nobody" in text
    assert "The end" not in text


def test_a_timeline_is_in_the_order_of_time() -> None:
    times = re.findall(r"^- \[(\d\d:\d\d)\]", told(Style.TIMELINE, length=Length.LONG), re.MULTILINE)

    assert ["10:00", "10:02", "10:04", "10:06", "10:08", "10:10"] == times


def test_days_are_told_where_there_are_several() -> None:
    earlier = talk("Ana: The server was down because its disk was full.", ago=60 * 30)[0]
    topic = replace(SERVER, messages=(earlier, SAID[3]), statements=(Statement(earlier.text, (earlier,), Kind.POINT),))

    assert "- Mon 06:00 — " in told(Style.TIMELINE, topic, messages=[earlier, *SAID])


def test_a_newcomer_reads_the_background_first() -> None:
    text = told(Style.NEWCOMER)

    parts = [
        "What it is about:",
        "Who talks here:",
        "Background",
        "Settled so far",
        "Still open",
        "Who does what",
        "Links",
    ]
    places = [text.index(f"**{part}**") for part in parts]
    assert sorted(places) == places
    assert "**What it is about:** version 2.0 · a \\`full\\` disk\n" in text
    assert "[wiki.example/plan](https://wiki.example/plan) (**Dana** [10:08]" in text
    assert "Still open" not in told(Style.NEWCOMER, RELEASE)


def test_what_a_model_wrote_names_its_messages_owner_and_date() -> None:
    text = told(Style.DECISIONS, WRITTEN)

    assert (
        "- Version 2.0 ships on Friday. (**Dana** [10:00](https://chat.test/m0), **Ana** [10:10](https://chat.test/m5))"
        in text
    )
    assert "- **Ben**: The notes are to be written (due Thursday) (**Ben** [10:02]" in text


def test_code_that_was_cut_leaves_nothing_open() -> None:
    statement = Statement("Run `make " + "x" * 300, (SAID[0],), Kind.POINT)

    assert "`" not in told(Style.BULLETS, replace(RELEASE, statements=(statement,)))


def test_styles_that_need_a_model_say_what_there_is_without_one() -> None:
    for style in FORMS:
        assert "`style:bullets`" in str(in_own_words_only(style))
