"""Fetches models from the Hugging Face Hub."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bot.errors import UserError
from bot.models import files
from bot.models.catalog import Entry
from bot.wording import size

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import ModelInfo, RepoSibling

CONVERTER = "SFconvertbot"
"""The Hub's own account that offers weights as safetensors, in a pull request."""

COMMIT = re.compile(r"[0-9a-f]{40}")

Advance: TypeAlias = Callable[[int, int], None]
"""Told the bytes fetched so far and the bytes in all."""


def pull(entry: Entry, models: Path, advance: Advance, endpoint: str | None = None) -> Path:
    """Fetch a model, or what is missing of it, and check every file.

    A model that was pulled before stays at its commit; one that was altered is mended.

    Args:
        entry: The model.
        models: The folder that pulled models are kept in.
        advance: Told how far it is; called from several threads.
        endpoint: Another Hub, such as a mirror.

    Returns:
        The folder it was put in.

    Raises:
        UserError: It cannot be fetched: no network, no such model, no room, no safe weights, or an altered file.
    """
    if entry.kind != "hub":
        return files.path(entry, models)
    folder = files.home(entry.source, models)
    kept = files.record(folder)
    revision = kept.revision if kept and not COMMIT.fullmatch(entry.revision) else entry.revision
    if kept and revision in {kept.revision, kept.asked} and _intact(entry, models):
        return folder
    with _explained(entry):
        return _fetch(entry, models, revision, advance, endpoint)


def _intact(entry: Entry, models: Path) -> bool:
    try:
        files.verify(entry, models)
    except UserError:
        return False
    return True


def _fetch(entry: Entry, models: Path, revision: str, advance: Advance, endpoint: str | None) -> Path:
    from huggingface_hub import HfApi, snapshot_download

    api = HfApi(endpoint=endpoint)
    info = _with_safe_weights(api, api.model_info(entry.source, revision=revision, files_metadata=True))
    wanted = _wanted(entry, info.siblings or [])
    folder = files.home(entry.source, models)
    have = {name: _published(folder / name, told) for name, told in wanted.items()}
    absent = [name for name, digest in have.items() if digest is None]
    _check_room(entry, models, sum(wanted[name].size or 0 for name in absent))
    for name in absent:
        # The library takes a file that lies there for a good one.
        (folder / name).unlink(missing_ok=True)
        (folder / files.RECORD).unlink(missing_ok=True)
    total = sum(told.size or 0 for told in wanted.values())
    snapshot_download(
        entry.source,
        revision=info.sha,
        local_dir=folder,
        allow_patterns=list(wanted),
        tqdm_class=_bar(total, total - sum(wanted[name].size or 0 for name in absent), advance),
        endpoint=endpoint,
    )
    digests: dict[str, str] = {}
    for name, told in wanted.items():
        digest = have[name] or _published(folder / name, told)
        if digest is None or entry.files.get(name, digest) != digest:
            raise UserError(f"{name} of {entry.name} did not arrive as it was published; pull it again.")
        digests[name] = digest
    licence = info.card_data.get("license") if info.card_data else None
    kept = files.Record(
        source=entry.source,
        revision=info.sha or revision,
        asked=revision,
        licence=str(licence or entry.licence),
        files=digests,
    )
    draft = folder / f"{files.RECORD}.new"
    draft.write_text(kept.model_dump_json(indent=2), encoding="utf-8")
    draft.replace(folder / files.RECORD)
    return folder


def _with_safe_weights(api: HfApi, info: ModelInfo) -> ModelInfo:
    """The revision, or where it has no safetensors the one that the Hub's own bot made of it, if it did.

    Many older repositories, such as those of OPUS-MT, never took that over.
    """
    if any(file.rfilename.endswith(".safetensors") for file in info.siblings or []):
        return info
    for offer in api.get_repo_discussions(info.id, author=CONVERTER, discussion_type="pull_request"):
        if offer.git_reference and offer.author == CONVERTER:
            return api.model_info(info.id, revision=offer.git_reference, files_metadata=True)
    return info


