"""Draws a tune's score, writes its MIDI and renders its sound.

Verovio is only ever given what `writing.write` wrote: text that is not well formed can end the whole process.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias

from bot.models.tunes.instruments import Instrument
from bot.models.tunes.keys import fifths
from bot.models.tunes.notation import WHOLE, Mode, Tune
from bot.models.tunes.performance import CHORDS, MELODY, Sound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tinysoundfont import Synth
    from verovio import toolkit

    Buffer: TypeAlias = bytes | bytearray | memoryview
    _Player: TypeAlias = tuple[Synth, int]

SILENT = "There is no audio, because tinysoundfont is missing; `pip install --no-deps tinysoundfont` adds it."
"""What people are told when there is nothing to render audio with."""

WIDTH = 1200
"""Pixels of a score; it is as high as it needs to be."""

RATE = 48_000
"""Frames a second."""

BREATH = 0.92
"""The share of its time that a note of the melody sounds, so that notes of the same pitch are heard apart."""

RING = 1.6
"""Seconds that the last note may ring."""

BELOW = 0.4
"""How loud the accompaniment is beside the melody."""

OPTIONS: dict[str, str | int | bool] = {
    "inputFrom": "abc",
    "pageWidth": 1600,
    "pageHeight": 60_000,
    "adjustPageHeight": True,
    "scale": 60,
    "footer": "none",
    "breaks": "encoded",
    "xmlIdSeed": 1,
}
"""How verovio lays a score out; its ids are the same each time."""


def score(abc: str) -> bytes:
    """The score of a tune, as `writing.write` wrote it, as PNG on white with title and chords."""
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=_loaded(abc).renderToSVG(1),
            background="white",
            width=WIDTH,
            # Servers often have no fonts, and a score looks the same everywhere with one of ours.
            skip_system_fonts=True,
            font_files=[_font().name],
            font_family="Aileron",
            serif_family="Aileron",
        )
    )


def midi(
    tune: Tune, sounds: Sequence[Sound], tempo: int, instrument: Instrument, accompanist: Instrument | None
) -> bytes:
    """What is played as a MIDI file: a track of signatures, one of the melody and one of the chords.

    It is written here and not by verovio, which takes some rhythms and signs of ABC for others.

    Args:
        tune: The tune, for its key and metre.
        sounds: What is played.
        tempo: Quarters in a minute.
        instrument: What plays the melody.
        accompanist: What plays the chords.
    """
    beats, unit = (int(number) for number in tune.metre.split("/"))
    heading = (
        b"\0\xff\x51\x03" + round(60_000_000 / tempo).to_bytes(3, "big")
        + b"\0\xff\x58\x04" + bytes((beats, unit.bit_length() - 1, 24, 8))
        + b"\0\xff\x59\x02" + struct.pack("b?", fifths(tune.key), tune.key.mode in {Mode.MINOR, Mode.DORIAN})
    )  # fmt: skip
    tracks = [_chunk(heading)]
    for channel, one in ((MELODY, instrument), (CHORDS, accompanist)):
        if one is not None:
            tracks.append(_track(channel, one, [sound for sound in sounds if sound.channel == channel]))
    return struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), WHOLE // 4) + b"".join(tracks)


def can_sound() -> bool:
    """Whether audio can be rendered."""
    return find_spec("tinysoundfont") is not None


class Band:
    """Plays on the instruments of a sound font.

    Args:
        font: The sound font; it is read now, to tell whether it can be.
    """

    def __init__(self, font: Path) -> None:
        self._font = font
        _read(font)

    def play(
        self, sounds: Sequence[Sound], tempo: int, instrument: Instrument, accompanist: Instrument | None,
        step: Callable[[float], None],
    ) -> NDArray[np.float32]:  # fmt: skip
        """The tune as samples, `RATE` frames a second in one channel.

        Args:
            sounds: What is played.
            tempo: Quarters in a minute.
            instrument: What plays the melody.
            accompanist: What plays the chords.
            step: Is told how much is done, and stops the work by raising.
        """
        import numpy as np

        voices: list[NDArray[np.float32]] = []
        # Its own: between two steps another tune may be played, and the last one may ring on.
        player = _read(self._font)
        for number, (one, share) in enumerate(((instrument, 1.0), (accompanist, BELOW))):
            notes = [sound for sound in sounds if sound.channel == (MELODY, CHORDS)[number]]
            if one is not None and notes:
                voice = _voice(player, notes, tempo, one, partial(_half, step, number))
                # The font's instruments are not equally loud.
                voices.append(voice * np.float32(share / max(float(np.sqrt(np.mean(np.square(voice)))), 1e-6)))
        mixed = np.zeros((max(map(len, voices)), 1), dtype=np.float32)
        for voice in voices:
            mixed[: len(voice)] += voice
        return mixed


def _read(font: Path) -> _Player:
    import tinysoundfont

    synth = tinysoundfont.Synth(samplerate=RATE)
    return synth, synth.sfload(str(font))


def _voice(
    player: _Player, notes: Sequence[Sound], tempo: int, instrument: Instrument, step: Callable[[float], None]
) -> NDArray[np.float32]:
    import numpy as np

    synth, font = player
    synth.sounds_off()
    synth.program_select(0, font, 0, instrument.program)
    frames = 60 / tempo * 4 / WHOLE * RATE
    events = sorted(
        event
        for note in notes
        for event in (
            (round(note.start * frames), 1, note.pitch + 12 * instrument.octave, note.force),
            (round((note.start + note.ticks * BREATH) * frames), 0, note.pitch + 12 * instrument.octave, 0),
        )
    )
    pieces: list[NDArray[np.float32]] = []
    at = 0
    for place, (time, on, pitch, force) in enumerate(events):
        if time > at:
            pieces.append(_mono(synth.generate(time - at)))
            at = time
        if on:
            synth.noteon(0, pitch, force)
        else:
            synth.noteoff(0, pitch)
        if place % 32 == 0:
            step(place / len(events))
    pieces.append(_mono(synth.generate(round(RING * RATE))))
    return np.concatenate(pieces)


def _half(step: Callable[[float], None], number: int, done: float) -> None:
    step((number + done) / 2)


def _mono(generated: Buffer) -> NDArray[np.float32]:
    import numpy as np

    stereo = np.frombuffer(bytes(generated), dtype=np.float32).reshape(-1, 2)
    mixed: NDArray[np.float32] = np.mean(stereo, axis=1, keepdims=True, dtype=np.float32)
    return mixed


def _loaded(abc: str) -> toolkit:
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    # Where its fonts are is set when it is imported, but only for the thread that imports it.
    engraver = verovio.toolkit(initFont=False)
    engraver.setResourcePath(str(Path(verovio.__file__).parent / "data"))
    engraver.setOptions(OPTIONS)
    engraver.loadData(abc)
    return engraver


@cache
def _font() -> IO[bytes]:
    """A file with the font that comes with Pillow, which may be used for anything; it is gone when Atelier stops."""
    from PIL import ImageFont

    font = ImageFont.load_default(16)
    assert isinstance(font, ImageFont.FreeTypeFont)
    file = tempfile.NamedTemporaryFile(prefix="atelier-", suffix=".ttf")  # noqa: SIM115  # it stays until Atelier stops
    file.write(font.font_bytes)
    file.flush()
    return file


def _track(channel: int, instrument: Instrument, sounds: Sequence[Sound]) -> bytes:
    """A MIDI track that chooses an instrument, and plays these notes on it."""
    events: list[tuple[int, int, bytes]] = [(0, 0, bytes((0xC0 | channel, instrument.program)))]
    for one in sounds:
        pitch = one.pitch + (12 * instrument.octave if channel == MELODY else 0)
        # A note ends before one of the same pitch begins.
        events.append((one.start, 2, bytes((0x90 | channel, pitch, one.force))))
        events.append((one.start + one.ticks, 1, bytes((0x80 | channel, pitch, 0))))
    body = bytearray()
    now = 0
    for time, _, message in sorted(events):
        body += _variable(time - now) + message
        now = time
    return _chunk(bytes(body))


def _chunk(body: bytes) -> bytes:
    body += b"\0\xff\x2f\0"
    return struct.pack(">4sI", b"MTrk", len(body)) + body


def _variable(number: int) -> bytes:
    """A number in MIDI's way: seven bits in a byte, the highest first."""
    digits = [number & 127]
    while number := number >> 7:
        digits.append(128 | number & 127)
    return bytes(reversed(digits))
