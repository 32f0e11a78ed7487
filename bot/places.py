"""Where people meet Atelier: which platforms a start brings up, and what the terminal asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bot.app import App
from bot.body import State
from bot.config import Config, Web
from bot.errors import ConfigError
from bot.keeping import WorkspaceLog
from bot.platform import Platform
from bot.platforms.terminal import Terminal
from bot.platforms.web.playground import Playground, web_address
from bot.platforms.workspace import LOCAL, Workspace


def connected_platforms(app: App) -> Sequence[Platform]:
    """The platforms that the configuration names: Discord and Slack where there are tokens, and the playground.

    Their libraries are imported only here, for those who use them.

    Raises:
        ConfigError: There is none.
    """
    platforms, config = list[Platform](), app.config.platforms
    if config.discord.token is not None:
        from bot.platforms.discord.platform import Discord

        discord = config.discord
        platforms.append(
            Discord(
                token=config.discord.token,
                api_url=discord.api_url,
                gateway_url=discord.gateway_url,
                guilds=discord.guilds,
                clock=app.clock,
                gone=partial(app.lose, "discord"),
            )
        )
    if config.slack.bot_token is not None:
        from bot.platforms.slack.platform import Slack

        platforms.append(Slack(**dict(config.slack), gone=partial(app.lose, "slack")))
    if config.web.enabled:
        platforms.append(Playground(config.web, _workspace(app), app.ready, _metrics))
    if not platforms:
        raise ConfigError(
            "platforms: none is enabled; set platforms.web.enabled = true, or a token for Discord or Slack"
        )
    return platforms


async def serve(config: Config, say: Callable[[str], object]) -> None:
    """Run Atelier until the process is told to stop.

    Args:
        config: The configuration.
        say: Tells the person who started it where to look.

    Raises:
        ConfigError: The configuration does not fit this machine.
    """

    def tell(app: App) -> None:
        names = [name.capitalize() for name in app.dispatcher.platforms if name != LOCAL]
        if names:
            say(f"Atelier is connected to {' and '.join(names)}.")
        playground = app.dispatcher.platforms.get(LOCAL)
        if isinstance(playground, Playground):
            say(f"Atelier is ready. Open {playground.url} in a browser; Ctrl+C stops it.")
        for name, error in app.plugins.failed.items():
            say(f"The plugin {name} was not loaded: {error}")

    await App(config, connected_platforms).run(tell)


async def ask_here(
    config: Config,
    line: str,
    *,
    channel: str,
    person: str,
    files: Sequence[Path],
    out: Path | None,
    as_json: bool,
) -> bool:
    """Ask something in the local workspace, and print the answer as it comes.

    Args:
        config: The configuration.
        line: A command line, or a question.
        channel: Where to ask.
        person: Who asks.
        files: What is attached.
        out: Where the answer's files go.
        as_json: Print one JSON object at the end instead.

    Returns:
        Whether it was answered.

    Raises:
        UserError: There is no such person, channel or file.
    """
    terminals: list[Terminal] = []

    def platforms(app: App) -> Sequence[Platform]:
        terminals.append(
            Terminal(_workspace(app), playground=_playground(config.platforms.web), out=out, as_json=as_json)
        )
        return terminals

    # Digests that are due are for the process that goes on running.
    app = App(config, platforms, jobs=False)
    await app.start()
    try:
        (terminal,) = terminals
        body = await terminal.ask(await terminal.request(line, channel=channel, person=person, files=files))
        return body.state is State.DONE
    finally:
        await app.stop(grace=0)


def _playground(config: Web) -> str | None:
    """Where the playground of this configuration is; whether it runs at this moment is not asked."""
    return web_address(config, config.port) if config.enabled and config.port else None


def _workspace(app: App) -> Workspace:
    return Workspace(WorkspaceLog(app.store.messages), app.clock)


async def _metrics() -> str:
    from prometheus_client import generate_latest

    return generate_latest().decode()
