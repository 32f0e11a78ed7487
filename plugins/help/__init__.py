"""`/help`: what Atelier can do here, and how each command is used."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bot import Card, Command, Commands, Plugin, UserError
from plugins.help.pages import overview, page_of_command, page_of_group

plugin = Plugin("help", "Shows what I can do and how.")


@plugin.command(
    private=True, examples=["/help", "/help summarize", "/help digest", "what can you do?"], repeatable=True
)
async def help_(commands: Commands, command: str | None = None) -> str | Card:
    """Show every command, or one with its options and examples.

    Args:
        command: A command such as `summarize` or `digest on`, or a group such as `digest`.
    """
    known = commands.all()
    name = " ".join((command or "").lower().replace("/", " ").split())
    if not name:
        return overview(known)
    found = commands.get(name)
    if found is not None:
        return page_of_command(found)
    group = [each for each in known if each.plugin.name == name]
    if group:
        return page_of_group(group)
    raise UserError(f"There is no command `/{name}` that you may use here. {_hint(name, known)}")


def _hint(name: str, known: Sequence[Command]) -> str:
    groups = {command.plugin.name for command in known if command.plugin.group}
    names = [command.name for command in known]
    near = difflib.get_close_matches(name, [*names, *sorted(groups)], n=1)
    if not near:
        # “digest onn” and “onn” are both near to the bare name of a command in a group.
        bare = {each.rpartition(" ")[2]: each for each in names}
        near = [bare[word] for word in difflib.get_close_matches(name.rpartition(" ")[2], bare, n=1)]
    return f"Did you mean `/help {near[0]}`?" if near else "`/help` lists all I can do."
