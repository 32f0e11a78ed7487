"""One answer on Discord: posted, edited and, once a token has died, carried on elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import aiohttp
import discord
import structlog

from bot.errors import UserError
from bot.platform import MessageRef
from bot.platforms.discord.layout import Page
from bot.platforms.discord.pace import Pace
from bot.platforms.discord.posted import alike, followups
from bot.platforms.discord.ways import DEAD_TOKEN, ByMessage, ByToken, Sent, Way
from bot.request import Clock

log = structlog.get_logger(__name__)

TOKEN_LIFE = timedelta(minutes=14, seconds=30)
"""How long an answer goes on by the interaction's token: half a minute less than Discord lets it."""

NO_CHANNEL, NO_MESSAGE = 10003, 10008
NOWHERE = frozenset({NO_CHANNEL, NO_MESSAGE})
"""Unknown channel, unknown message."""

MESSAGE_ELSEWHERE = "-# The answer goes on in a new message."
PRIVATE_ELSEWHERE = "-# The answer goes on in our direct messages."
NOT_DELIVERED = "-# The answer took too long to be shown here, and I may not write to you directly."
NO_PLACE = "That channel was deleted, so I cannot write there."
GONE = "That answer was removed, or only one person could see it: it cannot be changed any more."

LayOut: TypeAlias = Callable[[Way], Sequence[Page]]
"""Lays an answer out for the way in which it gets to people."""

Elsewhere: TypeAlias = Callable[[], Awaitable[ByMessage]]
"""Finds another way for an answer whose token has died."""


@dataclass(frozen=True, slots=True)
class Trace:
    """By what an answer is found.

    Attributes:
        me: Discord's id of the bot.
        asked: It was not posted before.
        others: The first messages of other answers.
    """

    me: int
    asked: datetime
    others: Container[str]


