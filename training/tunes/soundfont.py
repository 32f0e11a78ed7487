"""Cuts the sound font that renders the starter tunes out of FluidR3_GM: `python -m training.tunes.soundfont`.

FluidR3 by Frank Wen and others is free under the MIT licence; Debian packages it as fluid-soundfont-gm. Only the
presets that are used are kept, and of each only some keys; samples become mono and are compressed with Vorbis, which
makes it the kind of sound font called SF3.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, TypeAlias

import numpy as np
import soundfile
import typer
from numpy.typing import NDArray

from bot.models.tunes.instruments import INSTRUMENTS

Zone: TypeAlias = dict[int, int]
"""Generators by number; the amounts as they are stored, without sign."""

KEYS, INSTRUMENT, SAMPLE, PAN, ROOT, FINE, VELOCITIES = 43, 41, 53, 17, 58, 52, 44

LONGEST = 2.4
"""Seconds that are kept of a sample without a loop: long enough for the longest note, for most are much shorter."""

RATE = 32_000
"""Samples a second at most: what is above 16 kHz is hardly heard."""

APART = 5
"""Keys between one kept sample and the next, at least."""

LOW, HIGH = 38, 96
"""The keys that are played."""


@dataclass(slots=True)
class Font:
    """A sound font's tables.

    Attributes:
        pcm: All samples.
        presets: Zones by bank and program, with the preset's name.
        instruments: Zones of each instrument, with its name.
        samples: Name, start, end, loop start, loop end, rate, key, correction, link and type of each sample.
    """

    pcm: NDArray[np.int16]
    presets: dict[tuple[int, int], tuple[str, list[Zone]]]
    instruments: list[tuple[str, list[Zone]]]
    samples: list[tuple[str, int, int, int, int, int, int, int, int, int]]


def chunks(data: memoryview) -> dict[str, memoryview]:
    """The chunks of a RIFF file, those in lists included."""
    found: dict[str, memoryview] = {}
    place = 0
    while place + 8 <= len(data):
        name = bytes(data[place : place + 4]).decode("latin-1")
        size = struct.unpack("<I", data[place + 4 : place + 8])[0]
        body = data[place + 8 : place + 8 + size]
        if name in {"RIFF", "LIST"}:
            found |= chunks(body[4:])
        else:
            found[name] = body
        place += 8 + size + size % 2
    return found


def read(path: Path) -> Font:
    """The tables of a sound font."""
    found = chunks(memoryview(path.read_bytes()))

    def zones(bags: str, generators: str, first: int, last: int) -> list[Zone]:
        rows = list(struct.iter_unpack("<HH", found[bags]))
        pairs = list(struct.iter_unpack("<HH", found[generators]))
        return [dict(pairs[rows[bag][0] : rows[bag + 1][0]]) for bag in range(first, last)]

    heads = list(struct.iter_unpack("<20sHHHIII", found["phdr"]))
    presets = {
        (one[2], one[1]): (_text(one[0]), zones("pbag", "pgen", one[3], after[3])) for one, after in pairwise(heads)
    }
    names = list(struct.iter_unpack("<20sH", found["inst"]))
    instruments = [(_text(one[0]), zones("ibag", "igen", one[1], after[1])) for one, after in pairwise(names)]
    samples = [
        (_text(one[0]), *one[1:]) for one in list(struct.iter_unpack("<20sIIIIIBbHH", found["shdr"]))[:-1]
    ]  # fmt: skip
    return Font(np.frombuffer(found["smpl"], dtype="<i2"), presets, instruments, samples)


def _text(name: bytes) -> str:
    return name.split(b"\0")[0].decode("latin-1")


@dataclass(frozen=True, slots=True)
class Kept:
    """A sample that is kept, with what says how it is played.

    Attributes:
        zone: Its generators, without those that are set anew.
        keys: The lowest and the highest key it plays.
        source: Its row in the old font.
    """

    zone: Zone
    keys: tuple[int, int]
    source: int


def chosen(font: Font, program: int) -> tuple[str, Zone, list[Kept]]:
    """A preset's name, the generators that hold for all of it, and its samples, a few keys apart.

    Of the preset's layers for different forces the one for a firm stroke is kept, of stereo pairs the left side.
    """
    name, zones = font.presets[0, program]
    layers = [zone for zone in zones if INSTRUMENT in zone]
    firm = [
        zone for zone in layers if (zone.get(VELOCITIES, 0x7F00) & 255) <= 100 <= (zone.get(VELOCITIES, 0x7F00) >> 8)
    ]
    layer = (firm or layers)[0]
    rows = font.instruments[layer[INSTRUMENT]][1]
    common = rows[0] if SAMPLE not in rows[0] else {}
    shared = {number: amount for number, amount in common.items() if number not in {PAN, KEYS, VELOCITIES}}
    by_key: dict[int, tuple[Zone, int]] = {}
    for zone in rows:
        if SAMPLE not in zone:
            continue
        low, high = zone.get(KEYS, 0x7F00) & 255, zone.get(KEYS, 0x7F00) >> 8
        place = (max(low, LOW) + min(high, HIGH)) // 2
        if low <= HIGH and high >= LOW and place not in by_key:
            by_key[place] = (zone, zone[SAMPLE])
    places: list[int] = []
    for place in sorted(by_key):
        if not places or place - places[-1] >= APART:
            places.append(place)
    kept = []
    for number, place in enumerate(places):
        low = 0 if number == 0 else (places[number - 1] + place) // 2 + 1
        high = 127 if number == len(places) - 1 else (place + places[number + 1]) // 2
        zone, source = by_key[place]
        own = {key: value for key, value in zone.items() if key not in {PAN, KEYS, VELOCITIES, SAMPLE}}
        kept.append(Kept({**shared, **own}, (low, high), source))
    return name, {key: value for key, value in layer.items() if key not in {VELOCITIES, INSTRUMENT}}, kept


def compressed(font: Font, source: int, *, loops: bool) -> tuple[bytes, tuple[int, int, int]]:
    """A sample as Ogg Vorbis, with the ends of its loop and its rate.

    Args:
        font: The font it is in.
        source: Its row.
        loops: Whether it is played in a loop; then it is cut after the loop, otherwise after a while.
    """
    _, start, end, first, last, rate, *_ = font.samples[source]
    stop = min(end, last + 8) if loops else min(end, start + int(LONGEST * rate))
    if loops and last - start > LONGEST * rate * 2:
        # A long sample with its loop at the end: the sound is the same long before.
        stop = end
    samples = font.pcm[start:stop].astype(np.float32) / 32768
    if not loops:
        fade = min(len(samples), rate // 10)
        samples[len(samples) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", rate, 1, format="OGG", subtype="VORBIS", compression_level=0.7) as file:
        for begin in range(0, len(samples), rate):
            file.write(samples[begin : begin + rate])
    return buffer.getvalue(), (max(first - start, 0), max(last - start, 0), rate)


def build(font: Font, programs: list[int], version: str) -> bytes:
    """The sound font with only these programs, as SF3."""
    sounds, rows = bytearray(), bytearray()
    phdr, pbag, pgen, inst, ibag, igen = (bytearray() for _ in range(6))
    placed: dict[tuple[int, bool], int] = {}
    generators = instrument_generators = bags = instrument_bags = 0
    for number, program in enumerate(sorted(programs)):
        name, common, kept = chosen(font, program)
        phdr += struct.pack("<20sHHHIII", name.encode()[:19], program, 0, bags, 0, 0, 0)
        pbag += struct.pack("<HH", generators, 0)
        pairs = [*sorted(common.items()), (INSTRUMENT, number)]
        pgen += b"".join(struct.pack("<HH", *pair) for pair in pairs)
        bags, generators = bags + 1, generators + len(pairs)
        inst += struct.pack("<20sH", name.encode()[:19], instrument_bags)
        for one in kept:
            loops = one.zone.get(54, 0) & 1 == 1
            if (one.source, loops) not in placed:
                data, (first, last, rate) = compressed(font, one.source, loops=loops)
                label, *_, key, fine, _, _ = font.samples[one.source]
                placed[one.source, loops] = len(placed)
                begin = len(sounds)
                sounds += data
                # The flag 16 says that start and end count bytes of a compressed stream; loops count its samples.
                rows += struct.pack("<20sIIIIIBbHH", label.encode()[:19], begin, len(sounds), first, last, rate,
                                    key, fine, 0, 1 | 16)  # fmt: skip
            zone = {**one.zone, SAMPLE: placed[one.source, loops]}
            # The keys have to come first and the sample last.
            pairs = [(KEYS, one.keys[0] | one.keys[1] << 8)]
            pairs += sorted((key, value) for key, value in zone.items() if key != SAMPLE)
            pairs.append((SAMPLE, zone[SAMPLE]))
            ibag += struct.pack("<HH", instrument_generators, 0)
            igen += b"".join(struct.pack("<HH", *pair) for pair in pairs)
            instrument_bags, instrument_generators = instrument_bags + 1, instrument_generators + len(pairs)
    phdr += struct.pack("<20sHHHIII", b"EOP", 0, 0, bags, 0, 0, 0)
    pbag += struct.pack("<HH", generators, 0)
    inst += struct.pack("<20sH", b"EOI", instrument_bags)
    ibag += struct.pack("<HH", instrument_generators, 0)
    rows += struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    none = bytes(10)
    info = _chunk(b"ifil", struct.pack("<HH", 3, 1)) + _chunk(b"isng", b"EMU8000\0") + _chunk(b"INAM", version.encode())
    tables = b"".join(
        _chunk(label, bytes(data))
        for label, data in (
            (b"phdr", phdr), (b"pbag", pbag), (b"pmod", none), (b"pgen", pgen + bytes(4)), (b"inst", inst),
            (b"ibag", ibag), (b"imod", none), (b"igen", igen + bytes(4)), (b"shdr", rows),
        )
    )  # fmt: skip
    parts = (b"INFO", info), (b"sdta", _chunk(b"smpl", bytes(sounds))), (b"pdta", tables)
    return _chunk(b"RIFF", b"sfbk" + b"".join(_chunk(b"LIST", label + body) for label, body in parts))


def _chunk(name: bytes, data: bytes) -> bytes:
    # TinySoundFont does not skip the byte that stands after an odd chunk, so there are none.
    data += bytes(len(data) % 2)
    return name + struct.pack("<I", len(data)) + data


def main(
    source: Annotated[Path, typer.Argument(help="FluidR3_GM.sf2.")] = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    out: Annotated[Path, typer.Option(help="Where the cut one goes.")] = Path("starter/tunes/instruments.sf3"),
) -> None:
    """Cut the sound font of the starter tunes."""
    data = build(read(source), [instrument.program for instrument in INSTRUMENTS], "Instruments from FluidR3")
    out.write_bytes(data)
    typer.echo(f"{out}: {len(data):,} bytes")


if __name__ == "__main__":
    typer.run(main)
