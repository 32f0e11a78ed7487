"""Switching digests on and off, as one person may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.errors import UserError
from bot.platform import Audience, Platform
from bot.request import ChannelKind, Clock, Request, new_id, utc_now
from bot.schedule import Order, Subscription, Window
from bot.values import ChannelRef

FOR_ADMINS = "Digests in channels are for admins of this server; `to:dm` sends one to you alone."


class Subscriptions(Protocol):
    """Where subscriptions are kept."""

    async def replace(self, new: Subscription) -> tuple[Subscription, Subscription | None]:
        """Keep one in place of the one that reads the same channels and comes to the same place."""

    async def change(
        self, subscription_id: str, changed: Callable[[Subscription], Subscription]
    ) -> Subscription | None:
        """Keep one as it shall be; None where there is none."""

    async def get(self, subscription_id: str) -> Subscription | None:
        """One of them, also one that is off."""

    async def all_for(self, platform: str, server: str | None, account: str) -> Sequence[Subscription]:
        """Those that are posted in a server, and those that a person gets."""

    async def last_window_end(self, subscription_id: str) -> datetime | None:
        """Where the last posted window ended; None when there was none."""

    async def leave_out(self, subscription_id: str, channels: Sequence[ChannelRef]) -> None:
        """Note which channels the digest cannot tell of now."""


class ScopedSchedule:
    """The `Schedule` of one request.

    Args:
        subscriptions: Keeps them.
        request: Says for whom and where.
        platform: Knows who may read what.
        admin: Whether the person may change what is posted in the server's channels.
        clock: Tells the time.
    """

    def __init__(
        self,
        subscriptions: Subscriptions,
        request: Request,
        platform: Platform,
        *,
        admin: bool,
        clock: Clock = utc_now,
    ) -> None:
        self._subscriptions = subscriptions
        self._request = request
        self._platform = platform
        self._admin = admin
        self._clock = clock

    async def subscribe(self, order: Order) -> tuple[Subscription, Subscription | None]:
        """Post at those times from now on."""
        await self._check(order)
        now = self._clock()
        new = Subscription(
            id=new_id(),
            platform=self._request.origin.platform,
            server=self._request.channel.server,
            person=self._request.person.id,
            order=order,
            since=now,
            covered=order.times.last(now),
        )
        kept, before = await self._subscriptions.replace(new)
        return self._as_seen(kept), before

    async def all(self) -> Sequence[Subscription]:
        """Those that are on, by their numbers; also those that wait."""
        request = self._request
        found = await self._subscriptions.all_for(request.origin.platform, request.channel.server, request.person.id)
        seen = [each for each in found if self._may_see(each)]
        return [replace(self._as_seen(each), number=number) for number, each in enumerate(seen, 1)]

    async def get(self, subscription_id: str) -> Subscription | None:
        """One of them, also one that was switched off within a day."""
        found = await self._subscriptions.get(subscription_id)
        return self._as_seen(found) if found is not None and self._may_see(found) else None

    async def off(self, subscription_id: str) -> Subscription:
        """Stop one; for a day it can be restored."""

        def off(kept: Subscription) -> Subscription:
            if kept.off is not None:
                raise UserError("That digest is switched off already.")
            return replace(kept, off=self._clock())

        return await self._change(subscription_id, off)

    async def restore(self, subscription_id: str) -> Subscription:
        """Take back that one was switched off."""

        def restore(kept: Subscription) -> Subscription:
            if kept.off is None:
                raise UserError("That digest is switched on already.")
            return replace(_going_on(kept, self._clock()), off=None)

        found = await self._subscriptions.get(subscription_id)
        if found is not None:
            await self._check(found.order)
        return await self._change(subscription_id, restore)

    async def pause(self, subscription_id: str, until: datetime | None) -> Subscription:
        """Let one wait until a time, or until it is resumed."""
        if until is not None and until <= self._clock():
            raise UserError("`until` is over already; name a day to come.")

        def pause(kept: Subscription) -> Subscription:
            return replace(kept.awake(self._clock()), paused=True, until=until)

        return await self._change(subscription_id, pause)

    async def resume(self, subscription_id: str) -> Subscription:
        """Let one go on that waits."""

        def resume(kept: Subscription) -> Subscription:
            if not kept.awake(self._clock()).paused:
                raise UserError("That digest is not paused.")
            return kept.begun(self._clock())

        return await self._change(subscription_id, resume)

    async def window(self, subscription: Subscription) -> Window:
        """The stretch of time that the next one tells of, as far as it is over."""
        now = self._clock()
        current, ended = subscription.awake(now), await self._subscriptions.last_window_end(subscription.id)
        return Window(max(ended or current.covered, current.covered), now)

    async def leave_out(self, subscription_id: str, channels: Sequence[ChannelRef]) -> None:
        """Note which channels the digest that is being made cannot tell of."""
        await self._subscriptions.leave_out(subscription_id, channels)

    async def _change(self, subscription_id: str, changed: Callable[[Subscription], Subscription]) -> Subscription:
        def allowed(kept: Subscription) -> Subscription:
            if not self._may_see(kept):
                raise UserError(_NONE)
            if not (kept.personal or self._admin):
                raise UserError("What is posted in channels is for admins of this server to change.")
            return changed(kept)

        found = await self._subscriptions.change(subscription_id, allowed)
        if found is None:
            raise UserError(_NONE)
        return self._as_seen(found)

    def _may_see(self, subscription: Subscription) -> bool:
        """Whether it is theirs, or one of this channel, or they are an admin: a channel's name may be a secret."""
        request, to = self._request, subscription.order.to
        if to is None:
            return subscription.person == request.person.id
        here = to.id in (request.channel.id, request.channel.parent)
        return subscription.server == request.channel.server and (here or self._admin)

    def _as_seen(self, subscription: Subscription) -> Subscription:
        now = self._clock()
        current = subscription.awake(now)
        if not self._admin and current.person != self._request.person.id:
            # What it cannot tell of any more may be a secret, and so may be why.
            told = tuple(channel for channel in current.order.channels if channel not in current.left_out)
            current = replace(current, order=replace(current.order, channels=told), left_out=(), trouble="")
        return replace(current, next_run=None if current.off else current.coming(now))

    async def _check(self, order: Order) -> None:
        """Refuse what the person may not switch on.

        Raises:
            UserError: They may not, or not everyone who would read it may read those channels.
        """
        to, here = order.to, self._request.channel
        if to is not None:
            await self._check_place(to)
        elif here.kind is not ChannelKind.DM:
            # So that nobody waits for what cannot come.
            await self._platform.direct(self._request.person.id)
        person = Audience(person=self._request.person.id)
        for channel in order.channels:
            if channel.id == (to.id if to else here.id):
                continue
            known = await self._platform.place(channel.id)
            if known is None or not await self._platform.readable(channel.id, person):
                # As if there were none: who may not read it need not know of it.
                raise UserError(f"“#{channel.name}” is no channel here that you may read.")
            if to is not None and not await self._platform.readable(channel.id, Audience(channel=to.id)):
                raise UserError(
                    f"Not everyone who reads #{to.name} may read #{channel.name}, so its digest cannot be posted "
                    "there; `to:dm` sends it to you alone."
                )

    async def _check_place(self, to: ChannelRef) -> None:
        here = self._request.channel
        if here.server is None:
            raise UserError("Switch that on in the server: from here I can only write to you.")
        if not self._admin:
            raise UserError(FOR_ADMINS)
        if to.id == here.id:
            return
        place = await self._platform.place(to.id)
        allowed = place is not None and place.server == here.server
        if not allowed or not await self._platform.readable(to.id, Audience(person=self._request.person.id)):
            raise UserError(f"“#{to.name}” is no channel here that you may read.")


def _going_on(kept: Subscription, now: datetime) -> Subscription:
    """As it is when it is switched on again: what it waits for stays."""
    going_on = kept.begun(now)
    return replace(going_on, paused=kept.paused, until=kept.until)


_NONE = "There is no such digest here; `/digest list` shows those that there are."
