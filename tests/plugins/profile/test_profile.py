"""What a person can see, choose, export and erase."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from bot.body import Body, State
from bot.request import Channel, ChannelKind, Person
from bot.store.tables import PersonRow, PreferencesRow, UsageRow
from bot.store.tables_memory import MemoryRow
from bot.testing import Testbed
from plugins.profile import BOTH, CANCEL, ERASE, FORGET, KEEP

BO = Person("test:bo", "Bo")
ELSEWHERE = Channel("lobby", "test:other", ChannelKind.CHANNEL, "lobby")
DM = Channel("dm-ana", None, ChannelKind.DM, "Ana")


async def facts(atelier: Testbed, channel: str | Channel = "general", person: Person | None = None) -> list[str]:
    text = (await atelier.say("/profile show", channel=channel, person=person)).text
    return [line.partition(". ")[2].rpartition(" (")[0] for line in text.splitlines() if line[:1].isdecimal()]


async def test_a_new_person_has_the_defaults_in_words(atelier: Testbed) -> None:
    text = (await atelier.say("/profile show")).text
    assert "- Language: not chosen, so English" in text
    assert "- Time zone: not chosen, so UTC; it is 09:30 there now" in text
    assert "- Tone: plain, matter of fact" in text
    assert "- Length: medium, as long as needed" in text
    assert "I remember no facts for you in this server" in text


async def test_the_apps_language_shows_where_none_is_chosen(atelier: Testbed) -> None:
    person = Person("test:ria", "Ria", locale="pt-BR")
    assert "as your app is set (pt-BR)" in (await atelier.say("/profile show", person=person)).text


@pytest.mark.parametrize(
    "line", ["show", "set name:tone value:formal", "remember I am left-handed", "forget", "export", "erase"]
)
async def test_nobody_else_sees_any_of_it(atelier: Testbed, line: str) -> None:
    await atelier.say("/profile remember My cat is called Ada")
    choices = {"forget": (FORGET,), "erase": (ERASE,)}.get(line, ())
    await atelier.say(f"/profile {line}", choices=choices)
    assert {address.private_to for address in atelier.platform.addresses.values()} == {"test:ana"}


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("name:language value:German", "Language: German (de)."),
        ("language pt-BR", "(pt-BR)."),
        ("name:zone value:Europe/Berlin", "Time zone: Europe/Berlin, it is 10:30 there now."),
        ("zone new york", "Time zone: America/New_York, it is 04:30 there now."),
        ("tone Friendly", "Tone: friendly, warm."),
        ("length short", "Length: short, the essence in a few lines."),
    ],
)
async def test_a_preference_is_set_and_stays(atelier: Testbed, line: str, answer: str) -> None:
    body = await atelier.say(f"/profile set {line}")
    assert body.state is State.DONE
    assert answer in body.text
    assert answer.rstrip(".").partition(": ")[2] in (await atelier.say("/profile show", channel=ELSEWHERE)).text


async def test_none_goes_back_to_the_default(atelier: Testbed) -> None:
    await atelier.say("/profile set zone Europe/Berlin")
    assert "not chosen, so UTC" in (await atelier.say("/profile set name:zone value:None")).text


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("name:zone value:Berln", "Did you mean Europe/Berlin?"),
        ("name:language value:Blorbish", "no language called"),
        ("name:tone value:angry", "plain, friendly, formal or playful"),
        ("name:size value:big", "`name` is one of language, zone, tone, length"),
        ("name:tone", "`value` is missing"),
    ],
)
async def test_a_value_that_cannot_be_is_refused_and_changes_nothing(atelier: Testbed, line: str, answer: str) -> None:
    before = (await atelier.say("/profile show")).text.partition("**What else")[0]
    body = await atelier.say(f"/profile set {line}")
    assert body.state is State.FAILED
    assert answer in body.text
    assert (await atelier.say("/profile show")).text.startswith(before.partition("`/profile set`")[0])


async def test_facts_are_remembered_in_the_server_they_were_stated_in(atelier: Testbed) -> None:
    body = await atelier.say("/profile remember I am vegetarian")
    assert body.text.startswith("I will remember in this server: “I am vegetarian”. I use it when I answer you")
    assert await facts(atelier) == ["I am vegetarian"]
    assert await facts(atelier, ELSEWHERE) == []
    assert await facts(atelier, person=BO) == []


async def test_facts_of_a_direct_message_stay_there(atelier: Testbed) -> None:
    told = (await atelier.say("/profile remember I snore", channel=DM)).text
    assert told.startswith("I will remember in this conversation: “I snore”. I use it when we talk directly.")
    assert await facts(atelier, DM) == ["I snore"]
    assert await facts(atelier) == []
    assert "in this conversation only" in (await atelier.say("/profile show", channel=DM)).text


@pytest.mark.parametrize("meant", ["2", "2.", "I LIKE TEA", "tea"])
async def test_a_fact_is_forgotten_by_its_number_or_words(atelier: Testbed, meant: str) -> None:
    for fact in ("I am vegetarian", "I like tea", "I like figs"):
        await atelier.say(f"/profile remember {fact}", choices=(BOTH,))
    assert (await atelier.say(f"/profile forget {meant}")).text == "Forgotten: “I like tea”."
    assert await facts(atelier) == ["I am vegetarian", "I like figs"]


@pytest.mark.parametrize(
    ("meant", "answer"),
    [
        ("I like", "“I like” is in 2 facts; give the number"),
        ("I am vegatarian", "Did you mean “I am vegetarian”?"),
        ("9", "`/profile show` lists what I remember."),
    ],
)
async def test_words_that_mean_no_one_fact_forget_nothing(atelier: Testbed, meant: str, answer: str) -> None:
    for fact in ("I am vegetarian", "I like tea", "I like figs"):
        await atelier.say(f"/profile remember {fact}", choices=(BOTH,))
    body = await atelier.say(f"/profile forget {meant}")
    assert body.state is State.FAILED
    assert answer in body.text
    assert len(await facts(atelier)) == 3


async def test_everything_here_is_forgotten_only_after_a_yes(atelier: Testbed) -> None:
    for fact in ("I am vegetarian", "I like tea"):
        await atelier.say(f"/profile remember {fact}", choices=(BOTH,))
    await atelier.say("/profile remember I sing", channel=ELSEWHERE)
    assert (await atelier.say("/profile forget", choices=(KEEP,))).text == "Nothing was forgotten."
    assert len(await facts(atelier)) == 2
    assert (await atelier.say("/profile forget", choices=(FORGET,))).text == "Forgotten: 2 facts."
    assert await facts(atelier) == []
    assert await facts(atelier, ELSEWHERE) == ["I sing"]


async def test_one_fact_is_said_as_one(atelier: Testbed) -> None:
    await atelier.say("/profile remember I sing")
    assert (await atelier.say("/profile forget", choices=(FORGET,))).text == "Forgotten: 1 fact."


async def test_forgetting_where_nothing_is_remembered_says_so(atelier: Testbed) -> None:
    assert (await atelier.say("/profile forget")).text == "I remember nothing for you here."


async def test_an_empty_or_endless_fact_is_refused(atelier: Testbed) -> None:
    for line in ("remember", f"remember {'x' * 1001}"):
        assert (await atelier.say(f"/profile {line}")).state is State.FAILED
    assert await facts(atelier) == []


async def test_what_else_is_kept_is_told_in_words(atelier: Testbed) -> None:
    await atelier.say("/digest on at:08:30", person=atelier.admin)
    await atelier.say("/profile remember I sing", person=atelier.admin, channel=ELSEWHERE)
    text = (await atelier.say("/profile show", person=atelier.admin)).text
    assert "- 1 more fact, of other servers and conversations or just forgotten" in text
    assert "**What else I keep about you**, in every server" in text
    assert "- 1 digest that you switched on" in text
    assert "- 2 uses of commands" in text


def exported(body: Body) -> str:
    [file] = body.files
    assert (file.name, file.media_type) == ("profile.json", "application/json")
    return file.data.decode()


async def test_the_export_holds_everything_of_every_server_and_nothing_of_others(atelier: Testbed) -> None:
    await atelier.say("/profile set language German")
    await atelier.say("/profile remember I mag Käse")
    await atelier.say("/profile remember I sing", channel=ELSEWHERE)
    await atelier.say("/profile remember I am Bo", person=BO)
    text = exported(await atelier.say("/profile export"))
    assert json.loads(text)["accounts"] == ["test:ana"]
    assert all(word in text for word in ('"de"', "I mag Käse", "I sing"))
    assert "I am Bo" not in text


async def test_an_erased_person_leaves_no_row(atelier: Testbed) -> None:
    await atelier.say("/profile set language German")
    await atelier.say("/profile remember I sing")
    await atelier.say("/profile remember I am Bo", person=BO)
    body = await atelier.say("/profile erase", choices=(ERASE,))
    assert body.text.startswith("Everything kept about you is erased:")
    async with atelier.app.store.database.read() as session:
        counts = [
            await session.scalar(select(func.count()).select_from(table))
            for table in (PersonRow, PreferencesRow, MemoryRow)
        ]
        used = await session.scalar(select(func.count()).where(UsageRow.account == "test:ana"))
    assert counts == [1, 0, 1]
    assert used == 0
    assert await facts(atelier) == []
    assert await facts(atelier, person=BO) == ["I am Bo"]


async def test_who_is_not_to_be_quoted_is_told_that_erasing_forgets_it(atelier: Testbed) -> None:
    await atelier.say("/profile set quoted no")
    body = await atelier.say("/profile erase", choices=(ERASE,))
    assert body.text.endswith("forgotten, too; `/profile set name:quoted value:no` keeps just that.")
    assert "Quoted: yes" in (await atelier.say("/profile show")).text


async def test_erasing_is_asked_about_first(atelier: Testbed) -> None:
    await atelier.say("/profile remember I sing")
    assert (await atelier.say("/profile erase", choices=(CANCEL,))).text == "Nothing was erased."
    assert await facts(atelier) == ["I sing"]


async def test_erasing_what_was_never_kept_says_so(atelier: Testbed) -> None:
    assert (await atelier.say("/profile erase", choices=(ERASE,))).text == "There was nothing kept about you."
