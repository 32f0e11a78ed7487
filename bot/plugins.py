"""Loads, reloads and unloads plugins; one that fails is reported and the rest go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from pydantic import BaseModel, JsonValue, ValidationError

from bot.commands import Hook, Job
from bot.config import PluginsConfig
from bot.discovery import Source, discover
from bot.dispatch import Dispatcher
from bot.errors import ConfigError, PluginError
from bot.handlers import run_handler
from bot.jobs import Jobs
from bot.models.tasks import TASKS, Task
from bot.plugin import Plugin

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plugin that runs; one that was handed in has no source."""

    plugin: Plugin
    source: Source | None = None


class Plugins:
    """The loaded plugins.

    Args:
        dispatcher: Where their commands and listeners are registered.
        jobs: Where what they do at set times is registered.
        model_for: Fetches the model that serves a task, for those jobs.
        sections: Each plugin's `[plugin.<name>]` of the configuration.
        changed: Called when there are other commands than before.

    Attributes:
        loaded: By name.
        failed: Why each that could not be loaded could not, by the name of its source.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        jobs: Jobs,
        model_for: Callable[[Task], Awaitable[object]],
        sections: Mapping[str, Mapping[str, JsonValue]],
        changed: Callable[[], None],
    ) -> None:
        self._dispatcher = dispatcher
        self._jobs = jobs
        self._model_for = model_for
        self._sections = sections
        self._changed = changed
        self.loaded: dict[str, Loaded] = {}
        self.failed: dict[str, str] = {}

    async def load_all(self, config: PluginsConfig, own: Sequence[Plugin] = ()) -> None:
        """Load whatever is found; failures are logged and kept in `failed`.

        Args:
            config: Where to look, and what to leave out.
            own: Atelier's own commands, which are always there.

        Raises:
            ConfigError: A section `[plugin.<name>]` is wrong, or there is no such plugin.
        """
        for plugin in own:
            await self._register(plugin)
            self.loaded[plugin.name] = Loaded(plugin)
        for source in discover(config):
            try:
                await self._load(source)
            except PluginError as error:
                log.warning("plugin not loaded", plugin=source.name, error=str(error))
        for name in self._sections:
            if name not in {*self.loaded, *self.failed, *config.disabled}:
                raise ConfigError(f"plugin.{name}: there is no such plugin; there are {', '.join(sorted(self.loaded))}")

    async def load(self, source: Source) -> Plugin:
        """Import a plugin, register all it offers and run its start hooks.

        Raises:
            PluginError: Something is wrong with it; nothing of it stays registered.
            ConfigError: Its section of the configuration is wrong.
        """
        plugin = await self._load(source)
        self._changed()
        return plugin

    async def add(self, plugin: Plugin) -> None:
        """Register a plugin that is already in memory, and run its start hooks.

        Raises:
            PluginError: Something is wrong with it; nothing of it stays registered.
        """
        await self._register(plugin)
        self.loaded[plugin.name] = Loaded(plugin)
        self._changed()

    async def unload(self, name: str) -> None:
        """Run a plugin's stop hooks and undo every registration.

        Raises:
            PluginError: No plugin of that name is loaded.
        """
        _forget(await self._unload(name))
        self._changed()

    async def reload(self, name: str) -> Plugin:
        """Unload a plugin and load it from its files as they are now.

        Raises:
            PluginError: It is not loaded, or its new files cannot be; then it stays unloaded.
        """
        loaded = await self._unload(name)
        _forget(loaded)
        try:
            if loaded.source is None:
                raise PluginError(f"{name} was not loaded from a file")
            return await self._load(loaded.source)
        finally:
            self._changed()

    async def stop(self) -> None:
        """Unload everything, last loaded first."""
        for name in reversed(list(self.loaded)):
            loaded = await self._unload(name)
            # What Python finds by itself stays imported: another start in this process reads and learns nothing anew.
            if loaded.source is not None and loaded.source.path is not None:
                _forget(loaded)

    async def _load(self, source: Source) -> Plugin:
        try:
            plugin = source.load()
            await self._register(plugin)
        except PluginError as error:
            source.forget()
            self.failed[source.name] = str(error)
            raise
        self.failed.pop(source.name, None)
        self.loaded[plugin.name] = Loaded(plugin, source)
        return plugin

    async def _unload(self, name: str) -> Loaded:
        loaded = self.loaded.pop(name, None)
        if loaded is None:
            raise PluginError(f"no plugin called {name} is loaded")
        try:
            await self._run_hooks(loaded.plugin, loaded.plugin.stoppers)
        except PluginError as error:
            log.warning("plugin stopped badly", plugin=name, error=str(error))
        self._unregister(loaded.plugin)
        return loaded

    async def _register(self, plugin: Plugin) -> None:
        if plugin.name in self.loaded:
            raise PluginError(f"there is already a plugin called {plugin.name}")
        if plugin.config is not None:
            self._dispatcher.arguments.configs[plugin] = _own_config(plugin.config, plugin.name, self._sections)
        try:
            self._dispatcher.router.add(plugin.commands.values())
            self._dispatcher.listening.listeners[plugin] = plugin.listeners
            for job in plugin.jobs:
                self._jobs.add(_job_name(plugin, job), job.cron, partial(self._run_job, plugin, job))
            await self._run_hooks(plugin, plugin.starters)
        except PluginError:
            self._unregister(plugin)
            raise

    def _unregister(self, plugin: Plugin) -> None:
        self._dispatcher.router.remove(plugin.commands.values())
        self._dispatcher.listening.listeners.pop(plugin, None)
        self._dispatcher.arguments.configs.pop(plugin, None)
        for job in plugin.jobs:
            self._jobs.remove(_job_name(plugin, job))

    async def _run_job(self, plugin: Plugin, job: Job) -> None:
        arguments = {
            need.name: self._dispatcher.arguments.configs[plugin]
            if need.type is plugin.config
            else await self._model_for(TASKS[need.type])
            for need in job.signature.needs
        }
        await run_handler(job.handler, arguments)

    async def _run_hooks(self, plugin: Plugin, hooks: list[Hook]) -> None:
        for hook in hooks:
            try:
                # The configuration is all a hook can ask for.
                arguments = {need.name: self._dispatcher.arguments.configs[plugin] for need in hook.signature.needs}
                await run_handler(hook.handler, arguments)
            except Exception as error:
                raise PluginError(f"{plugin.name}: {hook.handler.__name__}() failed: {error}") from error


def _forget(loaded: Loaded) -> None:
    if loaded.source is not None:
        loaded.source.forget()


def _job_name(plugin: Plugin, job: Job) -> str:
    return f"{plugin.name}.{job.handler.__name__} {job.cron}"


def _own_config(kind: type[BaseModel], name: str, sections: Mapping[str, Mapping[str, JsonValue]]) -> BaseModel:
    try:
        return kind.model_validate(sections.get(name, {}))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(("plugin", name, *map(str, first["loc"])))
        raise ConfigError(f"{key}: {first['msg'][:1].lower()}{first['msg'][1:]}") from None
