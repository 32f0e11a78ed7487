"""Hands each task the model that serves it here, and keeps one of each in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from bot.config import ModelsConfig
from bot.errors import ConfigError, ModelMissing, UserError
from bot.models import files
from bot.models.catalog import Entry, catalog, named
from bot.models.contents import served_by
from bot.models.fitting import Place, fit, memory
from bot.models.holding import Held, open_here, rounded, serve, shared
from bot.models.tasks import Fit, ModelStatus, Task
from bot.settings import ChannelSettings
from bot.threads import in_thread
from bot.wording import size

if TYPE_CHECKING:
    from bot.models.engines.translation import LocalTranslator

SERVERS = {"openai": "an OpenAI-compatible server", "ollama": "Ollama"}


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
        self._machine = shared(config)
        self._held: dict[tuple[Task, str], Held] = {}
        self._lock = asyncio.Lock()
        for name in config.preload:
            if name not in list(Task) and self._named(name) is None:
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
        if task is Task.TRANSLATION:
            return await self._translators(settings)
        return (await self._hold(task, self._choice(task, settings))).model

    def name(self, task: Task, settings: ChannelSettings) -> str:
        """What the model is called that serves `task` in a channel.

        Raises:
            ModelMissing: There is none.
        """
        return self._choice(task, settings)

    def names(self, task: Task) -> list[str]:
        """The models that a channel's admin may choose for `task`; only the owner's configuration adds others."""
        served = [self._config.chat.model] if task is Task.CHAT and self._config.chat else []
        return [*served, *(entry.name for entry in self.entries() if entry.task is task)]

    def entries(self) -> Iterator[Entry]:
        """The models that run here: the catalog's, then the configuration's, then what else was pulled.

        A folder of the owner's stands for a model of the catalog that it is called like.
        """
        known = {(entry.task, entry.name): entry for entry in (*catalog().models, *self._chosen.values())}
        yield from known.values()
        named_before = {name for _, name in known}
        yield from (entry for entry in self._pulled() if entry.name not in named_before)

    def missing(self, task: Task) -> ModelMissing:
        """Says that `task` has no model, and how to get one."""
        if task in self._chosen:
            return files.missing(self._chosen[task])
        easiest = catalog().find(catalog().presets["small"].get(task, ""))
        if easiest is None:
            return ModelMissing(f"This version of Atelier has no model for {task} yet.")
        weight = f" ({size(easiest.disk)})" if easiest.disk else ""
        if task is Task.CHAT:
            return ModelMissing(
                f"No language model is set up; run `{easiest.install}`{weight}, or name Ollama or another server under "
                "`[models.chat]` in config.toml."
            )
        return ModelMissing(f"There is no model for {task} here; run `{easiest.install}`{weight}.")

    def statuses(self, settings: ChannelSettings) -> list[ModelStatus]:
        """Every model of the catalog, of the configuration and that was pulled, by task and name."""
        chosen = {task: settings.models.get(task) or self._default(task) for task in Task}
        place = Place.here(self._config)
        rows = [self._status(entry, chosen[entry.task], place) for entry in self.entries()]
        if (chat := self._config.chat) is not None:
            rows.append(
                ModelStatus(
                    name=chat.model,
                    task=Task.CHAT,
                    installed=True,
                    chosen=chosen[Task.CHAT] == chat.model,
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
            try:
                # A task's own name stands for the model that serves it, also where another one is called so.
                is_task = name in list(Task)
                chosen = (Task(name), self._choice(Task(name), ChannelSettings())) if is_task else self._named(name)
                assert chosen is not None, "the configuration was checked"
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
        # Together: one that hangs at its work keeps no other from stopping.
        await asyncio.gather(*(one.close() for one in held.values()))
        self._machine.close()

    def _choice(self, task: Task, settings: ChannelSettings) -> str:
        """The name of the model for `task`, by the channel and then by the configuration."""
        if (name := settings.models.get(task)) is not None:
            if name not in self.names(task):
                raise ModelMissing(
                    f"The model {name}, chosen for {task} here, is not available; an admin can choose another "
                    "with `/settings`."
                )
            return name
        if (name := self._default(task)) is None:
            raise self.missing(task)
        return name

    def _default(self, task: Task) -> str | None:
        """The model for `task` where no channel chose one: the configuration's, else the catalog's first that is here.

        Whoever pulls a model for a task that nothing else serves wants to use it, and so who pulls one for pictures:
        the emoji that come with Atelier stand last.
        """
        if task is Task.CHAT and self._config.chat is not None and task not in self._config.use:
            return self._config.chat.model
        if task in self._chosen:
            return self._chosen[task].name
        here = (entry for entry in catalog().models if entry.task is task)
        return next((entry.name for entry in here if files.installed(entry, self._config.dir)), None)

    async def _translators(self, settings: ChannelSettings) -> object:
        """Every installed translation model as one, each for its languages and the chosen one first.

        The small one that comes with Atelier serves where no other does, unless it is named itself.
        """
        from bot.models.engines.translators import Translators

        task = Task.TRANSLATION
        named = settings.models.get(task) or (self._chosen[task].name if task in self._config.use else None)
        chosen = self._choice(task, settings) if task in settings.models else self._default(task)
        entries = [entry for entry in self.entries() if entry.task is task]
        here = [entry for entry in entries if files.installed(entry, self._config.dir)]
        if not here or (named is not None and named not in [entry.name for entry in here]):
            raise self.missing(task)
        here.sort(key=lambda entry: entry.name != chosen)
        large, small = list["LocalTranslator"](), list["LocalTranslator"]()
        for entry in here:
            model = cast("LocalTranslator", (await self._hold(task, entry.name)).model)
            (small if entry.kind == "starter" and entry.name != named else large).append(model)
        return Translators(large, [entry for entry in entries if entry not in here], small)

    async def _hold(self, task: Task, name: str) -> Held:
        # One lock for all: a model is made in a moment, it is its first use that takes long.
        async with self._lock:
            held = self._held.get((task, name))
            if held is None:
                # In a thread, for the libraries that are imported now take a second or two.
                source = self._config.chat
                if task is Task.CHAT and source is not None and name == source.model:
                    held = await in_thread(serve, source)
                else:
                    entry = next(entry for entry in self.entries() if (entry.task, entry.name) == (task, name))
                    held = await in_thread(open_here, entry, self._config, self._machine)
                self._held[task, name] = held
            return held

    def _pulled(self) -> Iterator[Entry]:
        for kept in files.pulled(self._config.dir):
            task = served_by(files.home(kept.source, self._config.dir)) or Task.EMBEDDINGS
            if entry := named(kept.source, task):
                yield entry

    def _named(self, name: str) -> tuple[Task, str] | None:
        """What the model that the owner calls `name` serves and is called here; a folder is named by its path."""
        if self._config.chat is not None and name == self._config.chat.model:
            return Task.CHAT, name
        found = (
            entry for entry in self.entries() if name == entry.name or (entry.kind, entry.source) == ("folder", name)
        )
        return next(((entry.task, entry.name) for entry in found), None)

    def _status(self, entry: Entry, chosen: str | None, place: Place) -> ModelStatus:
        here = files.installed(entry, self._config.dir)
        folder = files.place(entry, self._config.dir)
        kept = files.record(folder) if folder else None
        held = self._held.get((entry.task, entry.name))
        loaded = held is not None and held.loaded()
        entry = rounded(entry, self._config)
        return ModelStatus(
            name=entry.name,
            task=entry.task,
            installed=here,
            chosen=entry.name == chosen,
            licence=kept.licence if kept else entry.licence,
            disk=files.size(folder) if here and folder else entry.disk,
            memory=memory(entry, place.processor),
            loaded=loaded,
            note="; ".join(part for part in (entry.languages, entry.note) if part),
            gated=entry.gated,
            card=memory(entry, place.card) if entry.parameters else None,
            fits=Fit.WHOLE if loaded else fit(entry, place),
            tags=entry.tags() if entry.task is Task.TRANSLATION else frozenset(),
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
        if key not in list(Task):
            raise ConfigError(f"models.use.{key}: there is no such task; there are {', '.join(Task)}.")
        entry = named(name, Task(key))
        if entry is None or entry.task != key:
            known = ", ".join(model.name for model in catalog().models if model.task == key) or "none yet"
            raise ConfigError(f"models.use.{key}: no model for {key} is called “{name}”; there are: {known}.")
        chosen[Task(key)] = entry
    return chosen
