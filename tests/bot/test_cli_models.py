from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner, Result

from bot.cli_models import models as commands
from bot.config import Config
from bot.errors import ConfigError
from bot.models import files
from bot.models.fitting import Place
from bot.models.hub import pull
from tests.servers.hub import HubServer, hub_server

Run = Callable[..., Result]

GB = 10**9


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def run(models: Path) -> Run:
    def load() -> Config:
        return Config.model_validate({"models": {"dir": models}})

    def call(*words: str) -> Result:
        return CliRunner(env={"COLUMNS": "200"}).invoke(commands, words, obj=load)

    return call


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with hub_server() as server:
        server.files = {"model.safetensors": b"weights", "config.json": b"{}"}
        monkeypatch.setattr("bot.models.hub.pull", partial(pull, endpoint=server.url))
        yield server


def test_list_fits_a_narrow_terminal(models: Path) -> None:
    def load() -> Config:
        return Config.model_validate({"models": {"dir": models}})

    result = CliRunner(env={"COLUMNS": "80"}).invoke(commands, ["list"], obj=load)

    assert max(map(len, result.stdout.splitlines())) <= 80
    assert ["minilm-multilingual", "no", "Apache-2.0", "500", "MB", "1.0", "GB", "yes"] == line(
        result, "minilm-multilingual"
    ).split()[:8]


def line(result: Result, name: str) -> str:
    return next(row for row in result.stdout.splitlines() if row.startswith(name))


def test_list_shows_what_is_installed_chosen_and_how_large_it_is(run: Run) -> None:
    result = run("list")

    assert result.exit_code == 0
    assert line(result, "minilm-l6").split()[:4] == ["minilm-l6", "in", "use", "Apache-2.0"]
    other = line(result, "minilm-l12 ")
    assert other.split()[:5] == ["minilm-l12", "no", "Apache-2.0", "135", "MB"]


@pytest.mark.parametrize(("free", "fits"), [(64 << 30, "yes"), (1 << 20, "no")])
def test_list_says_whether_a_model_fits(run: Run, monkeypatch: pytest.MonkeyPatch, free: int, fits: str) -> None:
    class Memory:
        available = free

    monkeypatch.setattr(psutil, "virtual_memory", Memory)

    assert f"600 MB     600 MB  {fits}" in line(run("list"), "minilm-l6")


@pytest.mark.parametrize(
    ("place", "device", "fits"),
    [
        (Place("cpu", 4, 2, 10 * GB, 10 * GB), "the processor, in 32 bits", "no"),
        (Place("cuda", 4, 2, 12 * GB, 64 * GB), "a graphics card, in 16 bits", "no"),
        (Place("mps", 4, 2, 32 * GB, 32 * GB), "Apple's graphics card, in 16 bits", "yes"),
    ],
)
def test_list_tells_both_memories_and_what_fits_where_models_run(
    run: Run, monkeypatch: pytest.MonkeyPatch, place: Place, device: str, fits: str
) -> None:
    monkeypatch.setattr(Place, "here", lambda config: place)

    result = run("list")

    assert f"Models run on {device}; " in result.stdout
    assert ["36.5", "GB", "18.5", "GB", fits] == line(result, "qwen3-8b").split()[5:10]
    assert ("in parts" in line(result, "flux-schnell")) is (place.kind == "cuda")


def test_a_narrow_list_tells_the_memory_of_the_device_in_use(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Place, "here", lambda config: Place("cuda", 4, 2, 80 * GB, 64 * GB))

    def load() -> Config:
        return Config.model_validate({"models": {"dir": models}})

    result = CliRunner(env={"COLUMNS": "80"}).invoke(commands, ["list"], obj=load)

    assert ["16.4", "GB", "18.5", "GB", "yes"] == line(result, "qwen3-8b").split()[3:8]
    assert ["450", "MB"] == line(result, "tunes").split()[6:8]


