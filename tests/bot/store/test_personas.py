"""Which personas there are, and which of them answers whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.errors import UserError
from bot.persona import AS_IT_IS, Chosen, Example, Persona, Reach, by_key, key_of
from bot.request import Channel, ChannelKind, Person
from bot.store import Database, SettingsStore
from bot.store import personas as module
from bot.store.people import PersonProfiles
from bot.store.personas import ScopedPersonas
from bot.store.settings import WRITTEN
from bot.store.tables import PersonRow, SettingRow
from tests.bot.store.conftest import ANA, BEN, DM, GENERAL, request_from

TUTOR = Persona("Tutor", "Teaches.", "Ask back.")
WRITER = Persona("Code helper", "Codes.", "Fence it.", (Example("Why?", "Because."),))
PIRATE = Persona("Pirate", "Arr.", "Talk like a pirate.")
PRESETS = by_key([TUTOR, WRITER])
RANDOM = replace(GENERAL, id="random")
ELSEWHERE = Channel("work", "chat:work", ChannelKind.CHANNEL, "work")
THREAD = Channel("t1", GENERAL.server, ChannelKind.THREAD, "thread", parent="general")
DM_BEN = replace(DM, id="dm-ben")


def of(db: Database, person: Person = ANA, channel: Channel = GENERAL) -> ScopedPersonas:
    return ScopedPersonas(db, SettingsStore(db), PRESETS, request_from(person, channel))


async def test_presets_are_known_everywhere_and_nobody_chose_one(db: Database) -> None:
    for channel in (GENERAL, DM):
        assert [WRITER, TUTOR] == await of(db, channel=channel).all()
        assert await of(db, channel=channel).current() is None
        assert Chosen() == await of(db, channel=channel).chosen()


async def test_the_own_choice_counts_before_the_channels_and_that_before_the_servers(db: Database) -> None:
    here = of(db)
    await here.use("tutor", "server")
    assert [TUTOR, TUTOR] == [await of(db, channel=channel).current() for channel in (GENERAL, RANDOM)]
    await here.use("Code Helper", "channel")
    assert [WRITER, TUTOR] == [await of(db, channel=channel).current() for channel in (THREAD, RANDOM)]
    await here.use("tutor", "me")
    assert [TUTOR, WRITER] == [await of(db, person).current() for person in (ANA, BEN)]
    assert Chosen("tutor", "code-helper", "tutor") == await here.chosen()
    assert await of(db, BEN, ELSEWHERE).current() is None


async def test_a_choice_is_taken_back(db: Database) -> None:
    here = of(db)
    reaches: tuple[Reach, ...] = ("me", "channel", "server")
    for reach in reaches:
        await here.use("tutor", reach)
    for reach in reaches:
        assert TUTOR == await here.current()
        await here.use("none" if reach == "channel" else None, reach)
    assert await here.current() is None


async def test_plain_keeps_the_channels_persona_away(db: Database) -> None:
    await of(db).use("tutor", "channel")
    await of(db).use(AS_IT_IS, "me")
    assert await of(db).current() is None
    assert TUTOR == await of(db, BEN).current()


async def test_a_preset_that_one_chooses_answers_everywhere_and_what_was_written_here_only_here(db: Database) -> None:
    await of(db).write(PIRATE)
    await of(db).use("tutor", "me")
    await of(db).use("pirate", "me")
    assert [PIRATE, TUTOR, TUTOR] == [await of(db, channel=each).current() for each in (RANDOM, ELSEWHERE, DM)]
    await of(db).use("code-helper", "me")
    assert [WRITER] * 3 == [await of(db, channel=each).current() for each in (RANDOM, ELSEWHERE, DM)]


async def test_what_was_written_here_replaces_a_preset_here_alone(db: Database) -> None:
    strict = replace(TUTOR, instructions="Be strict.")
    assert await of(db).write(strict) is None
    await of(db).use("tutor", "me")
    assert [strict, TUTOR] == [await of(db, channel=each).current() for each in (RANDOM, ELSEWHERE)]
    assert [WRITER, strict] == await of(db, BEN).all()
    assert [strict] == await of(db, BEN).written()
    assert strict == await of(db).remove("Tutor")
    assert TUTOR == await of(db).current()


async def test_a_persona_is_changed_and_the_one_before_is_told(db: Database) -> None:
    await of(db).write(PIRATE)
    louder = replace(PIRATE, examples=(Example("Hello", "ARR!"),))
    assert PIRATE == await of(db).write(louder)
    assert louder == await of(db).find(" PIRATE ")
    assert louder == await of(db).remove("pirate")
    assert await of(db).remove("pirate") is None


async def test_a_choice_of_what_is_gone_is_passed_over(db: Database) -> None:
    await of(db).use("tutor", "server")
    await of(db).write(PIRATE)
    await of(db).use("pirate", "channel")
    await of(db).remove("pirate")
    assert TUTOR == await of(db).current()


async def test_what_is_written_in_a_direct_message_stays_there(db: Database) -> None:
    await of(db, channel=DM).write(PIRATE)
    await of(db, channel=DM).use("pirate", "me")
    await of(db, channel=DM).use("tutor", "server")
    assert PIRATE == await of(db, channel=DM).current()
    assert [WRITER, TUTOR] == await of(db, BEN, DM_BEN).all() == await of(db).all()
    assert [None, None] == [await of(db).current(), await of(db, BEN, DM_BEN).current()]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("Tutro", "No persona is called “Tutro”. Did you mean Tutor?"),
        ("zzz", "There are Code helper, Tutor."),
    ],
)
async def test_a_name_that_nobody_has_brings_names(db: Database, name: str, advice: str) -> None:
    with pytest.raises(UserError) as caught:
        await of(db).use(name, "me")
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    ("persona", "advice"),
    [
        (replace(PIRATE, name=""), "`name` is empty"),
        (replace(PIRATE, name="None"), "“None” has a meaning of its own"),
        (replace(PIRATE, name="`x`"), "letters, digits, spaces and hyphens"),
        (replace(PIRATE, name="x" * 33), "`name`: string should have at most 32"),
        (replace(PIRATE, about=" "), "`about` is empty"),
        (replace(PIRATE, instructions="x" * 4001), "`instructions`: string should have at most 4000"),
        (replace(PIRATE, examples=(Example("a", ""),)), "`examples.1.answer` is empty"),
        (replace(PIRATE, examples=(Example("a", "b"),) * 7), "`examples`: "),
    ],
)
async def test_what_is_no_persona_is_refused_in_one_line(db: Database, persona: Persona, advice: str) -> None:
    with pytest.raises(UserError) as caught:
        await of(db).write(persona)
    assert advice in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_server_has_a_limit(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    for number in range(3):
        await of(db).write(replace(PIRATE, name=f"Pirate {number}"))
    with pytest.raises(UserError, match="makes room"):
        await of(db).write(PIRATE)
    assert await of(db).write(replace(PIRATE, name="Pirate 1")) is not None


async def test_what_another_version_wrote_is_passed_over(db: Database) -> None:
    async with db.write() as session:
        for name, value in ((f"{WRITTEN}old", {"name": "Old"}), ("persona", 7)):
            session.add(SettingRow(scope="server", place=GENERAL.server, name=name, value=value, server=GENERAL.server))
    assert [WRITER, TUTOR] == await of(db).all()
    assert await of(db).current() is None


async def test_what_a_person_chose_is_told_and_erased_with_them(db: Database) -> None:
    await of(db).use("tutor", "me")
    await of(db, BEN).use("tutor", "me")
    profiles = PersonProfiles(db, ANA, None)
    rows = (await profiles.export())["persona_choices"]
    assert isinstance(rows, list)
    assert [("", "tutor")] == [(row["server"], row["name"]) for row in rows]
    await profiles.erase()
    assert [None, TUTOR] == [await of(db, person).current() for person in (ANA, BEN)]


Act: TypeAlias = tuple[Literal["write", "remove", "me", "channel", "server", "back"], int, int, str]

PEOPLE = (ANA, BEN, Person("chat:cem", "Cem"))
PLACES = (GENERAL, RANDOM, ELSEWHERE)
NAMES = ("tutor", "pirate", "plain")
acts = st.tuples(
    st.sampled_from(["write", "remove", "me", "channel", "server", "back"]),
    st.integers(0, len(PEOPLE) - 1),
    st.integers(0, len(PLACES) - 1),
    st.sampled_from(NAMES),
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(acts, max_size=12))
async def test_nobody_gets_what_was_written_elsewhere_or_chosen_by_another(db: Database, history: list[Act]) -> None:
    async with db.write() as session:
        await session.execute(delete(PersonRow))
        await session.execute(delete(SettingRow))
    written: dict[str | None, set[str]] = {}
    own: dict[tuple[str, str], str | None] = {}
    shared: dict[str | None, str] = {}
    for kind, who, where, name in history:
        person, place = PEOPLE[who], PLACES[where]
        here = of(db, person, place)
        known = name == "tutor" or name in written.get(place.server, ())
        if kind == "write" and name != "plain":
            # What is written says where.
            await here.write(Persona(name, "About.", f"{name} of {place.server}"))
            written.setdefault(place.server, set()).add(name)
        elif kind == "remove":
            await here.remove(name)
            written.get(place.server, set()).discard(name)
        elif kind == "back":
            await here.use(None, "me")
            own.update({(person.id, str(place.server)): None, (person.id, ""): None})
        elif kind in {"me", "channel", "server"} and (known or name == AS_IT_IS):
            await here.use(name, kind)
            if kind == "me":
                reach = "" if name in {"tutor", AS_IT_IS} else str(place.server)
                own.update({(person.id, str(place.server)): None, (person.id, reach): name})
            else:
                shared[place.id if kind == "channel" else place.server] = name
    for person in PEOPLE:
        for place in PLACES:
            choices = [
                own.get((person.id, str(place.server))),
                own.get((person.id, "")),
                shared.get(place.id),
                shared.get(place.server),
            ]
            there = {name: f"{name} of {place.server}" for name in written.get(place.server, ())}
            expected = next(
                (
                    there.get(choice, TUTOR.instructions if choice == "tutor" else None)
                    for choice in choices
                    if choice is not None and (choice in there or choice in {"tutor", AS_IT_IS})
                ),
                None,
            )
            current = await of(db, person, place).current()
            assert expected == (current.instructions if current else None)


def test_keys_are_the_same_however_a_name_is_typed() -> None:
    assert {"code-helper"} == {key_of(name) for name in ("Code helper", " code-helper", "CODE_HELPER ", "code  helper")}


async def test_settings_of_a_scope_know_only_what_was_written_there(db: Database) -> None:
    await of(db).write(PIRATE)
    store = SettingsStore(db)
    assert {"pirate": PIRATE} == (await store.for_request(request_from()).get()).personas
    assert {} == (await store.for_request(request_from(channel=ELSEWHERE)).get()).personas
