"""Tunes for tests: by chance, and written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.models.tunes.notation import (
    KINDS,
    METRES,
    TRIPLETS,
    Bar,
    Key,
    Mode,
    Motion,
    Note,
    Part,
    Tune,
)
from bot.models.tunes.rules import Rules
from bot.models.tunes.sampling import Writer
from bot.models.tunes.tokens import NAMES, UPBEATS

PITCHES = st.integers(55, 86)

JIG = """X:1
T:The Test
R:jig
M:6/8
L:1/8
K:D
|: A | "D"dAF DFA | ~B3 {c}BAB | d2f edc | (BAG) F2A |
dAF DFA | B3 BAB | dcB AGF | E3 D2 :|
"""


@st.composite
def bars(draw: st.DrawFn, length: int) -> Bar:
    """A bar of so many ticks."""
    notes: list[Note] = []
    while length:
        triplets = [ticks for ticks in (4, 8) if ticks * 3 <= length]
        plain = [ticks for ticks in (3, 6, 9, 12, 18, 24, 36, 48) if ticks <= length]
        ticks = draw(st.sampled_from([*plain, *triplets]))
        for _ in range(3 if ticks in TRIPLETS else 1):
            pitch = draw(PITCHES if ticks in TRIPLETS else st.one_of(PITCHES, st.none()))
            notes.append(Note(ticks, pitch))
            length -= ticks
    if not any(note.pitch for note in notes):
        notes[0] = Note(notes[0].ticks, draw(PITCHES))
    return tuple(notes)


@st.composite
def tunes(draw: st.DrawFn) -> Tune:
    """A tune of two parts of four bars."""
    metre = draw(st.sampled_from(sorted(METRES)))
    full = METRES[metre]
    parts = []
    for _ in range(2):
        begun = draw(st.sampled_from([0, *(ticks for ticks in UPBEATS if ticks < full and ticks % 3 == 0)]))
        inner = [draw(bars(full)) for _ in range(3)]
        written = ([draw(bars(begun))] if begun else []) + inner + [draw(bars(full - begun))]
        parts.append(Part(tuple(written), draw(st.booleans())))
    key = Key(draw(st.integers(0, 11)), draw(st.sampled_from(list(Mode))))
    kind = draw(st.sampled_from(KINDS))
    return Tune(kind, metre, key, draw(st.sampled_from(list(Motion))), tuple(parts))


class Dice:
    """Says by chance what comes next."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)

    def __call__(self, token: int, place: Sequence[int], heading: Sequence[int]) -> NDArray[np.float64]:
        return self._chance.normal(size=len(NAMES)) * 3


def writer(rules: Rules, seed: int) -> Writer:
    """A writer that knows nothing of music."""
    return Writer(Dice(seed), rules, np.random.default_rng(seed), lambda: False, RuntimeError, lambda _: None)


def checkpoint(folder: Path, seed: int = 0) -> Path:
    """A tiny network with random weights, as the real class writes it."""
    import torch

    from bot.models.tunes.model import TunesConfig, TunesModel

    torch.manual_seed(seed)
    TunesModel(TunesConfig(embedding=16, hidden=24, layers=2)).save_pretrained(folder)
    return folder
