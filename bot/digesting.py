"""Posts digests that are due: each window once, whatever restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

import structlog

from bot.body import Body, State
from bot.errors import UserError
from bot.jobs import Handle
from bot.platform import Platform
from bot.request import Channel, ChannelDeleted, ChannelKind, Origin, Person, Request
from bot.schedule import Subscription, Window, due_window
from bot.values import ChannelRef

log = structlog.get_logger(__name__)

LEFT_OUT = "digest left-out"
"""The command that tells somebody which channels their digest cannot tell of any more."""

ENDED = "digest ended"
"""The command that tells somebody that their digest is switched off, for its channel was deleted."""

PAUSES = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""How long after each try that failed the next one is; then it waits until there is more to cover."""

HELD_SECONDS = 30.0
"""How often it is noted that a digest is still being made, which may take long: so nobody else begins it meanwhile."""

NOT_POSTED = "I could not post it there."
"""The reason where the platform gave none."""

UNKNOWN = "Something went wrong on my side. It is noted as `{}`; please tell the admin this number."
"""The reason where nobody foresaw what happened; the number finds it in the log."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a digest ended.

    Attributes:
        well: Whether it is done; also where there was nothing to say.
        message: The message it is in.
        reason: Why it failed.
        again: When it may be tried once more; None where it has to wait for more to cover.
    """

    well: bool
    message: str | None = None
    reason: str | None = None
    again: datetime | None = None


class Runs(Protocol):
    """What the store knows of digests that are switched on, and of those that were posted."""

    async def all_active(self) -> Sequence[Subscription]:
        """Every subscription."""

    async def last_window_end(self, subscription_id: str) -> datetime | None:
        """Where the last posted window ended; None when there was none."""

    async def claim(self, subscription_id: str, window: Window) -> int:
        """Take a window; of all processes that try, one gets a number: how often it was tried, with this time.

        One that nobody holds any more, because the process died, can be taken again after a while, and one that failed
        when it is time for that or there is more to cover.
        """

    async def hold(self, subscription_id: str, window_start: datetime) -> None:
        """Note that a claimed window is still being worked at."""

    async def finish(self, subscription_id: str, window_start: datetime, ended: Ended) -> None:
        """Note how a claimed window ended."""

    async def take_untold(self, subscription_id: str) -> Sequence[ChannelRef]:
        """Channels that are left out and nobody was told of; from now on they count as told."""

    async def end_in(self, platform: str, channel: str) -> Sequence[Subscription]:
        """Switch off those that are posted in a channel; returns them."""


