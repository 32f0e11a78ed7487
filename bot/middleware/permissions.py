"""Who may use what: plugins switched off, commands for admins, and the rules that admins set."""

from __future__ import annotations

from collections.abc import Container, Sequence

from bot.commands import Command
from bot.errors import UserError
from bot.middleware.call import Call, Proceed
from bot.request import ChannelKind, Person, Request
from bot.settings import ChannelSettings, Rule, Scope


class Permissions:
    """Refuses what the person may not use.

    Args:
        owners: Accounts that may use everything everywhere.
    """

    def __init__(self, owners: Container[str]) -> None:
        self._owners = owners

    async def __call__(self, call: Call, proceed: Proceed) -> None:
        """Go on if the person may."""
        assert call.command is not None
        reason = refusal(call.command, call.request, call.settings, self._owners, forwarded=call.forwards > 0)
        if reason is not None:
            raise UserError(reason)
        await proceed(call)


def refusal(
    command: Command,
    request: Request,
    settings: ChannelSettings,
    owners: Container[str],
    *,
    forwarded: bool = False,
) -> str | None:
    """Why the person may not use the command here; None when they may.

    Admins and owners are held by no rule, so that they cannot lock themselves out; in a direct message everyone is
    the admin of their own conversation. What another command answers by may be internal.
    """
    if command.plugin.name in settings.off:
        return f"`/{command.name}` is switched off here; an admin can switch it on."
    if command.internal and not (request.scheduled or forwarded):
        return f"`/{command.name}` runs by itself, at set times."
    if request.scheduled:
        # An admin switched it on, and what a scheduled request knows of them has no roles.
        return None
    person, alone = request.person, request.channel.kind is ChannelKind.DM
    if person.is_admin or person.id in owners or (command.admin and alone):
        return None
    if command.admin:
        return f"`/{command.name}` is for admins of this server."
    if not allowed(command, person, settings.rules):
        return f"You may not use `/{command.name}` here; an admin decides who may."
    return None


def allowed(command: Command, person: Person, rules: Sequence[Rule]) -> bool:
    """Whether the rules permit it; without a rule that matches, they do.

    A channel's rules come before its server's, then the most specific one decides; at a tie, deny wins.
    """
    names = {command.name: 2, command.plugin.name: 1, "*": 0}
    roles = dict.fromkeys(person.roles, 1) | {"*": 0}
    matching = [
        ((rule.scope is Scope.CHANNEL, names[rule.command], roles[rule.role]), rule.allow)
        for rule in rules
        if rule.command in names and rule.role in roles
    ]
    if not matching:
        return True
    best = max(score for score, _ in matching)
    return all(allow for score, allow in matching if score == best)
