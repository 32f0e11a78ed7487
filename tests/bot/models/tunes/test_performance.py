"""Chords, how a tune is played, and what is made of it."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from PIL import Image

from bot.models.tunes import rendering
from bot.models.tunes.harmony import harmonise
from bot.models.tunes.instruments import BY_NAME
from bot.models.tunes.notation import METRES, Tune, ticks_of, upbeat
from bot.models.tunes.performance import MELODY, STROKES, Sound, performed, unrolled
from bot.models.tunes.reading import read
from bot.models.tunes.writing import write
from tests.bot.models.tunes.tunes import JIG, tunes

FONT = Path(__file__).parents[4] / "starter" / "tunes" / "instruments.sf3"

MELODIC = "X:1\nM:4/4\nL:1/8\nK:C\nC2E2G2E2|F2A2c2A2|G2B2d2B2|c8|]\n"


def names(abc: str) -> list[list[str]]:
    return [[chord.name for chord in bar] for part in harmonise(read(abc)) for bar in part]


def test_broken_chords_are_heard_as_those_chords() -> None:
    assert [["C"], ["F"], ["G"], ["C"]] == names(MELODIC)


def test_chords_are_named_in_their_key() -> None:
    assert [["Am"], ["Dm"], ["E"], ["Am"]] == names(
        "X:1\nM:4/4\nL:1/8\nK:Am\nA2c2e2c2|d2f2a2f2|e2^g2b2^g2|a8|]\n"
    )  # fmt: skip


@given(tunes())
def test_every_tune_begins_with_a_chord_and_ends_on_its_tonic(tune: Tune) -> None:
    chords = harmonise(tune)

    assert [len(part.bars) for part in tune.parts] == [len(part) for part in chords]
    for part, named in zip(tune.parts, chords, strict=True):
        begun = upbeat(part, tune.full) > 0
        assert named[begun]
        assert not (begun and named[0])
    last = [chord for bar in chords[-1] for chord in bar][-1]
    assert tune.key.tonic == last.root


@given(tunes())
def test_repeats_are_played_and_nothing_sounds_after_the_end(tune: Tune) -> None:
    whole, _ = unrolled(tune, harmonise(tune))
    length = sum(ticks_of(bar) for part in whole.parts for bar in part.bars)

    sounds = performed(tune, harmonise(tune))

    assert len(tune.parts) + sum(part.repeated for part in tune.parts) == len(whole.parts)
    assert max(sound.start + sound.ticks for sound in sounds) <= length
    melody = [sound for sound in sounds if sound.channel == MELODY]
    assert sum(note.ticks for note in whole.notes() if note.pitch is not None) == sum(sound.ticks for sound in melody)


def test_held_notes_are_struck_once() -> None:
    tune = read("X:1\nM:4/4\nL:1/8\nK:C\nC8-|C8|]\n")

    assert [Sound(0, 192, 60, 104, MELODY)] == performed(tune, [[(), ()]])


def test_every_metre_has_an_accompaniment() -> None:
    assert METRES.keys() == STROKES.keys()
    assert all(tick < METRES[metre] for metre, strokes in STROKES.items() for tick, _ in strokes)


def test_the_score_is_a_picture_with_ink() -> None:
    tune = read(JIG)

    picture = Image.open(io.BytesIO(rendering.score(write(tune, title="A jig", tempo=120, drawn=True))))

    assert ("PNG", rendering.WIDTH) == (picture.format, picture.width)
    assert (0, 255) == picture.convert("L").getextrema()


@settings(max_examples=20, deadline=None, phases=[Phase.generate])
@given(tunes())
def test_every_tune_can_be_drawn(tune: Tune) -> None:
    chords = [[[(chord.tick, chord.name) for chord in bar] for bar in part] for part in harmonise(tune)]

    assert rendering.score(write(tune, title="A tune", tempo=120, chords=chords, drawn=True)).startswith(b"\x89PNG")


@given(tunes())
def test_midi_has_every_note_at_its_time(tune: Tune) -> None:
    sounds = performed(tune, harmonise(tune))

    _, *tracks = events(rendering.midi(tune, sounds, 120, BY_NAME["flute"], BY_NAME["harp"]))

    for channel, track in enumerate(tracks):
        struck = [(time, event[1]) for time, event in track if event[0] == 0x90 | channel]
        assert sorted((sound.start, sound.pitch) for sound in sounds if sound.channel == channel) == sorted(struck)


def events(data: bytes) -> list[list[tuple[int, bytes]]]:
    """The channel messages of each track of a MIDI file, with their times."""
    tracks = []
    place = 14
    while place < len(data):
        size = struct.unpack(">I", data[place + 4 : place + 8])[0]
        body, found, at, now = data[place + 8 : place + 8 + size], [], 0, 0
        while at < size:
            delta = 0
            while True:
                byte = body[at]
                at += 1
                delta = delta << 7 | byte & 127
                if byte < 128:
                    break
            now += delta
            if body[at] == 0xFF:
                at += 3 + body[at + 2]
                continue
            length = 2 if body[at] >> 4 == 0xC else 3
            found.append((now, body[at : at + length]))
            at += length
        tracks.append(found)
        place += 8 + size
    return tracks


def test_midi_says_tempo_metre_key_and_instruments() -> None:
    tune = read(JIG)
    sounds = performed(tune, harmonise(tune))

    data = rendering.midi(tune, sounds, 150, BY_NAME["tin whistle"], BY_NAME["harp"])

    assert (b"MThd", 6, 1, 3, 24) == struct.unpack(">4sIHHH", data[:14])
    assert b"\xff\x51\x03" + (400_000).to_bytes(3, "big") in data
    assert b"\xff\x58\x04\x06\x03" in data
    assert b"\xff\x59\x02\x02\x00" in data
    _, melody, chords = events(data)
    assert [(0, bytes((0xC0, 72))), (0, bytes((0x90, 81, 84)))] == melody[:2]
    assert (0, bytes((0xC1, 46))) == chords[0]
    assert 2 == len(events(rendering.midi(tune, sounds, 150, BY_NAME["flute"], None)))


def test_long_times_are_written_in_several_bytes() -> None:
    late = [Sound(96 * 400, 24, 60, 80, MELODY)]

    assert 96 * 400 == events(rendering.midi(read(MELODIC), late, 120, BY_NAME["flute"], None))[1][1][0]


@pytest.fixture(scope="module")
def band() -> rendering.Band:
    pytest.importorskip("tinysoundfont")
    return rendering.Band(FONT)


def test_plays_each_note_at_its_pitch_and_time(band: rendering.Band) -> None:
    tune = read("X:1\nM:4/4\nL:1/8\nK:A\nA8|e8|]\n")

    samples = band.play(performed(tune, [[(), ()]]), 60, BY_NAME["flute"], None, lambda _: None)

    assert samples.shape[1] == 1
    assert len(samples) / rendering.RATE == pytest.approx(8 * 0.96 + rendering.RING, abs=0.3)
    for start, pitch in ((1, 440.0), (5, 659.3)):
        piece = samples[start * rendering.RATE : (start + 2) * rendering.RATE, 0]
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece))))
        near = slice(int(pitch * 2 * 0.9), int(pitch * 2 * 1.1))
        assert pitch == pytest.approx((near.start + int(spectrum[near].argmax())) / 2, rel=0.015)


def test_chords_are_softer_than_the_melody_and_all_instruments_sound(band: rendering.Band) -> None:
    tune = read("X:1\nM:2/4\nL:1/8\nK:C\nE4|C4|]\n")
    told: list[float] = []

    for one in BY_NAME.values():
        alone = band.play(performed(tune, [[(), ()]]), 200, one, None, told.append)
        assert np.isfinite(alone).all()
        assert np.sqrt(np.mean(np.square(alone))) == pytest.approx(1.0, rel=0.01)
    assert told


@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(tunes())
def test_plays_any_tune(tune: Tune) -> None:
    pytest.importorskip("tinysoundfont")
    sounds = performed(tune, harmonise(tune))[:40]

    samples = rendering.Band(FONT).play(sounds, 300, BY_NAME["fiddle"], BY_NAME["guitar"], lambda _: None)

    assert samples.any()
