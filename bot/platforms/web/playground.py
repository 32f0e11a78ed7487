"""The playground as a platform: a chat in the browser with the sample workspace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from bot.commands import Command
from bot.config import Web
from bot.platform import Limits
from bot.platforms.local import LocalPlatform
from bot.platforms.workspace import Workspace
from bot.request import Receive

if TYPE_CHECKING:
    from bot.platforms.web.conversation import Conversation
    from bot.platforms.web.server import Running

Ready = Callable[[], Awaitable[dict[str, bool]]]
"""The parts of the application, and whether each is ready."""

Metrics = Callable[[], Awaitable[str]]
"""Prometheus' text format."""


class Playground(LocalPlatform):
    """A `Platform` in the browser.

    Args:
        config: Where it listens, and the password.
        workspace: What it shows.
        ready: What `/readyz` answers.
        metrics: What `/metrics` answers.
    """

    def __init__(
        self, config: Web, workspace: Workspace, ready: Ready | None = None, metrics: Metrics | None = None
    ) -> None:
        super().__init__(workspace, Limits())
        self._config = config
        self._ready = ready
        self._metrics = metrics
        self._commands: tuple[Command, ...] = ()
        self._conversation: Conversation | None = None
        self._running: Running | None = None

    @property
    def url(self) -> str:
        """Where to look, once it has started."""
        return web_address(self._config, self._running.port if self._running else self._config.port)

    async def start(self, receive: Receive) -> None:
        """Listen, and hand what people do to `receive`; returns once pages are served.

        Raises:
            ConfigError: The host needs a password, or the port is taken.
        """
        # The web libraries take most of a second to import, so only a process that serves pages pays for them.
        from bot.platforms.web.conversation import Conversation
        from bot.platforms.web.server import Running, check_host, listen
        from bot.platforms.web.site import build_site

        check_host(self._config)
        listener = listen(self._config)
        self._conversation = Conversation(self.workspace)
        self._conversation.commands = self._commands
        self._conversation.receive = receive
        self._running = Running(build_site(self._config, self._conversation, self._ready, self._metrics), listener)
        await self._running.start()

    async def stop(self) -> None:
        """Close every page's connection and stop listening."""
        if self._conversation is not None:
            self._conversation.receive = None
        if self._running is not None:
            await self._running.stop()
            self._running = None

    async def publish(self, commands: Sequence[Command]) -> None:
        """Offer these commands, and no others, for completion."""
        self._commands = tuple(sorted(commands, key=lambda command: command.name))
        if self._conversation is not None:
            self._conversation.commands = self._commands


def web_address(config: Web, port: int) -> str:
    """Where a browser on this machine finds the playground.

    Args:
        config: Where it listens.
        port: The port that was taken.
    """
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(config.host, config.host)  # noqa: S104 - shown, not bound
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{port}"
