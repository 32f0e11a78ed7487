"""The two ways to answer on Discord: by an interaction's token, and by ordinary messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias, cast

import discord

from bot.body import File
from bot.platforms.discord.layout import WHOLE, Page
from bot.platforms.discord.parts import embeds, nonce, uploads, view

ORIGINAL = cast("int", "@original")
"""What Discord calls the response to an interaction, where a message's id is asked for."""

DEAD_TOKEN = frozenset({10015, 10062, 50027})
"""Unknown webhook, unknown interaction, invalid webhook token."""

Writable: TypeAlias = discord.PartialMessageable | discord.DMChannel
"""A channel or thread, known by its id, or a direct conversation."""


@dataclass(frozen=True)
class Sent:
    """A message that was posted.

    Attributes:
        id: Discord's.
        page: What it shows; None when an earlier process posted it.
        files: The files on it, and what Discord made of them.
    """

    id: int
    page: Page | None
    files: tuple[tuple[File, discord.Attachment], ...] = ()


class Way(Protocol):
    """How messages get to people."""

    @property
    def margin(self) -> int:
        """How many characters it adds to a message."""

    @property
    def place(self) -> str:
        """The id of the channel in which they stand."""

    async def send(self, page: Page, position: int) -> Sent:
        """Post the answer's message at this position."""

    async def edit(self, sent: Sent, page: Page, position: int) -> Sent:
        """Change a message."""

    async def files(self, sent: Sent) -> Sequence[discord.Attachment]:
        """What is attached to a message and stays: not the whole answer, of which parts may be gone."""

    async def delete(self, sent: Sent) -> None:
        """Remove a message."""


@dataclass(frozen=True)
class Restored:
    """An interaction that an earlier process received.

    Attributes:
        client: Reaches Discord.
        id: Discord's.
        token: Lets it be answered.
        channel_id: Where it was used.
    """

    client: discord.Client
    id: int
    token: str
    channel_id: int

    @property
    def followup(self) -> discord.Webhook:
        """By which it is answered."""
        application = self.client.application_id
        assert application is not None, "it is known from the login on"
        return discord.Webhook.partial(application, self.token, client=self.client)

    async def edit_original_response(
        self,
        *,
        content: str | None,
        embeds: Sequence[discord.Embed] = (),
        attachments: Sequence[discord.Attachment | discord.File] = (),
        view: discord.ui.View | None = None,
        allowed_mentions: discord.AllowedMentions | None = None,
    ) -> discord.Message:
        """Change the response, or put it where people see "thinking…"."""
        return await self.followup.edit_message(
            ORIGINAL,
            content=content,
            embeds=embeds,
            attachments=attachments,
            view=view,
            allowed_mentions=allowed_mentions or discord.AllowedMentions.none(),
        )


