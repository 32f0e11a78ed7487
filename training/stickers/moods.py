"""Gives an animal's face a mood: sunglasses, tears, hearts for eyes, a crown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from PIL import Image

from training.stickers.emoji import SIDE, Pixels, draw

Place: TypeAlias = Literal["on the eyes", "each eye", "below the eyes", "head", "corner"]

FACES = {
    "monkey face": (49, 60, 78, 60), "dog face": (45, 66, 84, 66), "wolf": (44, 60, 84, 60), "fox": (48, 72, 80, 72),
    "raccoon": (50, 68, 81, 68), "cat face": (39, 66, 88, 66), "lion": (48, 48, 78, 48), "tiger face": (41, 42, 88, 42),
    "cow face": (49, 57, 83, 57), "pig face": (36, 69, 89, 69), "mouse face": (46, 76, 82, 76),
    "hamster": (43, 70, 84, 70), "rabbit face": (48, 76, 79, 76), "bear": (41, 59, 86, 59),
    "polar bear": (40, 47, 87, 47), "koala": (44, 66, 86, 66), "panda": (41, 68, 86, 68), "frog": (34, 42, 95, 42),
    "front-facing baby chick": (46, 37, 82, 37), "owl": (49, 41, 79, 41), "robot": (42, 66, 85, 66),
    "alien": (36, 64, 91, 64), "skull": (39, 64, 88, 64), "pile of poo": (47, 69, 80, 69),
}  # fmt: skip
"""Where the eyes are in each face: left and right, each by its distance from the left and the top in pixels."""


@dataclass(frozen=True, slots=True)
class Mood:
    """A mood and how it is shown.

    Attributes:
        symbol: The emoji that is laid on the face.
        place: Where.
        size: Its width: a multiple of the distance between the eyes, or pixels at the head and in the corner.
        thing: What it is called in "a fox with …".
    """

    symbol: str
    place: Place
    size: float
    thing: str


MOODS = {
    "cool": Mood("\N{DARK SUNGLASSES}", "on the eyes", 2.3, "sunglasses"),
    "loving": Mood("\N{HEAVY BLACK HEART}", "each eye", 0.75, "heart-eyes"),
    "star-struck": Mood("\N{WHITE MEDIUM STAR}", "each eye", 0.85, "stars for eyes"),
    "crying": Mood("\N{DROPLET}", "below the eyes", 0.5, "tears"),
    "angry": Mood("\N{ANGER SYMBOL}", "corner", 50, "an anger symbol"),
    "sleeping": Mood("\N{SLEEPING SYMBOL}", "corner", 54, "zzz"),
    "dizzy": Mood("\N{DIZZY SYMBOL}", "corner", 54, "a dizzy star"),
    "confused": Mood("\N{BLACK QUESTION MARK ORNAMENT}", "corner", 48, "a question mark"),
    "royal": Mood("\N{CROWN}", "head", 58, "a crown"),
    "fancy": Mood("\N{TOP HAT}", "head", 56, "a top hat"),
    "celebrating": Mood("\N{PARTY POPPER}", "corner", 54, "a party popper"),
    "singing": Mood("\N{MULTIPLE MUSICAL NOTES}", "corner", 52, "musical notes"),
}


def in_mood(pixels: Pixels, face: str, mood: str) -> Pixels:
    """A face in a mood.

    Args:
        pixels: The face's picture.
        face: One of `FACES`.
        mood: One of `MOODS`.
    """
    shown = MOODS[mood]
    canvas = Image.new("RGBA", (SIDE, SIDE))
    # What is worn on the head or floats beside it needs room.
    scale = 1.0 if shown.place in {"on the eyes", "each eye", "below the eyes"} else 0.8
    side = round(SIDE * scale)
    left, top = ((SIDE - side) // 2 if shown.place == "head" else 0), SIDE - side
    canvas.alpha_composite(Image.fromarray(pixels).resize((side, side), Image.Resampling.LANCZOS), (left, top))
    start, high, end, low = FACES[face]
    wide, middle, level = end - start, (start + end) / 2, (high + low) / 2
    match shown.place:
        case "on the eyes":
            _lay(canvas, shown.symbol, shown.size * wide, middle, level)
        case "each eye":
            for at in (start, end):
                _lay(canvas, shown.symbol, max(shown.size * wide, 24), at, level)
        case "below the eyes":
            size = max(shown.size * wide, 20)
            for at in (start, end):
                _lay(canvas, shown.symbol, size, at, level + 0.75 * size)
        case "head":
            first = int(np.flatnonzero(np.asarray(canvas)[:, SIDE // 2, 3] > 128)[0])
            _lay(canvas, shown.symbol, shown.size, SIDE / 2, max(first - 0.18 * shown.size, 0.42 * shown.size))
        case "corner":
            _lay(canvas, shown.symbol, shown.size, SIDE - shown.size / 2, shown.size / 2)
    return np.asarray(canvas)


def _lay(canvas: Image.Image, symbol: str, width: float, across: float, down: float) -> None:
    """Lay an emoji over the picture, its middle at a place; it stays inside."""
    drawn = Image.fromarray(draw(symbol))
    drawn = drawn.crop(drawn.getbbox())
    size = (round(width), round(width * drawn.height / drawn.width))
    left = min(max(round(across - size[0] / 2), 0), SIDE - size[0])
    top = min(max(round(down - size[1] / 2), 0), SIDE - size[1])
    canvas.alpha_composite(drawn.resize(size, Image.Resampling.LANCZOS), (left, top))
