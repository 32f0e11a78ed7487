"""Made-up emoji and tiny recipes."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from training.stickers import emoji
from training.stickers.emoji import Pixels

SHAPES = {"fox": "🦊", "star": "⭐", "grinning face": "😀", "apple tree": "🌳"}


def drawn(symbol: str) -> Pixels:
    """A disc in a colour of its own, with two dark eyes."""
    canvas = Pillow.new("RGBA", (128, 128))
    pen = ImageDraw.Draw(canvas)
    hue = sum(map(ord, symbol)) * 37 % 360
    pen.ellipse((12, 12, 116, 116), f"hsl({hue}, 80%, 50%)")
    pen.ellipse((40, 64, 56, 80), "black")
    pen.ellipse((72, 64, 88, 80), "black")
    return np.asarray(canvas)


def archive(folder: Path) -> None:
    """What npm hands out, with four emoji."""
    name, _, version = emoji.CLDR.partition("@")
    with tarfile.open(folder / f"{name}-{version}.tgz", "w:gz") as packed:
        for language in emoji.LANGUAGES:
            rows = {
                symbol: {
                    "default": [f"{title} word", title],
                    "tts": [title if language == "en" else f"{title}-{language}"],
                }
                for title, symbol in SHAPES.items()
            }
            rows |= {
                "A": {"tts": ["A button"]},
                "?": {},
                ",": {"tts": ["comma sign"]},
                "🧔\u200d♂": {"tts": ["man: beard"]},
                "🇫": {"default": ["nameless"]},
            }
            text = json.dumps({"annotations": {"annotations": rows}}).encode()
            about = tarfile.TarInfo(f"package/annotations/{language}/annotations.json")
            about.size = len(text)
            packed.addfile(about, io.BytesIO(text))


SEED = 3
"""With it some colours and some moods are held out, even of so few emoji."""

TINY = {"steps": 4, "batch": 4, "keep": 2, "threads": 1}
