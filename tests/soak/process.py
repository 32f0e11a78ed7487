"""Atelier in a process of its own, by its own command line."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.servers.discord import DiscordServer
from tests.servers.slack import SlackServer

PLUGINS = Path(__file__).parent / "plugins"
BUNDLED = [path.name for path in Path("plugins").iterdir() if path.is_dir()]
LIBRARIES = ["bot.cli", "bot.places", "bot.platforms.discord.platform", "bot.platforms.slack.platform"]
LIBRARIES += ["alembic.command", "aiosqlite", "slack_bolt.app.async_app", "bot.platforms.slack.sockets"]

STOP_SECONDS = 12.0
"""How long a process may take to end when it is asked to."""

# Each process is a copy of one that has imported the libraries, and so there in a quarter of a second.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(LIBRARIES)


class Process:
    """Starts, kills and stops `atelier run`.

    Args:
        folder: Where it keeps everything.
        discord: The Discord that it speaks to.
        slack: The Slack that it speaks to.

    Attributes:
        starts: How many processes there have been.
        log: What they logged.
        runs: What commands noted about their runs.
    """

    def __init__(self, folder: Path, discord: DiscordServer, slack: SlackServer) -> None:
        self.starts = 0
        self.log, self.runs = folder / "log.jsonl", folder / "runs.txt"
        self._config = folder / "config.toml"
        self._config.write_text(_configuration(folder, discord, slack), encoding="utf-8")
        self._environment = {
            "ATELIER__PLATFORMS__DISCORD__TOKEN": discord.token,
            "ATELIER__PLATFORMS__SLACK__BOT_TOKEN": slack.bot_token,
            "ATELIER__PLATFORMS__SLACK__APP_TOKEN": slack.app_token,
            "SOAK_RUNS": str(self.runs),
        }
        self._discord, self._slack = discord, slack
        self._ready = (0, 0)
        self._running: BaseProcess | None = None

    def start(self) -> None:
        """Start another one; what it takes until it is connected is waited for by `ready`."""
        self.starts += 1
        self._ready = (self._discord.gateway.identified + 1, self._slack.sockets.opened + 1)
        arguments = (str(self._config), str(self.log), self._environment)
        self._running = _processes.Process(target=_run, args=arguments, daemon=True)
        self._running.start()

    async def ready(self, seconds: float = 30) -> None:
        """Wait until it is connected to both.

        Raises:
            RuntimeError: It is not in time; the text has the end of its log.
        """
        identified, opened = self._ready
        try:
            await self._discord.until(lambda: self._discord.gateway.identified >= identified, seconds)
            await self._slack.sockets.connected(opened, seconds)
        except TimeoutError:
            last = self.log.read_text(encoding="utf-8")[-2000:]
            raise RuntimeError(f"not connected within {seconds} s; its log ends with\n{last}") from None

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self._running is not None:
            self._running.kill()

    async def gone(self) -> int:
        """Wait until it has ended; returns its exit code.

        Raises:
            RuntimeError: It has not ended in time.
        """
        assert self._running is not None
        await asyncio.to_thread(self._running.join, STOP_SECONDS)
        if self._running.exitcode is None:
            raise RuntimeError(f"not ended within {STOP_SECONDS} s")
        return self._running.exitcode

    def ask_to_stop(self) -> None:
        """Ask it to end in good order."""
        if self._running is not None:
            self._running.terminate()


def _run(config: str, log: str, environment: Mapping[str, str]) -> None:
    """What the process does: the command line, as a person types it."""
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        os.environ.pop(variable, None)
    os.environ.update(environment)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, sys.stdout.fileno())
    os.dup2(file, sys.stderr.fileno())
    sys.argv = ["atelier", "--config", config, "run"]
    from bot.cli import main

    main()


def _configuration(folder: Path, discord: DiscordServer, slack: SlackServer) -> str:
    tables: dict[str, dict[str, object]] = {
        "store": {"url": f"sqlite+aiosqlite:///{folder / 'atelier.db'}"},
        "models": {"dir": str(folder / "models")},
        "plugins": {"paths": [str(PLUGINS)], "disabled": BUNDLED},
        "platforms.web": {"enabled": False},
        "platforms.discord": {"api_url": discord.api_url, "gateway_url": discord.gateway_url},
        "platforms.slack": {"api_url": slack.api_url},
        "limits": {"person_per_minute": 0, "person_per_day": 0, "server_per_minute": 0},
        "log": {"format": "json"},
    }
    lines = []
    for name, values in tables.items():
        # What JSON and TOML write alike.
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    return "\n".join(lines)
