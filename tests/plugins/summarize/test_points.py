from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import Embeddings, Length, Message, Profile, Progress, UserError
from plugins.summarize import points
from plugins.summarize.interpreting import Interpreter
from plugins.summarize.material import Conversation, Document, document
from plugins.summarize.points import conversation_points, document_points
from plugins.summarize.wording import POINTS, Reader
from tests.plugins.conversation import every, linked, request, talk, text_of

RELEASE = talk(
    "Dana: Morning all!",
    "Dana: I would like to settle today when the next version of the app ships.",
    "Ben: Haha, that is what you said last week.",
    "Ana: The login bug is the only blocker, everything else passed the tests.",
    "Ben: lol",
    "Dana: Decision: we ship version 2.0 on Friday without dark mode.",
    "Ben: Sounds good to me!",
    "Ana: I will fix the login bug by Thursday noon.",
    "Ben: The build server was down for an hour because its disk was full.",
    "Dana: Thanks a lot, that was quick.",
    "Ben: My cat just walked over the keyboard, sorry about that.",
    "Ana: Lunch was great today, wasn't it?",
)


AS_IT_IS = Interpreter(None, None, None)


def reader(length: Length = Length.MEDIUM) -> Reader:
    return Reader.of(request(), Profile(), length)


async def summary(
    messages: Sequence[Message], meaning: Embeddings, length: Length = Length.MEDIUM
) -> tuple[str, list[str]]:
    text = text_of(await every(conversation_points(Conversation(tuple(messages)), reader(length), meaning, AS_IT_IS)))
    return text, re.findall(r"^- .*$", text, re.MULTILINE)


async def test_the_decision_the_task_and_the_trouble_are_what_is_left(meaning: Embeddings) -> None:
    text, _ = await summary(RELEASE, meaning)

    assert "we ship version 2.0 on Friday" in text
    assert "fix the login bug by Thursday" in text
    assert "cat" not in text
    assert "Lunch" not in text


async def test_each_point_says_who_when_and_where(meaning: Embeddings) -> None:
    _, lines = await summary(linked(RELEASE), meaning)

    assert (
        "- **Dana** [10:10](https://chat.test/m5) — Decision: we ship version 2.0 on Friday without dark mode." in lines
    )


async def test_points_come_in_the_order_they_were_said(meaning: Embeddings) -> None:
    _, lines = await summary(RELEASE, meaning, Length.LONG)

    times = re.findall(r"\d\d:\d\d", "\n".join(lines))
    assert times
    assert sorted(times) == times


async def test_the_header_counts_and_the_footer_is_honest(meaning: Embeddings) -> None:
    text, _ = await summary(RELEASE, meaning)

    assert text.startswith("12 messages by 3 people, since Tue 10:00 — the main points (times in UTC):")
    assert "no language model is installed; `/models` shows how to add one" in text


async def test_a_conversation_over_days_names_the_day_at_each_point(meaning: Embeddings) -> None:
    messages = [*talk(*[f"{m.author_name}: {m.text}" for m in RELEASE], ago=60 * 24 * 2), *RELEASE]

    _, lines = await summary(messages, meaning, Length.LONG)

    assert {"Sun", "Tue"} == set(re.findall(r"\*\* (\w{3}) \d", "\n".join(lines)))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(RELEASE), max_size=12), st.sampled_from(Length))
async def test_never_more_than_a_third_or_the_length_asked_for(
    meaning: Embeddings, messages: list[Message], length: Length
) -> None:
    _, lines = await summary(messages or RELEASE[:1], meaning, length)

    assert len(lines) <= max(1, min(POINTS[length], len(messages or [0]) // 3))


async def test_only_small_talk_is_said_to_be_so(meaning: Embeddings) -> None:
    text, lines = await summary(talk("Dana: Hi!", "Ben: lol 😂", "Ben: https://example.org"), meaning)

    assert text == "3 messages by 2 people, since Tue 10:00: only greetings and short remarks, nothing to summarize."
    assert lines == []


async def test_markdown_in_a_name_stays_a_name(meaning: Embeddings) -> None:
    _, lines = await summary(talk("*x*[y](z): The release ships on Friday without the dark mode."), meaning)

    assert lines[0].startswith(r"- **\*x\*\[y\](z)** ")


async def test_a_text_is_shortened_to_its_paragraphs(meaning: Embeddings) -> None:
    text = (
        "The new greenhouse controller measures moisture in every bed.\nIt waters at night, when little evaporates.\n\n"
        "We decided to sell it from May on. My aunt likes blue. The price will be forty euros.\n\n"
        "Batteries last for two years. The manual is in German and English."
    )

    answer = text_of(await every(document_points(document("plan.txt", text), reader(Length.SHORT), meaning, AS_IT_IS)))

    quotes = answer.split("\n\n")[1:-1]
    assert answer.startswith("plan.txt (7 sentences) — the main points:")
    assert 1 <= len(quotes) <= 2
    assert all(part in " ".join(text.split()) for quote in quotes for part in quote.split(" … "))


async def test_a_short_text_needs_no_summary(meaning: Embeddings) -> None:
    with pytest.raises(UserError, match="nothing to leave out"):
        await every(
            document_points(document("the text", "We ship on Friday then. All is done."), reader(), meaning, AS_IT_IS)
        )


async def test_data_without_prose_says_what_it_needs(meaning: Embeddings) -> None:
    with pytest.raises(UserError, match=r"hardly any prose in a\.csv"):
        await every(document_points(Document("a.csv", "1,2\n3,4", ""), reader(), meaning, AS_IT_IS))


async def test_a_long_text_is_ranked_in_blocks_and_reports_progress(
    meaning: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "BLOCK", 12)
    monkeypatch.setattr(points, "BATCH", 8)
    lines = [f"Shelf number {number} in the store room holds paint and brushes." for number in range(30)]
    lines[17] = "It was decided that the whole store closes for good next Friday."

    items = await every(
        document_points(document("the text", "\n\n".join(lines)), reader(Length.SHORT), meaning, AS_IT_IS)
    )

    progress = [item for item in items if isinstance(item, Progress)]
    assert Progress(0, "reading 30 sentences") == progress[0]
    assert len(progress) > 3
    assert lines[17] in text_of(items)
    assert text_of(items).startswith("The text (30 sentences)")


async def test_sentences_of_one_message_share_a_line(meaning: Embeddings) -> None:
    message = "Ana: The login bug is fixed in the build of today. We ship the new version on Friday evening."
    filler = [f"Ben: Shelf number {number} in the store room holds paint and brushes." for number in range(8)]

    _, lines = await summary(talk(*filler, message), meaning, Length.LONG)

    assert len(lines) == len({line.split(" — ")[0] for line in lines})
