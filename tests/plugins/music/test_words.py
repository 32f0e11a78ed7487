"""What somebody says outright of the music they want."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.music.vocabulary import ALIASES, GENRES, INSTRUMENTS, MOODS
from plugins.music.words import FASTEST, METRES, MODES, SLOWEST, Asked, find_key, read

SIGNS = st.sampled_from([("", ""), ("#", "♯"), ("♯", "♯"), ("b", "♭"), ("♭", "♭"), (" sharp", "♯"), ("-flat", "♭")])


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", Asked()),
        ("a cheerful jig in D", Asked(key="D major", moods=("cheerful",), genre="jig", more=True)),
        (
            "a sad waltz in D minor at 120 bpm for two violins",
            Asked(tempo=120, key="D minor", instruments=("two violins",), moods=("sad",), genre="waltz", more=True),
        ),
        (
            "a 20 second slow tune, 3/4, penny-whistle and 2 harps",
            Asked(metre="3/4", seconds=20, instruments=("tin whistle", "two harps"), pace=-0.8),
        ),
        ("lo fi hip-hop, 1.5 minutes", Asked(seconds=90, genre="lo-fi hip hop")),
        ("drum and bass with a horn", Asked(instruments=("French horn",), genre="drum and bass")),
        ("a fast reel in waltz time", Asked(metre="3/4", genre="reel", pace=0.9)),
        ("andante for strings", Asked(tempo=84, instruments=("strings",), more=True)),
        ("♩ = 96", Asked(tempo=96)),
        ("bpm: 90", Asked(tempo=90)),
        ("two music boxes and nine flutes", Asked(instruments=("two music boxes", "flute"), more=True)),
    ],
)
def test_what_is_said_outright_is_read(text: str, asked: Asked) -> None:
    assert asked == read(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("F#m techno", "F♯ minor"),
        ("in Bb, slow", "B♭ major"),
        ("c-sharp minor nocturne", "C♯ minor"),
        ("in the key of G", "G major"),
        ("key: C", "C major"),
        ("in E♭ dorian", "E♭ dorian"),
        ("a tune in a minor", "A minor"),
        ("in A for fiddle", "A major"),
        ("in A small room", ""),
        ("a minor change", ""),
        ("in a minor key", ""),
        ("A major scale", ""),
        ("I'm happy", ""),
        ("plan B minorly revised", ""),
    ],
)
def test_a_key_is_told_from_other_letters(text: str, key: str) -> None:
    assert key == find_key(text)


@pytest.mark.parametrize(
    "text", ["at 999 bpm", "at 5 bpm", "on 3/4/2026", "in 7/3", "90s disco", "0 seconds", "24/7 music", "bassoonist"]
)
def test_other_numbers_and_words_mean_nothing(text: str) -> None:
    asked = read(text)

    assert (None, "", None, ()) == (asked.tempo, asked.metre, asked.seconds, asked.instruments)


def test_a_mode_without_a_note_is_kept() -> None:
    assert ["minor", "major", ""] == [read(text).mode for text in ("in a minor key", "something MAJOR", "in D minor")]


@given(st.sampled_from("ABCDEFG"), SIGNS, st.sampled_from(sorted(MODES)))
def test_every_key_is_understood_however_it_is_written(note: str, sign: tuple[str, str], mode: str) -> None:
    written, read_as = sign
    glue = "" if mode == "m" and len(written) <= 1 else " "
    if mode != "m" or glue == "":
        assert f"{note}{read_as} {MODES[mode]}" == find_key(f"something in {note}{written}{glue}{mode}, please")


@given(
    st.integers(SLOWEST, FASTEST),
    st.sampled_from(METRES),
    st.sampled_from(INSTRUMENTS + tuple(ALIASES)),
    st.sampled_from(GENRES),
    st.sampled_from(MOODS),
)
def test_what_is_said_together_is_all_read(
    tempo: int, metre: str, instrument: str, genre: object, mood: object
) -> None:
    name, feel = getattr(genre, "name", ""), getattr(mood, "name", "")

    asked = read(f"a {feel} {name}; {metre}; {tempo} bpm; {instrument.upper()}")

    assert (tempo, metre, name) == (asked.tempo, asked.metre, asked.genre)
    assert feel in asked.moods
    assert (ALIASES.get(instrument, instrument),) == asked.instruments


@given(st.text() | st.text("ABm #b♯♭/0123456789minorajolutepsg-,ıſK bpm"))
def test_any_text_is_read_without_an_error(text: str) -> None:
    asked = read(text)

    assert asked.tempo is None or SLOWEST <= asked.tempo <= FASTEST
    assert asked.metre in {"", *METRES}
    assert asked.seconds is None or asked.seconds > 0
    assert len(set(asked.instruments)) == len(asked.instruments)


def test_the_vocabulary_fits_together() -> None:
    moods = {mood.name for mood in MOODS}

    assert len(GENRES) == len({genre.name for genre in GENRES})
    assert moods.issuperset(genre.mood for genre in GENRES)
    assert set(METRES).issuperset(genre.metre for genre in GENRES)
    assert all(find_key(key) == key for genre in GENRES for key in genre.keys)
    assert set(INSTRUMENTS).issuperset(ALIASES.values())
