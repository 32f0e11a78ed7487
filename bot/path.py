"""The path of a request: what it passes on its way to a command, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.accepting import Accepting, KeepAnswer
from bot.arguments import Arguments, Provide
from bot.calling import ButtonsFor, no_buttons
from bot.config import Limits as LimitsConfig
from bot.dispatch import Dispatcher
from bot.inbox import Inbox
from bot.listening import Listening
from bot.middleware.duplicates import Duplicates
from bot.middleware.errors import Errors, Explain
from bot.middleware.limits import Limits, UsedSince
from bot.middleware.permissions import Permissions
from bot.middleware.routing import Routing, SettingsFor
from bot.middleware.timing import RecordUsage, Timing
from bot.options import Converter
from bot.request import Clock, Request
from bot.router import Router


def build_dispatcher(
    *,
    limits: LimitsConfig,
    owners: Sequence[str],
    clock: Clock,
    settings_for: SettingsFor,
    used_since: UsedSince,
    record: RecordUsage,
    explain: Explain,
    providers: Mapping[type, Provide],
    converter_for: Callable[[Request], Converter],
    buttons_for: ButtonsFor = no_buttons,
    inbox: Inbox | None = None,
    keep_answer: KeepAnswer | None = None,
) -> Dispatcher:
    """The path of a request; this is the one place that says what it passes, and in which order."""
    router = Router()
    arguments = Arguments(providers, converter_for)
    return Dispatcher(
        router=router,
        owners=frozenset(owners),
        outer=(Duplicates(), Timing(record), Errors(explain)),
        inner=(Routing(router, settings_for), Permissions(owners), Limits(limits, used_since, clock)),
        arguments=arguments,
        listening=Listening(arguments, settings_for),
        buttons_for=buttons_for,
        accepting=Accepting(inbox, keep_answer=keep_answer),
        clock=clock,
    )
