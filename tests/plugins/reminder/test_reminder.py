"""Reminders: made, listed, removed, told to the person they are for, put off and done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.body import Body, State
from bot.request import Channel, ChannelKind, Person
from bot.testing import SERVER, Testbed

# The clock of the tests shows Monday, 2 March 2026, 9:30 UTC.
DM = Channel("dm-ana", None, ChannelKind.DM, "Ana")


async def told(atelier: Testbed, after: timedelta, channel: str = "general") -> list[Body]:
    """What is posted by reminders so much later."""
    before = set(atelier.shown.get(channel, {}))
    atelier.clock.advance(after)
    await atelier.app.reminding.run_due(atelier.clock())
    return [body for id_, body in atelier.shown.get(channel, {}).items() if id_ not in before]


def line(body: Body, label: str) -> str:
    """What a button sends."""
    return next(button.line for button in body.buttons if button.label == label)


async def test_a_reminder_mentions_the_person_once_when_it_is_due(atelier: Testbed) -> None:
    made = await atelier.say("/reminder add when:in 20 minutes what:take the bread out")
    assert "I will remind you today at 09:50 (UTC): take the bread out" == made.text
    assert [] == await told(atelier, timedelta(minutes=19))
    [body] = await told(atelier, timedelta(minutes=1))
    assert ("⏰ take the bread out", atelier.ana.id, State.DONE) == (body.text, body.mention, body.state)
    assert [] == await told(atelier, timedelta(minutes=1))


async def test_one_sentence_says_all(atelier: Testbed) -> None:
    await atelier.say("/profile set name:zone value:Berlin")
    made = await atelier.say("/reminder add remind me every weekday at 8:30 to stand up")
    assert "I will remind you tomorrow at 08:30 (Europe/Berlin), every weekday: stand up" == made.text
    [body] = await told(atelier, timedelta(days=1))
    assert body.text.startswith("⏰ stand up")
    assert "Late: it was due today at 08:30" in body.text
    listed = await atelier.say("/reminder list")
    assert "1. tomorrow at 08:30 (Europe/Berlin), every weekday: stand up (in #general)" == listed.text


async def test_in_a_direct_message_nobody_need_be_mentioned(atelier: Testbed) -> None:
    await atelier.say("/reminder add in 5 minutes look up", channel=DM)
    [body] = await told(atelier, timedelta(minutes=5), DM.id)
    assert body.mention is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("water", "When? I find no time in “water”; try “in 20 minutes”"),
        ("when:some day what:call Ana", "When? I find no time in “some day”"),
        ("tomorrow", "What shall I remind you of?"),
        ("remind me every 2 hours to drink", "every day, every weekday or every week"),
        ("today at 8 get up", "Today at 08:00 (UTC) is over already"),
        ("", "when"),
    ],
)
async def test_what_is_missing_is_said_in_one_line(atelier: Testbed, given: str, problem: str) -> None:
    body = await atelier.say(f"/reminder add {given}")
    assert State.FAILED is body.state
    assert problem in body.text
    assert "\n" not in body.text


async def test_where_atelier_is_no_member_it_promises_nothing(atelier: Testbed) -> None:
    elsewhere = Channel("far", None, ChannelKind.CHANNEL, "far")
    assert "I can only answer here" in (await atelier.say("/reminder add in 5 minutes x", channel=elsewhere)).text


async def test_removing_can_be_undone(atelier: Testbed) -> None:
    made = await atelier.say("/reminder add when:tomorrow what:call Ana")
    removed = await atelier.say(line(made, "Undo"))
    assert "Removed: call Ana (tomorrow at 09:00 (UTC))" == removed.text
    assert "You have no reminders" in (await atelier.say("/reminder list")).text
    assert "call Ana" in (await atelier.say(line(removed, "Undo"))).text
    assert "1. tomorrow" in (await atelier.say("/reminder list")).text
    assert State.FAILED is (await atelier.say(line(removed, "Undo"))).state


async def test_what_one_of_another_channel_says_is_told_to_nobody_here(atelier: Testbed) -> None:
    hidden = Channel("board", SERVER, ChannelKind.CHANNEL, "board")
    await atelier.say("/reminder add in 2 hours dismiss Ben", channel=hidden)
    await atelier.say("/reminder add in 3 hours call Ben")
    several = await atelier.say("/reminder remove ben")
    removed = await atelier.say("/reminder remove 1")
    back = await atelier.say(line(removed, "Undo"))
    assert "call Ben" in several.text
    assert "Removed: one of another channel (today at 11:30 (UTC))" == removed.text
    assert not any("dismiss" in body.text for body in (several, removed, back))
    assert "dismiss Ben" in (await atelier.say("/reminder list")).text


async def test_one_is_chosen_by_number_or_by_its_words(atelier: Testbed) -> None:
    assert "no reminders here" in (await atelier.say("/reminder remove 1")).text
    for number, what in enumerate(("call Ana", "call Ben", "buy milk"), 1):
        await atelier.say(f"/reminder add when:in {number} hours what:{what}")
    assert "Several of your reminders" in (await atelier.say("/reminder remove call")).text
    assert "None of your reminders says “tea”" in (await atelier.say("/reminder remove tea")).text
    assert "Removed: buy milk" in (await atelier.say("/reminder remove MILK")).text
    assert "Removed: call Ben" in (await atelier.say("/reminder remove 2")).text


async def test_a_reminder_can_be_put_off_and_be_done(atelier: Testbed) -> None:
    await atelier.say("/reminder add in 5 minutes stretch")
    [body] = await told(atelier, timedelta(minutes=5))
    stranger = Person("test:eve", "Eve")
    assert "another person's" in (await atelier.say(line(body, "In 10 minutes"), person=stranger)).text
    assert "another person's" in (await atelier.say(line(body, "Done"), person=stranger)).text
    assert "I will remind you again today at 09:45" in (await atelier.say(line(body, "In 10 minutes"))).text
    [again] = await told(atelier, timedelta(minutes=10))
    assert "⏰ stretch" == again.text
    await atelier.say(line(again, "In an hour"))
    assert "I will not remind you of it again" in (await atelier.say(line(again, "Done"))).text
    assert [] == await told(atelier, timedelta(hours=2))
    assert (
        "is no time to come" in (await atelier.say(line(again, "In an hour").replace("in 1 hour", "now and then"))).text
    )


async def test_one_that_repeats_goes_on_when_it_is_done(atelier: Testbed) -> None:
    await atelier.say("/reminder add when:at 10:00 what:stand up repeat:daily")
    [body] = await told(atelier, timedelta(minutes=30))
    assert "it comes again tomorrow at 10:00" in (await atelier.say(line(body, "Done"))).text
    assert 1 == len(await told(atelier, timedelta(days=1)))


async def test_weekdays_do_not_begin_on_a_saturday(atelier: Testbed) -> None:
    made = await atelier.say("/reminder add when:Saturday at 10:00 what:stand up repeat:weekdays")
    assert "Mon 9 March at 10:00" in made.text


async def test_another_persons_reminders_are_not_listed(atelier: Testbed) -> None:
    await atelier.say("/reminder add in 5 minutes my secret")
    assert "You have no reminders" in (await atelier.say("/reminder list", person=atelier.admin)).text


async def test_who_erases_everything_is_reminded_of_nothing(atelier: Testbed) -> None:
    await atelier.say("/reminder add in 5 minutes my secret")
    exported = await atelier.say("/profile export")
    assert b"my secret" in exported.files[0].data
    await atelier.say("/profile erase", choices=["Erase everything"])
    assert [] == await told(atelier, timedelta(minutes=6))


async def test_where_reminders_are_switched_off_nothing_is_said(atelier: Testbed) -> None:
    await atelier.say("/reminder add in 5 minutes stretch")
    await atelier.say("/settings plugin name:reminder on:no", person=atelier.admin)
    assert [] == await told(atelier, timedelta(minutes=6))


async def test_a_day_in_another_year_says_so(atelier: Testbed) -> None:
    atelier.clock.now = datetime(2026, 12, 20, 9, tzinfo=UTC)
    assert "Sun 3 January 2027" in (await atelier.say("/reminder add when:2027-01-03 10:00 what:x")).text


async def test_after_a_crash_it_is_shown_where_it_was_posted(atelier: Testbed, monkeypatch: pytest.MonkeyPatch) -> None:
    await atelier.say("/reminder add in 5 minutes stretch")
    with monkeypatch.context() as patch:
        # The process dies after it was posted.
        patch.setattr(atelier.app.store.reminders, "finish", broken)
        [body] = await told(atelier, timedelta(minutes=5))
    assert [] == await told(atelier, timedelta(minutes=1))
    assert [] == await told(atelier, timedelta(minutes=15))
    assert 1 == [shown.text.startswith("⏰") for shown in atelier.shown["general"].values()].count(True)
    assert "You have no reminders" in (await atelier.say("/reminder list")).text
    assert "again" in (await atelier.say(line(body, "In 10 minutes"))).text


async def broken(*args: object) -> None:
    raise RuntimeError("gone")
