"""The emoji that the models learn from: Noto Color Emoji's pictures and CLDR's names.

The font is under the SIL Open Font License 1.1 (Debian: fonts-noto-color-emoji); the names are Unicode CLDR's, under
the Unicode License v3 (npm: cldr-annotations-full).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels: TypeAlias = NDArray[np.uint8]
"""Height by width by red, green, blue and alpha; the colours are not multiplied by alpha."""

SIDE = 128
"""Pixels of a picture's side."""

FONT = "NotoColorEmoji.ttf"
"""Pillow looks for it where fonts are installed."""

CLDR = "cldr-annotations-full@48.2.0"
"""The package that carries the names."""

LANGUAGES = ("en", "de", "fr", "es")

_STRIKE, _WIDE = 109, 136
"""The size of the font's only bitmaps, and how wide they are."""

_TEXT = re.compile(
    r"[:“]|o’clock|-thirty|blood type|keycap|^input |button$|(?<!with )(?<!and )arrow$|sign$|^family|asterisk"
    r"|copyright|registered|trade mark|\b(?:wo)?m[ae]n\b(?!’)"
)
"""Names of what is left out: letters and signs, which a small model cannot write, and what looks like another one."""

_FACING = re.compile(
    r"left|right|clockwise|letter|number|mark|symbol|flag|hundred|music|ATM|clock|watch|calendar|east|west|map|globe"
    r"|ZZZ|Virgo|Aries|Taurus|Gemini|Cancer|Leo|Libra|Scorpio|Sagittarius|Capricorn|Aquarius|Pisces|Ophiuchus|cinema"
    r"|bank|store|hotel|school|post|newspaper|receipt|label|keyboard|dollar|euro|yen|pound|die|cards|mahjong|joker"
)
"""Names of what says something else, or is wrong, when it is seen in a mirror."""


@dataclass(frozen=True, slots=True)
class Emoji:
    """An emoji.

    Attributes:
        symbol: The character or characters that stand for it.
        names: What it is called, by language.
        keywords: English words that people look for it by.
        pixels: Its picture.
        turns: Whether it may be seen in a mirror.
    """

    symbol: str
    names: Mapping[str, str]
    keywords: tuple[str, ...]
    pixels: Pixels
    turns: bool


def read(work: Path) -> list[Emoji]:
    """Every emoji that is drawn by the font and named by CLDR, in CLDR's order; letters and signs are left out.

    Args:
        work: Where the names are kept once they were fetched.

    Raises:
        SystemExit: The font or the names are missing; the text says how to get them.
    """
    names = {language: _annotations(work, language) for language in LANGUAGES}
    found, seen = [], {bytes(draw("\U0010ffff"))}
    for symbol, about in names["en"].items():
        name = about.get("tts", [""])[0]
        if not name or _TEXT.search(name) or any("\U0001f3fb" <= each <= "\U0001f3ff" for each in symbol):
            continue
        pixels = draw(symbol)
        if (same := bytes(pixels)) in seen or not pixels[..., 3].any():
            continue
        seen.add(same)
        titles = {code: rows[symbol]["tts"][0] for code, rows in names.items() if "tts" in rows.get(symbol, {})}
        found.append(Emoji(symbol, titles, tuple(about.get("default", ())), pixels, not _FACING.search(name)))
    return found


def names(work: Path) -> dict[str, str]:
    """What CLDR calls characters in English.

    Args:
        work: Where the names are kept once they were fetched.

    Raises:
        SystemExit: The names are missing; the text says how to get them.
    """
    return {symbol: about["tts"][0] for symbol, about in _annotations(work, "en").items() if "tts" in about}


@cache
def _font() -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(FONT, _STRIKE, layout_engine=ImageFont.Layout.RAQM)
    except OSError as error:
        raise SystemExit(
            f"{FONT} is not installed; on Debian and Ubuntu run `apt-get install fonts-noto-color-emoji`."
        ) from error


def draw(symbol: str) -> Pixels:
    """The picture of an emoji; empty where the font has none."""
    canvas = Image.new("RGBA", (_WIDE, SIDE))
    if abs(_font().getlength(symbol) - _WIDE) < 1:
        ImageDraw.Draw(canvas).text((0, 0), symbol, font=_font(), embedded_color=True)
    edge = (_WIDE - SIDE) // 2
    return np.asarray(canvas.crop((edge, 0, edge + SIDE, SIDE)))


def _annotations(work: Path, language: str) -> dict[str, dict[str, list[str]]]:
    """What CLDR says of each character."""
    name, _, version = CLDR.partition("@")
    archive = work / f"{name}-{version}.tgz"
    if not archive.exists():
        _fetch(archive)
    try:
        with tarfile.open(archive, "r:gz") as files:
            file = files.extractfile(f"package/annotations/{language}/annotations.json")
            assert file is not None
            rows: dict[str, dict[str, list[str]]] = json.load(file)["annotations"]["annotations"]
    except (tarfile.TarError, OSError, EOFError, zlib.error, LookupError, ValueError) as error:
        raise SystemExit(f"{archive} is broken: delete it, and it is fetched again.") from error
    return rows


def _fetch(archive: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit(f"The emoji's names come from npm's package {CLDR}; install npm first.")
    archive.parent.mkdir(parents=True, exist_ok=True)
    # Npm packs it in place: it is moved once it is whole.
    with TemporaryDirectory(dir=archive.parent) as folder:
        done = subprocess.run([npm, "pack", "--silent", CLDR], cwd=folder, check=False)  # noqa: S603  # the name is ours
        if done.returncode:
            raise SystemExit(f"`npm pack {CLDR}` failed; see above.")
        (Path(folder) / archive.name).replace(archive)
