from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot import Message
from plugins.summarize.extracting import called, verbatim
from plugins.summarize.topics import Kind
from tests.plugins.conversation import said, talk
from tests.plugins.summarize.grouped import told

WORDS = ("release", "boards", "**dark mode**", "`id`", "Friday", "pump", "*quiet*", "0.9", "we", "the", "Ana", "disk")
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
OPENINGS = st.sampled_from(
    [
        "",
        "Decision: ",
        "**Decision:** ",
        "We decided that ",
        "I will ",
        "- ",
        "> ",
        "No, ",
        "I disagree, ",
        "Ben, please ",
        "1. ",
    ]
)
CLOSINGS = st.sampled_from([".", "?", "!", " by Friday.", " https://a.example/x.", "\n```\ncode\n```", " :tada:", "…"])
TEXTS = st.lists(st.tuples(OPENINGS, SENTENCES, CLOSINGS).map("".join), min_size=1, max_size=4).map(" ".join)
TALKS = st.lists(st.tuples(st.sampled_from(["Ana", "Ben", "Cleo"]), TEXTS, st.booleans()), min_size=1, max_size=8)


def _talk(lines: list[tuple[str, str, bool]]) -> list[Message]:
    found: list[Message] = []
    for number, (name, text, replies) in enumerate(lines):
        answered = found[-1].id if replies and found else None
        found.append(said(f"{name}: {text}", 100 - number, id=f"m{number}", reply_to=answered))
    return found


@given(TALKS)
def test_every_statement_is_quoted_word_for_word(lines: list[tuple[str, str, bool]]) -> None:
    messages = _talk(lines)

    for statement in told(messages):
        assert statement.quote
        assert statement.quote in statement.sources[0].text
        assert all(source in messages for source in statement.sources)
        assert statement.due is None or statement.due in statement.text
        assert statement.who in {None, "Ana", "Ben", "Cleo"}
        assert "\n" not in statement.text
        assert statement.text.count("`") % 2 == 0


@given(TALKS)
def test_the_same_talk_is_always_told_alike(lines: list[tuple[str, str, bool]]) -> None:
    messages = _talk(lines)

    assert told(messages) == told(messages)


@given(st.text(max_size=200), st.text(max_size=50))
def test_what_is_quoted_stands_in_the_text(text: str, sentence: str) -> None:
    assert (verbatim(text, sentence) or "") in text


def test_emphasis_is_no_part_of_the_words_and_stays_in_the_quotation() -> None:
    (decision,) = told(talk("Dana: **Decision:** we ship *without* dark mode."), Kind.DECISION)

    assert "we ship without dark mode." == decision.text
    assert "we ship *without* dark mode." == decision.quote


def test_a_decision_that_is_only_announced_is_told_with_what_follows() -> None:
    (decision,) = told(talk("Dana: So we have decided: nothing changes. The boards are shipped in May."), Kind.DECISION)

    assert decision.text.startswith("So we have decided: nothing changes.")


def test_a_task_has_the_owner_and_the_date_that_are_stated() -> None:
    messages = talk(
        "Dana Okafor: Who writes the release notes for the boards?",
        "Ben Whitfield: I will write the release notes by Thursday.",
        "Dana Okafor: Ben, please send the boards to the shop as well.",
    )
    first, second = told(messages, Kind.ACTION)

    assert ("Ben Whitfield", "by Thursday") == (first.who, first.due)
    assert ("Ben Whitfield", None) == (second.who, second.due)
    assert (messages[2],) == second.sources


def test_a_first_name_is_nobodys_where_two_have_it() -> None:
    messages = [said("Ben Whitfield: One."), said("Ben Nevis: Two."), said("Ana Ruiz: Three.")]

    assert {"ben whitfield", "ben nevis", "ana ruiz", "ana"} == set(called(messages).names)


def test_a_question_is_open_until_somebody_answers() -> None:
    asked = "Dana: Which boards does the shop want from us?"

    assert told(talk(asked), Kind.QUESTION)
    assert not told(talk(asked, "Ben: The green ones."), Kind.QUESTION)
    assert told(talk(asked, "Ben: No idea, sorry."), Kind.QUESTION)
    assert told(talk(asked, "Ben: Why do you ask?"), Kind.QUESTION)
    assert not told(talk(asked, "Dana: Never mind, I found the list."), Kind.QUESTION)
    assert told(talk(asked, "Dana: I would really like to know."), Kind.QUESTION)
    assert not told(
        talk(asked, "Ben: Is it for them? The shop wants the green boards from us.", apart=45), Kind.QUESTION
    )
    assert told(talk(asked, "Ben: My cat sleeps on the keyboard again.", apart=45), Kind.QUESTION)
    assert not told(talk("Dana: Why do we ship the green boards? Because the others are late."), Kind.QUESTION)


