"""Where the files of a model are, and whether they are what was published."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import ModelMissing, UserError
from bot.models.catalog import Entry
from bot.wording import size as in_words

RECORD = "atelier.json"
"""The file that says what was pulled; a folder without it is a pull that was broken off."""

STARTER = Path(__file__).parents[2] / "starter"
"""The models that were trained for Atelier and come with its checkout."""


class Record(BaseModel):
    """What was pulled from the Hub.

    Attributes:
        source: The Hub id.
        revision: The commit.
        asked: What the commit was found by; another one where the Hub's own conversion was taken.
        licence: As the model's card says.
        files: SHA-256 by path.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    revision: str
    asked: str = ""
    licence: str
    files: Mapping[str, str]


def home(source: str, models: Path) -> Path:
    """The folder that a checkpoint of the Hub is pulled into."""
    return models / source.replace("/", "--")


def place(entry: Entry, models: Path) -> Path | None:
    """Where the entry's files are, or will be once it is pulled.

    Args:
        entry: The model.
        models: The folder that pulled models are kept in.

    Returns:
        The folder; None for a package that is not installed.
    """
    match entry.kind:
        case "package":
            spec = find_spec(entry.source)
            if spec is None or not spec.submodule_search_locations:
                return None
            return Path(next(iter(spec.submodule_search_locations))) / entry.folder
        case "starter":
            return STARTER / entry.source
        case "hub":
            return home(entry.source, models)
        case "folder":
            return Path(entry.source).expanduser()


def record(folder: Path) -> Record | None:
    """What was pulled into `folder`; None when nothing was, or not to its end."""
    try:
        return Record.model_validate_json((folder / RECORD).read_bytes())
    except (OSError, ValidationError):
        return None


def pulled(models: Path) -> list[Record]:
    """Everything that was pulled, by Hub id."""
    found = (record(file.parent) for file in models.glob(f"*/{RECORD}"))
    return sorted((one for one in found if one), key=lambda one: one.source)


def size(folder: Path) -> int:
    """Bytes of the files in `folder` and below."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def installed(entry: Entry, models: Path) -> bool:
    """Whether the entry's files are on this machine, all of them."""
    folder = place(entry, models)
    if folder is None or not folder.is_dir():
        return False
    if entry.kind == "hub":
        return record(folder) is not None
    return all((folder / name).is_file() for name in entry.files)


def path(entry: Entry, models: Path) -> Path:
    """The folder of an installed model.

    Raises:
        ModelMissing: It is not installed; the text names the command that installs it.
    """
    folder = place(entry, models)
    if folder is None or not installed(entry, models):
        raise missing(entry)
    return folder


def missing(entry: Entry) -> ModelMissing:
    """Says that the entry is not installed, what installs it and how large it is."""
    if not entry.install:
        return ModelMissing(f"There is no model in the folder {entry.name}.")
    size = f" ({in_words(entry.disk)})" if entry.disk else ""
    return ModelMissing(f"The model {entry.name} is not installed; run `{entry.install}`{size}.")


def sha256(file: Path) -> str:
    """The file's hash, read a piece at a time."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify(entry: Entry, models: Path) -> int:
    """Check every file whose hash is known.

    Args:
        entry: The model.
        models: The folder that pulled models are kept in.

    Returns:
        How many files were checked; none of a folder of the owner's, for nobody recorded what they should be.

    Raises:
        ModelMissing: It is not installed.
        UserError: A file is missing or is not what was published.
    """
    folder = path(entry, models)
    kept = record(folder) if entry.kind == "hub" else None
    expected = {**(kept.files if kept else {}), **entry.files}
    again = entry.install.replace("pip install ", "pip install --force-reinstall ")
    for name, digest in expected.items():
        try:
            actual = sha256(folder / name)
        except OSError as error:
            raise UserError(f"{name} of {entry.name} cannot be read; run `{again}` to fetch it again.") from error
        if digest != actual:
            raise UserError(f"{name} of {entry.name} is not what was published; run `{again}` to fetch it again.")
    return len(expected)
