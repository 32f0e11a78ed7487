"""What is written in the phrasebook and the lexicon."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from training.translation.fillings import Fillings
from training.translation.lexicon import TONGUES, BadLexicon
from training.translation.phrases import Choice, Frame, Slot, parse, read_phrasebook, render
from training.translation.split import fill


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return read_phrasebook()


@pytest.fixture(scope="module")
def book() -> Fillings:
    return Fillings()


def test_has_at_least_1500_distinct_frames_in_each_language(frames: list[Frame]) -> None:
    for tongue in TONGUES:
        assert len({frame.columns[tongue] for frame in frames}) >= 1500


def test_has_no_frame_twice(frames: list[Frame]) -> None:
    assert [] == [source for source, times in Counter(frame.source for frame in frames).items() if times > 1]
    assert [] == [en for en, times in Counter(frame.columns["en"] for frame in frames).items() if times > 1]


def test_most_frames_have_one_or_two_slots(frames: list[Frame]) -> None:
    assert sum(len(frame.slots) in {1, 2} for frame in frames) > len(frames) / 2


def test_every_filling_has_every_form_that_a_frame_asks_for(frames: list[Frame], book: Fillings) -> None:
    asked = {
        (tongue, part)
        for frame in frames
        for tongue, side in frame.sides.items()
        for part in side
        if isinstance(part, Slot)
    }
    for tongue, slot in sorted(asked, key=repr):
        assert book.knows(slot.kind)
        for filling in book.choices(slot.kind):
            assert render(Frame("", {tongue: (slot,)}, ""), tongue, {slot.name: filling}, book.kinds)


def test_every_frame_can_be_filled_in_all_languages(frames: list[Frame], book: Fillings) -> None:
    chance = random.Random(5)
    for frame in frames:
        for _ in range(4):
            row = fill(frame, book, chance)
            assert row is not None
            for texts in row.texts.values():
                assert not any(mark in texts[0] for mark in "{}[]|"), texts
                assert "  " not in texts[0], texts


def test_german_alternatives_have_a_neuter_where_a_noun_decides(frames: list[Frame]) -> None:
    for frame in frames:
        ruling = {part.kind for part in frame.sides["de"] if isinstance(part, Slot)} - {"name", "relative"}
        for part in frame.sides["de"]:
            if isinstance(part, Choice) and "name" not in {frame.kind_of(slot) for slot in frame.slots}:
                assert len(part.options) == 3 or not ruling, frame.source


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Hello | Hallo | Bonjour", "columns"),
        ("{name} | {name} | {name} | nobody", "slots in es"),
        ("{Name} | {Name} | {Name} | {Name}", "no slot"),
        ("{name | {name | {name | {name", "does not end"),
    ],
)
def test_a_bad_frame_says_what_is_wrong(line: str, told: str) -> None:
    with pytest.raises(BadLexicon, match=told):
        parse(line)


@pytest.mark.parametrize(
    ("line", "thing", "expected"),
    [
        (
            "I see {the thing}. | Ich sehe {den thing}. | Je vois {le thing}. | Veo {el thing}.",
            "key",
            ("I see the key.", "Ich sehe den Schlüssel.", "Je vois la clé.", "Veo la llave."),
        ),
        (
            "{a thing} is old. | {ein thing} ist alt. | {un thing} est [vieux/vieille]. | {un thing} es [viejo/vieja].",
            "umbrella",
            ("An umbrella is old.", "Ein Regenschirm ist alt.", "Un parapluie est vieux.", "Un paraguas es viejo."),
        ),
        (
            "{my new thing} | {mein neuer thing} | {mon nouveau thing} | mi [nuevo/nueva] {thing}",
            "screen",
            ("My new screen", "Mein neuer Bildschirm", "Mon nouvel écran", "mi nueva pantalla"),
        ),
        (
            "It is {my thing}: [he/she] | [er/sie/es] {thing} | [il/elle] {thing} | ¿[él/ella] {thing}?",
            "book",
            ("It is my book: he", "Es Buch", "Il livre", "¿Él libro?"),
        ),
    ],
)
def test_everything_agrees_with_what_fills_a_slot(
    line: str, thing: str, expected: tuple[str, ...], book: Fillings
) -> None:
    frame = parse(line)
    filling = next(one for one in book.choices("thing") if one.key.partition(",")[0] == thing)
    assert expected == tuple(render(frame, tongue, {"thing": filling}, book.kinds) for tongue in TONGUES)


def test_a_verb_takes_the_form_that_is_asked_for(book: Fillings) -> None:
    frame = parse("{chore:ing} {chore:done} | {chore:zu} {chore:done} | {chore} {chore:done} | {chore} {chore:done}")
    filling = next(
        one for one in book.choices("chore") if one.key.startswith("turn off/turning off/turned off the light")
    )
    expected = (
        "Turning off the light turned off the light",
        "Das Licht auszumachen das Licht ausgemacht",
        "Éteindre la lumière éteint la lumière",
        "Apagar la luz apagado la luz",
    )
    assert expected == tuple(render(frame, tongue, {"chore": filling}, book.kinds) for tongue in TONGUES)


def test_a_form_that_a_verb_does_not_have_is_an_error(book: Fillings) -> None:
    frame = parse("{activity:done} | {activity} | {activity} | {activity}")
    with pytest.raises(BadLexicon, match="has no form"):
        render(frame, "en", {"activity": book.choices("activity")[0]}, book.kinds)
    frame = parse("{activity:gone} | {activity} | {activity} | {activity}")
    with pytest.raises(BadLexicon, match="no form of a verb"):
        render(frame, "en", {"activity": book.choices("activity")[0]}, book.kinds)
