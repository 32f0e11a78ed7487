"""Files on their way between people and the core."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from bot.body import File
from bot.errors import UserError
from bot.request import Attachment


def attachment(file: File) -> Attachment:
    """A file as it comes with a request."""

    async def read() -> bytes:
        return file.data

    return Attachment(file.name, file.media_type, len(file.data), read)


def media_type(name: str, given: str | None = None) -> str:
    """A file's media type, guessed from its name where nothing better is known."""
    if given and given != "application/octet-stream":
        return given
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def load_file(path: Path) -> File:
    """Read a file from disk.

    Raises:
        UserError: It cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    return File(path.name, data, media_type(path.name))


def save_file(file: File, folder: Path) -> Path:
    """Write a file into a folder, under a name that is still free; a path in its name is dropped.

    Returns:
        Where it lies now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = Path(Path(file.name.replace("\\", "/")).name.strip(".") or "file")
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{name.stem}-{number}{name.suffix}"
    path.write_bytes(file.data)
    return path
