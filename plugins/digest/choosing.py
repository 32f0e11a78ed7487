"""Which digest is meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot import ChannelKind, Reply, Request, Subscription, UserError, shortened
from plugins.digest.words import say_channels, say_times

MOST_ASKED = 10
"""How many digests a person is asked to choose from by buttons."""

LABEL = 80
"""Characters of a button."""


def meant(which: str, found: Sequence[Subscription], request: Request, reply: Reply) -> list[Subscription]:
    """Those that are meant by a number in the list, an id or a channel's name; by nothing, those that are nearest.

    Raises:
        UserError: None is.
    """
    some = _matching(which, found, request)
    keep_private(some, request, reply)
    return some


def keep_private(some: Sequence[Subscription], request: Request, reply: Reply) -> None:
    """What somebody reads alone, or elsewhere, is nobody else's business."""
    here = request.channel
    if here.kind is not ChannelKind.DM and any(each.order.to is None or each.order.to.id != here.id for each in some):
        reply.make_private(request.person.id)


def picked(some: Sequence[Subscription], label: object) -> Subscription:
    """The one whose button was pressed."""
    return some[labels(some).index(str(label))]


def labels(some: Sequence[Subscription]) -> tuple[str, ...]:
    """What the buttons say that choose one of several.

    Raises:
        UserError: They are too many for buttons.
    """
    if len(some) > MOST_ASKED:
        raise UserError("That may be several; name one by its number in `/digest list`, such as `which:2`.")
    lines = [f"{each.number}. {say_channels(each.order.channels)} {say_times(each.order.times)}" for each in some]
    return tuple(shortened(line, LABEL) for line in lines)


def _matching(which: str, found: Sequence[Subscription], request: Request) -> list[Subscription]:
    if not found:
        raise UserError(f"No digest is switched on for {_here(request)}; `/digest on` switches one on.")
    wanted = which.casefold().strip().removeprefix("#")
    if not wanted:
        return _nearest(found, request)
    number = [each for each in found if wanted in (str(each.number), each.id.casefold())]
    some = number or [each for each in found if wanted in {name.casefold() for name in _names(each)}]
    if not some:
        raise UserError(f"No digest is called “{which.strip()}”; `/digest list` shows them with their numbers.")
    return some


def _nearest(found: Sequence[Subscription], request: Request) -> list[Subscription]:
    """Those that come to this channel and those that are the person's own, or all there are."""
    here = [each for each in found if each.order.to is not None and each.order.to.id == request.channel.id]
    own = [each for each in found if each.personal]
    nearest = here or own if request.person.is_admin else own or here
    return list(nearest or found)


def _names(subscription: Subscription) -> Iterable[str]:
    order = subscription.order
    return [each.name for each in (*order.channels, *(() if order.to is None else (order.to,)))]


def _here(request: Request) -> str:
    return "this conversation" if request.channel.kind is ChannelKind.DM else f"#{request.channel.name}"
