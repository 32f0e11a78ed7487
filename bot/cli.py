"""The command line: `atelier run | ask | models | plugins | db | doctor | discord | slack`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.cli_models import models
from bot.errors import ConfigError, PluginError, UserError
from bot.threads import share_processors

if TYPE_CHECKING:
    from bot.config import Config

T = TypeVar("T")

cli = typer.Typer(
    name="atelier",
    help="An assistant for your own Discord servers and Slack workspaces.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="The database: where it stands, migrations.", no_args_is_help=True)
plugins = typer.Typer(help="The plugins.", no_args_is_help=True)
discord = typer.Typer(help="Discord: letting the bot in.", no_args_is_help=True)
slack = typer.Typer(help="Slack: the app's manifest.", no_args_is_help=True)
cli.add_typer(db, name="db")
cli.add_typer(discord, name="discord")
cli.add_typer(slack, name="slack")
cli.add_typer(plugins, name="plugins")
cli.add_typer(models, name="models")


class ConfigFile:
    """Reads the configuration when a command asks for it."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def __call__(self) -> Config:
        """The configuration."""
        from bot.config import load_config

        return load_config(self._file)


@cli.callback()
def options(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="The configuration file; config.toml by default.")] = None,
) -> None:
    """An assistant for your own Discord servers and Slack workspaces."""
    share_processors()
    context.obj = ConfigFile(config)


@cli.command()
def run(context: typer.Context) -> None:
    """Start Atelier and keep it running."""
    from bot.places import serve
    from bot.telemetry import configure_logging

    config: Config = context.obj()
    configure_logging(config.log)
    asyncio.run(serve(config, typer.echo))


@cli.command()
def ask(
    context: typer.Context,
    line: Annotated[str, typer.Argument(help="A command line such as “/summarize last:20”, or a question.")],
    channel: Annotated[str, typer.Option(help="The channel of the sample workspace to ask in.")] = "general",
    person: Annotated[str, typer.Option("--as", help="Who asks.")] = "dana",
    file: Annotated[list[Path] | None, typer.Option(help="A file to attach; can be given several times.")] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for the files of the answer.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the complete answer as JSON.")] = False,
) -> None:
    """Ask something here, in the sample workspace; the answer streams."""
    from bot.places import ask_here
    from bot.telemetry import configure_logging

    config: Config = context.obj()
    quiet = config.log.model_copy(update={"level": "warning"}) if config.log.level == "info" else config.log
    configure_logging(quiet)
    answer = ask_here(config, line, channel=channel, person=person, files=file or [], out=out, as_json=as_json)
    if not asyncio.run(answer):
        raise typer.Exit(1)


@cli.command()
def doctor(context: typer.Context) -> None:
    """Check the installation, and say what to do about what is wrong."""
    from bot.doctor import examine

    if not asyncio.run(examine(context.obj)):
        raise typer.Exit(1)


@plugins.command("list")
def list_plugins(context: typer.Context) -> None:
    """Which plugins there are, and what is wrong with those that cannot be loaded."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from bot.discovery import discover

    config: Config = context.obj()
    table = Table("plugin", "about", "commands", box=None)
    broken = False
    for source in discover(config.plugins):
        try:
            plugin = source.load()
            table.add_row(source.name, escape(plugin.about), ", ".join(sorted(plugin.commands)))
        except PluginError as error:
            broken = True
            table.add_row(source.name, f"[red]{escape(str(error))}[/red]", "")
    Console().print(table)
    if broken:
        raise typer.Exit(1)


@discord.command()
def invite(context: typer.Context) -> None:
    """Print the links by which an admin lets the bot into a server, and a person takes it along everywhere."""
    from bot.platforms.discord.invite import invite_urls

    token = context.obj().platforms.discord.token
    if token is None:
        raise ConfigError("platforms.discord.token: set ATELIER__PLATFORMS__DISCORD__TOKEN to your bot's token first")
    server, person = invite_urls(token.get_secret_value())
    typer.echo(f"For a server, with the least permissions:\n{server}")
    typer.echo(f"For yourself, to use commands wherever you are:\n{person}")


@slack.command("manifest")
def slack_manifest(
    context: typer.Context,
    url: Annotated[str | None, typer.Option(help="For mode http: where Slack reaches Atelier from outside.")] = None,
) -> None:
    """Print the app's manifest for the loaded commands, to paste where Slack asks for it."""
    import json

    from bot import answer_commands
    from bot.discovery import discover
    from bot.platforms.slack.manifest import manifest

    plugins = [answer_commands.plugin, *(source.load() for source in discover(context.obj().plugins))]
    commands = [command for plugin in plugins for command in plugin.commands.values()]
    typer.echo(json.dumps(manifest(commands, url=url), indent=2))


@db.command()
def status(context: typer.Context) -> None:
    """Say which migration the database is at."""
    typer.echo(asyncio.run(_status(context.obj())))


@db.command()
def migrate(context: typer.Context) -> None:
    """Bring the tables up to date."""
    typer.echo(asyncio.run(_migrate(context.obj())))


@db.command()
def downgrade(
    context: typer.Context,
    revision: Annotated[str, typer.Argument(help="The migration to go back to; “base” removes every table.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take the tables back to an earlier migration."""
    if not yes:
        typer.confirm(f"Going back to {revision} can delete data. Go on?", abort=True)
    typer.echo(asyncio.run(_migrate(context.obj(), back_to=revision)))


async def _status(config: Config) -> str:
    from bot.store.database import Database

    async with await Database.open(config.store.url) as database:
        return await database.revision() or "empty"


async def _migrate(config: Config, back_to: str | None = None) -> str:
    from bot.store.database import Database

    async with await Database.open(config.store.url) as database:
        if back_to is None:
            await database.migrate()
        else:
            await database.downgrade(back_to)
        return await database.revision() or "empty"


def main() -> None:
    """Run the command line; what a person can put right is one line on standard error."""
    try:
        cli()
    except (ConfigError, UserError, PluginError) as error:
        typer.echo(f"atelier: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