def _wanted(entry: Entry, siblings: list[RepoSibling]) -> dict[str, RepoSibling]:
    """The files to fetch, by path."""
    wanted = _once({file.rfilename: file for file in siblings if entry.fetches(file.rfilename)})
    if not any(name.endswith(".safetensors") for name in wanted):
        raise UserError(
            f"{entry.source} has no safetensors weights; other formats can carry code and are never loaded."
        )
    return wanted


def _once(wanted: dict[str, RepoSibling]) -> dict[str, RepoSibling]:
    """The files without the weights that a diffusers pipeline has twice: in one at the top, or in full precision."""
    if "model_index.json" not in wanted:
        return wanted
    halves = {name.rpartition("/")[0] for name in wanted if ".fp16" in name}
    return {
        name: told
        for name, told in wanted.items()
        if not name.endswith(".safetensors")
        or ("/" in name and (".fp16" in name or name.rpartition("/")[0] not in halves))
    }


def _published(file: Path, told: RepoSibling) -> str | None:
    """The file's SHA-256, if it has the size and the hash that the Hub tells of it; otherwise None."""
    if not file.is_file() or (told.size is not None and file.stat().st_size != told.size):
        return None
    digest = files.sha256(file)
    if told.lfs is not None:
        return digest if told.lfs.sha256 == digest else None
    # Small files are kept in git, which names a file by the SHA-1 of its length and bytes.
    data = file.read_bytes()
    name = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    return digest if told.blob_id in {name, None} else None


def _check_room(entry: Entry, models: Path, needed: int) -> None:
    there = next(folder for folder in (models.absolute(), *models.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if needed > free:
        needs, has = size(needed), size(free)
        raise UserError(f"{entry.name} needs {needs} on disk and {models} has {has} free; make room first.")


@contextmanager
def _explained(entry: Entry) -> Iterator[None]:
    """Turns what can go wrong on the way to the Hub into one line."""
    import httpx2
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    name = entry.source
    try:
        yield
    except GatedRepoError as error:
        raise UserError(
            f"{name} is gated: accept its terms on its page on the Hub, make an access token there, set HF_TOKEN to it "
            "and pull again."
        ) from error
    except RepositoryNotFoundError as error:
        raise UserError(f"The Hub has no model {name}, or it is private and needs HF_TOKEN.") from error
    except RevisionNotFoundError as error:
        raise UserError(f"{name} has no revision {entry.revision} on the Hub.") from error
    except OfflineModeIsEnabled as error:
        raise UserError(f"{name} cannot be pulled: HF_HUB_OFFLINE is set; unset it and pull again.") from error
    except HfHubHTTPError as error:
        raise UserError(f"The Hub answered {error.response.status_code} for {name}; try again later.") from error
    # The library's fast way to fetch large files has errors of no class of its own.
    except (httpx2.HTTPError, LocalEntryNotFoundError, RuntimeError) as error:
        raise UserError(
            f"{name} cannot be pulled: the Hub is out of reach; check the network. What arrived is kept."
        ) from error
    except OSError as error:
        raise UserError(f"{name} cannot be written to disk: {error.strerror or error}.") from error


def _bar(total: int, before: int, advance: Advance) -> type:
    """A progress bar class that draws nothing and tells `advance`; the library makes the bars itself."""
    from huggingface_hub.utils.tqdm import tqdm

    done = before

    class Bar(tqdm):
        def __init__(self, *args: object, **options: object) -> None:
            # One of the library's bars counts bytes on disk; the others count files and what came by the wire.
            self.counts = options.get("name") == "huggingface_hub.snapshot_download"
            begin: Callable[..., None] = super().__init__
            begin(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            nonlocal done
            if self.counts:
                done = min(total, done + int(n or 0))
                advance(done, total)

    return Bar
