"""`atelier doctor`: looks the installation over and says what to do about what is wrong."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.config import Config
from bot.discovery import discover
from bot.errors import ConfigError, PluginError
from bot.room import GB, LEAST_DISK, free_disk, free_memory

LOW_DISK = 2 * GB
"""Less free space than this is too little for a model and a growing database."""

LOW_MEMORY = 1 * GB
"""Less free memory than this is too little to load the starter models."""

ANSWER_SECONDS = 3.0
"""How long a server may take to answer."""


class Health(StrEnum):
    """How a part is."""

    WELL = "ok"
    WARN = "note"
    ILL = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one part.

    Attributes:
        part: Its name.
        health: How it is.
        says: What was found and, where something is wrong, what to do.
    """

    part: str
    health: Health
    says: str


async def examine(load: Callable[[], Config], console: Console | None = None) -> bool:
    """Check everything and print what was found.

    Args:
        load: Reads the configuration.
        console: Where to print; standard output by default.

    Returns:
        Whether nothing is wrong.
    """
    table = Table("", "part", "", box=None, show_header=False)
    colours = {Health.WELL: "green", Health.WARN: "yellow", Health.ILL: "red"}
    well = True
    async for finding in findings(load):
        well = well and finding.health is not Health.ILL
        table.add_row(f"[{colours[finding.health]}]{finding.health}[/]", finding.part, escape(finding.says))
    (console or Console()).print(table)
    return well


async def findings(load: Callable[[], Config]) -> AsyncIterator[Finding]:
    """What is found about each part, one after the other.

    Args:
        load: Reads the configuration.
    """
    try:
        config = load()
    except ConfigError as error:
        yield Finding("configuration", Health.ILL, str(error))
        return
    yield Finding("configuration", Health.WELL, "can be used")
    yield await _database(config)
    for finding in _store_disk(config):
        yield finding
    for finding in _tokens(config):
        yield finding
    for finding in await asyncio.to_thread(_models, config):
        yield finding
    for finding in _plugins(config):
        yield finding
    yield _disk(config)
    yield _memory()
    yield _port(config)
    yield await _network(config)


async def _database(config: Config) -> Finding:
    from bot.store.database import Database
    from bot.store.migrate import FOLDER, revisions

    try:
        async with await Database.open(config.store.url) as database:
            revision = await database.revision()
    except ConfigError as error:
        return Finding("database", Health.ILL, str(error))
    if revision is not None and revision not in revisions(FOLDER):
        return Finding(
            "database", Health.ILL, f"at revision {revision}, which this Atelier does not know; update Atelier"
        )
    if revision is None:
        return Finding("database", Health.WELL, "empty; the first start makes the tables")
    return Finding("database", Health.WELL, f"answers, at revision {revision}")


def _tokens(config: Config) -> list[Finding]:
    from bot.platforms.discord.invite import invite_urls

    found: list[Finding] = []
    if config.platforms.discord.token is not None:
        try:
            invite_urls(config.platforms.discord.token.get_secret_value())
            found.append(Finding("Discord", Health.WELL, "there is a bot's token"))
        except ConfigError as error:
            found.append(Finding("Discord", Health.ILL, str(error)))
    slack = config.platforms.slack
    second = "app_token" if slack.mode == "socket" else "signing_secret"
    if slack.bot_token is not None:
        missing = getattr(slack, second) is None
        variable = f"ATELIER__PLATFORMS__SLACK__{second.upper()}"
        says = (
            f"mode {slack.mode} needs platforms.slack.{second}; set {variable}" if missing else "there are its tokens"
        )
        found.append(Finding("Slack", Health.ILL if missing else Health.WELL, says))
    chat = config.models.chat
    if chat is not None and chat.provider == "openai" and chat.api_key is None:
        says = "no models.chat.api_key; a hosted server wants ATELIER__MODELS__CHAT__API_KEY"
        found.append(Finding("tokens", Health.WARN, says))
    return found or [Finding("tokens", Health.WELL, "nothing is configured that needs one")]


