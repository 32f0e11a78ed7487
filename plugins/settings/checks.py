"""Whether what an admin names exists."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from bot import ChannelSettings, Commands, ModelStatus, Request, Scope, Task, UserError


def check_scope(scope: Scope, request: Request) -> None:
    """Refuse a scope that is not here.

    Raises:
        UserError: It is the server's, in a direct message.
    """
    if scope is Scope.SERVER and request.channel.server is None:
        raise UserError("There is no server in a direct message; use `scope:channel`.")


def check_plugin(name: str, commands: Commands, settings: ChannelSettings) -> str:
    """The name of a plugin.

    Args:
        name: As typed.
        commands: Those that are on here.
        settings: Names those that are off.

    Raises:
        UserError: There is none of that name.
    """
    known = {command.plugin.name for command in commands.all()} | settings.off
    wanted = name.strip().removeprefix("/").casefold()
    if wanted in known:
        return wanted
    raise UserError(f"There is no plugin `{wanted}`. {_hint(wanted, known)}")


def check_target(name: str, commands: Commands, settings: ChannelSettings) -> str:
    """What a rule is about: a command, a plugin or `*`.

    Args:
        name: As typed.
        commands: Those that are on here.
        settings: Names the plugins that are off.

    Raises:
        UserError: There is neither a command nor a plugin of that name.
    """
    wanted = " ".join(name.removeprefix("/").casefold().split())
    if wanted == "*":
        return wanted
    by_name = {command.name.casefold(): command.name for command in commands.all()}
    plugins = {command.plugin.name for command in commands.all()} | settings.off
    if wanted in by_name:
        return by_name[wanted]
    if wanted in plugins:
        return wanted
    raise UserError(f"There is no command or plugin `{wanted}`. {_hint(wanted, {*by_name, *plugins})}")


def check_role(name: str) -> str:
    """A role's name without its `@`; `*` for everyone.

    Raises:
        UserError: It is empty.
    """
    role = name.strip().removeprefix("@").strip()
    if not role:
        raise UserError("Name a role, or `*` for everyone.")
    return "*" if role.casefold() == "everyone" else role


def check_model(task: Task, name: str, known: Sequence[ModelStatus]) -> ModelStatus:
    """An installed model that serves a task.

    Args:
        task: What it must serve.
        name: As typed.
        known: Every model.

    Raises:
        UserError: There is none of that name, it serves something else, or it is not installed.
    """
    wanted = name.strip().casefold()
    serving = {model.name.casefold(): model for model in known if model.task is task}
    if not serving:
        raise UserError(f"There is no model for {task.value} yet; `/models` says how to add one.")
    found = serving.get(wanted)
    if found is None:
        raise UserError(f"No model for {task.value} is called `{name.strip()}`. {_hint(wanted, serving)}")
    if not found.installed:
        raise UserError(f"`{found.name}` is not installed; `atelier models pull {found.name}` installs it.")
    return found


def _hint(wanted: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(wanted, names, n=1)
    return f"Did you mean `{near[0]}`?" if near else f"There are {', '.join(f'`{name}`' for name in names[:20])}."
