from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageOps

from bot.errors import UserError
from bot.models.engines import pixels


def saved(picture: Pillow.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose head promises so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
def test_the_usual_formats_are_read(form: str) -> None:
    picture = pixels.read(saved(Pillow.new("RGB", (40, 30), "red"), form), "The picture")

    assert ("RGB", (40, 30)) == (picture.mode, picture.size)
    red, green, blue = picture.convert("RGB").getpixel((20, 15))  # type: ignore[misc]  # of RGB it is three numbers
    assert red > 240
    assert green < 15
    assert blue < 15


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "I;16", "1"])
def test_every_kind_of_pixel_becomes_colour(mode: str) -> None:
    assert "RGB" == pixels.read(saved(Pillow.new(mode, (4, 4)), "TIFF"), "The picture").mode


def test_what_is_transparent_becomes_white() -> None:
    clear = pixels.read(saved(Pillow.new("RGBA", (4, 4), (255, 0, 0, 0)), "PNG"), "The picture")

    assert (255, 255, 255) == clear.getpixel((1, 1))


@pytest.mark.parametrize("problem", [RuntimeError("no item"), struct.error("cut short"), SyntaxError("odd")])
def test_however_a_format_fails_the_picture_is_called_broken(
    problem: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(opened: Pillow.Image) -> Pillow.Image:
        raise problem

    monkeypatch.setattr(ImageOps, "exif_transpose", fail)
    with pytest.raises(UserError, match="The picture is broken; save it once more"):
        pixels.read(saved(Pillow.new("RGB", (4, 4)), "PNG"), "The picture")


def test_a_photo_is_turned_as_the_camera_was_held() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # Turned by a quarter.
    turned = pixels.read(saved(Pillow.new("RGB", (40, 30)), "JPEG", exif=exif), "The picture")

    assert (30, 40) == turned.size


def test_of_an_animation_the_first_picture_is_taken() -> None:
    frames = [Pillow.new("RGB", (4, 4), colour) for colour in ("red", "blue")]

    first = pixels.read(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), "The picture")

    assert (255, 0, 0) == first.getpixel((1, 1))


@pytest.mark.parametrize("sides", [(8000, 8000), (10_000, 10_000), (30_000, 30_000)])
def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused(sides: tuple[int, int]) -> None:
    with pytest.raises(UserError, match="The picture has more than 50 million pixels"):
        pixels.read(claims(*sides), "The picture")


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(min_value=0, max_value=150))
def test_a_spoilt_file_is_one_line(noise: bytes, position: int) -> None:
    whole = saved(Pillow.new("RGB", (40, 30), "red"), "PNG")
    for data in (noise, whole[:position], whole[:position] + noise + whole[position:]):
        problem = ""
        try:
            picture = pixels.read(data, "The picture")
            assert picture.mode == "RGB"
        except UserError as error:
            problem = str(error)
        assert not problem or problem.startswith("The picture ")
        assert "\n" not in problem


def test_what_stands_over_is_cut_from_both_sides() -> None:
    wide = Pillow.new("RGB", (40, 10), "white")
    wide.paste("red", (15, 0, 25, 10))

    assert (255, 0, 0) == pixels.fit(wide, (20, 20)).getpixel((10, 10))
    assert (20, 20) == pixels.fit(wide, (20, 20)).size


def test_a_mask_keeps_its_edges() -> None:
    mask = Pillow.new("RGB", (10, 10))
    mask.paste("white", (0, 0, 5, 10))

    fitted = pixels.fit(mask, (35, 35), mask=True)

    assert "L" == fitted.mode
    assert {0, 255} == {level for _, level in fitted.getcolors() or []}


SIDES = st.none() | st.integers(min_value=1, max_value=2048)


@given(
    SIDES,
    SIDES,
    st.floats(min_value=0.01, max_value=100),
    st.sampled_from([512, 768, 1024]),
    st.sampled_from([8, 16]),
)
def test_a_size_is_always_one_that_the_model_can_draw(
    width: int | None, height: int | None, ratio: float, side: int, multiple: int
) -> None:
    try:
        found = pixels.measure(width, height, ratio, side, multiple)
    except UserError:
        assert max(width or 0, height or 0) * 4 > 2 * side
        return
    assert all(each % multiple == 0 for each in found)
    assert all(side // 4 <= each <= 2 * side for each in found)


@given(st.floats(min_value=0.3, max_value=3))
def test_without_a_size_the_area_is_the_models_own(ratio: float) -> None:
    width, height = pixels.measure(None, None, ratio, 512, 8)

    assert width * height == pytest.approx(512 * 512, rel=0.04)
    assert width / height == pytest.approx(ratio, rel=0.04)
