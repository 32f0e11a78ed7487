"""`atelier models`: what can be used here, and how it gets here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.config import Config
    from bot.models.catalog import Entry
    from bot.models.fitting import Place
    from bot.models.tasks import ModelStatus

models = typer.Typer(name="models", help="See, fetch and check the models.", no_args_is_help=True)

WIDE = 100
"""Columns of a terminal that has room for everything."""

Name = Annotated[str, typer.Argument(help="A name from `atelier models list`, or a Hub id such as owner/name.")]


@contextmanager
def _one_line() -> Iterator[None]:
    """Turns a known error into one line on standard error and exit code 1."""
    from bot.errors import ConfigError, UserError

    try:
        yield
    except (UserError, ConfigError) as error:
        typer.echo(f"atelier: {error}", err=True)
        raise typer.Exit(1) from error


def _config(context: typer.Context) -> Config:
    load: Callable[[], Config] = context.obj
    return load()


def _entry(name: str) -> Entry:
    from bot.errors import UserError
    from bot.models.catalog import named

    entry = named(name)
    if entry is None:
        raise UserError(f"No model is called “{name}”; `atelier models list` shows those there are.")
    return entry


@models.command("list")
def list_models(context: typer.Context) -> None:
    """Show the models: what they serve, which are here, how large they are and whether they fit into free memory."""
    with _one_line():
        from rich.console import Console
        from rich.table import Table

        from bot.models.fitting import Place
        from bot.models.registry import ModelRegistry
        from bot.settings import ChannelSettings

        console, config = Console(), _config(context).models
        registry = ModelRegistry(config)
        place = Place.here(config)
        console.print(_here(place), style="dim", highlight=False)
        # A narrow terminal has room for what counts here.
        memories = ("memory", "on a card") if console.width >= WIDE else ("memory",)
        statuses = registry.statuses(ChannelSettings())
        folders = {(entry.task, entry.name): entry.source for entry in registry.entries() if entry.kind == "folder"}
        for task, served in groupby(statuses, key=attrgetter("task")):
            table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
            table.add_column(task, no_wrap=True)
            table.add_column("here", no_wrap=True)
            # Long licences are wrapped: what is to be known of a model must not fall off the edge.
            table.add_column("licence", min_width=11)
            for column in ("disk", *memories):
                table.add_column(column, no_wrap=True, justify="right")
            table.add_column("fits", no_wrap=True)
            table.add_column("")
            for status in served:
                takes = (status.memory, status.card) if len(memories) > 1 else (_takes(status, place),)
                table.add_row(*_row(status, takes, folders.get((status.task, status.name), "")))
            console.print(table)


def _here(place: Place) -> str:
    from bot.wording import size

    devices = {"cpu": "the processor", "cuda": "a graphics card", "mps": "Apple's graphics card"}
    each = place.processor if place.kind == "cpu" else place.card
    return f"Models run on {devices[place.kind]}, in {each * 8} bits; {size(place.free)} of its memory is free."


def _takes(status: ModelStatus, place: Place) -> int | None:
    """What a model takes where models run here."""
    return status.memory if place.kind == "cpu" or status.card is None else status.card


def _row(status: ModelStatus, takes: Sequence[int | None], folder: str) -> tuple[str, ...]:
    from bot.wording import size

    return (
        status.name,
        ("in use" if status.chosen else "yes") if status.installed else "no",
        f"{status.licence}, gated" if status.gated else status.licence,
        *("" if amount is None else size(amount) for amount in (status.disk, *takes)),
        status.fits or "",
        f"{status.note}: {folder}" if folder else status.note,
    )


@models.command()
def pull(context: typer.Context, name: Name) -> None:
    """Fetch a model, or what is missing of it, and check every file."""
    with _one_line():
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        from bot.models.hub import pull

        entry, folder = _entry(name), _config(context).models.dir
        columns = (TextColumn(entry.name), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, transient=True) as progress:
            bar = progress.add_task(entry.name, total=None)
            where = pull(entry, folder, lambda done, total: progress.update(bar, completed=done, total=total))
        typer.echo(f"{entry.name} is installed in {where}")


@models.command()
def verify(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Which model; without it, every one that is installed.")] = None,
) -> None:
    """Check the files of a model against the hashes they were published with."""
    with _one_line():
        from bot.errors import UserError
        from bot.models import files
        from bot.models.registry import ModelRegistry

        config = _config(context).models
        if name is None:
            known = [entry for entry in ModelRegistry(config).entries() if files.installed(entry, config.dir)]
        else:
            known = [_entry(name)]
        failed = False
        for entry in known:
            try:
                count = files.verify(entry, config.dir)
            except UserError as error:
                failed = True
                typer.echo(f"atelier: {error}", err=True)
            else:
                checked = f"{count} {'file is' if count == 1 else 'files are'} as published"
                typer.echo(f"{entry.name}: {checked if count else 'no hashes are known'}")
        if failed:
            raise typer.Exit(1)


@models.command()
def path(context: typer.Context, name: Name) -> None:
    """Print the folder that a model is in."""
    with _one_line():
        from bot.models import files

        typer.echo(files.path(_entry(name), _config(context).models.dir))