def test_list_tells_the_owner_where_a_folder_lies(models: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()

    def load() -> Config:
        return Config.model_validate({"models": {"dir": models, "use": {"pictures": str(tmp_path / "mine")}}})

    result = CliRunner(env={"COLUMNS": "400"}).invoke(commands, ["list"], obj=load)

    assert f"a folder of the owner's: {tmp_path / 'mine'}" in line(result, "mine")


def test_list_shows_a_language_model_that_is_served_elsewhere(models: Path) -> None:
    chat = {"provider": "ollama", "model": "qwen3:1.7b"}

    def load() -> Config:
        return Config.model_validate({"models": {"dir": models, "chat": chat}})

    result = CliRunner(env={"COLUMNS": "200"}).invoke(commands, ["list"], obj=load)

    assert line(result, "qwen3:").split() == ["qwen3:1.7b", "in", "use", "served", "by", "Ollama"]


def test_pull_installs_a_model_and_path_and_verify_find_it(run: Run, hub: HubServer, models: Path) -> None:
    folder = files.home("someone/tiny", models)

    pulled = run("pull", "someone/tiny")

    assert (pulled.exit_code, pulled.stderr) == (0, "")
    assert f"someone/tiny is installed in {folder}" in pulled.stdout
    assert run("path", "someone/tiny").stdout == f"{folder}\n"
    assert run("verify", "someone/tiny").stdout == "someone/tiny: 2 files are as published\n"
    assert "mit" in line(run("list"), "someone/tiny")


def test_pull_says_in_one_line_why_it_cannot(run: Run, hub: HubServer) -> None:
    hub.refuse = (401, "RepoNotFound")

    result = run("pull", "someone/tiny")

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "The Hub has no model someone/tiny" in result.stderr


def test_the_model_that_comes_with_atelier_needs_no_pull(run: Run) -> None:
    result = run("pull", "minilm-l6")

    assert result.exit_code == 0
    assert "minilm-l6 is installed in" in result.stdout


OWN = (
    "minilm-l6: 1 file is as published\ntunes: 2 files are as published\neveryday: 4 files are as published\n"
    "stickers: 4 files are as published\nemoji: 4 files are as published\n"
)
"""What is said of the models that come with Atelier."""


def test_verify_without_a_name_checks_everything_installed(run: Run, hub: HubServer) -> None:
    run("pull", "someone/tiny")

    result = run("verify")

    assert result.exit_code == 0
    assert f"{OWN}someone/tiny: 2 files are as published\n" == result.stdout


def test_verify_names_every_altered_model_and_fails(run: Run, hub: HubServer, models: Path) -> None:
    run("pull", "someone/tiny")
    (files.home("someone/tiny", models) / "model.safetensors").write_bytes(b"tampered")

    result = run("verify")

    assert result.exit_code == 1
    assert OWN == result.stdout
    assert "model.safetensors of someone/tiny is not what was published" in result.stderr


def test_verify_admits_that_it_knows_no_hashes_of_an_owners_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()

    assert "no hashes are known" in run("verify", str(tmp_path / "mine")).stdout


@pytest.mark.parametrize("command", ["pull", "verify", "path"])
def test_an_unknown_name_is_said_in_one_line(run: Run, command: str) -> None:
    result = run(command, "nonsense")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "atelier: No model is called “nonsense”; `atelier models list` shows those there are.\n"


def test_the_path_of_a_model_that_is_not_installed_is_the_command_that_installs_it(run: Run) -> None:
    result = run("path", "minilm-l12")

    assert result.exit_code == 1
    assert "run `atelier models pull minilm-l12` (135 MB)" in result.stderr


def test_a_bad_configuration_is_said_in_one_line() -> None:
    def load() -> Config:
        raise ConfigError("models.preset: huge is none of starter, small, large.")

    result = CliRunner().invoke(commands, ["list"], obj=load)

    assert (result.exit_code, result.stderr) == (1, "atelier: models.preset: huge is none of starter, small, large.\n")


def test_importing_the_commands_imports_no_heavy_library() -> None:
    program = (
        "import sys, bot.cli_models\n"
        "heavy = ('torch', 'transformers', 'langchain_core', 'huggingface_hub', 'psutil', 'rich.progress')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
