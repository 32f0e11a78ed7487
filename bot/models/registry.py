"""Hands each task the model that serves it here, and keeps one of each in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bot.config import ChatSource, ModelsConfig
from bot.errors import ConfigError, ModelMissing, UserError
from bot.models import files
from bot.models.catalog import Entry, catalog, named
from bot.models.tasks import ModelStatus, Task
from bot.settings import ChannelSettings

if TYPE_CHECKING:
    from bot.models.engines.resident import Resident

NO_CHAT = (
    "No language model is set up; run `ollama pull qwen3:1.7b` (1.4 GB), then set "
    '`provider = "ollama"` and `model = "qwen3:1.7b"` under `[models.chat]` in config.toml.'
)

SERVERS = {"openai": "an OpenAI-compatible server", "ollama": "Ollama"}

Open: TypeAlias = "Callable[[Entry, Path, Callable[[], object]], tuple[object, Resident[object]]]"
"""Every engine's `open_model`: the model as its task's type promises, and what keeps it in memory."""

ENGINES = {Task.EMBEDDINGS: "embeddings"}
"""The module in `bot.models.engines` that runs each task in this process; imported at its first use."""


@dataclass(frozen=True, slots=True)
class _Held:
    model: object
    loaded: Callable[[], bool]
    load: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


class ModelRegistry:
    """The models of this installation."""

    def __init__(self, config: ModelsConfig) -> None:
        """Read which models are configured; none is loaded.

        Args:
            config: The section `[models]`.

        Raises:
            ConfigError: It names a task or a model that does not exist.
        """
        self._config = config
        self._chosen = _chosen(config)
        self._held: dict[tuple[Task, str], _Held] = {}
        self._lock = asyncio.Lock()
        for name in config.preload:
            if name not in list(Task) and self._task(name) is None:
                raise ConfigError(f"models.preload: no task or model is called “{name}”.")

    async def provide(self, task: Task, settings: ChannelSettings) -> object:
        """The model that serves `task` in a channel.

        Args:
            task: What is asked for.
            settings: What holds in the channel; it may choose another model than the configuration.

        Returns:
            What the task's type promises; for chat LangChain's `BaseChatModel`, whose `profile` tells its context.

        Raises:
            ModelMissing: There is none; the text names the command that installs one and its size.
            UserError: The one there is cannot be used.
        """
        return (await self._hold(task, self._choice(task, settings))).model

    def names(self, task: Task) -> list[str]:
        """The models that a channel's admin may choose for `task`; only the owner's configuration adds others."""
        if task is Task.CHAT:
            return [self._config.chat.model] if self._config.chat else []
        return [entry.name for entry in self.entries() if entry.task is task]

    def entries(self) -> Iterator[Entry]:
        """The models that run here: the catalog's, then the configuration's, then what else was pulled."""
        seen: set[str] = set()
        for entry in (*catalog().models, *self._chosen.values(), *self._pulled()):
            if entry.name not in seen:
                seen.add(entry.name)
                yield entry

    def missing(self, task: Task) -> ModelMissing:
        """Says that `task` has no model, and how to get one."""
        if task is Task.CHAT:
            return ModelMissing(NO_CHAT)
        if task in self._chosen:
            return files.missing(self._chosen[task])
        return ModelMissing(f"This version of Atelier has no model for {task} yet.")

    def statuses(self, settings: ChannelSettings) -> list[ModelStatus]:
        """Every model of the catalog, of the configuration and that was pulled, by task and name."""
        rows = [self._status(entry, settings) for entry in self.entries()]
        if (chat := self._config.chat) is not None:
            rows.append(
                ModelStatus(
                    name=chat.model,
                    task=Task.CHAT,
                    installed=True,
                    chosen=settings.models.get(Task.CHAT, chat.model) == chat.model,
                    licence="",
                    disk=None,
                    memory=None,
                    note=f"served by {SERVERS[chat.provider]}",
                )
            )
        return sorted(rows, key=lambda row: (row.task, row.name))

    async def preload(self) -> list[UserError]:
        """Load the models that the configuration wants in memory from the start.

        Returns:
            Why each that could not be loaded could not.
        """
        failed: list[UserError] = []
        for name in self._config.preload:
            task = self._task(name)
            try:
                # A task's own name stands for the model that the configuration chose for it.
                chosen = (task, name) if task else (Task(name), self._choice(Task(name), ChannelSettings()))
                await (await self._hold(*chosen)).load()
            except UserError as error:
                failed.append(error)
        return failed

    def explain(self, error: Exception) -> UserError | None:
        """What an error that came out of a model means to people; None when it did not come from one."""
        if isinstance(error, UserError):
            return error
        if self._config.chat is None:
            return None
        from bot.models.engines.served import explain

        return explain(error, self._config.chat)

    async def close(self) -> None:
        """Stop every model and let its memory and connections go."""
        async with self._lock:
            held, self._held = self._held, {}
        for one in held.values():
            await one.close()

    def _choice(self, task: Task, settings: ChannelSettings) -> str:
        """The name of the model for `task`, by the channel and then by the configuration."""
        if (name := settings.models.get(task)) is not None:
            if name not in self.names(task):
                raise ModelMissing(
                    f"The model {name}, chosen for {task} here, is not available; an admin can choose another "
                    "with `/settings`."
                )
            return name
        if task is Task.CHAT and self._config.chat is not None:
            return self._config.chat.model
        if task in self._chosen:
            return self._chosen[task].name
        raise self.missing(task)

    async def _hold(self, task: Task, name: str) -> _Held:
        # One lock for all: a model is made in a moment, it is its first use that takes long.
        async with self._lock:
            held = self._held.get((task, name))
            if held is None:
                # In a thread, for the libraries that are imported now take a second or two.
                if task is Task.CHAT and self._config.chat is not None:
                    held = await asyncio.to_thread(_serve, self._config.chat)
                else:
                    entry = next(entry for entry in self.entries() if entry.name == name)
                    held = await asyncio.to_thread(self._open, entry)
                self._held[task, name] = held
            return held

    def _open(self, entry: Entry) -> _Held:
        folder = files.path(entry, self._config.dir)
        engine = import_module(f"bot.models.engines.{ENGINES[entry.task]}")
        open_model: Open = engine.open_model
        model, resident = open_model(entry, folder, lambda: files.verify(entry, self._config.dir))
        return _Held(model, lambda: resident.loaded, resident.load, resident.close)

    def _pulled(self) -> Iterator[Entry]:
        for kept in files.pulled(self._config.dir):
            if entry := named(kept.source):
                yield entry

    def _task(self, name: str) -> Task | None:
        """What the model called `name` serves."""
        return next((task for task in Task if name in self.names(task)), None)

    def _status(self, entry: Entry, settings: ChannelSettings) -> ModelStatus:
        here = files.installed(entry, self._config.dir)
        folder = files.place(entry, self._config.dir)
        kept = files.record(folder) if folder else None
        chosen = settings.models.get(entry.task) or (
            self._chosen[entry.task].name if entry.task in self._chosen else ""
        )
        held = self._held.get((entry.task, entry.name))
        return ModelStatus(
            name=entry.name,
            task=entry.task,
            installed=here,
            chosen=entry.name == chosen,
            licence=kept.licence if kept else entry.licence,
            disk=files.size(folder) if here and folder else entry.disk,
            memory=entry.memory,
            loaded=held is not None and held.loaded(),
            note=entry.note,
        )


class ChannelModels:
    """The models as one channel sees them; what a command is handed for `Models`."""

    def __init__(self, registry: ModelRegistry, settings: ChannelSettings) -> None:
        """Look at `registry` with the choices of one channel."""
        self._registry = registry
        self._settings = settings

    async def all(self) -> list[ModelStatus]:
        """Every model of the catalog and the configuration, by task and name."""
        return await asyncio.to_thread(self._registry.statuses, self._settings)


def _chosen(config: ModelsConfig) -> dict[Task, Entry]:
    """The entry of each task that runs here: the preset's, unless `models.use` names another."""
    chosen = {task: entry for task, name in catalog().presets[config.preset].items() if (entry := catalog().find(name))}
    for key, name in config.use.items():
        if key == Task.CHAT:
            raise ConfigError("models.use.chat: a language model is set up under [models.chat].")
        if key not in list(Task):
            raise ConfigError(f"models.use.{key}: there is no such task; there are {', '.join(Task)}.")
        entry = named(name)
        if entry is None or entry.task != key:
            known = ", ".join(model.name for model in catalog().models if model.task == key) or "none yet"
            raise ConfigError(f"models.use.{key}: no model for {key} is called “{name}”; there are: {known}.")
        chosen[Task(key)] = entry
    return chosen


def _serve(source: ChatSource) -> _Held:
    from bot.models.engines.served import connect

    served = connect(source)

    async def nothing() -> None:
        """Another server loads it."""

    # Where it is loaded is the other server's affair, so this never counts as memory here.
    return _Held(served.model, lambda: False, nothing, served.close)
