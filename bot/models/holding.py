"""Opens a model, here or on another server, as something that can be loaded, asked and closed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bot.config import ChatSource, ModelsConfig
from bot.models import files
from bot.models.catalog import Entry
from bot.models.contents import require
from bot.models.engines.hardware import kind, prefer, width
from bot.models.fitting import BITS, LIBRARIES, memory
from bot.models.machine import Machine
from bot.models.room import Room
from bot.models.tasks import Task

if TYPE_CHECKING:
    from bot.models.engines.resident import Resident

Open: TypeAlias = "Callable[[Entry, Path, Callable[[], object]], tuple[object, Resident[object]]]"
"""Every engine's `open_model`: the model as its task's type promises, and what keeps it in memory."""

ENGINES = {
    Task.CHAT: "chat",
    Task.EMBEDDINGS: "embeddings",
    Task.MUSIC: "music",
    Task.PICTURES: "pictures",
    Task.STICKERS: "stickers",
    Task.SUMMARIES: "summaries",
    Task.TRANSLATION: "translation",
}
"""The module in `bot.models.engines` that runs each task in this process; imported at its first use."""


@dataclass(frozen=True, slots=True)
class Held:
    """A model that was opened.

    Attributes:
        model: What its task's type promises.
        loaded: Whether it is in this machine's memory.
        load: Brings it there.
        close: Lets its memory and connections go.
    """

    model: object
    loaded: Callable[[], bool]
    load: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


def shared(config: ModelsConfig) -> Machine:
    """What the models of an installation share.

    Args:
        config: The section `[models]`.
    """
    budget = None if config.memory_gib is None else int(config.memory_gib * 2**30)
    return Machine(Room(budget), hangs_after=60 * config.hang_minutes)


def rounded(entry: Entry, config: ModelsConfig) -> Entry:
    """The entry with the bits that the owner wants the weights of language models rounded to.

    Args:
        entry: The model.
        config: The section `[models]`.
    """
    if entry.task is not Task.CHAT or config.quantize == "none":
        return entry
    return entry.model_copy(update={"quantize": config.quantize})


def open_here(entry: Entry, config: ModelsConfig, machine: Machine) -> Held:
    """Open a model that runs in this process; nothing is loaded yet.

    It imports the engine's libraries, which takes a second or two: call it in a thread.

    Args:
        entry: The model.
        config: The section `[models]`.
        machine: Shared with the other models.

    Raises:
        ModelMissing: It is not installed.
        UserError: It serves another task.
    """
    folder = files.path(entry, config.dir)
    entry = rounded(entry, config)
    require(entry.name, entry.task, folder)
    prefer(config.dtype)
    engine = import_module(f"bot.models.engines.{ENGINES[entry.task]}")
    open_model: Open = engine.open_model
    model, resident = open_model(entry, folder, lambda: files.verify(entry, config.dir))
    resident.join(machine, _needs(entry, folder, width(kind(), config.dtype)))
    return Held(model, lambda: resident.loaded, resident.load, resident.close)


def serve(source: ChatSource) -> Held:
    """Open a chat model that another server runs; nothing is sent yet.

    It imports LangChain, which takes a second or two: call it in a thread.

    Raises:
        UserError: It cannot be reached without a key.
    """
    from bot.models.engines.served import connect

    served = connect(source)

    async def nothing() -> None:
        """Another server loads it."""

    # Where it is loaded is the other server's affair, so this never counts as memory here.
    return Held(served.model, lambda: False, nothing, served.close)


def _needs(entry: Entry, folder: Path, bytes_each: int) -> int:
    """Bytes that a model takes beside the libraries, which are there once: as the catalog tells, or its weights."""
    from bot.models.engines.memory import weight

    if (known := memory(entry, bytes_each)) is not None:
        return max(known - LIBRARIES, 0)
    # Embeddings are computed in 32 bits on every device.
    bits = 32 if entry.task is Task.EMBEDDINGS else BITS.get(entry.quantize, 8 * bytes_each)
    return weight(folder, bits)
