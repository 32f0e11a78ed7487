"""Pictures that people give are opened without trusting them, and show what they showed before."""

from __future__ import annotations

import io
import threading
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from PIL import EpsImagePlugin

from bot import UserError, read_picture


def saved(picture: PIL.Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def levels(data: bytes) -> list[int]:
    """The brightness of a row of pixels."""
    return [*read_picture(data, "It").convert("L").tobytes()]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_what_people_upload_is_opened(kind: str) -> None:
    picture = read_picture(saved(PIL.Image.new("RGB", (40, 30), "teal"), kind), "It")
    assert ((40, 30), "RGBA") == (picture.size, picture.mode)


def test_no_program_is_started_for_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    started = threading.Event()
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *args, **options: started.set())
    with pytest.raises(
        UserError, match="is no picture that I can open; give a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF"
    ):
        read_picture(saved(PIL.Image.new("RGB", (4, 4)), "EPS"), "It")
    assert not started.is_set()


@pytest.mark.parametrize("kind", ["SPIDER", "PPM", "TGA", "PCX", "ICO", "SGI"])
def test_what_nobody_uploads_is_not_opened(kind: str) -> None:
    with pytest.raises(UserError, match="is no picture that I can open"):
        read_picture(saved(PIL.Image.new("F" if kind == "SPIDER" else "RGB", (64, 64)), kind), "It")


def test_a_grey_picture_with_more_than_eight_bits_keeps_its_greys() -> None:
    grey = np.array([[0, 257, 32_896, 65_535]])
    assert [0, 1, 128, 255] == levels(saved(PIL.Image.fromarray(grey.astype(np.uint16))))
    assert [0, 1, 128, 255] == levels(saved(PIL.Image.fromarray(grey.astype(">u2")), "TIFF"))
    assert [0, 1, 128, 255] == levels(saved(PIL.Image.fromarray(grey.astype(np.int32)), "TIFF"))
    assert [0, 1, 128, 255] == levels(saved(PIL.Image.fromarray((grey / 65_535).astype(np.float32)), "TIFF"))


def test_a_dark_picture_with_more_than_eight_bits_stays_dark() -> None:
    assert [0, 0, 1, 1] == levels(saved(PIL.Image.fromarray(np.array([[0, 1, 200, 255]], np.uint16))))
    assert [0, 1, 200, 255] == levels(saved(PIL.Image.fromarray(np.array([[0, 1, 200, 255]], np.int32)), "TIFF"))


def test_numbers_that_are_no_brightness_do_not_stop_a_picture() -> None:
    wild = np.array([[np.nan, -1, 0, np.inf]], np.float32)
    assert 4 == len(levels(saved(PIL.Image.fromarray(wild), "TIFF")))


def header(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and ends there."""
    about = b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\0\0\0\0"
    body = b"IDAT" + zlib.compress(b"")
    parts = (len(part[4:]).to_bytes(4) + part + zlib.crc32(part).to_bytes(4) for part in (about, body, b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(("most", "size"), [(50_000_000, (7_100, 7_100)), (16_000_000, (4_100, 4_100))])
def test_a_picture_with_too_many_pixels_is_not_unpacked(most: int, size: tuple[int, int]) -> None:
    with pytest.raises(UserError, match=f"has more than {most // 1_000_000} million pixels; make it smaller first"):
        read_picture(header(*size), "It", most=most)


def test_a_large_photo_is_unpacked_at_the_size_that_is_wanted() -> None:
    photo = saved(PIL.Image.new("L", (2_000, 1_000), 200), "JPEG")
    assert (100, 50) == read_picture(photo, "It", side=100, most=200_000).size
    with pytest.raises(UserError, match="pixels"):
        read_picture(saved(PIL.Image.new("L", (2_000, 1_000)), "PNG"), "It", side=100, most=200_000)


def test_large_pictures_are_unpacked_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, both = [0], [0], threading.Event()
    load, lock = PIL.Image.Image.convert, threading.Lock()

    def convert(picture: PIL.Image.Image, mode: str) -> PIL.Image.Image:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            if inside[0] == 2:
                both.set()
        # Long enough for another one, if there may be one.
        both.wait(0.05)
        with lock:
            inside[0] -= 1
        return load(picture, mode)

    large, small = (saved(PIL.Image.new("1", (side, side))) for side in (2_100, 20))
    monkeypatch.setattr(PIL.Image.Image, "convert", convert)
    for data, expected in ((large, 1), (small, 2)):
        most[0] = 0
        threads = [threading.Thread(target=read_picture, args=(data, "It")) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert expected == most[0]


def test_every_picture_of_a_person_is_opened_here() -> None:
    root = Path(__file__).parents[2]
    opened = [
        path.relative_to(root).as_posix()
        for folder in ("bot", "plugins")
        for path in (root / folder).rglob("*.py")
        if "Image.open(" in path.read_text() or "Pillow.open(" in path.read_text()
    ]
    # The others open what Atelier itself has written.
    assert ["bot/pictures.py", "plugins/imagine/__init__.py", "plugins/sticker/sheets.py"] == sorted(opened)
