"""The typed configuration: `config.toml`, then the environment, secrets from the environment or files only."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bot.errors import ConfigError

PREFIX = "ATELIER__"
"""Environment variables are `ATELIER__SECTION__KEY`."""

Port = Annotated[int, Field(ge=0, le=65535)]


class Section(BaseModel):
    """A section of the file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Store(Section):
    """Where everything is kept."""

    # Not shown: it may hold a password.
    url: Annotated[str, Field(repr=False)] = "sqlite+aiosqlite:///data/atelier.db"


class Web(Section):
    """The playground and the dashboard."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: Port = 8080
    allowed_hosts: list[str] = []
    password: SecretStr | None = None


class Discord(Section):
    """Discord; with a token Atelier connects."""

    token: SecretStr | None = None
    api_url: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg"
    guilds: list[int] = []


class Slack(Section):
    """Slack; with tokens Atelier connects."""

    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    mode: Literal["socket", "http"] = "socket"
    connections: Annotated[int, Field(ge=1, le=10)] = 2
    api_url: str = "https://slack.com/api/"
    host: str = "127.0.0.1"
    port: Port = 3000


class Platforms(Section):
    """One section for each platform."""

    discord: Discord = Discord()
    slack: Slack = Slack()
    web: Web = Web()
    # Mentions that were missed are answered if they are no older; 0 is never. Known for a day, so no longer than that.
    catch_up_minutes: Annotated[int, Field(ge=0, le=1440)] = 60


class ChatSource(Section):
    """A chat model served elsewhere, reached through LangChain."""

    provider: Literal["openai", "ollama"]
    model: str
    base_url: str | None = None
    api_key: SecretStr | None = None
    context_tokens: Annotated[int, Field(ge=512)] = 8192
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    timeout_seconds: Annotated[float, Field(gt=0)] = 120
    at_once: Annotated[int, Field(ge=1)] = 4
    images: bool = False


class ModelsConfig(Section):
    """Which models serve which tasks."""

    dir: Path = Path("data/models")
    preset: Literal["starter", "small", "large"] = "starter"
    preload: list[str] = []
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    quantize: Literal["none", "int8", "int4"] = "none"
    memory_gib: Annotated[float, Field(gt=0)] | None = None
    hang_minutes: Annotated[float, Field(gt=0)] = 10
    use: dict[str, str] = {}
    chat: ChatSource | None = None


class PluginsConfig(Section):
    """Which plugins are loaded."""

    paths: list[Path] = []
    disabled: list[str] = []


class Limits(Section):
    """Requests that are permitted unless a server's admin decides otherwise; 0 means no limit."""

    person_per_minute: Annotated[int, Field(ge=0)] = 20
    person_per_day: Annotated[int, Field(ge=0)] = 1000
    server_per_minute: Annotated[int, Field(ge=0)] = 200


class HistoryConfig(Section):
    """Messages kept where an admin enabled history."""

    days: Annotated[int, Field(ge=1)] = 90


class MemoryConfig(Section):
    """Facts that people asked to remember."""

    # 0 keeps them until somebody has them forgotten.
    forget_after_days: Annotated[int, Field(ge=0)] = 365


class KnowledgeConfig(Section):
    """What servers and people had added to be searched for answers."""

    # Beside a SQLite store, by default.
    dir: Path | None = None
    sources: Annotated[int, Field(ge=0)] = 500
    passages: Annotated[int, Field(ge=0)] = 100_000
    own_passages: Annotated[int, Field(ge=0)] = 5_000


class WebPages(Section):
    """Pages of the web that people have read."""

    enabled: bool = True
    allow: list[str] = []


class PersonasConfig(Section):
    """Who Atelier can be in a conversation, besides the personas that come with it."""

    paths: list[Path] = []


class Log(Section):
    """Structured logs, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"


class Config(BaseSettings):
    """The whole configuration; see `config.example.toml` for what each key means."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        validate_default=True,
        secrets_dir=None,
    )

    owners: list[str] = []
    store: Store = Store()
    platforms: Platforms = Platforms()
    models: ModelsConfig = ModelsConfig()
    plugins: PluginsConfig = PluginsConfig()
    plugin: dict[str, dict[str, JsonValue]] = {}
    limits: Limits = Limits()
    history: HistoryConfig = HistoryConfig()
    memory: MemoryConfig = MemoryConfig()
    knowledge: KnowledgeConfig = KnowledgeConfig()
    web: WebPages = WebPages()
    personas: PersonasConfig = PersonasConfig()
    log: Log = Log()


def load_config(file: Path | None = None, secrets: Path | None = None) -> Config:
    """Read the configuration.

    The environment wins over secret files, and these over the file.

    Args:
        file: The configuration file; `config.toml`, if it is there, by default.
        secrets: The folder with one file for each secret, named like `platforms__web__password`; `secrets`, if it is
            there, by default.

    Raises:
        ConfigError: A key or a value is wrong, or the file cannot be read; one line that names it.
    """
    named = file or (Path(os.environ["ATELIER_CONFIG"]) if os.environ.get("ATELIER_CONFIG") else None)
    path = named or Path("config.toml")
    if named is not None and not named.is_file():
        raise ConfigError(f"{named}: there is no such file")
    values = _read_file(path)
    _refuse_secrets(values, Config, path)
    _refuse_unknown_variables()
    folder = secrets or Path(os.environ.get("ATELIER_SECRETS", "secrets"))

    class FromHere(Config):
        """The configuration with the sources of this start."""

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            secret_files = NestedSecretsSettingsSource(
                file_secret_settings,
                secrets_dir=folder,
                secrets_dir_missing="ok",
                secrets_prefix="",
                secrets_nested_delimiter="__",
            )
            return env_settings, secret_files, init_settings

    try:
        return FromHere(**values)
    except ValidationError as error:
        first = error.errors()[0]
        problem = "there is no such key" if first["type"] == "extra_forbidden" else _lower(first["msg"])
        raise ConfigError(f"{'.'.join(map(str, first['loc']))}: {problem}") from None
    except SettingsError as error:
        section = str(error).partition('"')[2].partition('"')[0]
        variables = ", ".join(name for name in sorted(os.environ) if name.startswith(f"{PREFIX}{section.upper()}"))
        raise ConfigError(
            f'{variables or section}: in the environment, write a list or table as JSON, such as ["one", "two"]'
        ) from None


def _read_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path}: {error}") from None


def _refuse_secrets(values: Mapping[str, object], model: type[BaseModel], path: Path, above: str = "") -> None:
    """A file that is edited, shown and copied is no place for a token."""
    for name, value in values.items():
        field = model.model_fields.get(name)
        if field is None:
            continue
        key = f"{above}{name}"
        kinds = get_args(field.annotation) or (field.annotation,)
        if SecretStr in kinds or (key == "store.url" and isinstance(value, str) and urlsplit(value).password):
            variable = PREFIX + key.replace(".", "__").upper()
            raise ConfigError(
                f"{key}: a secret does not belong in {path}; set {variable}, or write it to "
                f"secrets/{key.replace('.', '__')}"
            )
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(value, Mapping):
                _refuse_secrets(value, kind, path, f"{key}.")


def _refuse_unknown_variables() -> None:
    # pydantic-settings passes over a variable whose first word is no section; a typo there must not be silent.
    for variable in os.environ:
        if variable.startswith(PREFIX):
            section = variable.removeprefix(PREFIX).split("__")[0].lower()
            if section not in Config.model_fields:
                raise ConfigError(f"{variable}: there is no section {section!r}")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