def _models(config: Config) -> list[Finding]:
    from bot.models.registry import ModelRegistry
    from bot.models.tasks import Task
    from bot.settings import ChannelSettings

    try:
        registry = ModelRegistry(config.models)
        statuses = registry.statuses(ChannelSettings())
    except ConfigError as error:
        return [Finding("models", Health.ILL, str(error))]
    found: list[Finding] = []
    for status in statuses:
        if status.chosen:
            health, says = Health.WELL, f"{status.name} is installed"
            if not status.installed:
                health, says = Health.ILL, str(registry.missing(status.task))
            found.append(Finding(f"model for {status.task}", health, says))
    if not any(status.task is Task.CHAT and status.chosen for status in statuses):
        says = "none; answers are looked up by meaning. See “Choose models” in the README"
        found.append(Finding("model for chat", Health.WARN, says))
    return found


def _plugins(config: Config) -> list[Finding]:
    found = [
        Finding("plugins", Health.ILL, f"plugins.paths: {path} is no folder")
        for path in config.plugins.paths
        if not path.is_dir()
    ]
    loaded = 0
    for source in discover(config.plugins):
        try:
            source.load()
            loaded += 1
        except PluginError as error:
            found.append(Finding("plugins", Health.ILL, str(error)))
    return [*found, Finding("plugins", Health.WELL, f"{loaded} can be loaded")]


def _disk(config: Config) -> Finding:
    folder = config.models.dir.absolute()
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        return Finding("disk", Health.ILL, f"{folder} cannot be written to; change models.dir or its permissions")
    free = free_disk(folder)
    if free < LOW_DISK:
        return Finding("disk", Health.ILL, f"only {free / GB:.1f} GB free at {folder}; make room")
    return Finding("disk", Health.WELL, f"{free / GB:.0f} GB free at {folder}")


def _store_disk(config: Config) -> list[Finding]:
    """A store on a disk of its own that is nearly full."""
    from bot.store import urls

    try:
        file = urls.file_of(urls.parse(config.store.url))
    except ConfigError:  # it is told with the database
        return []
    if file is None or (free := free_disk(file)) >= LEAST_DISK:
        return []
    says = f"only {free / GB:.1f} GB free for {file}; make room, or nothing more can be kept"
    return [Finding("database", Health.ILL, says)]


def _memory() -> Finding:
    free = free_memory()
    if free < LOW_MEMORY:
        return Finding("memory", Health.ILL, f"only {free / GB:.1f} GB free; models may not fit")
    return Finding("memory", Health.WELL, f"{free / GB:.0f} GB free")


def _port(config: Config) -> Finding:
    web = config.platforms.web
    if not web.enabled:
        return Finding("playground", Health.WELL, "switched off")
    from bot.platforms.web.server import check_host

    try:
        check_host(web)
    except ConfigError as error:
        return Finding("playground", Health.ILL, str(error))
    try:
        with socket.create_connection((web.host, web.port), timeout=1):
            return Finding("playground", Health.WARN, f"something already answers on port {web.port}: Atelier itself?")
    except OSError:
        return Finding("playground", Health.WELL, f"port {web.port} is free")


async def _network(config: Config) -> Finding:
    """Whether what the configuration names answers; nothing else is contacted."""
    chat = config.models.chat
    if chat is None:
        return Finding("network", Health.WELL, "nothing is configured that needs it")
    default = "http://127.0.0.1:11434" if chat.provider == "ollama" else "https://api.openai.com/v1"
    parts = urlsplit(chat.base_url or default)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, port)
        writer.close()
        await writer.wait_closed()
    except (OSError, TimeoutError):
        return Finding(
            "network", Health.ILL, f"{parts.hostname}:{port}, named by models.chat, does not answer; is it running?"
        )
    return Finding("network", Health.WELL, f"{parts.hostname}:{port} answers")