@dataclass
class ByToken:
    """The answer to an interaction: what people see as its response, and follow-ups.

    Attributes:
        interaction: Acknowledged as "thinking", or without a word.
        private: Whether only the person who asked sees it.
        began: When it was received.
        reach: Whether the channel can be reached without the token as well.
        silent: Whether it was acknowledged without a word; all messages are follow-ups then.
        response: The id of the message that says "thinking".
    """

    interaction: discord.Interaction | Restored
    private: bool
    began: datetime
    reach: bool = True
    silent: bool = False
    response: int | None = None
    margin: int = 0

    def token(self, user: int) -> str:
        """What a later process needs to answer it.

        Args:
            user: Who used it.
        """
        flags = "".join(
            letter for letter, holds in zip("prs", (self.private, self.reach, self.silent), strict=True) if holds
        )
        return f"{self.interaction.token} {self.interaction.id} {user} {flags}"

    @classmethod
    def restored(cls, token: str, client: discord.Client, channel: str, began: datetime) -> tuple[ByToken, str]:
        """The way in which an interaction of an earlier process is answered, and Discord's id of who used it.

        Args:
            token: As `token` gave it.
            client: Reaches Discord.
            channel: The id of the channel in which it was used.
            began: When it was received.
        """
        secret, id_, user, flags = token.split(" ")
        interaction = Restored(client, int(id_), secret, int(channel))
        return cls(interaction, "p" in flags, began, reach="r" in flags, silent="s" in flags), user

    @property
    def place(self) -> str:
        """The id of the channel in which it was used."""
        return str(self.interaction.channel_id)

    async def send(self, page: Page, position: int) -> Sent:
        """Post the response, or a follow-up."""
        if position == 0 and not self.silent:
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

    async def edit(self, sent: Sent, page: Page, position: int) -> Sent:
        """Change a message."""
        kept, new = _kept(sent, page)
        stay = await self.files(sent) if page.stays else [attachment for _, attachment in kept]
        message = await self.interaction.followup.edit_message(
            sent.id,
            content=page.text or None,
            embeds=embeds(page.boxes),
            attachments=[*stay, *uploads(new)],
            view=view(page.presses),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        return Sent(sent.id, page, _after(kept, new, message))

    async def files(self, sent: Sent) -> Sequence[discord.Attachment]:
        """What is attached to a message and stays."""
        return _staying(await self.interaction.followup.fetch_message(sent.id))

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
        posted: How many messages were posted this way.
        unsure: Whether more may have been, by an earlier process.
    """

    channel: Writable
    key: str
    reply_to: discord.MessageReference | None = None
    mention: discord.Object | None = None
    notice: str = ""
    posted: int = 0
    unsure: bool = False

    @property
    def margin(self) -> int:
        """Characters of what stands above the answer."""
        return len(self._above) + 1 if self._above else 0

    @property
    def place(self) -> str:
        """The id of the channel."""
        return str(self.channel.id)

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
        text = self._text(page.text, first=first)
        message = await self.channel.send(
            content=text or None,
            embeds=embeds(page.boxes),
            files=uploads(page.files),
            # None is the default of both, though their types do not say so.
            view=cast("discord.ui.View", view(page.presses)),
            reference=cast("discord.MessageReference", self.reply_to if first else None),
            # Not by position: what was removed there must not come back instead of what is posted now.
            nonce=nonce(self.key, self.posted),
            allowed_mentions=mentions,
        )
        self.posted += 1
        if self.unsure and (message.content != text or len(message.attachments) != len(page.files)):
            # What Discord has by this nonce is what an earlier process posted.
            return await self.edit(Sent(message.id, None), page, position)
        return Sent(message.id, page, tuple(zip(page.files, message.attachments, strict=False)))

    async def edit(self, sent: Sent, page: Page, position: int) -> Sent:
        """Change a message."""
        kept, new = _kept(sent, page)
        stay = await self.files(sent) if page.stays else [attachment for _, attachment in kept]
        message = await self.channel.get_partial_message(sent.id).edit(
            content=self._text(page.text, first=position == 0) or None,
            embeds=embeds(page.boxes),
            attachments=[*stay, *uploads(new)],
            view=view(page.presses),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        return Sent(sent.id, page, _after(kept, new, message))

    async def files(self, sent: Sent) -> Sequence[discord.Attachment]:
        """What is attached to a message and stays."""
        return _staying(await self.channel.fetch_message(sent.id))

    async def delete(self, sent: Sent) -> None:
        """Remove a message."""
        await self.channel.get_partial_message(sent.id).delete()

    def _text(self, text: str, *, first: bool) -> str:
        return f"{self._above}\n{text}".strip() if first else text


def _staying(message: discord.Message) -> list[discord.Attachment]:
    return [attachment for attachment in message.attachments if attachment.filename != WHOLE]


def _kept(sent: Sent, page: Page) -> tuple[list[tuple[File, discord.Attachment]], list[File]]:
    """The files that stay on a message, and those that come to it."""
    kept = [(file, attachment) for file, attachment in sent.files if file in page.files]
    there = [file for file, _ in kept]
    return kept, [file for file in page.files if file not in there]


def _after(
    kept: Sequence[tuple[File, discord.Attachment]], new: Sequence[File], message: discord.Message
) -> tuple[tuple[File, discord.Attachment], ...]:
    return (*kept, *zip(new, message.attachments[len(kept) :], strict=False))
