"""All answers on Discord: where each goes, and where it stands."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

import discord
import structlog

from bot.body import Body, State
from bot.errors import UserError
from bot.platform import Address, MessageRef
from bot.platforms.discord.asking import Asking, remember
from bot.platforms.discord.connection import Connection
from bot.platforms.discord.finding import missing_names
from bot.platforms.discord.incoming import own_id, person_id
from bot.platforms.discord.layout import Page, pages
from bot.platforms.discord.pace import Pace
from bot.platforms.discord.posted import posted
from bot.platforms.discord.posting import GONE, PRIVATE_ELSEWHERE, Answer, Trace
from bot.platforms.discord.readers import NO_DIRECT
from bot.platforms.discord.ways import ByMessage, ByToken, Sent, Way
from bot.request import Clock, new_id
from bot.text.discord import to_discord
from bot.text.split import pages as markdown_pages

log = structlog.get_logger(__name__)

REMEMBERED = 2_000
"""How many answers are remembered with what they show; older ones are found by their messages alone."""

NO_DIRECT_MESSAGES = 50007

CANNOT_WRITE = (
    "-# The answer is for you alone, and I may not write to you: allow direct messages from this server's members, "
    "or use the slash command."
)
NOT_ALLOWED = "I may no longer write in that channel; an admin can grant me View Channel and Send Messages there."


class Answers:
    """Posts answers, changes and removes them.

    Args:
        connection: To Discord.
        asking: Knows what is being answered.
        clock: Tells the time.
    """

    def __init__(self, connection: Connection, asking: Asking, clock: Clock) -> None:
        self._connection = connection
        self._asking = asking
        self._clock = clock
        self._pace = Pace()
        self._by_key: OrderedDict[str, Answer] = OrderedDict()
        self._by_id: OrderedDict[str, Answer] = OrderedDict()

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Post a new answer; a second call with the same `key` goes on with the first."""
        answer = self._by_key.get(key)
        if answer is None:
            answer = await self._new(address, body, key)
            remember(self._by_key, key, answer, REMEMBERED)
        elif answer.complete and answer.ref is not None:
            return answer.ref
        # Also where it was looked for first, and nothing is known of it yet.
        if body.mention is not None and isinstance(answer.way, ByMessage) and answer.way.mention is None:
            answer.way.mention = discord.Object(own_id(body.mention))
        return await self._show(answer, body)

    async def resume(self, address: Address, key: str, ref: MessageRef | None, asked: datetime) -> MessageRef | None:
        """Take up an answer that an earlier process, or a try that failed, may have posted.

        Args:
            address: Where it went.
            key: Its key.
            ref: Where it stands, as far as that is known.
            asked: When its question was asked.

        Raises:
            ConnectionError: There has been no connection yet.
        """
        answer = self._by_key.get(key)
        if answer is None:
            token = address.token
            if token is not None and self._asking.way(token) is None:
                way, user = ByToken.restored(token, self._client, address.channel, asked)
                self._asking.restore(key, token, way, person_id(user))
            answer = await self._new(address, Body(request_id=key), key)
        if not answer.sent:
            if ref is not None and not ref.id.isdecimal():
                ref = None
            if ref is not None and ref.channel != answer.way.place:
                if address.private_to is not None and isinstance(answer.way, ByMessage):
                    # There stands what others see: an answer whose place it was to take, or that it cannot be shown.
                    ref = None
                else:
                    # It had left its token.
                    answer.way = self._found(ref).way
            known = [int(id_) for id_ in (ref.id, *ref.more)] if ref is not None else []
            if (me := self._client.user) is not None:
                known = [*await posted(answer.way, me.id, known, self._by_id)]
            answer.sent = [Sent(id_, None) for id_ in known]
            answer.resumed = bool(known)
        if isinstance(answer.way, ByMessage):
            answer.way.posted, answer.way.unsure = max(answer.way.posted, len(answer.sent)), True
            by_itself = address.reply_to is None and address.private_to is None and address.token is None
            if by_itself and not answer.sent and (me := self._client.user) is not None:
                answer.trace = Trace(me.id, asked, self._by_id)
        remember(self._by_key, key, answer, REMEMBERED)
        if answer.ref is not None:
            remember(self._by_id, answer.ref.id, answer, REMEMBERED)
        return answer.ref

    async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
        """Replace what an answer shows, also one from before a restart.

        Raises:
            UserError: It cannot be changed any more.
        """
        answer = self._by_id.get(ref.id)
        if answer is None:
            answer = self._found(ref)
        return await self._show(answer, body)

    async def delete(self, ref: MessageRef) -> None:
        """Remove all messages of an answer; one that is gone already is no error.

        Raises:
            UserError: It may not be removed.
        """
        answer = self._by_id.pop(ref.id, None) or self._found(ref)
        self._note_writing(answer, done=True)
        try:
            await answer.delete()
        except discord.Forbidden:
            raise UserError(NOT_ALLOWED) from None

    @property
    def _client(self) -> discord.Client:
        if not self._connection.usable:
            # The client of now is not the one that will be connected, and a way to answer keeps its client.
            raise ConnectionError("Discord is not reached")
        return self._connection.client

    def forget(self, person: str) -> None:
        """Drop what complete answers to a person show."""
        for kept in (self._by_key, self._by_id):
            for key in [key for key, answer in kept.items() if answer.complete and answer.asker == person]:
                del kept[key]

    def _found(self, ref: MessageRef) -> Answer:
        """An answer of which only its messages are known."""
        if not ref.id.isdecimal():
            raise UserError(GONE)
        channel = self._connection.client.get_partial_messageable(int(ref.channel))
        way = ByMessage(channel, f"{ref.id}:{new_id()}")

        async def elsewhere() -> ByMessage:
            return way

        sent = [Sent(int(id_), None) for id_ in (ref.id, *ref.more)]
        return Answer(way, elsewhere, self._clock, self._pace, ref.channel, sent=sent, complete=True)

    async def _new(self, address: Address, body: Body, key: str) -> Answer:
        by_token = self._asking.way(address.token)
        question = self._asking.question(body.request_id)
        asker = address.private_to or (question.asker if question else None)

        async def elsewhere() -> ByMessage:
            alone = by_token is not None and not by_token.reach
            return await self._by_message(replace(address, private_to=asker) if alone else address, key, asker)

        way: Way
        if by_token is not None and (by_token.private or address.private_to is None):
            way = by_token
        elif by_token is not None:
            # What was acknowledged for all to see must not turn out private there.
            if not by_token.silent:
                await by_token.interaction.edit_original_response(content=PRIVATE_ELSEWHERE)
            way = await self._by_message(address, key, asker)
        else:
            way = await self._by_message(address, key, None)
        return Answer(way, elsewhere, self._clock, self._pace, address.channel, asker)

    async def _by_message(self, address: Address, key: str, moved_for: str | None) -> ByMessage:
        client = self._client
        if address.private_to is not None:
            return ByMessage(await client.create_dm(discord.Object(own_id(address.private_to))), key)
        channel = client.get_partial_messageable(int(address.channel))
        if moved_for is not None:
            return ByMessage(channel, f"{key}:moved", mention=discord.Object(own_id(moved_for)))
        return ByMessage(channel, key, _reply_to(address.channel, address.reply_to))

    async def _show(self, answer: Answer, body: Body) -> MessageRef:
        done = body.state is not State.WORKING
        choices = body.question.choices if body.question else ()
        if body.request_id is not None and not done:
            # Before it can be pressed.
            self._asking.shows(body.request_id, choices, answer.asker, body.state)
        self._note_writing(answer, done=done)

        def lay_out(way: Way) -> list[Page]:
            # Where we do not get without a token, and where nobody asked, these buttons would do nothing.
            useful = way.place == answer.home and not (isinstance(way, ByToken) and not way.reach)
            return pages(body if useful else replace(body, buttons=()), _split, way.margin)

        try:
            await answer.show(lay_out, last=done)
        except discord.Forbidden as error:
            if answer.complete:
                raise UserError(NOT_ALLOWED) from None
            if not await self._find_other_way(answer, body, error):
                by_itself = answer.asker is None and isinstance(answer.way, ByMessage) and answer.way.reply_to is None
                if by_itself and not answer.sent:
                    raise UserError(NO_DIRECT if error.code == NO_DIRECT_MESSAGES else NOT_ALLOWED) from None
                raise
            try:
                await answer.show(lay_out, last=done)
            except discord.Forbidden as again:
                log.warning("an answer could not be shown to anybody", asker=answer.asker, error=again.text)
                answer.lost = True
        self._note_writing(answer, done=done)
        if done:
            await self._asking.tell_held([sent.id for sent in answer.sent])
        if body.request_id is not None and done:
            self._asking.shows(body.request_id, (), answer.asker, body.state)
        ref = answer.ref or MessageRef(answer.home, f"lost-{body.request_id}")
        remember(self._by_id, ref.id, answer, REMEMBERED)
        return ref

    def _note_writing(self, answer: Answer, *, done: bool) -> None:
        for sent in answer.sent:
            self._asking.writes(sent.id, done=done)
        if isinstance(answer.way, ByToken) and answer.way.response is not None:
            self._asking.writes(answer.way.response, done=done)

    async def _find_other_way(self, answer: Answer, body: Body, error: discord.Forbidden) -> bool:
        """Find another way for an answer that may not be written where it belongs; the person is told why."""
        question, way = self._asking.question(body.request_id), answer.way
        request = question.request if question else None
        if request is None or not isinstance(way, ByMessage) or way.notice or answer.instead is not None:
            return False
        channel = request.channel
        if error.code == NO_DIRECT_MESSAGES:
            answer.instead = Page(CANNOT_WRITE)
            public = self._connection.client.get_partial_messageable(int(channel.id))
            by_message = ByMessage(public, f"{way.key}:instead", _reply_to(channel.id, request.origin.message))
            answer.way = self._asking.way(request.origin.token) or by_message
        elif channel.server is not None:
            place = self._connection.client.get_channel(int(channel.id))
            needed = ["view_channel", "send_messages_in_threads" if channel.parent else "send_messages"]
            needed += (["embed_links"] if body.cards else []) + (["attach_files"] if body.files else [])
            if self._connection.client.get_guild(own_id(channel.server)) is None:
                log.warning("no longer in the server", channel=channel.id, server=channel.server)
                notice = f"-# I am no longer in the server of #{channel.name}, so the answer comes here."
            else:
                missing = missing_names(place, needed, "Send Messages")
                log.warning("a permission is missing", channel=channel.id, missing=missing, error=error.text)
                notice = f"-# I may not write in #{channel.name}; an admin can grant me {missing} there."
            user = discord.Object(own_id(request.person.id))
            direct = await self._connection.client.create_dm(user)
            # An earlier process may have posted there by this key already.
            answer.way = ByMessage(direct, f"{way.key}:dm", notice=notice, unsure=True)
        else:
            return False
        answer.sent = []
        return True


def _reply_to(channel: str, message: str | None) -> discord.MessageReference | None:
    if message is None:
        return None
    return discord.MessageReference(message_id=int(message), channel_id=int(channel), fail_if_not_exists=False)


@lru_cache(maxsize=1024)
def _rendered(page: str) -> str:
    # A stream is split at every edit, and all but its last page are as before.
    return to_discord(page)


def _split(text: str, limit: int) -> Iterator[str]:
    """Markdown as pages of Discord's own, measured as they are sent."""
    for page in markdown_pages(text, limit, lambda page: len(_rendered(page))):
        yield _rendered(page)
