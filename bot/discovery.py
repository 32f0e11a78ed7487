"""Finds plugins: those that come with Atelier, those in configured folders, those of installed packages."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from bot.config import PluginsConfig
from bot.errors import PluginError
from bot.plugin import Plugin

ENTRY_POINTS = "atelier.plugins"
"""The entry-point group in which installed packages offer plugins."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a plugin comes from.

    Attributes:
        name: The folder's, file's or entry point's name.
        module: The module that holds `plugin`.
        path: Its file, for plugins outside the packages Python finds by itself.
    """

    name: str
    module: str
    path: Path | None = None

    def load(self) -> Plugin:
        """Import it.

        Raises:
            PluginError: It cannot be imported, or holds no plugin.
        """
        try:
            module = self._import()
        except PluginError:
            raise
        except (Exception, SystemExit) as error:  # a script's sys.exit() must not end Atelier
            place = _last_line(error, self.path)
            raise PluginError(f"{self.name} cannot be imported: {type(error).__name__}: {error}{place}") from error
        plugin = getattr(module, "plugin", None)
        if not isinstance(plugin, Plugin):
            raise PluginError(f"{self.name}: {module.__file__} holds no `plugin = Plugin(…)`")
        return plugin

    def forget(self) -> None:
        """Drop its modules, so that the next import reads the files again."""
        for name in [name for name in sys.modules if name == self.module or name.startswith(f"{self.module}.")]:
            del sys.modules[name]
        importlib.invalidate_caches()

    def _import(self) -> ModuleType:
        if self.path is None:
            return importlib.import_module(self.module)
        folder = [str(self.path.parent)] if self.path.name == "__init__.py" else None
        spec = importlib.util.spec_from_file_location(self.module, self.path, submodule_search_locations=folder)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.module] = module
        spec.loader.exec_module(module)
        return module


def discover(config: PluginsConfig) -> Iterator[Source]:
    """The plugins that come with Atelier, those in the configured folders, and those of installed packages.

    A folder that does not exist is passed over; `atelier doctor` names it.
    """
    import plugins

    for folder in (*(Path(path) for path in plugins.__path__), *config.paths):
        own = folder == Path(plugins.__path__[0])
        for path in sorted(folder.iterdir() if folder.is_dir() else ()):
            name, file = (path.stem, path) if path.suffix == ".py" else (path.name, path / "__init__.py")
            if not name.isidentifier() or name.startswith("_") or not file.is_file():
                continue
            if name not in config.disabled:
                yield Source(name, f"plugins.{name}" if own else f"atelier_plugin_{name}", None if own else file)
    for point in entry_points(group=ENTRY_POINTS):
        if point.name not in config.disabled:
            yield Source(point.name, point.module)


def _last_line(error: BaseException, path: Path | None) -> str:
    trace = error.__traceback__
    line = None
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "importlib" not in file and (path is None or str(path.parent) in file):
            line = f" ({file}:{trace.tb_lineno})"
        trace = trace.tb_next
    return line or ""
