"""Answers on Discord: posted, edited and carried on where they began or, once a token has died, elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias, cast

import discord
import structlog

from bot.platform import File
from bot.platforms.discord.layout import Page
from bot.platforms.discord.parts import embeds, nonce, uploads, view
from bot.request import Clock

log = structlog.get_logger(__name__)

TOKEN_LIFE = timedelta(minutes=14, seconds=30)
"""How long an answer goes on by the interaction's token: half a minute less than Discord lets it."""

DEAD_TOKEN = frozenset({10015, 10062, 50027})
"""Unknown webhook, unknown interaction, invalid webhook token."""

UNKNOWN_MESSAGE = 10008
MESSAGE_ELSEWHERE = "-# The answer goes on in a new message."
PRIVATE_ELSEWHERE = "-# The answer goes on in our direct messages."


@dataclass
class Sent:
    """A message that was posted.

    Attributes:
        id: Discord's.
        page: What it shows.
        files: The files on it, and what Discord made of them.
    """

    id: int
    page: Page
    files: tuple[tuple[File, discord.Attachment], ...] = ()


class Way(Protocol):
    """How messages get to people."""

    @property
    def margin(self) -> int:
        """How many characters it adds to a message."""

    async def send(self, page: Page, position: int) -> Sent:
        """Post the answer's message at this position."""

    async def edit(self, sent: Sent, page: Page) -> Sent:
        """Change a message."""

    async def delete(self, sent: Sent) -> None:
        """Remove a message."""


