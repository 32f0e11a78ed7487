"""Reading and writing ABC."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.models.tunes.keys import Unreadable, fifths, key_of, written_signature
from bot.models.tunes.notation import Key, Mode, Motion, Note, Tune, ticks_of
from bot.models.tunes.reading import kind_of, read
from bot.models.tunes.writing import key_name, pitch_name, spelled, write
from tests.bot.models.tunes.tunes import JIG, tunes


def abc(music: str, key: str = "C", metre: str = "4/4", more: str = "L:1/8\n") -> str:
    return f"X:1\nM:{metre}\n{more}K:{key}\n{music}\n"


def pitches(text: str) -> list[int | None]:
    return [note.pitch for note in read(text).notes()]


@given(tunes(), st.booleans())
def test_a_tune_is_the_same_after_it_was_abc(tune: Tune, drawn: bool) -> None:
    again = read(write(tune, title="A tune", tempo=100, drawn=drawn))

    assert (tune.parts, tune.key, tune.metre, tune.kind) == (again.parts, again.key, again.metre, again.kind)


def test_ornaments_words_slurs_and_chords_are_left_out() -> None:
    tune = read(JIG)

    assert ("The Test", "jig", "6/8", Key(2, Mode.MAJOR)) == (tune.title, tune.kind, tune.metre, tune.key)
    assert 8 == tune.length
    assert (69, 74, 69, 66) == tuple(note.pitch for note in list(tune.notes())[:4])


def test_signs_hold_until_the_bars_end_and_only_in_their_octave() -> None:
    assert [66, 66, 77, 65, 65, 65, 65, 65] == pitches(abc("^FFf=F FFFF"))
    assert [66, 65] == pitches(abc("^F8|F8"))


def test_dotted_pairs_and_triplets_are_read() -> None:
    tune = read(abc("A>B c<d e>>f (3gab|c8"))

    assert [18, 6, 6, 18, 21, 3, 8, 8, 8, 96] == [note.ticks for note in tune.notes()]


def test_ties_become_one_note_or_a_note_that_is_held() -> None:
    tune = read(abc("A4-A2 B2-|B8"))

    assert [Note(72, 69), Note(24, 71), Note(96, 71, held=True)] == list(tune.notes())


def test_of_a_chord_the_highest_note_stays() -> None:
    assert [76, 67] == pitches(abc("[CEGe]4 G4"))


def test_repeats_and_double_bars_make_parts_and_the_second_ending_stands() -> None:
    tune = read(abc("|:C8|D8|1 E8:|2 F8||G8|A8|]"))

    assert [True, False] == [part.repeated for part in tune.parts]
    assert [[60, 62, 65], [67, 69]] == [[bar[0].pitch for bar in part.bars] for part in tune.parts]


def test_a_first_ending_without_a_second_stands() -> None:
    assert [60, 62, 67] == pitches(abc("|:C8|1 D8:|G8|]"))
    assert [60, 62] == pitches(abc("|:C8|1 D8:|"))


def test_an_upbeat_before_the_repeat_belongs_to_the_part() -> None:
    (part,) = read(abc("G2|:C8|D8|E6:|")).parts

    assert [24, 96, 96, 72] == [ticks_of(bar) for bar in part.bars]


def test_the_last_bar_is_cut_or_filled_so_that_it_complements_the_upbeat() -> None:
    assert [24, 96, 72] == [ticks_of(bar) for bar in read(abc("G2|C8|D4E2F2|]")).parts[0].bars]
    assert [24, 96, 72] == [ticks_of(bar) for bar in read(abc("G2|C8|D4E1|]")).parts[0].bars]
    assert [Note(96, 60)] == list(read(abc("C7/4|]")).notes())
    assert [Note(8, 60), Note(8, 62), Note(8, 64), Note(72)] == list(read(abc("(3CDE|]")).notes())


def test_a_bar_in_two_pieces_is_one() -> None:
    assert [96, 96, 96] == [ticks_of(bar) for bar in read(abc("C8|D4|E4|F8|]")).parts[0].bars]


def test_a_melody_that_goes_on_ends_with_a_full_bar_and_any_length() -> None:
    (part,) = read(abc("G2|C8|D9/2E/2|]"), goes_on=True).parts

    assert [24, 96, 96] == [ticks_of(bar) for bar in part.bars]
    assert (Note(48, 62), Note(6, 62, held=True), Note(42, 64)) == part.bars[-1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("X:1\nC8|", "no key"),
        (abc("C8|", key="H"), "The key “H”"),
        (abc("C8|", key="Dlyd"), "its mode can be major"),
        (abc("C8|", key="G#"), "more than seven signs"),
        (abc("C8|", metre="7/8"), "The metre 7/8"),
        (abc("C8|", more="L:1/7\n"), "The unit “1/7”"),
        (abc("C8|D7|E8|F8|"), "Bar 2 of a part has 7 eighths instead of 8"),
        (abc("(5CDEFG C8|"), "other than a triplet"),
        (abc("(3CDE2 C8|"), "A triplet has three equal notes"),
        (abc("C8|[K:G]D8|"), "changes its key"),
        (abc("C8|\nM:3/4\nD6|"), "changes its key, its metre"),
        (abc("C/64|"), "shorter than a thirty-second"),
        (abc("C/0|"), "no length"),
        (abc(">C8|"), "without a note before"),
        (abc("z8|"), "no notes"),
        (abc("C8|#"), "“#”"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason) as caught:
        read(text)

    assert "\n" not in str(caught.value)


@given(st.text(alphabet="X:1\nM4/KLCDEFGabc|[]():-><^_=,'z23{}\"!", max_size=80))
def test_no_text_gives_anything_but_a_tune_or_a_reason(text: str) -> None:
    with suppress(Unreadable):
        assert read(f"K:C\n{text}", goes_on=True).parts


def test_a_second_tune_and_comments_are_not_read() -> None:
    assert [60, 62] == pitches(abc("C4D4| % a comment\n") + abc("E8|"))


@pytest.mark.parametrize(
    ("text", "tonic", "mode", "count"),
    [
        ("D", 2, Mode.MAJOR, 2),
        ("Am", 9, Mode.MINOR, 0),
        ("A Dorian", 9, Mode.DORIAN, 1),
        ("D mix", 2, Mode.MIXOLYDIAN, 1),
        ("Bb", 10, Mode.MAJOR, -2),
        ("F#m", 6, Mode.MINOR, 3),
        ("C Major", 0, Mode.MAJOR, 0),
    ],
)
def test_keys_are_known_by_their_names(text: str, tonic: int, mode: Mode, count: int) -> None:
    assert Key(tonic, mode) == key_of(text)
    assert count == fifths(key_of(text))


def test_a_key_with_many_flats_is_read_as_it_is_written() -> None:
    assert set("BEADGC") == set(written_signature("Gb"))
    assert [66, 71] == pitches(abc("G4c4|", key="Gb"))


@given(st.integers(55, 91), st.integers(0, 11), st.sampled_from(list(Mode)))
def test_every_pitch_is_spelled_as_it_sounds(pitch: int, tonic: int, mode: Mode) -> None:
    letter, altered, octave = spelled(pitch, Key(tonic, mode))

    assert pitch == octave * 12 + {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[letter] + altered
    assert -2 <= altered <= 2


def test_notes_outside_the_scale_are_spelled_as_musicians_expect() -> None:
    assert ["G#", "Bb", "F#"] == [pitch_name(pitch, Key(9, Mode.MINOR)) for pitch in (8, 10, 6)]
    assert ["Eb", "A"] == [pitch_name(pitch, Key(5, Mode.MAJOR)) for pitch in (3, 9)]
    assert ["F#", "Bb", "C#m", "Ador", "Dmix"] == [
        key_name(Key(6, Mode.MAJOR)), key_name(Key(10, Mode.MAJOR)), key_name(Key(1, Mode.MINOR)),
        key_name(Key(9, Mode.DORIAN)), key_name(Key(2, Mode.MIXOLYDIAN)),
    ]  # fmt: skip


def test_a_sign_is_written_before_each_note_unless_it_is_only_drawn() -> None:
    tune = read(abc("^GA GA =GA GA|"))

    assert "^GA ^GA =GA GA" in write(tune, title="", tempo=100)
    assert "^GA GA =GA GA" in write(tune, title="", tempo=100, drawn=True)


def test_chords_stand_before_the_notes_they_begin_with() -> None:
    tune = read(JIG)
    chords = [[(), ((0, "D"), (36, "A")), *[()] * 7]]

    assert '|: A | "D"dAF "A"DFA |' in write(tune, title="", tempo=100, chords=chords)


@pytest.mark.parametrize(
    ("words", "metre", "kind"),
    [
        ("Miss McLeod's Reel", "4/4", "reel"),
        ("slip jig", "9/8", "slip jig"),
        ("", "9/8", "slip jig"),
        ("", "6/8", "jig"),
        ("", "4/4", "dance"),
        ("", "3/4", "air"),
        ("A March", "6/8", "march"),
    ],
)
def test_the_kind_is_what_words_or_metre_say(words: str, metre: str, kind: str) -> None:
    assert kind == kind_of(words, metre)


def test_a_transposed_tune_moves_with_its_key() -> None:
    tune = read(JIG).transposed(-2)

    assert (Key(0, Mode.MAJOR), 67) == (tune.key, next(tune.notes()).pitch)


def test_motion_is_told_from_the_notes() -> None:
    assert Motion.LIVELY == read(abc("CDEFGABc|CDEFGABc|", more="R:march\nL:1/8\n")).motion
    assert Motion.CALM == read(abc("C4E4|C8|", more="R:march\nL:1/8\n")).motion
