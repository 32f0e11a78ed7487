"""The files that came with a message, as a language model reads and sees them."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot import Attachment, ChatModel, UserError, count, read_attachment, read_document, read_picture

from .quoting import one_line, quoted

LARGEST = 20 * 1024 * 1024
"""Bytes of a file that is read."""

MOST_FILES = 10
"""Files of one message that are read."""

MOST_PICTURES = 4
"""Pictures of one message that a model is shown: each is some hundred to a thousand tokens to it."""

PIXELS = 1024
"""The longer side of a picture as it is shown; more of it costs tokens, and models look at little more."""

PICTURE_TOKENS = 1000
"""About what a picture takes of a model's context; each kind of model counts in its own way."""


@dataclass(frozen=True, slots=True)
class Text:
    """What stands in a file."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a model is shown, as base64 of a PNG or JPEG."""

    name: str
    data: str
    media_type: str

    @property
    def block(self) -> dict[str, str]:
        """As LangChain hands it to any model that sees."""
        return {"type": "image", "base64": self.data, "mime_type": self.media_type}


@dataclass(frozen=True, slots=True)
class Attached:
    """The files of a message.

    Attributes:
        texts: What can be read.
        pictures: What can be seen.
        unread: The names of those that a model is given nothing of.
        notes: What the person has to know, a line each.
    """

    texts: tuple[Text, ...] = ()
    pictures: tuple[Picture, ...] = ()
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def sees(model: ChatModel) -> bool:
    """Whether a model is known to look at pictures."""
    return bool((model.profile or {}).get("image_inputs"))


async def read(files: Sequence[Attachment], model: ChatModel) -> Attached:
    """Read the files of a message; what cannot be read is noted, not an error.

    Args:
        files: As they were sent.
        model: Reads them next.
    """
    texts: list[Text] = []
    pictures: list[Picture] = []
    unread: list[str] = []
    notes: list[str] = []
    room = MOST_PICTURES if sees(model) else 0
    seen = [file for file in files[:MOST_FILES] if _is_picture(file)][:room]
    taken = [file for file in files[:MOST_FILES] if not _is_picture(file) or any(file is each for each in seen)]
    found = dict(zip(map(id, taken), await asyncio.gather(*map(_read, taken)), strict=True))
    for file in files[:MOST_FILES]:
        match found.get(id(file)):
            case Text() as text:
                texts.append(text)
            case Picture() as picture:
                pictures.append(picture)
            case UserError() as error:
                notes.append(str(error))
                unread.append(file.name)
            case None:
                why = f"I look at {MOST_PICTURES} at once" if room else "the language model here sees no pictures"
                notes.append(f"I left {file.name} out: {why}.")
                unread.append(file.name)
    if left := [file.name for file in files[MOST_FILES:]]:
        notes.append(f"I read {MOST_FILES} files at once, and left {count(len(left), 'file')} out.")
        unread += left
    return Attached(tuple(texts), tuple(pictures), tuple(unread), tuple(notes))


def fitted(texts: Sequence[Text], room: int, tokens: Callable[[str], int]) -> tuple[str, list[str]]:
    """The texts as data for a model, and lines that say what was cut.

    Args:
        texts: What stands in the files.
        room: Tokens for all of them.
        tokens: Counts tokens.
    """
    parts: list[str] = []
    notes: list[str] = []
    # The short ones first: what they leave is for the long ones.
    by_length = sorted(texts, key=lambda each: len(each.text))
    for place, each in enumerate(by_length):
        share = room // (len(by_length) - place)
        kept = cut(each.text, share, tokens)
        if len(kept) < len(each.text):
            part = round(100 * len(kept) / len(each.text))
            notes.append(f"{each.name} is too long for the language model; I read the first {max(part, 1)} % of it.")
            kept += "\n[…]"
        parts.append(quoted("file", kept, name=each.name))
        room -= tokens(kept)
    return "\n".join(parts), notes


def cut(text: str, room: int, tokens: Callable[[str], int]) -> str:
    """The beginning of a text that has at most so many tokens, to the end of a line where there is one near."""
    most = max(room, 0) * 16
    # A token is hardly longer; to count those of a whole book takes long.
    if len(text) <= most and tokens(text) <= room:
        return text
    low, high = 0, min(len(text), most)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokens(text[:middle]) <= room else (low, middle - 1)
    end = text.rfind("\n", low - low // 5, low)
    return text[: end if end > 0 else low]


async def _read(file: Attachment) -> Text | Picture | UserError:
    """What is in a file, or why that cannot be told."""
    try:
        return await _picture(file) if _is_picture(file) else Text(file.name, (await read_document(file, LARGEST)).text)
    except UserError as error:
        return error


async def _picture(file: Attachment) -> Picture:
    data = await read_attachment(file, LARGEST)
    return await asyncio.to_thread(_shown, file.name, data)


def _shown(name: str, data: bytes) -> Picture:
    """A picture small enough to be shown; where it was taken and by whom is left out of it."""
    picture = read_picture(data, name, side=PIXELS)
    written = io.BytesIO()
    if picture.getchannel("A").getextrema() == (255, 255):
        picture.convert("RGB").save(written, "JPEG", quality=90)
        kind = "image/jpeg"
    else:
        picture.save(written, "PNG")
        kind = "image/png"
    return Picture(one_line(name), base64.b64encode(written.getvalue()).decode(), kind)


def _is_picture(file: Attachment) -> bool:
    return file.media_type.startswith("image/") and not file.media_type.startswith("image/svg")
