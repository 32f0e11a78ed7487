"""`/settings`: what admins decide for a server or a channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from bot import Card, Choice, Commands, Models, Plugin, Range, Request, Rule, Scope, Settings, Task, UserError, count
from plugins.settings.checks import check_model, check_plugin, check_role, check_scope, check_target
from plugins.settings.words import called, card, messages, place, sentence

plugin = Plugin("settings", "What admins decide for this server or channel.", group=True)

DELETE, KEEP = "Stop and delete", "Leave it as it is"

Count = Annotated[int, Range(0, 1_000_000)]


@plugin.command(private=True, admin=True, examples=["/settings show"], repeatable=True)
async def show(settings: Settings, request: Request) -> Card:
    """Show what holds in this channel."""
    return card(await settings.get(), request)


@plugin.command(
    private=True,
    admin=True,
    asks=True,
    examples=["/settings plugin name:chat on:no", "/settings plugin name:summarize on:yes scope:server"],
)
async def plugin_(
    name: str, on: bool, settings: Settings, commands: Commands, request: Request, scope: Scope = Scope.CHANNEL
) -> str:
    """Switch a plugin on or off.

    Args:
        name: The plugin, as `/help` lists it.
        on: Whether people may use it.
        scope: For this channel, or for the whole server.
    """
    check_scope(scope, request)
    name = check_plugin(name, commands, await settings.get())
    if name == plugin.name and not on:
        raise UserError("`settings` stays on: without it nobody could switch anything on again.")
    await settings.switch(name, on, scope)
    return f"`{name}` is switched {'on' if on else 'off'} {place(scope, request)}."


@plugin.command(
    private=True,
    admin=True,
    asks=True,
    examples=["/settings history on:yes days:30", "/settings history on:no scope:server"],
)
async def history(
    on: bool,
    settings: Settings,
    request: Request,
    days: Annotated[int, Range(1, 3650)] | None = None,
    scope: Scope = Scope.CHANNEL,
) -> AsyncIterator[str | Choice]:
    """Keep messages for summaries and questions, or stop and delete those kept.

    Args:
        on: Whether messages are kept.
        days: How long they stay.
        scope: For this channel, or for the whole server.
    """
    check_scope(scope, request)
    where = place(scope, request)
    if on:
        await settings.set_history(True, days, scope)
        # The channel's own setting may be a shorter one than the server's, so this tells what holds.
        kept = days or (await settings.get()).history_days
        yield f"Messages are kept {where} from now on, for {count(kept, 'day')}."
        return
    picked = yield Choice(f"Stop keeping messages {where}, and delete all that were kept?", (DELETE, KEEP))
    if picked != DELETE:
        yield "Nothing was changed."
        return
    deleted = await settings.set_history(False, None, scope)
    yield f"Messages are no longer kept {where}; {messages(deleted)} deleted."


@plugin.command(
    private=True,
    admin=True,
    asks=True,
    examples=["/settings model task:chat name:qwen3:1.7b", "/settings model embeddings none"],
)
async def model(
    task: Task, name: str, settings: Settings, models: Models, request: Request, scope: Scope = Scope.CHANNEL
) -> str:
    """Choose which installed model serves a task.

    Args:
        task: What the model is for.
        name: The model, as `/models` lists it; `none` goes back to the configuration's.
        scope: For this channel, or for the whole server.
    """
    check_scope(scope, request)
    if name.strip().casefold() == "none":
        await settings.set_model(task.value, None, scope)
        return f"The model for {task.value} {place(scope, request)} is again the one of the configuration."
    found = check_model(task, name, await models.all())
    await settings.set_model(task.value, found.name, scope)
    return f"`{found.name}` now serves {task.value} {place(scope, request)}."


@plugin.command(
    private=True, admin=True, asks=True, examples=["/settings limits per_minute:5 per_day:100 scope:server"]
)
async def limits(
    settings: Settings,
    request: Request,
    per_minute: Count | None = None,
    per_day: Count | None = None,
    scope: Scope = Scope.CHANNEL,
) -> str:
    """Limit how much each person may ask; what is not given goes back to the configuration's.

    Args:
        per_minute: Requests in a minute; 0 for no limit.
        per_day: Requests in a day; 0 for no limit.
        scope: For this channel, or for the whole server.
    """
    check_scope(scope, request)
    await settings.set_limit(per_minute, per_day, scope)
    spans = [
        f"as many requests as configured in a {span}"
        if number is None
        else f"any number of requests in a {span}"
        if number == 0
        else f"{count(number, 'request')} in a {span}"
        for number, span in ((per_minute, "minute"), (per_day, "day"))
    ]
    return f"Each person may make {' and '.join(spans)} {place(scope, request)}."


@plugin.command(private=True, admin=True, asks=True, examples=["/settings allow command:imagine role:artists"])
async def allow(
    command: str,
    settings: Settings,
    commands: Commands,
    request: Request,
    role: str = "*",
    scope: Scope = Scope.CHANNEL,
) -> str:
    """Let a role use a command; the most specific rule decides.

    Args:
        command: A command, a plugin, or `*` for all.
        role: A role's name, or `*` for everyone.
        scope: For this channel, or for the whole server.
    """
    rule = await _add_rule(command, role, settings, commands, request, scope, allow=True)
    return f"{sentence(rule)} {place(scope, request)}."


@plugin.command(private=True, admin=True, asks=True, examples=["/settings deny command:chat role:guests scope:server"])
async def deny(
    command: str,
    settings: Settings,
    commands: Commands,
    request: Request,
    role: str = "*",
    scope: Scope = Scope.CHANNEL,
) -> str:
    """Forbid a role a command; the most specific rule decides. Admins may always use everything.

    Args:
        command: A command, a plugin, or `*` for all.
        role: A role's name, or `*` for everyone.
        scope: For this channel, or for the whole server.
    """
    rule = await _add_rule(command, role, settings, commands, request, scope, allow=False)
    return f"{sentence(rule)} {place(scope, request)}."


@plugin.command(
    private=True, admin=True, asks=True, examples=["/settings unrule command:chat role:guests scope:server"]
)
async def unrule(
    command: str,
    settings: Settings,
    request: Request,
    role: str = "*",
    scope: Scope = Scope.CHANNEL,
) -> str:
    """Remove a rule that `allow` or `deny` made.

    Args:
        command: As in the rule.
        role: As in the rule.
        scope: As in the rule.
    """
    check_scope(scope, request)
    command, role = " ".join(command.removeprefix("/").split()), check_role(role)
    who = "everyone" if role == "*" else f"@{role}"
    which = f"rule for {called(command)} and {who} {place(scope, request)}"
    if not await settings.remove_rule(command, role, scope):
        raise UserError(f"There is no {which}; `/settings show` lists the rules.")
    return f"The {which} is removed."


async def _add_rule(
    command: str,
    role: str,
    settings: Settings,
    commands: Commands,
    request: Request,
    scope: Scope,
    *,
    allow: bool,
) -> Rule:
    check_scope(scope, request)
    rule = Rule(check_target(command, commands, await settings.get()), check_role(role), allow)
    await settings.add_rule(rule, scope)
    return rule