class Digesting:
    """Posts digests when their time has come.

    What was missed, because Atelier or the whole machine was asleep, takes no other way than what comes in time; and
    what another process switched on is found as well.

    Args:
        runs: Knows the digests.
        handle: Answers a request, of which an earlier try may have shown something if it was asked first before.
        platforms: Those connected, by name; digests of others wait.
        held: Seconds after which it is noted again that a digest is still being made.
    """

    def __init__(
        self, runs: Runs, handle: Handle, platforms: Mapping[str, Platform], held: float = HELD_SECONDS
    ) -> None:
        self._runs = runs
        self._handle = handle
        self._platforms = platforms
        self._held = held
        self._posting: set[str] = set()
        self._ended: dict[str, datetime] = {}

    async def run_due(self, now: datetime) -> None:
        """Post every digest whose time has come by `now`; returns when they are posted."""
        try:
            here = {name for name, platform in self._platforms.items() if await platform.listening()}
            active = await self._runs.all_active()
        except Exception:
            log.exception("digests not read")
            return
        await asyncio.gather(*(self._run(each, now) for each in active if each.platform in here))

    async def end(self, event: ChannelDeleted, now: datetime) -> None:
        """Switch off what is posted in a channel that was deleted, and tell those who had switched it on."""
        for ended in await self._runs.end_in(event.origin.platform, event.channel.id):
            log.info("digest switched off: its channel was deleted", subscription=ended.id)
            await self._write(ended, ENDED, {}, "ended", now)

    async def _run(self, subscription: Subscription, now: datetime) -> None:
        if subscription.id in self._posting:
            return
        self._posting.add(subscription.id)
        try:
            window = await self._due(subscription, now)
            if window is not None and (tries := await self._runs.claim(subscription.id, window)):
                await self._post(subscription, window, now, tries)
                await self._tell(subscription, now)
        except Exception:
            log.exception("digest failed", subscription=subscription.id)
        finally:
            self._posting.discard(subscription.id)

    async def _due(self, subscription: Subscription, now: datetime) -> Window | None:
        # The store is asked only where something may be due: nearly always nothing is.
        if due_window(subscription, self._ended.get(subscription.id), now) is None:
            return None
        ended = await self._runs.last_window_end(subscription.id)
        if ended is not None:
            self._ended[subscription.id] = ended
        return due_window(subscription, ended, now)

    async def _post(self, subscription: Subscription, window: Window, now: datetime, tries: int) -> None:
        # Where Atelier stops, the next start tries it at once.
        ended = Ended(well=False, reason=NOT_POSTED, again=now)
        holding = asyncio.get_running_loop().create_task(self._hold(subscription, window))
        try:
            ended = await self._answer(subscription, window, now, tries)
        finally:
            holding.cancel()
            # However it ended, the window says so.
            await self._runs.finish(subscription.id, window.start, ended)
            log.info(
                "digest", subscription=subscription.id, well=ended.well, reason=ended.reason, late=str(now - window.end)
            )

    async def _hold(self, subscription: Subscription, window: Window) -> None:
        while True:
            await asyncio.sleep(self._held)
            try:
                await self._runs.hold(subscription.id, window.start)
            except Exception as error:
                # The store is in trouble; it is noted a little later.
                log.warning("digest not held", subscription=subscription.id, error=repr(error))

    async def _answer(self, subscription: Subscription, window: Window, now: datetime, tries: int) -> Ended:
        again = now + PAUSES[tries - 1] if tries <= len(PAUSES) else None
        try:
            place = await place_of(subscription, self._platforms[subscription.platform])
            body, ref = await self._handle(request_for(subscription, window, place, now, tries))
        except UserError as error:
            return Ended(well=False, reason=str(error), again=again)
        except Exception:
            noted = uuid4().hex[-8:]
            log.exception("digest failed", subscription=subscription.id, noted=noted)
            return Ended(well=False, reason=UNKNOWN.format(noted), again=again)
        if body.state is State.DONE and (ref is not None or _is_empty(body)):
            return Ended(well=True, message=ref.id if ref else None)
        if body.state is State.DONE:
            # The path of requests goes on trying to deliver it, for an hour; who looks later finds it.
            return Ended(well=False, reason=NOT_POSTED, again=again and now + PAUSES[-1])
        reason = body.text.strip() if ref is None else ""
        return Ended(well=False, message=ref.id if ref else None, reason=reason or NOT_POSTED, again=again)

    async def _tell(self, subscription: Subscription, now: datetime) -> None:
        """Tell who switched it on what it cannot tell of, once; not those who read the digest."""
        left = await self._runs.take_untold(subscription.id)
        if left:
            names = ", ".join(f"#{channel.name}" for channel in left)
            await self._write(subscription, LEFT_OUT, {"channels": names}, "left", now)

    async def _write(
        self, subscription: Subscription, command: str, options: Mapping[str, object], kind: str, now: datetime
    ) -> None:
        """Write to who switched it on, by a command that is told where it comes."""
        try:
            place = await self._platforms[subscription.platform].direct(subscription.person)
        except UserError as error:
            # What is left out, `/digest list` says too.
            log.warning("nobody told about a digest", about=command, subscription=subscription.id, reason=str(error))
            return
        key = f"digest-{subscription.id}-{kind}-{now:%Y%m%dT%H%M%S}"
        to = subscription.order.to
        options = {**options, "to": to.name if to else ""}
        await self._handle(_request(subscription, place, command, options, key, now))


async def place_of(subscription: Subscription, platform: Platform) -> Channel:
    """Where a digest is posted.

    Raises:
        UserError: The person's direct conversation cannot be opened.
    """
    to = subscription.order.to
    if to is None:
        return await platform.direct(subscription.person)
    known = await platform.place(to.id)
    return known or Channel(to.id, subscription.server, ChannelKind.CHANNEL, to.name)


def request_for(subscription: Subscription, window: Window, place: Channel, now: datetime, tries: int = 1) -> Request:
    """What a digest that is due asks for, in the name of the person who switched it on.

    Its id is the window's, so that a second try shows its answer in the same message.
    """
    options = {"id": subscription.id, "start": window.start, "end": window.end}
    key = f"digest-{subscription.id}-{window.end:%Y%m%dT%H%M%S}"
    # It was not posted before: by that it is looked for.
    asked = window.end if tries > 1 else None
    return _request(subscription, place, subscription.order.command, options, key, now, asked)


def _request(
    subscription: Subscription,
    place: Channel,
    command: str,
    options: Mapping[str, object],
    key: str,
    now: datetime,
    asked: datetime | None = None,
) -> Request:
    return Request(
        id=key,
        origin=Origin(subscription.platform, event=f"{key}:{now}"),
        person=Person(subscription.person, subscription.person.partition(":")[2] or subscription.person),
        channel=place,
        command=command,
        options=options,
        received=now,
        scheduled=True,
        first_asked=asked,
    )


def _is_empty(body: Body) -> bool:
    return not (body.text or body.files or body.cards)
