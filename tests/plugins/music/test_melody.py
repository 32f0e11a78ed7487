"""Melodies that people give as files."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import UserError
from plugins.music.melody import LARGEST, read_melody
from plugins.music.midi import to_abc
from tests.plugins.conversation import attached

TUNE = "X:1\nT:One\nM:4/4\nL:1/8\nK:D\nDEFG ABcd |]\n"


def number(value: int) -> bytes:
    """A number as MIDI writes it."""
    found = [value & 0x7F]
    while value := value >> 7:
        found.append(value & 0x7F | 0x80)
    return bytes(reversed(found))


def track(*events: tuple[int, bytes]) -> bytes:
    """A track of events, each after so many ticks."""
    data = b"".join(number(wait) + event for wait, event in events) + b"\x00\xff\x2f\x00"
    return b"MTrk" + len(data).to_bytes(4, "big") + data


def midi(*tracks: bytes, ticks: int = 96) -> bytes:
    return (
        b"MThd"
        + (6).to_bytes(4, "big")
        + b"\0\1"
        + len(tracks).to_bytes(2, "big")
        + ticks.to_bytes(2, "big")
        + b"".join(tracks)
    )


def notes(*pitches: int, length: int = 96, channel: int = 0) -> list[tuple[int, bytes]]:
    """Notes one after the other."""
    return [
        event
        for pitch in pitches
        for event in ((0, bytes([0x90 | channel, pitch, 80])), (length, bytes([0x80 | channel, pitch, 0])))
    ]


def signature(fifths: int, *, minor: bool = False) -> tuple[int, bytes]:
    return 0, b"\xff\x59\x02" + fifths.to_bytes(1, "big", signed=True) + bytes([minor])


def metre(beats: int, power: int) -> tuple[int, bytes]:
    return 0, b"\xff\x58\x04" + bytes([beats, power, 24, 8])


def body(abc: str) -> list[str]:
    return abc.splitlines()[5:]


async def test_abc_is_taken_as_it_is() -> None:
    assert TUNE == await read_melody(attached("tune.abc", b"\xef\xbb\xbf" + TUNE.replace("\n", "\r\n").encode()))


async def test_of_several_tunes_the_first_is_taken() -> None:
    book = f"% a book\n\n{TUNE}\nX:2\nT:Two\nK:G\nGABc|\n"

    assert TUNE == await read_melody(attached("book.abc", book.encode()))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("letter.txt", b"Dear Ana,\nhow are you?"),
        ("head.abc", b"X:1\nK:D\n||\n"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\xff"),
        ("zeros.abc", b"K:D\nABc\0"),
    ],
)
async def test_what_is_no_melody_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(UserError, match="is no melody that I can read; give me ABC notation or a MIDI file"):
        await read_melody(attached(name, data))


@pytest.mark.parametrize("size", [None, 10])
async def test_what_is_too_large_is_refused(size: int | None) -> None:
    with pytest.raises(UserError, match=r"tune\.abc is larger than 500 kB; give me a shorter melody"):
        await read_melody(attached("tune.abc", TUNE.encode() * LARGEST, size=size))


async def test_midi_becomes_abc() -> None:
    data = midi(track(signature(2), metre(3, 2)), track(*notes(62, 66, 69, 73, 74, 72)))

    abc = await read_melody(attached("my tune.mid", data))

    assert "X:1\nT:my tune\nM:3/4\nL:1/16\nK:D\nD4F4A4 | c4d4=c4 |]\n" == abc


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"RIFF", "it is no MIDI file"),
        (midi(track()), "there are no notes in it"),
        (midi(track(*notes(60)), ticks=0xE728), "it counts time in frames of film"),
        (midi(track(*notes(36, 38, channel=9))), "there are no notes in it"),
    ],
)
async def test_midi_that_holds_no_melody_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UserError, match=f"I cannot read a melody from a.mid: {reason}"):
        await read_melody(attached("a.mid", data))


def test_the_melody_is_the_highest_line_of_the_highest_track() -> None:
    chord = [(0, bytes([0x90, pitch, 80])) for pitch in (60, 64, 67)] + [(96, bytes([0x90, 60, 0]))]
    chord += [(0, bytes([0x80, pitch, 0])) for pitch in (64, 67)]

    assert ["G4 |]"] == body(to_abc(midi(track(*notes(40, 41)), track(*chord)), "x"))


def test_a_note_over_the_bar_is_tied_and_gaps_are_rests() -> None:
    late = [
        (192, bytes([0x90, 72, 80])),
        (288, bytes([0x80, 72, 0])),
        (96, bytes([0x90, 71, 1])),
        (24, b"\x80\x47\x00"),
    ]

    assert ["z8c8- | c4z4B |]"] == body(to_abc(midi(track(*late)), ""))


def test_a_sign_in_a_bar_is_undone_in_every_octave_and_forgotten_at_the_bar() -> None:
    tune = midi(track(signature(-1, minor=True), *notes(71, 70, 82, 58, 70)))

    abc = to_abc(tune, "x")

    assert "K:Dm" in abc
    assert ["=B4_B4_b4_B,4 | B4 |]"] == body(abc)


def test_lines_have_four_bars_and_a_long_melody_is_cut() -> None:
    lines = body(to_abc(midi(track(*notes(*[60] * 200))), "x"))

    assert 8 == len(lines)
    assert all(4 == line.count("C4C4C4C4") for line in lines)


def test_running_status_system_messages_and_programs_are_passed_over() -> None:
    data = midi(
        track((0, b"\xc0\x01"), (0, b"\xf0\x02\x01\xf7"), (0, b"\xe0\x00\x40"), (0, b"\x90\x3c\x40"), (96, b"\x3c\x00"))
    )

    assert ["C4 |]"] == body(to_abc(data, "x"))


def test_signatures_that_make_no_sense_are_ignored() -> None:
    data = midi(track(signature(60), metre(0, 2), metre(3, 7), (0, b"\xff\x59\x01\x00"), *notes(60)))

    assert "M:4/4\nL:1/16\nK:C\nC4 |]" in to_abc(data, "x")


@given(st.binary(max_size=200), st.booleans())
def test_no_file_does_harm(data: bytes, headed: bool) -> None:
    whole = midi(b"MTrk" + len(data).to_bytes(4, "big") + data, ticks=24) if headed else data

    with suppress(ValueError):
        abc = to_abc(whole, "x")
        assert "K:" in abc
        assert abc.endswith("|]\n")


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(1, 40)), min_size=1, max_size=60), st.integers(-7, 7))
def test_every_bar_of_a_melody_adds_up(tune: list[tuple[int, int]], fifths: int) -> None:
    events = [event for pitch, length in tune for event in notes(pitch, length=24 * length)]

    lines = body(to_abc(midi(track(signature(fifths), metre(6, 3), *events)), "x"))

    bars = [bar for line in lines for bar in line.rstrip("|] ").split("|")]
    assert all(12 == _length(bar) for bar in bars[:-1])
    assert 0 < _length(bars[-1]) <= 12


def _length(bar: str) -> int:
    return sum(int(length or 1) for length in re.findall(r"[A-Ga-gz][',]*(\d*)", bar))
