"""Settings in words."""

from __future__ import annotations

from bot import Card, ChannelKind, ChannelSettings, Request, Rule, Scope, count


def card(settings: ChannelSettings, request: Request) -> Card:
    """Everything that holds in a channel.

    Args:
        settings: What holds.
        request: Says where.
    """
    history = f"Kept for {count(settings.history_days, 'day')}" if settings.history else "Not kept"
    limits = (("minute", settings.per_minute), ("day", settings.per_day))
    return Card(
        title=f"Settings {place(Scope.CHANNEL, request)}",
        fields=(
            ("Plugins switched off", ", ".join(f"`{name}`" for name in sorted(settings.off)) or "none"),
            ("Messages", history),
            (
                "Models",
                "\n".join(f"{task}: `{name}`" for task, name in sorted(settings.models.items())) or "as configured",
            ),
            ("Limits for each person", "\n".join(f"In a {span}: {_limit(number)}" for span, number in limits)),
            ("Rules", "\n".join(map(sentence, settings.rules)) or "none: everyone may use every command"),
        ),
        text="The channel's own settings come first, then the server's, then the configuration's.",
    )


def place(scope: Scope, request: Request) -> str:
    """How far a setting reaches, in words.

    Args:
        scope: The channel or the server.
        request: Says which.
    """
    if scope is Scope.SERVER:
        return "in this whole server"
    match request.channel.kind:
        case ChannelKind.DM:
            return "in this conversation"
        case ChannelKind.THREAD:
            # A thread has no settings of its own.
            return "in the channel of this thread and all its threads"
        case _:
            return f"in #{request.channel.name}"


def messages(number: int) -> str:
    """How many messages something happened to, with the verb.

    Args:
        number: How many.
    """
    return f"{count(number, 'message')} {'was' if number == 1 else 'were'}"


def called(command: str) -> str:
    """What a rule is about.

    Args:
        command: A command, a plugin or `*`.
    """
    return "any command" if command == "*" else f"`{command}`"


def sentence(rule: Rule) -> str:
    """A rule in words, without a full stop.

    Args:
        rule: The rule.
    """
    if rule.role == "*":
        return f"{'Everyone' if rule.allow else 'Nobody but admins'} may use {called(rule.command)}"
    return f"@{rule.role} {'may' if rule.allow else 'may not'} use {called(rule.command)}"


def _limit(number: int | None) -> str:
    if number is None:
        return "as configured"
    return "no limit" if number == 0 else count(number, "request")
