"""Plugins: found, loaded, reloaded, unloaded; one that is broken stops nobody."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import BaseModel

from bot import Embeddings, Plugin, PluginError
from bot import discovery as discovery_module
from bot.config import PluginsConfig
from bot.discovery import Source, discover
from bot.errors import ConfigError
from bot.jobs import Jobs
from bot.models.tasks import Task
from bot.plugins import Plugins
from tests.bot.path import Path as RequestPath

GOOD = '''
from bot import Plugin

plugin = Plugin("{name}", "…")
WORD = "{word}"

@plugin.command
async def {name}() -> str:
    """Say a word."""
    return WORD
'''

BROKEN = {
    "syntax": ("def (:", "syntax cannot be imported: SyntaxError"),
    "missing_import": ("import no_such_module", "missing_import cannot be imported: ModuleNotFoundError"),
    "exits": ("import sys\nsys.exit(3)", "exits cannot be imported: SystemExit"),
    "raises": ("1 / 0", r"raises cannot be imported: ZeroDivisionError.*raises\.py:1"),
    "nothing": ("x = 1", "holds no `plugin = Plugin"),
    "wrong": ("plugin = 3", "holds no `plugin = Plugin"),
    "reserved": ('from bot import Plugin\nplugin = Plugin("me", "…", group=True)', "/me is kept"),
    "untyped": (
        'from bot import Plugin\nplugin = Plugin("untyped", "…")\n@plugin.command\nasync def untyped(x): ...',
        r"untyped\.py:3: untyped\(\): parameter `x` has no type",
    ),
    "starts": (
        'from bot import Plugin\nplugin = Plugin("starts", "…")\n@plugin.start\ndef begin():\n    raise OSError("no")',
        r"starts: begin\(\) failed: no",
    ),
    "cron": (
        'from bot import Plugin\nplugin = Plugin("cron", "…")\n@plugin.job("every day")\nasync def nightly(): ...',
        "every day",
    ),
}


async def a_model(task: Task) -> object:
    return f"the model for {task}"


class Place:
    """Plugins around a path of requests."""

    def __init__(self, sections: dict[str, dict[str, Any]] | None = None) -> None:
        self.path = RequestPath()
        self.jobs = Jobs()
        self.changes = 0
        self.plugins = Plugins(self.path.dispatcher, self.jobs, a_model, sections or {}, self._changed)

    def _changed(self) -> None:
        self.changes += 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plugins").mkdir()
    return tmp_path / "plugins"


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.py"
    file.write_text(text, encoding="utf-8")
    return file


def found(folder: Path, name: str) -> Source:
    return {source.name: source for source in discover(PluginsConfig(paths=[folder]))}[name]


def test_plugins_are_found_in_all_three_places(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "extra", GOOD.format(name="extra", word="hi"))
    write(folder, "_hidden", "")
    (folder / "packed").mkdir()
    (folder / "packed" / "__init__.py").write_text("")
    (folder / "no-name.py").write_text("")
    points = [EntryPoint("installed", "some.module", "atelier.plugins"), EntryPoint("chat", "x", "atelier.plugins")]
    monkeypatch.setattr(discovery_module, "entry_points", lambda group: points)
    names = [source.name for source in discover(PluginsConfig(paths=[folder, folder / "gone"], disabled=["digest"]))]
    assert names[-4:] == ["extra", "packed", "installed", "chat"]
    assert {"chat", "help", "summarize"} <= set(names)
    assert "digest" not in names
    assert names.count("chat") == 2


async def test_a_broken_plugin_is_reported_and_the_rest_start(folder: Path) -> None:
    for name, (text, _) in BROKEN.items():
        write(folder, name, text)
    write(folder, "good", GOOD.format(name="good", word="hi"))
    place = Place()
    with structlog.testing.capture_logs() as logs:
        await place.plugins.load_all(PluginsConfig(paths=[folder]))
    assert set(BROKEN) == set(place.plugins.failed)
    assert len(BROKEN) == len([entry for entry in logs if entry["event"] == "plugin not loaded"])
    assert {"good", "chat", "help"} <= set(place.plugins.loaded)
    assert (await place.path.say("/good")).text == "hi"
    await place.plugins.stop()


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_wrong_is_named_and_nothing_stays_registered(folder: Path, name: str) -> None:
    text, says = BROKEN[name]
    write(folder, name, text)
    place = Place()
    with pytest.raises(PluginError, match=says):
        await place.plugins.load(found(folder, name))
    assert place.path.dispatcher.router.all() == []
    assert place.path.dispatcher.listening.listeners == {}
    assert place.jobs.times() == {}
    assert f"atelier_plugin_{name}" not in sys.modules


async def test_a_reloaded_plugin_is_as_its_file_is_now(folder: Path) -> None:
    write(folder, "again", GOOD.format(name="again", word="one"))
    place = Place()
    await place.plugins.load(found(folder, "again"))
    assert (await place.path.say("/again")).text == "one"
    write(folder, "again", GOOD.format(name="again", word="another"))
    await place.plugins.reload("again")
    assert (await place.path.say("/again")).text == "another"
    assert place.changes == 2
    write(folder, "again", "1 / 0")
    with pytest.raises(PluginError):
        await place.plugins.reload("again")
    assert "no command `/again`" in (await place.path.say("/again")).text
    assert {"again"} == set(place.plugins.failed)


async def test_a_plugin_in_a_folder_can_have_parts(folder: Path) -> None:
    (folder / "parts").mkdir()
    text = "from .words import WORD\n" + GOOD.format(name="parts", word="").replace('WORD = ""', "")
    (folder / "parts" / "__init__.py").write_text(text)
    (folder / "parts" / "words.py").write_text('WORD = "from a part"')
    place = Place()
    await place.plugins.load(found(folder, "parts"))
    assert (await place.path.say("/parts")).text == "from a part"


class Config(BaseModel):
    most: int = 3


async def test_unloading_undoes_every_registration() -> None:
    plugin = Plugin("whole", "…", config=Config)
    events: list[str] = []

    @plugin.command
    async def count(config: Config) -> str:
        return str(config.most)

    @plugin.start
    def begin(config: Config) -> None:
        events.append(f"start {config.most}")

    @plugin.stop
    async def end() -> None:
        events.append("stop")

    @plugin.job("0 3 * * *")
    async def nightly(config: Config, embeddings: Embeddings) -> None:
        events.append(f"{config.most} {embeddings}")

    place = Place({"whole": {"most": 5}})
    await place.plugins.add(plugin)
    assert (await place.path.say("/count")).text == "5"
    assert list(place.jobs.times()) == ["whole.nightly 0 3 * * *"]
    (job,) = plugin.jobs
    await place.plugins._run_job(plugin, job)
    with pytest.raises(PluginError, match="already a plugin called whole"):
        await place.plugins.add(plugin)
    with pytest.raises(PluginError, match="was not loaded from a file"):
        await place.plugins.reload("whole")
    assert events == ["start 5", "5 the model for embeddings", "stop"]
    assert place.jobs.times() == {}
    assert place.path.dispatcher.router.all() == []
    with pytest.raises(PluginError, match="no plugin called whole is loaded"):
        await place.plugins.unload("whole")


async def test_a_wrong_setting_of_a_plugin_is_named() -> None:
    place = Place({"whole": {"most": "many"}})
    with pytest.raises(ConfigError, match=r"plugin\.whole\.most: input should be a valid integer"):
        await place.plugins.add(Plugin("whole", "…", config=Config))


async def test_a_plugin_that_stops_badly_is_gone_all_the_same() -> None:
    plugin = Plugin("whole", "…")

    @plugin.stop
    def end() -> None:
        raise OSError("cannot")

    place = Place()
    await place.plugins.add(plugin)
    with structlog.testing.capture_logs() as logs:
        await place.plugins.unload("whole")
    assert [entry["event"] for entry in logs] == ["plugin stopped badly"]
    assert place.plugins.loaded == {}


async def test_settings_for_no_plugin_stop_the_start() -> None:
    with pytest.raises(ConfigError, match=r"plugin\.chatt: there is no such plugin; there are catchup, "):
        await Place({"chatt": {"most": 1}}).plugins.load_all(PluginsConfig())
    await Place({"digest": {}}).plugins.load_all(PluginsConfig(disabled=["digest"]))
