"""Files that came with a message, as a model reads and sees them."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot import UserError, tokens
from plugins.chat.attached import MOST_FILES, MOST_PICTURES, PIXELS, Text, cut, fitted, read
from tests.plugins.conversation import Scripted, attached


def picture(name: str = "fox.png", *, mode: str = "RGB", size: tuple[int, int] = (3000, 1000)) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size).save(written, "PNG")
    return written.getvalue()


def seeing() -> Scripted:
    model = Scripted("I see.")
    model.profile = {"image_inputs": True}
    return model


async def test_text_and_code_are_read_in_order() -> None:
    files = [attached("notes.txt", "Grüße".encode()), attached("a.py", b"print(1)\n")]

    found = await read(files, Scripted(""))

    assert ["notes.txt", "a.py"] == [text.name for text in found.texts]
    assert "Grüße" in found.texts[0].text
    assert "print(1)" in found.texts[1].text
    assert ((), ()) == (found.notes, found.unread)


async def test_a_model_that_sees_is_shown_pictures_no_larger_than_it_needs() -> None:
    files = [
        attached("fox.png", picture(), media_type="image/png"),
        attached("glass.png", picture(mode="RGBA", size=(10, 10)), media_type="image/png"),
    ]

    found = await read(files, seeing())

    assert ["image/jpeg", "image/png"] == [each.media_type for each in found.pictures]
    with Image.open(io.BytesIO(base64.b64decode(found.pictures[0].data))) as shown:
        assert (PIXELS, round(PIXELS / 3)) == shown.size
    assert {"type": "image", "base64": found.pictures[1].data, "mime_type": "image/png"} == found.pictures[1].block


async def test_without_a_model_that_sees_a_picture_is_left_out_in_one_line() -> None:
    found = await read([attached("fox.png", picture(), media_type="image/png")], Scripted(""))

    assert ("I left fox.png out: the language model here sees no pictures.",) == found.notes
    assert (("fox.png",), ()) == (found.unread, found.pictures)


async def test_what_cannot_be_read_is_said_and_the_rest_is_read() -> None:
    async def gone() -> bytes:
        raise UserError("old.txt is no longer at hand; please send it again.")

    files = [
        replace(attached("old.txt", b""), read=gone),
        attached("broken.png", b"no picture", media_type="image/png"),
        attached("notes.txt", b"Hello"),
    ]

    found = await read(files, seeing())

    assert ("old.txt", "broken.png") == found.unread
    assert "send it again" in found.notes[0]
    assert "broken.png is no picture" in found.notes[1]
    assert ["notes.txt"] == [text.name for text in found.texts]


async def test_no_more_files_are_read_than_anybody_means() -> None:
    many = [attached(f"{number}.txt", b"Hello") for number in range(MOST_FILES + 2)]
    pictures = [attached(f"{number}.png", picture(size=(4, 4)), media_type="image/png") for number in range(5)]

    texts, shown = await read(many, Scripted("")), await read(pictures, seeing())

    assert (MOST_FILES, ("10.txt", "11.txt")) == (len(texts.texts), texts.unread)
    assert ("I read 10 files at once, and left 2 files out.",) == texts.notes
    assert (MOST_PICTURES, ("4.png",)) == (len(shown.pictures), shown.unread)


def test_a_long_file_is_cut_and_the_person_is_told_how_much_was_read() -> None:
    given, notes = fitted([Text("long.txt", "word\n" * 1000), Text("short.txt", "Hello")], 200, tokens)

    assert '<file name="short.txt">\nHello\n</file>\n<file name="long.txt">\nword\n' in given
    assert given.endswith("word\n[…]\n</file>")
    assert ["long.txt is too long for the language model; I read the first 12 % of it."] == notes
    assert tokens(given) < 250


@given(st.text(max_size=300), st.integers(0, 60))
def test_a_cut_is_a_beginning_that_has_room(text: str, room: int) -> None:
    kept = cut(text, room, tokens)

    assert text.startswith(kept)
    assert not kept or tokens(kept) <= room
    assert kept == text or tokens(text) > room
