from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.sample import load_sample
from bot.request import ChannelKind

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)


def test_it_is_a_conversation_of_a_team_over_some_days() -> None:
    sample = load_sample(NOON, UTC)

    assert {"local:dana", "local:ana", "local:ben", "local:mateo"} <= sample.people.keys()
    assert sample.people["local:dana"].is_admin
    assert not sample.people["local:ana"].is_admin
    assert len(sample.messages["general"]) >= 45
    assert all(len(sample.messages[name]) >= 10 for name in ("design", "support", "random"))
    assert timedelta(days=1) < NOON - sample.messages["general"][0].sent < timedelta(days=3)


def test_every_id_author_and_reply_can_be_found() -> None:
    sample = load_sample(NOON, UTC)

    for channel, messages in sample.messages.items():
        ids = [message.id for message in messages]
        assert len(set(ids)) == len(ids)
        assert all(message.channel == channel and message.author in sample.people for message in messages)
        assert all(message.reply_to in ids for message in messages if message.reply_to)
        assert list(messages) == sorted(messages, key=lambda message: message.sent)
    assert any(message.reply_to for message in sample.messages["general"])


def test_a_thread_hangs_on_the_message_that_opened_it() -> None:
    sample = load_sample(NOON, UTC)

    roots = {message.id for message in sample.messages["general"]}
    threads = [channel for channel in sample.channels.values() if channel.kind is ChannelKind.THREAD]
    assert sample.threads.keys() <= roots
    assert set(sample.threads.values()) == {thread.id for thread in threads}
    assert all(thread.parent == "general" and len(sample.messages[thread.id]) >= 5 for thread in threads)


def test_days_in_the_text_follow_the_calendar() -> None:
    decision = next(m for m in load_sample(NOON, UTC).messages["general"] if "**Decision:**" in m.text)

    assert "0.9 ships on Saturday 14 March" in decision.text


def test_the_same_wall_clock_holds_in_every_zone() -> None:
    tokyo = timezone(timedelta(hours=9))

    first = load_sample(NOON, tokyo).messages["general"][0].sent

    assert (first.astimezone(tokyo).hour, first.astimezone(tokyo).minute) == (9, 2)


def test_without_a_zone_it_is_this_machines_wall_clock() -> None:
    first = load_sample(NOON).messages["general"][0].sent

    assert (first.astimezone().hour, first.astimezone().minute) == (9, 2)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - made aware below
    st.integers(-11, 13),
)
def test_nothing_was_said_in_the_future_nor_long_ago(moment: datetime, offset: int) -> None:
    now = moment.replace(tzinfo=UTC)

    sent = [
        message.sent
        for messages in load_sample(now, timezone(timedelta(hours=offset))).messages.values()
        for message in messages
    ]

    assert max(sent) <= now
    assert min(sent) >= now - timedelta(days=4)
