"""Where people meet Atelier: which platforms a start brings up, and what the terminal asks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.app import App
from bot.config import Config
from bot.errors import ConfigError, UserError
from bot.keeping import WorkspaceLog
from bot.platform import Platform, State
from bot.platforms.files import attachment, file_size, load_file
from bot.platforms.terminal import Terminal
from bot.platforms.web.playground import Playground
from bot.platforms.workspace import LOCAL, Workspace
from bot.request import Attachment, Origin, Request, new_id

LARGEST_FILE = 25 * 1024 * 1024
"""Bytes of a file that can be attached, as in the playground."""


async def serve(config: Config) -> None:
    """Run Atelier until the process is told to stop.

    Raises:
        ConfigError: The configuration does not fit this machine, or names no platform.
    """

    def platforms(app: App) -> Sequence[Platform]:
        web = config.platforms.web
        if not web.enabled:
            raise ConfigError("platforms: none is enabled; set platforms.web.enabled = true")
        return [Playground(web, _workspace(app), app.ready, _metrics)]

    def tell(app: App) -> None:
        playground = app.dispatcher.platforms[LOCAL]
        assert isinstance(playground, Playground)
        print(f"Atelier is ready. Open {playground.url} in a browser; Ctrl+C stops it.", flush=True)  # noqa: T201
        for name, error in app.plugins.failed.items():
            print(f"The plugin {name} was not loaded: {error}", flush=True)  # noqa: T201

    await App(config, platforms).run(tell)


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
    attached = tuple(_attach(path) for path in files)
    terminals: list[Terminal] = []

    def platforms(app: App) -> Sequence[Platform]:
        terminals.append(Terminal(_workspace(app), out=out, as_json=as_json))
        return terminals

    app = App(config, platforms)
    await app.start()
    try:
        (terminal,) = terminals
        workspace = terminal.workspace
        who = workspace.person(person)
        if who is None or who.id not in workspace.people:
            raise UserError(f"Nobody here is called {person}; there are {', '.join(_names(workspace))}.")
        where = workspace.dm(who) if channel == "dm" else workspace.channel(channel)
        if where is None or not workspace.readable_by(who, where):
            known = ", ".join(found.name for found in workspace.sample.channels.values() if found.parent is None)
            raise UserError(f"There is no channel {channel}; there are {known}, and dm for a talk with Atelier.")
        request = Request(
            Origin(LOCAL, message=new_id()), who, where, text=line, attachments=attached, received=app.clock()
        )
        body = await terminal.ask(request)
        return body.state is State.DONE
    finally:
        await app.stop()


def _names(workspace: Workspace) -> list[str]:
    return [found.id.removeprefix(f"{LOCAL}:") for found in workspace.people.values()]


def _workspace(app: App) -> Workspace:
    return Workspace(WorkspaceLog(app.store.messages), app.clock)


async def _metrics() -> str:
    from prometheus_client import generate_latest

    return generate_latest().decode()


def _attach(path: Path) -> Attachment:
    file = load_file(path)
    if len(file.data) > LARGEST_FILE:
        raise UserError(f"{path} is {file_size(len(file.data))}; at most {file_size(LARGEST_FILE)} can be attached.")
    return attachment(file)
