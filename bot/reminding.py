"""Tells reminders that are due, and keeps those that people ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from bot.body import State
from bot.errors import UserError
from bot.jobs import Handle
from bot.platform import Platform
from bot.reminders import Reminder, Repeat
from bot.request import Channel, ChannelDeleted, Clock, Origin, Request, new_id, utc_now

log = structlog.get_logger(__name__)

COMMAND = "reminder post"
"""What a reminder that is due runs."""

EVERY = timedelta(seconds=10)
"""How often it is looked for those that are due."""


GIVEN_UP = timedelta(days=1)
"""How late a reminder may be that is refused or fails again and again; after that it is not tried any more."""


class Due(Protocol):
    """What the store knows of reminders that are due."""

    async def due(self, now: datetime, platforms: Collection[str]) -> Sequence[Reminder]:
        """Those on these platforms whose time has come and which nobody is telling, the oldest first."""

    async def claim(self, reminder: Reminder) -> bool:
        """Take one, to tell it; of all that try, one gets True. One that is not finished is due again after a while."""

    async def release(self, reminder: Reminder) -> None:
        """Give back one that was taken; something of it may have been shown."""

    async def finish(self, reminder: Reminder, following: datetime | None) -> None:
        """Note that one was told, and when it comes again."""

    async def all_in(self, platform: str, channel: str) -> Sequence[Reminder]:
        """Everyone's still to come in a channel and its threads."""

    async def move(self, reminder: Reminder, to: Channel) -> None:
        """Let one that is still to come, come elsewhere."""


class Kept(Protocol):
    """Where people's reminders are kept."""

    async def add(self, reminder: Reminder) -> None:
        """Keep a new one."""

    async def all_of(self, account: str, server: str | None) -> Sequence[Reminder]:
        """A person's reminders still to come."""

    async def get(self, account: str, reminder_id: str) -> Reminder | None:
        """One of a person's, in whatever state."""

    async def remove(self, account: str, reminder_id: str) -> Reminder | None:
        """Drop one."""

    async def restore(self, account: str, reminder_id: str) -> Reminder | None:
        """Take back that one was removed."""

    async def tell_again(self, account: str, reminder_id: str, due: datetime) -> Reminder | None:
        """Let one that came once for all come once more."""


class Reminding:
    """Tells reminders when their time has come.

    What was missed while Atelier or its connection was away is told once, as soon as it can be. What is refused or
    fails is tried again for a day.

    Args:
        due: Knows them.
        handle: Answers a request, of which an earlier process may have shown something if it was asked first before.
        platforms: Those connected, by name; reminders of others wait.
    """

    def __init__(
        self,
        due: Due,
        handle: Handle,
        platforms: Mapping[str, Platform],
    ) -> None:
        self._due = due
        self._handle = handle
        self._platforms = platforms
        self._telling: set[str] = set()

    async def run_due(self, now: datetime) -> None:
        """Tell every reminder whose time has come by `now`; returns when they are told."""
        try:
            here = {name for name, platform in self._platforms.items() if await platform.listening()}
            found = await self._due.due(now, here)
        except Exception:
            log.exception("reminders not read")
            return
        await asyncio.gather(*(self._tell(reminder, now) for reminder in found))

    async def move(self, event: ChannelDeleted) -> None:
        """Let what was to come in a channel that was deleted come to the people directly."""
        platform = self._platforms[event.origin.platform]
        for reminder in await self._due.all_in(platform.name, event.channel.id):
            try:
                await self._due.move(reminder, await platform.direct(reminder.person.id))
            except UserError as error:
                log.warning("reminder has no place any more", reminder=reminder.id, reason=str(error))

    async def _tell(self, reminder: Reminder, now: datetime) -> None:
        if reminder.id in self._telling:
            return
        self._telling.add(reminder.id)
        try:
            if await self._due.claim(reminder):
                await self._post(reminder, now)
        except Exception:
            log.exception("reminder failed", reminder=reminder.id)
        finally:
            self._telling.discard(reminder.id)

    async def _post(self, reminder: Reminder, now: datetime) -> None:
        try:
            body, ref = await self._handle(request_for(reminder, now))
        except asyncio.CancelledError:
            # Atelier stops: the next start tells it.
            await self._due.release(reminder)
            raise
        if body.state in {State.FAILED, State.CANCELLED} and ref is None and now - reminder.due < GIVEN_UP:
            # Nothing was shown: the store may be in trouble, an admin has switched reminders off for a while, or the
            # channel was deleted in this moment.
            log.warning("reminder not told yet", reminder=reminder.id)
            return
        await self._due.finish(reminder, reminder.following(now))
        log.info("reminder", reminder=reminder.id, outcome=body.state.value, late=str(now - reminder.due))


def request_for(reminder: Reminder, now: datetime) -> Request:
    """What a reminder that is due asks for, in the name of the person it is for.

    Its id is the reminder's and the time's, so that a second try after a crash shows its answer in the same message.
    """
    return Request(
        id=f"reminder-{reminder.id}-{reminder.due:%Y%m%dT%H%M%S}",
        origin=Origin(reminder.platform, event=f"reminder:{reminder.id}:{reminder.due}:{now}"),
        person=reminder.person,
        channel=reminder.channel,
        command=COMMAND,
        options={"id": reminder.id, "due": reminder.due.isoformat()},
        received=now,
        scheduled=True,
        # It was not posted before: by that it is looked for.
        first_asked=reminder.due if reminder.tried else None,
    )


class ScopedReminders:
    """The `Reminders` of one request.

    Args:
        kept: Keeps them.
        request: Says for whom and where.
        clock: Tells the time.
    """

    def __init__(self, kept: Kept, request: Request, clock: Clock = utc_now) -> None:
        self._kept = kept
        self._request = request
        self._clock = clock

    async def add(self, text: str, due: datetime, zone: ZoneInfo, repeat: Repeat | None = None) -> Reminder:
        """Remind the person, here."""
        request = self._request
        reminder = Reminder(
            id=new_id(),
            text=text,
            due=due,
            at=due.astimezone(zone).time().replace(microsecond=0),
            zone=zone,
            repeat=repeat,
            platform=request.origin.platform,
            person=request.person,
            channel=request.channel,
        )
        await self._kept.add(reminder)
        return reminder

    async def all(self) -> Sequence[Reminder]:
        """Those still to come, the next one first."""
        return await self._kept.all_of(self._request.person.id, self._request.channel.server)

    async def get(self, reminder_id: str) -> Reminder | None:
        """One of the person's."""
        return self._here(await self._kept.get(self._request.person.id, reminder_id))

    async def remove(self, reminder_id: str) -> Reminder | None:
        """Drop one that is still to come."""
        if await self.get(reminder_id) is None:
            return None
        return await self._kept.remove(self._request.person.id, reminder_id)

    async def restore(self, reminder_id: str) -> Reminder | None:
        """Take back that one was removed."""
        if await self.get(reminder_id) is None:
            return None
        return await self._kept.restore(self._request.person.id, reminder_id)

    async def snooze(self, reminder_id: str, until: datetime) -> Reminder | None:
        """Let one come once more at a time; one that repeats goes on besides."""
        reminder = await self.get(reminder_id)
        if reminder is None:
            return None
        if reminder.repeat is not None:
            return await self.add(reminder.text, until, reminder.zone)
        return await self._kept.tell_again(self._request.person.id, reminder_id, until)

    def _here(self, reminder: Reminder | None) -> Reminder | None:
        server = self._request.channel.server
        return reminder if reminder is not None and server in (None, reminder.channel.server) else None
