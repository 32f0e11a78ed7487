from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot import Message
from plugins.summarize.grouping import group

Floats: TypeAlias = NDArray[np.float32]

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OVEN, TENT, CAKE, NOTHING = "oven", "tent", "cake", "nothing"


def said(
    id_: int | str,
    minutes: float,
    *,
    by: str = "ana",
    thread: str | None = None,
    reply_to: str | None = None,
    channel: str = "general",
) -> Message:
    sent = NINE + timedelta(minutes=minutes)
    return Message(str(id_), channel, by, by, "…", sent, thread, reply_to)


def about(*topics: str) -> list[Floats]:
    """A sentence each; about the same, they are alike but not the same."""
    chance = np.random.default_rng(4)
    found = []
    for topic in topics:
        row = chance.normal(0, 0.15, (int(topic != NOTHING), 16)).astype(np.float32)
        row[:, [OVEN, TENT, CAKE, NOTHING].index(topic)] += 1
        found.append(row / np.linalg.norm(row, axis=1, keepdims=True))
    return found


def test_there_are_no_topics_where_nothing_is_said() -> None:
    assert [] == group([], [])
    assert [] == group([said(1, 0), said(2, 1)], about(NOTHING, NOTHING))


def test_one_message_is_one_topic() -> None:
    assert [[0]] == group([said(1, 0)], about(OVEN))


def test_two_conversations_at_once_are_two_topics() -> None:
    people = ["ana", "ben", "eve", "dan"] * 3
    messages = [said(number, number * 2, by=by) for number, by in enumerate(people)]

    assert [[0, 2, 4, 6, 8, 10], [1, 3, 5, 7, 9, 11]] == group(messages, about(*[OVEN, TENT] * 6))


def test_the_next_conversation_is_another_topic() -> None:
    messages = [said(number, number + 120 * (number > 3), by=f"p{number}") for number in range(8)]

    assert [[0, 1, 2, 3], [4, 5, 6, 7]] == group(messages, about(*[OVEN] * 4, *[TENT] * 4))


def test_a_topic_that_comes_back_the_next_day_is_the_same() -> None:
    messages = [said(1, 0), said(2, 3, by="ben"), said(3, 1440, by="eve")]

    assert [[0, 1, 2]] == group(messages, about(OVEN, OVEN, OVEN))


def test_a_reply_belongs_to_what_it_answers_whatever_it_says() -> None:
    messages = [said(1, 0), said(2, 90, by="ben"), said(3, 91, by="eve", reply_to="1")]

    assert [[0, 2], [1]] == group(messages, about(OVEN, TENT, CAKE))


def test_an_answer_to_what_was_not_read_stands_for_itself() -> None:
    assert [[0], [1]] == group([said(1, 0), said(2, 300, by="ben", reply_to="gone")], about(OVEN, TENT))


@pytest.mark.parametrize(
    ("opening", "thread", "channel"), [("7", "7", "7"), ("7", "general:7", "general")], ids=["channel", "mark"]
)
def test_a_thread_is_one_topic_with_the_message_that_opened_it(opening: str, thread: str, channel: str) -> None:
    messages = [
        said(opening, 0),
        said(8, 1, by="ben"),
        said(9, 600, by="eve", thread=thread, channel=channel),
        said(10, 700, by="dan", thread=thread, channel=channel),
    ]

    assert [[0, 2, 3], [1]] == group(messages, about(OVEN, TENT, CAKE, CAKE))


def test_a_thread_by_itself_may_have_several_topics() -> None:
    messages = [said(number, number + 300 * (number > 3), by=f"p{number}", thread="t") for number in range(8)]

    assert 2 == len(group(messages, about(*[OVEN] * 4, *[TENT] * 4)))


def test_what_somebody_says_in_one_go_is_one_topic() -> None:
    assert [[0, 1]] == group([said(1, 0), said(2, 1)], about(OVEN, TENT))


def test_what_says_nothing_goes_with_what_was_said_next_to_it() -> None:
    messages = [said(number, minutes, by=f"p{number}") for number, minutes in enumerate([0, 1, 500, 540, 541])]

    assert [[0, 1], [2, 3, 4]] == group(messages, about(OVEN, NOTHING, NOTHING, TENT, NOTHING))


def test_a_silent_thread_goes_with_what_was_said_in_the_channel() -> None:
    messages = [said(1, 0), said(2, 1, by="ben", thread="t"), said(3, 2, by="eve", thread="t")]

    assert [[0, 1, 2]] == group(messages, about(OVEN, NOTHING, NOTHING))


def test_a_lone_remark_goes_with_what_went_before_and_not_with_what_came_much_earlier() -> None:
    messages = [said(number, number, by=f"p{number}") for number in range(4)]

    assert [[0, 1, 2, 3], [4]] == group([*messages, said(4, 600, by="p4")], about(OVEN, OVEN, TENT, OVEN, CAKE))


CHATS = st.lists(
    st.tuples(
        st.integers(0, 3),  # minutes since the last
        st.sampled_from(["ana", "ben"]),
        st.sampled_from([OVEN, TENT, CAKE, NOTHING]),
        st.sampled_from([None, "a", "b"]),
        st.integers(-3, 30),
    ),
    max_size=30,
)


@given(CHATS, st.randoms(use_true_random=False))
def test_every_message_is_in_one_topic_with_its_thread_in_whatever_order_they_come(
    chat: list[tuple[int, str, str, str | None, int]], chance: random.Random
) -> None:
    minutes = 0.0
    messages: list[Message] = []
    for number, (wait, by, _, thread, answered) in enumerate(chat):
        minutes += wait**4
        reply = str(answered) if 0 <= answered < number else None
        messages.append(said(number, minutes, by=by, thread=thread, reply_to=reply))
    vectors = about(*(topic for _, _, topic, _, _ in chat))

    found = group(messages, vectors)

    assert (sorted(range(len(messages))) if any(map(len, vectors)) else []) == sorted(
        place for topic in found for place in topic
    )
    assert sorted(found, key=lambda topic: topic[0]) == found
    assert all(sorted(topic, key=lambda place: (messages[place].sent, messages[place].id)) == topic for topic in found)
    of = {place: number for number, topic in enumerate(found) for place in topic}
    if found:
        assert all(of[int(one.reply_to)] == of[int(one.id)] for one in messages if one.reply_to)
        if len({message.thread for message in messages}) > 1:
            assert all(
                1 == len({of[int(one.id)] for one in messages if one.thread == thread} or {0}) for thread in ("a", "b")
            )
    order = list(range(len(messages)))
    chance.shuffle(order)
    again = group([messages[place] for place in order], [vectors[place] for place in order])
    assert found == [[order[place] for place in topic] for topic in again]
