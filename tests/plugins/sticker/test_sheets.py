from __future__ import annotations

import io
import os

import pytest
from PIL import Image as Pillow

from plugins.sticker.sheets import SIDE, fitted, given, sheet, squared
from tests.plugins.sticker.drawer import face

SLACK_BYTES = 128 * 1024


def saved(picture: Pillow.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def noise(side: int) -> bytes:
    return saved(Pillow.frombytes("RGBA", (side, side), os.urandom(side * side * 4)))


@pytest.mark.parametrize("side", [SIDE, 4 * SIDE])
def test_not_even_noise_is_too_large_for_the_platforms(side: int) -> None:
    assert len(fitted(noise(side))) < SLACK_BYTES


def test_a_picture_that_fits_stays_as_it_is() -> None:
    assert face("gold") == fitted(face("gold")) == squared(face("gold"))


def test_a_wide_picture_keeps_its_shape() -> None:
    assert (128, 32) == Pillow.open(io.BytesIO(fitted(saved(Pillow.new("RGB", (512, 128)))))).size
    square = Pillow.open(io.BytesIO(squared(saved(Pillow.new("RGB", (512, 128), "red")))))
    assert ((128, 128), 0, 255) == (
        square.size,
        square.getpixel((64, 0))[3],  # type: ignore[index]  # four channels
        square.getpixel((64, 64))[3],  # type: ignore[index]
    )


def test_a_photo_is_kept_small() -> None:
    out = io.BytesIO()
    Pillow.new("RGB", (1200, 800), "red").save(out, "JPEG")
    assert (256, 171) == Pillow.open(io.BytesIO(given(out.getvalue(), "It"))).size


@pytest.mark.parametrize(
    ("count", "columns", "size"), [(1, None, (1, 1)), (5, None, (3, 2)), (9, None, (3, 3)), (6, 2, (2, 3))]
)
def test_a_sheet_has_room_for_every_picture(count: int, columns: int | None, size: tuple[int, int]) -> None:
    made = Pillow.open(io.BytesIO(sheet([face("gold")] * count, {"Seed": "1"}, columns=columns)))
    across, down = size
    assert (across * 156 + 14, down * 156 + 14) == made.size
    assert {"Seed": "1"} == made.info