def test_ones_own_answer_is_one_too() -> None:
    asked = "Dana: Do we have to support semicolons in the importer?"

    assert not told(talk(asked, "Dana: Yes, two customers use them."), Kind.QUESTION)
    assert told(talk(asked, "Dana: Yes, two customers use them.", apart=45), Kind.QUESTION)
    assert told(talk(asked, "Ben: Who knows?", "Dana: Yes, lunch at noon is fine with me."), Kind.QUESTION)


def test_a_question_that_was_answered_is_told_where_there_is_nothing_else() -> None:
    (point,) = told(talk("Dana: The server is down again, can somebody look at it?", "Ben: on it"))

    assert (Kind.POINT, "The server is down again, can somebody look at it?") == (point.kind, point.text)


def test_a_reply_answers_a_question_whenever_it_comes() -> None:
    asked = said("Dana: Which boards does the shop want from us?", 500, id="q")

    assert not told([asked, said("Ben: Green.", 10, id="a", reply_to="q")], Kind.QUESTION)


def test_who_contradicts_whom_is_told_with_both_messages() -> None:
    first, second = talk(
        "Ben: I would wait a week for the updates.",
        "Ana: I would not. The update code writes to flash, and a board that fails is a brick.",
    )
    (found,) = told([first, second], Kind.DISAGREEMENT)

    assert (second, first) == found.sources
    assert "I would not. The update code writes to flash, and a board that fails is a brick." == found.text


def test_a_short_contradiction_is_told_with_the_reason_before_it() -> None:
    (found,) = told(
        talk("Ben: We ship on Friday.", "Ana: The boards are not tested yet. I am against it."), Kind.DISAGREEMENT
    )

    assert "The boards are not tested yet. I am against it." == found.text


def test_a_no_to_a_question_is_no_disagreement() -> None:
    no = "Ana: No, deleting is better than growing the disk again."

    assert not told(talk("Ben: Do you need a larger disk?", no), Kind.DISAGREEMENT)
    assert told(talk("Ben: We need a larger disk for the boards.", no), Kind.DISAGREEMENT)


def test_nobody_contradicts_themselves_or_the_distant_past() -> None:
    against = "Ana: I disagree with all of that, strongly."

    assert not told(talk("Ana: We wait.", against), Kind.DISAGREEMENT)
    assert not told(talk("Ben: We wait for them.", against, ago=300, apart=90), Kind.DISAGREEMENT)
    assert not told([replace(said(against), reply_to="gone")], Kind.DISAGREEMENT)
    assert not told(talk("Ben: We wait for them.", "Ana: -1 no."), Kind.DISAGREEMENT)


def test_a_reply_that_means_no_is_a_disagreement_without_the_usual_words() -> None:
    first = said("Ben: We ship it on Friday.", 20, id="a")
    reply = said("Ana: I would do it another way, it is too risky, it is.", 10, id="b", reply_to="a")

    assert told([first, reply], Kind.DISAGREEMENT)
    assert not told([first, replace(reply, reply_to=None)], Kind.DISAGREEMENT)


def test_links_are_told_once_with_their_words() -> None:
    messages = talk(
        "Dana: The open list is here: https://a.example/list.",
        "Ben: see [the boards](https://b.example/x) and https://a.example/list",
        "Ana: https://c.example",
        "Ana: (https://d.example/a_(b)) and [this](https://e.example/a_(b)).",
    )

    assert [
        ("The open list is here", "https://a.example/list"),
        ("the boards", "https://b.example/x"),
        ("", "https://c.example"),
        ("", "https://d.example/a_(b)"),
        ("this", "https://e.example/a_(b)"),
    ] == [(link.text, link.quote) for link in told(messages, Kind.LINK)]


def test_greetings_thanks_and_what_only_points_back_stand_for_nothing() -> None:
    messages = talk(
        "Dana: Good morning everyone, how nice!",
        "Ben: Great day, see you all tomorrow.",
        "Ana: That is exactly what they said.",
        "Ben: Wednesday is fine, thank you all.",
    )

    assert not told(messages)


def test_the_beginning_of_a_topic_is_told() -> None:
    messages = talk(
        "Dana: The second interview with the backend candidate is on Thursday.",
        "Ben: The disk of the build server was full and nobody could deploy anything.",
        "Ben: The deadline for the fix of the build server is the end of the week.",
        "Ben: The problem was caused by the clean-up job of the build server.",
    )

    assert messages[0] in [source for point in told(messages, Kind.POINT) for source in point.sources]