@dataclass
class Answer:
    """One answer, shown in one message or several.

    Attributes:
        way: How its messages get to people.
        elsewhere: Another way, when this one ends.
        clock: Tells the time.
        pace: How often it may be edited.
        home: The id of the channel where it was asked for.
        asker: Whom it answers, `Person.id`, where that is known.
        sent: Its messages, in order.
        instead: What is shown in its place, where it cannot be.
        complete: Whether it was shown as a whole; it may be changed all the same.
        lost: Whether nobody can be shown any more of it.
        resumed: Whether an earlier process has begun it.
        unsure: Whether one more message may stand there than those in `sent`: Discord's answer to it was lost.
        trace: By what one is found, once it is complete, that an earlier process may have posted of its own accord.
    """

    way: Way
    elsewhere: Elsewhere
    clock: Clock
    pace: Pace
    home: str
    asker: str | None = None
    sent: list[Sent] = field(default_factory=list)
    instead: Page | None = None
    complete: bool = False
    lost: bool = False
    resumed: bool = False
    unsure: bool = False
    trace: Trace | None = None

    @property
    def ref(self) -> MessageRef | None:
        """Where it stands now; None before it is shown."""
        if not self.sent:
            return None
        first, *more = (str(sent.id) for sent in self.sent)
        return MessageRef(self.way.place, first, tuple(more))

    async def show(self, lay_out: LayOut, *, last: bool) -> None:
        """Bring its messages up to date.

        Args:
            lay_out: What it shows.
            last: Whether it is complete with that.

        Raises:
            discord.HTTPException: Discord does not take it; calling this again goes on from there.
            UserError: It was complete, and is not there any more; or nobody asked, and its channel is gone.
        """
        if self.lost:
            return
        if isinstance(self.way, ByToken) and self.clock() - self.way.began > TOKEN_LIFE:
            await self._leave_token(self.way, lay_out, urgent=last)
        else:
            try:
                await self._show(lay_out, urgent=last)
            except discord.HTTPException as error:
                # An earlier process may have left the token: then its messages are none that it reaches.
                dead = DEAD_TOKEN | {NO_MESSAGE} if self.resumed else DEAD_TOKEN
                if isinstance(self.way, ByToken) and error.code in dead:
                    await self._leave_token(self.way, lay_out, urgent=last)
                elif self.sent and error.code in NOWHERE:
                    if self.complete:
                        raise UserError(GONE) from None
                    log.info("an answer was removed while it was written", message=self.sent[0].id)
                    self.lost = True
                elif error.code == NO_CHANNEL and self.asker is not None:
                    log.info("an answer has no place: its channel was removed", channel=self.home)
                    self.lost = True
                elif error.code == NO_CHANNEL:
                    raise UserError(NO_PLACE) from None
                else:
                    raise
        self.complete = last
        if last:
            # Its files are Discord's now; kept here, those of thousands of answers would fill the memory.
            self.sent = [Sent(sent.id, None) if sent.files else sent for sent in self.sent]

    async def delete(self) -> None:
        """Remove all of its messages; what is gone already is no error.

        Raises:
            UserError: Only its token would reach it, and that has died.
        """
        self.lost = True
        while self.sent:
            try:
                await self.way.delete(self.sent[-1])
            except discord.HTTPException as error:
                if isinstance(self.way, ByToken) and error.code in DEAD_TOKEN:
                    if self.way.private or not self.way.reach:
                        raise UserError(GONE) from None
                    self.way = _in_place(self.way)
                    continue
                if error.code not in NOWHERE:
                    raise
            self.sent.pop()

    async def _show(self, lay_out: LayOut, *, urgent: bool) -> None:
        pages = [self.instead] if self.instead is not None else lay_out(self.way)
        if urgent and self.trace is not None and isinstance(self.way, ByMessage):
            trace, self.trace = self.trace, None
            found = await alike(self.way, trace.me, pages[0].text, trace.asked, trace.others)
            self.sent, self.way.posted = [Sent(id_, None) for id_ in found], len(found)
        for position, page in enumerate(pages):
            if position == len(self.sent):
                self.sent.append(await self._send(page, position))
            elif self.sent[position].page != page:
                await self.pace.turn(self.way.place, urgent=urgent)
                self.sent[position] = await self.way.edit(self.sent[position], page, position)
        for position in range(len(self.sent) - 1, len(pages) - 1, -1):
            sent = self.sent[position]
            if pages[0].stays and await self.way.files(sent):
                self.sent[position] = await self.way.edit(sent, Page(stays=True), position)
            else:
                await self.way.delete(sent)
                self.sent.pop(position)

    async def _send(self, page: Page, position: int) -> Sent:
        """Post a message; one that was posted although Discord's answer was lost is found again."""
        if self.unsure and position > 0 and isinstance(self.way, ByToken):
            there = {sent.id for sent in self.sent}
            for id_ in await followups(self.way):
                if id_ not in there:
                    self.unsure = False
                    return await self.way.edit(Sent(id_, None), page, position)
        try:
            sent = await self.way.send(page, position)
        except (OSError, aiohttp.ClientError, discord.DiscordServerError):
            self.unsure = True
            raise
        self.unsure = False
        return sent

    async def _leave_token(self, old: ByToken, lay_out: LayOut, *, urgent: bool) -> None:
        """Go on without the token; what was shown until now says so, or disappears."""
        stays = self.complete or (self.resumed and self.sent)
        if stays and old.reach and not old.private:
            # Nobody waits for it, or it was left half written: it changes where it stands.
            self.way = _in_place(old)
            await self.show(lay_out, last=urgent)
            return
        left, self.way = self.sent, await self.elsewhere()
        # Discord may have it by this key from an earlier process, not as it is to be.
        self.way.unsure = True
        self.sent = []
        await _leave(old, left, PRIVATE_ELSEWHERE if old.private or not old.reach else MESSAGE_ELSEWHERE)
        try:
            await self._show(lay_out, urgent=urgent)
        except discord.Forbidden as error:
            log.warning("an answer could not be shown: its token has died", asker=self.asker, error=error.text)
            self.way, self.sent, self.lost = old, left[:1], True
            await _leave(old, left[:1], NOT_DELIVERED)


def _in_place(way: ByToken) -> ByMessage:
    """The same messages, reached as ordinary ones."""
    client = way.interaction.client
    return ByMessage(client.get_partial_messageable(int(way.place)), f"{way.interaction.id}:in place")


async def _leave(old: ByToken, left: Sequence[Sent], words: str) -> None:
    """Leave no "thinking…" and no half answer behind; the token may just live long enough for that."""
    if old.silent and not left:
        return
    interaction = old.interaction
    try:
        if old.silent:
            await interaction.followup.edit_message(left[0].id, content=words, embeds=[], attachments=[], view=None)
        else:
            await interaction.edit_original_response(content=words, embeds=[], attachments=[], view=None)
        for sent in left[1:]:
            await interaction.followup.delete_message(sent.id)
    except discord.HTTPException:
        if old.private or not old.reach:
            return  # only its token reaches it, and that has died
        channel = interaction.client.get_partial_messageable(int(old.place))
        for id_ in {*(sent.id for sent in left), *([old.response] if old.response is not None else [])}:
            try:
                await channel.get_partial_message(id_).delete()
            except discord.HTTPException as error:
                log.info("an unfinished answer stays", message=id_, error=str(error))
