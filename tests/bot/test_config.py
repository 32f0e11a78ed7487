"""The configuration: what is read, and what is refused in one line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from bot.config import Config, load_config
from bot.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def written(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_everything_has_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config()
    assert (
        config.platforms.web.host,
        config.platforms.web.port,
        config.models.preset,
    ) == ("127.0.0.1", 8080, "starter")


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER__PLATFORMS__WEB__PORT", "9001")
    config = load_config(written(tmp_path, '[platforms.web]\nport = 9000\nallowed_hosts = ["a.example"]'))
    assert (config.platforms.web.port, config.platforms.web.allowed_hosts) == (9001, ["a.example"])


def test_secrets_come_from_the_environment_or_files_and_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "platforms__web__password").write_text("from a file\n")
    assert SecretStr("from a file") == load_config(None, secrets).platforms.web.password
    monkeypatch.setenv("ATELIER__PLATFORMS__WEB__PASSWORD", "hush hush")
    config = load_config(None, secrets)
    assert SecretStr("hush hush") == config.platforms.web.password
    assert "hush" not in repr(config)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[platforms.web]\nprot = 1", "platforms.web.prot: there is no such key"),
        ("[platforms.web]\nport = 70000", "platforms.web.port: input should be less than or equal to 65535"),
        ('[log]\nlevel = "loud"', "log.level: input should be 'debug'"),
        ("[nowhere]\nkey = 1", "nowhere: there is no such key"),
        ("[history]\ndays = 0", "history.days: input should be greater"),
        ("port = ", "config.toml: Invalid value"),
        ('[platforms.web]\npassword = "x"', "set ATELIER__PLATFORMS__WEB__PASSWORD, or write it to"),
        ('[models.chat]\napi_key = "x"', "models.chat.api_key: a secret does not belong"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_that_names_it(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(written(tmp_path, text))
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        ("ATELIER__PLATFROMS__WEB__PORT", "ATELIER__PLATFROMS__WEB__PORT: there is no section 'platfroms'"),
        ("ATELIER__PLATFORMS__WEB__PROT", "platforms.web.prot: there is no such key"),
        ("ATELIER__PLATFORMS__WEB__PORT", "platforms.web.port: input should be a valid integer"),
        ("ATELIER__OWNERS", "ATELIER__OWNERS: in the environment, write a list or table as JSON"),
        ("ATELIER_CONFIG", "x: there is no such file"),
    ],
)
def test_a_mistake_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, says: str) -> None:
    monkeypatch.setenv(variable, "x")
    with pytest.raises(ConfigError, match=says):
        load_config()


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load_config(tmp_path / "other.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"config\.toml"):
        load_config(file)


def test_the_example_is_the_defaults_and_names_every_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config().model_dump() == load_config(EXAMPLE).model_dump()
    text = EXAMPLE.read_text(encoding="utf-8")
    assert tomllib.loads(text)
    for section, model in _sections(Config):
        for key in model.model_fields:
            assert key in text, f"{section}.{key} is not in config.example.toml"


def _sections(model: type[BaseModel], name: str = "") -> list[tuple[str, type[BaseModel]]]:
    found = [(name, model)]
    for key, field in model.model_fields.items():
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found += _sections(kind, f"{name}.{key}".strip("."))
    return found


def test_a_database_s_password_is_a_secret_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"store\.url: a secret does not belong") as error:
        load_config(written(tmp_path, '[store]\nurl = "postgresql://atelier:hush@db/atelier"'))
    assert "hush" not in str(error.value)
    monkeypatch.setenv("ATELIER__STORE__URL", "postgresql://atelier:hush@db/atelier")
    assert "hush" not in repr(load_config(written(tmp_path, "")))