@dataclass
class ByToken:
    """The answer to an interaction: what people see as its response, and follow-ups.

    Attributes:
        interaction: Acknowledged as "thinking".
        private: Whether only the person who asked sees it.
        began: When it was received.
    """

    interaction: discord.Interaction
    private: bool
    began: datetime
    margin: int = 0

    async def send(self, page: Page, position: int) -> Sent:
        """Post the response, or a follow-up."""
        if position == 0:
            message: discord.Message = await self.interaction.edit_original_response(
                content=page.text or None,
                embeds=embeds(page.boxes),
                attachments=uploads(page.files),
                view=view(page.presses),
                allowed_mentions=discord.AllowedMentions.none(),
            )
        else:
            message = await self.interaction.followup.send(
                content=page.text,
                embeds=embeds(page.boxes),
                files=uploads(page.files),
                view=view(page.presses) or discord.utils.MISSING,
                allowed_mentions=discord.AllowedMentions.none(),
                ephemeral=self.private,
                wait=True,
            )
        return Sent(message.id, page, tuple(zip(page.files, message.attachments, strict=False)))

    async def edit(self, sent: Sent, page: Page) -> Sent:
        """Change a message."""
        kept, new = _kept(sent, page)
        message = await self.interaction.followup.edit_message(
            sent.id,
            content=page.text or None,
            embeds=embeds(page.boxes),
            attachments=[*(attachment for _, attachment in kept), *uploads(new)],
            view=view(page.presses),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        return Sent(sent.id, page, _after(kept, new, message))

    async def delete(self, sent: Sent) -> None:
        """Remove a message."""
        await self.interaction.followup.delete_message(sent.id)


@dataclass
class ByMessage:
    """Ordinary messages.

    Attributes:
        channel: Where.
        key: Makes posting idempotent: Discord answers a second message with the same nonce with the first.
        reply_to: The message that is answered.
        mention: Who is told of it.
        notice: A line above the answer.
    """

    channel: discord.abc.Messageable
    key: str
    reply_to: discord.MessageReference | None = None
    mention: discord.Object | None = None
    notice: str = ""
    _posted: dict[int, discord.Message] = field(default_factory=dict)

    @property
    def margin(self) -> int:
        """Characters of what stands above the answer."""
        return len(self._above) + 1 if self._above else 0

    @property
    def _above(self) -> str:
        mention = f"<@{self.mention.id}>" if self.mention else ""
        return f"{mention} {self.notice}".strip()

    async def send(self, page: Page, position: int) -> Sent:
        """Post a message."""
        first = position == 0
        mentions = discord.AllowedMentions.none()
        if self.mention is not None and first:
            mentions = discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=[self.mention])
        message = await self.channel.send(
            content=self._text(page.text, first=first) or None,
            embeds=embeds(page.boxes),
            files=uploads(page.files),
            # None is the default of both, though their types do not say so.
            view=cast("discord.ui.View", view(page.presses)),
            reference=cast("discord.MessageReference", self.reply_to if first else None),
            nonce=nonce(self.key, position),
            allowed_mentions=mentions,
        )
        self._posted[message.id] = message
        return Sent(message.id, page, tuple(zip(page.files, message.attachments, strict=False)))

    async def edit(self, sent: Sent, page: Page) -> Sent:
        """Change a message."""
        kept, new = _kept(sent, page)
        posted = self._posted[sent.id]
        first = next(iter(self._posted)) == sent.id
        message = await posted.edit(
            content=self._text(page.text, first=first) or None,
            embeds=embeds(page.boxes),
            attachments=[*(attachment for _, attachment in kept), *uploads(new)],
            view=view(page.presses),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        return Sent(sent.id, page, _after(kept, new, message))

    async def delete(self, sent: Sent) -> None:
        """Remove a message."""
        await self._posted.pop(sent.id).delete()

    def _text(self, text: str, *, first: bool) -> str:
        return f"{self._above}\n{text}".strip() if first else text


LayOut: TypeAlias = Callable[[int], Sequence[Page]]
"""Lays an answer out, leaving room for so many characters in each message."""

Elsewhere: TypeAlias = Callable[[], Awaitable[Way]]
"""Finds another way for an answer whose token has died."""


@dataclass
class Answer:
    """One answer, shown in one message or several.

    Attributes:
        way: How its messages get to people.
        elsewhere: Another way, when this one ends.
        clock: Tells the time.
        sent: Its messages, in order.
        id: The first message's id; it stays when the answer moves.
    """

    way: Way
    elsewhere: Elsewhere
    clock: Clock
    sent: list[Sent] = field(default_factory=list)
    id: str = ""

    async def show(self, lay_out: LayOut) -> None:
        """Bring its messages up to date.

        Raises:
            discord.HTTPException: Discord does not take it; calling this again goes on from there.
        """
        if isinstance(self.way, ByToken) and self.clock() - self.way.began > TOKEN_LIFE:
            await self._move()
        try:
            await self._show(lay_out(self.way.margin))
        except discord.HTTPException as error:
            if not (isinstance(self.way, ByToken) and error.code in DEAD_TOKEN):
                raise
            await self._move()
            await self._show(lay_out(self.way.margin))
        self.id = self.id or str(self.sent[0].id)

    async def delete(self) -> None:
        """Remove all of its messages."""
        while self.sent:
            await self.way.delete(self.sent[-1])
            self.sent.pop()

    async def _show(self, pages: Sequence[Page]) -> None:
        for position, page in enumerate(pages):
            if position == len(self.sent):
                self.sent.append(await self.way.send(page, position))
            elif self.sent[position].page != page:
                self.sent[position] = await self.way.edit(self.sent[position], page)
        while len(self.sent) > len(pages):
            await self.way.delete(self.sent[-1])
            self.sent.pop()

    async def _move(self) -> None:
        """Go on elsewhere; what was shown until now says so, or disappears."""
        old, left = self.way, list(self.sent)
        assert isinstance(old, ByToken)
        # The id stays what the core knows it by.
        self.id = self.id or (str(left[0].id) if left else "")
        self.way, self.sent = await self.elsewhere(), []
        await _leave(old, left)


async def _leave(old: ByToken, left: Sequence[Sent]) -> None:
    """Leave no "thinking…" and no half answer behind; the token may just live long enough for that."""
    interaction = old.interaction
    try:
        await interaction.edit_original_response(
            content=PRIVATE_ELSEWHERE if old.private else MESSAGE_ELSEWHERE, embeds=[], attachments=[], view=None
        )
        for sent in left[1:]:
            await interaction.followup.delete_message(sent.id)
    except discord.HTTPException:
        if old.private or interaction.channel is None:
            return  # only its token reaches it, and that has died
        channel = interaction.client.get_partial_messageable(interaction.channel.id)
        response = interaction.extras.get("response")
        for id_ in {*(sent.id for sent in left), *([response] if isinstance(response, int) else [])}:
            try:
                await channel.get_partial_message(id_).delete()
            except discord.HTTPException as error:
                log.info("an unfinished answer stays", message=id_, error=str(error))


def _kept(sent: Sent, page: Page) -> tuple[list[tuple[File, discord.Attachment]], list[File]]:
    """The files that stay on a message, and those that come to it."""
    kept = [(file, attachment) for file, attachment in sent.files if file in page.files]
    there = [file for file, _ in kept]
    return kept, [file for file in page.files if file not in there]


def _after(
    kept: Sequence[tuple[File, discord.Attachment]], new: Sequence[File], message: discord.Message
) -> tuple[tuple[File, discord.Attachment], ...]:
    return (*kept, *zip(new, message.attachments[len(kept) :], strict=False))
