"""Digests: switched on and off, posted when due, once, and by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.body import Body, State
from bot.errors import UserError
from bot.platform import Address, MessageRef
from bot.platforms.memory import SERVER
from bot.profile import Length
from bot.request import Channel, ChannelKind, Person
from bot.schedule import Window
from bot.testing import Testbed
from tests.plugins.telling import Telling

# The clock of the tests shows Monday, 2 March 2026, 9:30 UTC.
TUESDAY_NINE = datetime(2026, 3, 3, 9, tzinfo=UTC)
MONDAY_NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
DM = Channel("dm-test:ana", None, ChannelKind.DM, "Ana")


async def order(atelier: Testbed, line: str, channel: str | Channel = "general") -> Body:
    return await atelier.say(f"/digest {line}", person=atelier.admin, channel=channel)


async def own(atelier: Testbed, line: str, channel: str | Channel = "general", *choices: str) -> Body:
    """What Ana says, who is no admin."""
    return await atelier.say(f"/digest {line}", channel=channel, choices=choices)


async def talk(atelier: Testbed, channel: str = "general", text: str = "The release ships on Thursday.") -> None:
    await atelier.post(channel, Person("test:dana", "Dana"), text)


async def due(atelier: Testbed, now: datetime, channel: str = "general") -> list[str]:
    """What is posted when the clock shows `now`."""
    before = len(atelier.shown.get(channel, {}))
    atelier.clock.now = now
    await atelier.app.digesting.run_due(now)
    return [body.text for body in list(atelier.shown.get(channel, {}).values())[before:]]


async def test_switching_on_says_when_the_next_one_comes(atelier: Testbed) -> None:
    body = await order(atelier, "on")
    assert body.text == (
        "A digest of #general comes Mon–Fri at 09:00 (UTC). The next one comes tomorrow at 09:00 (UTC)."
    )


async def test_times_are_said_in_plain_words(atelier: Testbed) -> None:
    assert "comes Mon–Fri at 08:30 (UTC)" in (await order(atelier, "on every weekday at half past eight")).text
    assert "comes Fri at 16:00 (UTC)" in (await order(atelier, "on weekly on friday at 4pm")).text
    assert "comes Fri at 12:00 (UTC)" in (await order(atelier, "on at:12:00 days:fri")).text
    body = await order(atelier, "on when the cows come home")
    assert "is no time I understand; write `every weekday at 8:30`" in body.text


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
        ("on to:channel", "`to_channel` is missing"),
        ("on channels:#nowhere", "I know no channel “#nowhere” here"),
        ("off", "No digest is switched on for #general"),
        ("pause", "No digest is switched on for #general"),
        ("resume", "No digest is switched on for #general"),
        ("preview", "No digest is switched on for #general"),
        ("restore id:unknown", "There is no such digest here"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_to_do(atelier: Testbed, line: str, answer: str) -> None:
    body = await order(atelier, line)
    assert body.state is State.FAILED
    assert answer in body.text
    assert (await order(atelier, "list")).text.startswith("No digest is switched on")


async def test_only_admins_switch_one_on_for_a_channel(atelier: Testbed) -> None:
    assert "Digests in channels are for admins of this server; `to:dm`" in (await own(atelier, "on")).text
    await order(atelier, "on")
    for line in ("off", "pause"):
        assert "for admins" in (await own(atelier, line)).text
    assert "paused" not in (await own(atelier, "list")).text


async def test_a_person_has_a_digest_of_several_channels_sent_to_them_alone(atelier: Testbed, telling: Telling) -> None:
    for channel in ("general", "news"):
        await talk(atelier, channel, f"Something in {channel}.")
    atelier.platform.addresses.clear()
    body = await own(atelier, "on channels:#news, #general at:9:00 days:daily length:short")
    assert body.text.startswith("A digest of #news and #general comes to you daily at 09:00 (UTC).")
    assert ["test:ana"] == [address.private_to for address in atelier.platform.addresses.values()]
    [text] = await due(atelier, TUESDAY_NINE, DM.id)
    assert text == "**Your digest of #news and #general**\nSomething in news.\nSomething in general."
    assert (telling.asked[0].personal, telling.asked[0].length) == (True, "short")


async def test_all_names_every_channel_that_the_person_may_read(atelier: Testbed) -> None:
    for channel in ("general", "news", "board"):
        await talk(atelier, channel)
    atelier.platform.members["board"] = {"test:admin"}
    assert "A digest of #general and #news comes to you" in (await own(atelier, "on channels:all")).text
    body = await own(atelier, "on channels:#board")
    assert "I know no channel “#board” here" in body.text


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("channels:#news every Friday at 4pm", "A digest of #news comes to you Fri at 16:00"),
        ("channels:#news, #general and #daily every Monday", "A digest of #news, #general and #daily comes to you Mon"),
        ("channels:#news daily", "A digest of #news and #daily comes to you Mon–Fri"),
        ("every Monday channels:#news", "A digest of #news comes to you Mon"),
        ("channel:#news every Friday to:dm", "A digest of #news comes to you Fri"),
        ("channels:#news someday", "“someday” is no time I understand"),
        ("channels:#attic every Friday", "I know no channel “#attic”"),
    ],
)
async def test_when_it_comes_may_be_said_after_the_channels(atelier: Testbed, line: str, answer: str) -> None:
    for channel in ("general", "news", "daily"):
        await talk(atelier, channel)
    assert answer in (await own(atelier, f"on {line}")).text


async def test_channels_that_are_called_alike_are_told_apart_by_their_ids(atelier: Testbed) -> None:
    for number, server in enumerate((SERVER, "test:other")):
        atelier.platform.places[f"c{number}"] = Channel(f"c{number}", server, ChannelKind.CHANNEL, "team")
    assert "several channels are called “#team”" in (await own(atelier, "on channels:#team", DM)).text
    assert "A digest of #team comes to you" in (await own(atelier, "on channels:<#c1|team>", DM)).text


async def test_a_digest_is_of_so_many_channels_at_most(atelier: Testbed) -> None:
    for number in range(51):
        await talk(atelier, f"room-{number}")
    assert "a digest is of at most 50" in (await own(atelier, "on channels:all")).text


async def test_in_a_direct_message_the_person_decides(atelier: Testbed) -> None:
    assert (await own(atelier, "on", DM)).text.startswith("A digest of this conversation comes Mon")
    assert "1. This conversation: Mon–Fri at 09:00 (UTC)" in (await own(atelier, "list", DM)).text
    body = await own(atelier, "off", DM)
    assert body.text == "The digest of this conversation comes no more."
    assert [button.label for button in body.buttons] == ["Undo"]
    body = await own(atelier, "on to_channel:#general", DM)
    assert body.state is State.FAILED


async def test_a_thread_has_no_digest(atelier: Testbed) -> None:
    thread = Channel("thread-1", SERVER, ChannelKind.THREAD, "Release", parent="general")
    for line in ("on", "on to:dm"):
        assert "a whole channel" in (await order(atelier, line, thread)).text


async def test_where_nobody_invited_atelier_it_posts_nothing_by_itself(atelier: Testbed) -> None:
    elsewhere = Channel("away", None, ChannelKind.CHANNEL, "away")
    said = (await order(atelier, "on", elsewhere)).text
    assert "somebody has to invite me to this server first" in said


async def test_a_digest_of_one_channel_is_posted_in_another(atelier: Testbed) -> None:
    for channel in ("general", "news"):
        await talk(atelier, channel, f"Something in {channel}.")
    body = await order(atelier, "on channel:#news to:channel to_channel:#general", "random")
    assert body.text.startswith("A digest of #news in #general comes Mon–Fri")
    assert await due(atelier, TUESDAY_NINE) == ["**Digest of #news**\nSomething in news."]
    assert "1. #news → #general: Mon–Fri" in (await own(atelier, "list")).text


async def test_what_not_everyone_there_may_read_is_not_posted_there(atelier: Testbed) -> None:
    for channel in ("general", "board"):
        await talk(atelier, channel)
    atelier.platform.members["board"] = {"test:admin"}
    atelier.platform.addresses.clear()
    body = await order(atelier, "on channel:#board")
    assert ["test:admin"] == [address.private_to for address in atelier.platform.addresses.values()]
    assert body.text == (
        "Not everyone who reads #general may read #board, so its digest cannot be posted there; `to:dm` sends it to "
        "you alone."
    )
    assert "A digest of #board comes to you" in (await order(atelier, "on channel:#board to:dm")).text


@pytest.mark.parametrize("line", ["on channel:#{} to:dm", "on to_channel:#{}", "on channels:#{}"])
async def test_whether_there_is_a_channel_that_a_person_may_not_read_cannot_be_found_out(
    atelier: Testbed, line: str
) -> None:
    await talk(atelier, "board")
    atelier.platform.members["board"] = {"test:ana"}
    known, unknown = [(await order(atelier, line.format(name))).text for name in ("board", "attic")]
    assert unknown.replace("attic", "board") == known
    assert "“#board”" in known


async def test_a_channel_that_became_secret_is_left_out_and_who_switched_it_on_is_told_once(atelier: Testbed) -> None:
    for channel in ("general", "news"):
        await talk(atelier, channel, f"Something in {channel}.")
    await order(atelier, "on channels:#news,#general to:here")
    atelier.platform.members["news"] = {"test:admin"}
    assert await due(atelier, TUESDAY_NINE) == ["**Digest of #general**\nSomething in general."]
    assert len(await due(atelier, TUESDAY_NINE + DAY)) == 1
    [told] = [body.text for body in atelier.shown["dm-test:admin"].values()]
    assert told.startswith("The digest that you switched on for #general comes without #news from now on")
    assert "; it cannot tell of #news" in (await order(atelier, "list")).text
    assert "news" not in (await own(atelier, "list")).text
    del atelier.platform.members["news"]
    [text] = await due(atelier, TUESDAY_NINE + 2 * DAY)
    assert text.startswith("**Digest of #news and #general**")
    assert "cannot tell" not in (await order(atelier, "list")).text


async def test_who_may_read_it_no_more_gets_it_no_more(atelier: Testbed, telling: Telling) -> None:
    await talk(atelier, "news")
    await own(atelier, "on channel:#news to:dm")
    atelier.platform.members["news"] = {"test:admin"}
    assert ["Your digest comes without #news from now on: I may not tell you of that."] == [
        text.removesuffix(" `/digest list` shows your digests.") for text in await due(atelier, TUESDAY_NINE, DM.id)
    ]
    assert not telling.asked
    assert await due(atelier, TUESDAY_NINE + DAY, DM.id) == []


async def test_several_stand_beside_each_other_and_the_same_replaces_the_earlier(atelier: Testbed) -> None:
    for channel in ("general", "news"):
        await talk(atelier, channel)
    await order(atelier, "on")
    await order(atelier, "on channel:#news to:here")
    await order(atelier, "on channels:#news,#general at:18:00")
    body = await order(atelier, "on channels:#general,#news at:19:00")
    assert body.text.endswith("It replaces the one that came Mon–Fri at 18:00 (UTC).")
    assert (await order(atelier, "list")).text.splitlines() == [
        "1. #general: Mon–Fri at 09:00 (UTC), next tomorrow at 09:00 (UTC)",
        "2. #news → #general: Mon–Fri at 09:00 (UTC), next tomorrow at 09:00 (UTC)",
        "3. #general and #news → you: Mon–Fri at 19:00 (UTC), next today at 19:00 (UTC)",
    ]


async def test_admins_see_the_servers_digests_and_others_their_channels(atelier: Testbed) -> None:
    await order(atelier, "on")
    await order(atelier, "on days:sat,sun at:18:30", "board-room")
    assert (await order(atelier, "list")).text.splitlines() == [
        "1. #general: Mon–Fri at 09:00 (UTC), next tomorrow at 09:00 (UTC)",
        "2. #board-room: Sat, Sun at 18:30 (UTC), next Saturday at 18:30 (UTC)",
    ]
    assert "board-room" not in (await own(atelier, "list")).text
    assert "#general" in (await own(atelier, "list")).text


async def test_of_several_one_is_chosen_by_number_name_or_button(atelier: Testbed) -> None:
    await talk(atelier, "news")
    await order(atelier, "on")
    await order(atelier, "on channel:#news to:here")
    two = "2. #news Mon–Fri at 09:00 (UTC)"
    body = await atelier.say("/digest pause", person=atelier.admin, choices=[two])
    assert body.text == "The digest of #news in #general waits until you say `/digest resume`."
    assert (await order(atelier, "off which:#news")).text == "The digest of #news in #general comes no more."
    assert "No digest is called “#news”" in (await order(atelier, "off which:#news")).text
    assert (await order(atelier, "off which:1")).text == "The digest of #general comes no more."


async def test_switching_off_can_be_taken_back(atelier: Testbed, telling: Telling) -> None:
    await order(atelier, "on")
    body = await order(atelier, "off")
    assert body.text == "The digest of #general comes no more."
    assert await due(atelier, TUESDAY_NINE) == []
    atelier.clock.advance(timedelta(hours=1))
    [undo] = body.buttons
    back = await atelier.say(undo.line, person=atelier.admin)
    assert back.text == (
        "The digest of #general comes Mon–Fri at 09:00 (UTC). The next one comes tomorrow at 09:00 (UTC)."
    )
    assert "switched on already" in (await atelier.say(undo.line, person=atelier.admin)).text
    await due(atelier, TUESDAY_NINE + DAY)
    assert [TUESDAY_NINE] == [each.start for each in telling.asked]


async def test_a_digest_that_was_switched_off_is_forgotten_after_a_day(atelier: Testbed) -> None:
    await order(atelier, "on")
    [undo] = (await order(atelier, "off")).buttons
    atelier.clock.advance(timedelta(days=1, minutes=1))
    await atelier.app.store.prune()
    assert "There is no such digest here" in (await atelier.say(undo.line, person=atelier.admin)).text


async def test_a_personal_digest_is_switched_off_in_private_with_a_way_back(atelier: Testbed) -> None:
    await talk(atelier, "news")
    await own(atelier, "on channel:#news to:dm")
    atelier.platform.addresses.clear()
    body = await own(atelier, "off")
    assert body.text == "Your digest of #news comes no more."
    [undo] = body.cards[0].buttons
    back = await atelier.say(undo.line)
    assert back.text.startswith("Your digest of #news comes Mon–Fri at 09:00 (UTC).")
    assert {"test:ana"} == {address.private_to for address in atelier.platform.addresses.values()}


async def test_a_paused_digest_waits_and_does_not_make_up_for_it(atelier: Testbed, telling: Telling) -> None:
    await order(atelier, "on days:daily")
    await due(atelier, TUESDAY_NINE)
    await order(atelier, "pause")
    assert "paused" in (await order(atelier, "list")).text
    for day in (1, 2, 3):
        assert await due(atelier, TUESDAY_NINE + day * DAY) == []
    atelier.clock.advance(timedelta(hours=2))
    body = await order(atelier, "resume")
    assert "The next one comes tomorrow at 09:00 (UTC)." in body.text
    assert await due(atelier, atelier.clock()) == []
    await due(atelier, TUESDAY_NINE + 4 * DAY)
    assert [(MONDAY_NINE, TUESDAY_NINE), (TUESDAY_NINE + 3 * DAY, TUESDAY_NINE + 4 * DAY)] == [
        (each.start, each.end) for each in telling.asked
    ]
    assert "No digest is paused" in (await order(atelier, "resume")).text


@pytest.mark.parametrize("line", ["off", "pause"])
async def test_what_is_switched_off_or_paused_in_the_moment_it_is_due_says_nothing(
    atelier: Testbed, telling: Telling, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    await order(atelier, "on")
    digests = atelier.app.store.digests
    claim = digests.claim

    async def stopped_meanwhile(subscription_id: str, window: Window) -> int:
        tries = await claim(subscription_id, window)
        await order(atelier, line)
        return tries

    monkeypatch.setattr(digests, "claim", stopped_meanwhile)
    posted = await due(atelier, TUESDAY_NINE)
    assert [False] == ["**Digest of" in text for text in posted]
    assert not telling.asked


async def test_a_digest_that_is_paused_until_a_day_goes_on_by_itself(atelier: Testbed, telling: Telling) -> None:
    await order(atelier, "on days:daily zone:Europe/Berlin at:10:00")
    body = await order(atelier, "pause until:thursday")
    assert body.text == "The digest of #general waits until Thursday."
    line = (await order(atelier, "list")).text
    assert line.endswith("**paused** until Thursday, next Thursday at 10:00 (Europe/Berlin)")
    assert "`until` is over already" in (await order(atelier, "pause until:2026-03-01")).text
    assert await due(atelier, TUESDAY_NINE + DAY) == []
    assert len(await due(atelier, TUESDAY_NINE + 2 * DAY)) == 1
    assert [TUESDAY_NINE + DAY] == [each.start for each in telling.asked]
    assert "paused" not in (await order(atelier, "list")).text


async def test_the_preview_is_what_the_next_one_would_say_for_the_person_alone(
    atelier: Testbed, telling: Telling
) -> None:
    await order(atelier, "on length:long")
    await talk(atelier)
    atelier.clock.advance(timedelta(hours=1))
    atelier.platform.addresses.clear()
    body = await own(atelier, "preview")
    assert body.text == "**What the digest of #general would say now**\nThe release ships on Thursday."
    assert ["test:ana"] == [address.private_to for address in atelier.platform.addresses.values()]
    [asked] = telling.asked
    assert (asked.start, asked.end, asked.length) == (MONDAY_NINE, atelier.clock(), "long")
    assert len(await due(atelier, TUESDAY_NINE)) == 1


async def test_a_preview_tells_nobody_what_they_may_not_read(atelier: Testbed) -> None:
    for channel in ("news", "board"):
        await talk(atelier, channel, f"Something in {channel}.")
    await order(atelier, "on channels:#news,#board to:here")
    atelier.platform.members["board"] = {"test:admin"}
    body = await own(atelier, "preview")
    assert body.text.startswith("_Without #board, which you may not read._")
    assert "Something in board." not in body.text
    atelier.platform.members["news"] = {"test:admin"}
    assert "You may not read #news and #board" in (await own(atelier, "preview")).text


async def test_now_tells_of_the_last_day_in_one_answer(atelier: Testbed) -> None:
    await atelier.post("general", atelier.ana, "An old story about a bear.", sent=atelier.clock() - timedelta(days=2))
    await talk(atelier)
    atelier.clock.advance(timedelta(hours=1))
    body = await own(atelier, "now")
    assert body.text == "**The last 24 hours in #general**\nThe release ships on Thursday."
    assert len(atelier.shown["general"]) == 1


async def test_now_is_as_long_as_is_wanted(atelier: Testbed, telling: Telling) -> None:
    await own(atelier, "now")
    await own(atelier, "now length:short")

    assert [None, Length.SHORT] == [each.length for each in telling.asked]


async def test_a_digest_is_posted_when_due_and_once(atelier: Testbed) -> None:
    await order(atelier, "on")
    await talk(atelier)
    assert await due(atelier, TUESDAY_NINE - timedelta(seconds=1)) == []
    assert await due(atelier, TUESDAY_NINE) == ["**Digest of #general**\nThe release ships on Thursday."]
    assert list(atelier.platform.addresses.values())[-1].private_to is None
    assert await due(atelier, TUESDAY_NINE + timedelta(minutes=1)) == []


async def test_a_digest_is_shown_only_once_it_is_complete(atelier: Testbed) -> None:
    await order(atelier, "on")
    await talk(atelier)
    atelier.platform.states.clear()
    await due(atelier, TUESDAY_NINE)
    assert [State.DONE] == [body.state for body in atelier.platform.states]


async def test_a_quiet_day_is_said_or_passed_over_as_wished(atelier: Testbed) -> None:
    await order(atelier, "on")
    assert await due(atelier, TUESDAY_NINE) == ["**Digest of #general**\nNobody said anything."]
    await order(atelier, "on quiet:silent")
    assert await due(atelier, TUESDAY_NINE + DAY) == []
    assert "did not come" not in (await order(atelier, "list")).text
    await talk(atelier)
    assert await due(atelier, TUESDAY_NINE + 2 * DAY) == ["**Digest of #general**\nThe release ships on Thursday."]


async def test_a_digest_that_was_missed_comes_late_and_says_so(atelier: Testbed) -> None:
    await order(atelier, "on zone:Europe/Berlin at:10:00")
    [text] = await due(atelier, TUESDAY_NINE + timedelta(hours=5))
    assert text.startswith("**Digest of #general** — late: it was due today at 10:00 (Europe/Berlin)\n")


async def test_a_digest_that_is_days_late_names_the_day(atelier: Testbed) -> None:
    await order(atelier, "on days:tue")
    [text] = await due(atelier, TUESDAY_NINE + timedelta(days=1, hours=1))
    assert "it was due yesterday at 09:00 (UTC)" in text
    [text] = await due(atelier, TUESDAY_NINE + timedelta(days=10))
    assert "it was due Tue 10 March at 09:00 (UTC)" in text


async def test_a_channels_digest_is_in_its_own_zone_and_a_persons_in_theirs(atelier: Testbed, telling: Telling) -> None:
    for person in (atelier.admin, atelier.ana):
        await atelier.say("/profile set name:zone value:Asia/Tokyo", person=person)
    await talk(atelier)
    await order(atelier, "on zone:Europe/Berlin at:10:00")
    await own(atelier, "on zone:Europe/Berlin at:10:00 to:dm")
    await due(atelier, TUESDAY_NINE)
    assert {("Europe/Berlin", False), ("Asia/Tokyo", True)} == {(each.zone, each.personal) for each in telling.asked}


async def test_a_digest_that_fails_says_nothing_there_and_is_tried_again(atelier: Testbed, telling: Telling) -> None:
    await order(atelier, "on")
    await talk(atelier)
    telling.error = RuntimeError("no")
    assert await due(atelier, TUESDAY_NINE) == []
    assert await due(atelier, TUESDAY_NINE + timedelta(minutes=4)) == []
    assert "the last one did not come: Sorry, something went wrong" in (await order(atelier, "list")).text
    telling.error = None
    [text] = await due(atelier, TUESDAY_NINE + timedelta(minutes=5))
    assert "The release ships on Thursday." in text
    assert "did not come" not in (await order(atelier, "list")).text


async def test_a_digest_whose_process_died_after_posting_it_is_not_posted_twice(
    atelier: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def died(*window: object) -> None:
        """Nobody notes how it ended."""

    await order(atelier, "on")
    await talk(atelier)
    with monkeypatch.context() as until_then:
        until_then.setattr(atelier.app.store.digests, "finish", died)
        assert len(await due(atelier, TUESDAY_NINE)) == 1
    assert await due(atelier, TUESDAY_NINE + timedelta(minutes=1)) == []
    before = len(atelier.platform.states)
    assert await due(atelier, TUESDAY_NINE + timedelta(minutes=3)) == []
    # It is found, and shown there once more.
    assert before + 1 == len(atelier.platform.states)
    assert await due(atelier, TUESDAY_NINE + timedelta(hours=2)) == []
    assert before + 1 == len(atelier.platform.states)


async def test_a_direct_message_that_cannot_be_opened_is_said_and_tried_again(atelier: Testbed) -> None:
    await talk(atelier, "news")
    await own(atelier, "on channel:#news to:dm")
    atelier.platform.shut.add("test:ana")
    assert await due(atelier, TUESDAY_NINE, DM.id) == []
    assert "did not come: You take no direct messages; allow them" in (await own(atelier, "list")).text
    assert "You take no direct messages" in (await own(atelier, "on channel:#news to:dm at:12:00")).text
    atelier.platform.shut.clear()
    assert len(await due(atelier, TUESDAY_NINE + timedelta(minutes=5), DM.id)) == 1


async def test_why_it_may_not_be_posted_is_said_and_it_is_tried_again(
    atelier: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closed(address: Address, body: Body, key: str) -> MessageRef:
        raise UserError("I am not in that channel.")

    await order(atelier, "on")
    await talk(atelier)
    with monkeypatch.context() as until_then:
        until_then.setattr(atelier.platform, "post", closed)
        assert await due(atelier, TUESDAY_NINE) == []
    assert "the last one did not come: I am not in that channel." in (await order(atelier, "list")).text
    assert len(await due(atelier, TUESDAY_NINE + timedelta(minutes=5))) == 1


async def test_of_too_many_one_is_chosen_by_its_number(atelier: Testbed) -> None:
    for number in range(11):
        await talk(atelier, f"room-{number}")
        await own(atelier, f"on channel:#room-{number} to:dm")
    assert "name one by its number" in (await own(atelier, "off")).text
    assert (await own(atelier, "off which:11")).text == "Your digest of #room-10 comes no more."


async def test_many_channels_are_counted_and_not_named(atelier: Testbed) -> None:
    for name in ("a", "b", "c", "d", "e"):
        await talk(atelier, name)
    assert "A digest of #a, #b, #c and 2 more comes to you" in (await own(atelier, "on channels:a,b,c,d,e")).text


async def test_the_digest_of_an_erased_person_is_gone(atelier: Testbed) -> None:
    await talk(atelier, "news")
    await order(atelier, "on")
    await order(atelier, "on channel:#news to:dm")
    await atelier.say("/profile erase", person=atelier.admin, choices=("Erase everything",))
    assert await due(atelier, TUESDAY_NINE) == []
    assert "dm-test:admin" not in atelier.shown


async def test_nobody_changes_another_persons_digest(atelier: Testbed) -> None:
    await talk(atelier, "news")
    await own(atelier, "on channel:#news to:dm")
    theirs = (await atelier.app.store.digests.all_active())[0].id
    for line in ("off which:", "pause which:"):
        assert "No digest" in (await order(atelier, f"{line}{theirs}")).text
    assert "There is no such digest here" in (await order(atelier, f"restore id:{theirs}")).text
