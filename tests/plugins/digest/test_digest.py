"""Digests: switched on and off, posted when due, once, and by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.platform import Body, State
from bot.request import Channel, ChannelKind, Person
from bot.testing import SERVER, Testbed
from tests.plugins.conversation import Scripted

# The clock of the tests shows Monday, 2 March 2026, 9:30 UTC.
TUESDAY_NINE = datetime(2026, 3, 3, 9, tzinfo=UTC)
DM = Channel("dm-ana", None, ChannelKind.DM, "Ana")
TALK = (
    "We decided to ship the release on Thursday after the tests pass.",
    "The login page still breaks on small screens, so Dana fixes the layout first.",
    "Marketing wants the announcement ready before the release goes out.",
    "Lunch on Friday is moved to the new Italian place near the office.",
    "The database migration took four hours, which is too long for a release night.",
    "Omar writes the release notes and sends them round tomorrow morning.",
)


async def order(atelier: Testbed, line: str, channel: str | Channel = "general") -> Body:
    return await atelier.say(f"/digest {line}", person=atelier.admin, channel=channel)


async def talk(atelier: Testbed) -> None:
    for number, text in enumerate(TALK):
        person = Person(f"test:{number % 3}", ("Dana", "Omar", "Kim")[number % 3])
        await atelier.post("general", person, text, sent=atelier.clock() + timedelta(minutes=number))


async def due(atelier: Testbed, now: datetime) -> list[str]:
    """What is posted when the clock shows `now`."""
    before = len(atelier.shown.get("general", {}))
    atelier.clock.now = now
    await atelier.app.jobs.run_due(now)
    return [body.text for body in list(atelier.shown.get("general", {}).values())[before:]]


async def test_switching_on_says_when_the_next_one_comes(atelier: Testbed) -> None:
    body = await order(atelier, "on")
    assert body.text == (
        "A digest of #general comes Mon–Fri at 09:00 (UTC). The next one comes tomorrow at 09:00 (UTC)."
    )


async def test_the_profiles_time_is_that_of_a_digest_without_one(atelier: Testbed) -> None:
    await atelier.say("/profile set name:digest value:5:30pm", person=atelier.admin)
    assert "comes Mon–Fri at 17:30 (UTC)" in (await order(atelier, "on")).text
    assert "comes Mon–Fri at 12:00 (UTC)" in (await order(atelier, "on at:12:00")).text


async def test_the_next_one_is_told_in_the_persons_zone(atelier: Testbed) -> None:
    await atelier.say("/profile set zone Europe/Berlin", person=atelier.admin)
    body = await order(atelier, "on at:12:00 days:daily")
    assert "comes daily at 12:00 (Europe/Berlin). The next one comes today at 12:00 (Europe/Berlin)." in body.text
    body = await order(atelier, "on at:8pm days:daily zone:new york")
    assert "at 20:00 (America/New_York). The next one comes tomorrow at 02:00 (Europe/Berlin)." in body.text
    assert body.text.endswith("It replaces the one that came daily at 12:00 (Europe/Berlin).")


@pytest.mark.parametrize(
    ("days", "when"),
    [("thu", "Thursday at 09:00"), ("sun", "Sunday at 09:00"), ("mon", "Mon 9 March at 09:00")],
)
async def test_a_day_is_told_as_people_say_it(atelier: Testbed, days: str, when: str) -> None:
    assert f"The next one comes {when} (UTC)." in (await order(atelier, f"on days:{days}")).text


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("on days:someday", "“someday” names no days"),
        ("on zone:Berln", "Did you mean Europe/Berlin?"),
        ("on at:25:99", "`at`"),
        ("off", "No digest is switched on for #general"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_to_do(atelier: Testbed, line: str, answer: str) -> None:
    body = await order(atelier, line)
    assert body.state is State.FAILED
    assert answer in body.text
    assert (await order(atelier, "list")).text.startswith("No digest is switched on")


async def test_only_admins_switch_it_in_a_server(atelier: Testbed) -> None:
    for line in ("/digest on", "/digest off"):
        assert "for admins" in (await atelier.say(line)).text


async def test_in_a_direct_message_the_person_decides(atelier: Testbed) -> None:
    assert (await atelier.say("/digest on", channel=DM)).text.startswith("A digest of this conversation comes")
    assert "- This conversation: Mon–Fri at 09:00 (UTC)" in (await atelier.say("/digest list", channel=DM)).text
    assert (await atelier.say("/digest off", channel=DM)).text == "No more digests of this conversation will come."


async def test_a_thread_has_no_digest(atelier: Testbed) -> None:
    thread = Channel("thread-1", SERVER, ChannelKind.THREAD, "Release", parent="general")
    assert "a whole channel" in (await order(atelier, "on", thread)).text


async def test_admins_see_the_servers_digests_and_others_their_channels(atelier: Testbed) -> None:
    await order(atelier, "on")
    await order(atelier, "on days:sat,sun at:18:30", "board-room")
    assert (await order(atelier, "list")).text.splitlines() == [
        "- #board-room: Sat, Sun at 18:30 (UTC), next Saturday at 18:30 (UTC)",
        "- #general: Mon–Fri at 09:00 (UTC), next tomorrow at 09:00 (UTC)",
    ]
    assert "board-room" not in (await atelier.say("/digest list")).text
    assert "#general" in (await atelier.say("/digest list")).text


async def test_now_summarizes_the_last_day_in_one_answer(atelier: Testbed) -> None:
    await atelier.post("general", atelier.ana, "An old story about a bear.", sent=atelier.clock() - timedelta(days=2))
    await talk(atelier)
    atelier.clock.advance(timedelta(hours=1))
    body = await atelier.say("/digest now")
    assert body.state is State.DONE
    assert "release" in body.text
    assert "bear" not in body.text
    assert len(atelier.shown["general"]) == 1


async def test_a_digest_is_posted_when_due_and_once(atelier: Testbed) -> None:
    await order(atelier, "on")
    await talk(atelier)
    assert await due(atelier, TUESDAY_NINE - timedelta(seconds=1)) == []
    [text] = await due(atelier, TUESDAY_NINE)
    assert text.startswith("**Digest of #general**\n\n")
    assert "release" in text
    assert await due(atelier, TUESDAY_NINE + timedelta(minutes=1)) == []


async def test_everyone_in_the_channel_sees_it(atelier: Testbed) -> None:
    await order(atelier, "on")
    atelier.platform.addresses.clear()
    await due(atelier, TUESDAY_NINE)
    assert [address.private_to for address in atelier.platform.addresses.values()] == [None]


async def test_a_digest_is_for_everyone_and_not_as_its_subscriber_likes_it(atelier: Testbed) -> None:
    for line in ("name:tone value:playful", "name:zone value:Asia/Tokyo", "name:language value:Spanish"):
        await atelier.say(f"/profile set {line}", person=atelier.admin)
    await order(atelier, "on zone:Europe/Berlin at:10:00")
    await talk(atelier)
    [text] = await due(atelier, TUESDAY_NINE + timedelta(hours=2))
    assert "late: it was due today at 10:00 (Europe/Berlin)" in text
    assert "Tue 10:00 — the main points (times in Europe/Berlin):" in text
    assert "Tokyo" not in text
    assert "test:admin" not in text


async def test_a_digest_by_a_language_model_names_nobody_as_its_reader(atelier: Testbed) -> None:
    model = Scripted("- The release ships on Thursday.")
    atelier.use_chat(model)
    await atelier.say("/profile set name:language value:Spanish", person=atelier.admin)
    await order(atelier, "on")
    await talk(atelier)
    await due(atelier, TUESDAY_NINE)
    assert "Write this one in the language of the material. Write plainly" in model.prompt
    assert "admin" not in model.prompt


async def test_a_digest_that_was_missed_comes_late_and_says_so(atelier: Testbed) -> None:
    await order(atelier, "on")
    await talk(atelier)
    [text] = await due(atelier, TUESDAY_NINE + timedelta(hours=5))
    assert text.startswith("**Digest of #general** — late: it was due today at 09:00 (UTC)")
    assert "release" in text


async def test_a_digest_that_is_days_late_names_the_day(atelier: Testbed) -> None:
    await order(atelier, "on days:tue")
    [text] = await due(atelier, TUESDAY_NINE + timedelta(days=1, hours=1))
    assert "it was due yesterday at 09:00 (UTC)" in text
    [text] = await due(atelier, TUESDAY_NINE + timedelta(days=10))
    assert "it was due Tue 10 March at 09:00 (UTC)" in text


async def test_after_switching_off_none_comes(atelier: Testbed) -> None:
    await order(atelier, "on")
    assert (await order(atelier, "off")).text == "No more digests of #general will come."
    assert await due(atelier, TUESDAY_NINE) == []


async def test_the_digest_of_an_erased_person_is_gone(atelier: Testbed) -> None:
    await order(atelier, "on")
    await atelier.say("/profile erase", person=atelier.admin, choices=("Erase everything",))
    assert await due(atelier, TUESDAY_NINE) == []


async def test_where_nobody_invited_atelier_it_posts_nothing_by_itself(atelier: Testbed) -> None:
    elsewhere = Channel("away", None, ChannelKind.CHANNEL, "away")
    said = (await atelier.say("/digest on", person=atelier.admin, channel=elsewhere)).text
    assert "somebody has to invite me to this server first" in said
