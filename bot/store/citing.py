"""An answer as it is kept: in parts, each with the messages that it tells of, and what it shows besides."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.body import Body, Button, Card, File, State
from bot.cited import Part, emptied, joined
from bot.platform import MessageRef
from bot.request import Channel, ChannelKind
from bot.store.database import delete_where
from bot.store.tables import MessageRow
from bot.store.tables_cited import CitedAnswerRow, CitedPieceRow, CitedSourceRow
from bot.store.tables_conversations import RecapMessageRow, RecapRow
from bot.store.tables_meanings import MeaningRow


class Shown(BaseModel):
    """What an answer shows besides its text."""

    model_config = ConfigDict(frozen=True)

    preface: str = ""
    cards: tuple[Card, ...] = ()
    files: tuple[File, ...] = ()
    buttons: tuple[Button, ...] = ()
    state: State = State.DONE


@dataclass(frozen=True, slots=True)
class Outdated:
    """An answer that shows what it should not any more.

    Attributes:
        id: Its key here.
        platform: The platform's name.
        ref: Where it stands.
        body: What it should show.
        changed: How often pieces of it went.
        tries: How often it was tried in vain to show it.
    """

    id: str
    platform: str
    ref: MessageRef
    body: Body
    changed: int
    tries: int


@dataclass(frozen=True, slots=True)
class Told:
    """A message that answers tell of.

    Attributes:
        channel: Where it stands; the thread, if it is in one.
        id: Its id.
        server: The server of an answer.
        words: By which its text is recognised.
        sent: UTC.
    """

    channel: Channel
    id: str
    words: str
    sent: datetime


def words_of(text: str) -> str:
    """By what a message's text is recognised: a hash of its words."""
    return hashlib.sha256(" ".join(text.split()).encode(errors="replace")).hexdigest()[:32]


async def write_parts(session: AsyncSession, answer: str, text: Sequence[Part]) -> None:
    """Keep the parts of an answer; of what is gone already only its place."""
    for position, part in enumerate(text):
        said = emptied(part.text) if part.gone else part.text
        session.add(CitedPieceRow(answer=answer, position=position, text=said, instead=part.instead, gone=part.gone))
    await session.flush()
    for position, part in enumerate(text):
        sources = {} if part.gone else {(source.channel, source.id): source for source in part.sources}
        for source in sources.values():
            row = CitedSourceRow(
                answer=answer,
                position=position,
                channel=source.channel,
                message=source.id,
                thread=source.thread,
                author=source.author,
                sent=source.sent,
                words=words_of(source.text),
            )
            session.add(row)


async def read_text(session: AsyncSession, answer: str) -> str:
    """What is left of an answer's text."""
    of_answer = select(CitedPieceRow).where(CitedPieceRow.answer == answer).order_by(CitedPieceRow.position)
    rows = (await session.scalars(of_answer)).all()
    return joined([Part(row.text, row.instead, gone=row.gone) for row in rows])


async def take_out(session: AsyncSession, which: ColumnElement[bool], now: datetime) -> int:
    """Take pieces out of answers, also out of what is kept of these in a channel's history.

    Args:
        session: An open transaction.
        which: The sources whose pieces go.
        now: From when on the answers are to be brought up to date.

    Returns:
        How many sources they had.
    """
    hit = select(CitedSourceRow.answer, CitedSourceRow.position).where(which).distinct()
    places: dict[str, list[int]] = defaultdict(list)
    for key, position in await session.execute(hit):
        places[key].append(position)
    if not places:
        return 0
    sources = 0
    # One after the other, and each reads what the one before has left.
    answers = select(CitedAnswerRow).where(CitedAnswerRow.id.in_(places)).order_by(CitedAnswerRow.id).with_for_update()
    for answer in await session.scalars(answers):
        positions = places[answer.id]
        pieces = CitedPieceRow.answer == answer.id, CitedPieceRow.position.in_(positions)
        for piece in await session.scalars(select(CitedPieceRow).where(*pieces)):
            piece.text, piece.gone = emptied(piece.text), True
        await session.flush()
        of_them = CitedSourceRow.answer == answer.id, CitedSourceRow.position.in_(positions)
        sources += await delete_where(session, CitedSourceRow, *of_them)
        answer.changed, answer.due, answer.tries = answer.changed + 1, now, 0
        await follow(session, answer, await read_text(session, answer.id))
    return sources


async def follow(session: AsyncSession, answer: CitedAnswerRow, text: str) -> None:
    """Change an answer in the history, and drop what it meant and the summaries of conversations that tell of it."""
    same = and_(
        MessageRow.platform == answer.platform, MessageRow.channel == answer.channel, MessageRow.id == answer.message
    )
    await session.execute(update(MessageRow).where(same).values(text=text))
    meant = MeaningRow.platform == answer.platform, MeaningRow.channel == answer.channel
    await delete_where(session, MeaningRow, *meant, MeaningRow.message == answer.message)
    places = [place for place in (answer.channel, answer.place, answer.parent) if place is not None]
    here = or_(RecapRow.channel.in_(places), RecapRow.parent.in_(places))
    telling = select(RecapMessageRow.recap).where(RecapMessageRow.message == answer.message)
    await delete_where(session, RecapRow, RecapRow.platform == answer.platform, here, RecapRow.id.in_(telling))


async def outdated(session: AsyncSession, row: CitedAnswerRow) -> Outdated:
    """An answer as it should be shown now."""
    shown = Shown.model_validate(row.shows)
    body = Body(
        text=f"{shown.preface}{await read_text(session, row.id)}",
        cards=shown.cards,
        files=shown.files,
        buttons=shown.buttons,
        state=shown.state,
        files_stay=True,
    )
    ref = MessageRef(row.channel, row.message, tuple(cast("Sequence[str]", row.more)))
    return Outdated(row.id, row.platform, ref, body, row.changed, row.tries)


def told(row: CitedSourceRow, server: str | None, place: str) -> Told:
    """Which message a source is.

    Args:
        row: The source.
        server: The server of the answer.
        place: Where that was asked.
    """
    if row.thread is None or row.thread == row.channel:
        # A thread that is a channel itself: which one holds it is not known.
        kind = ChannelKind.CHANNEL if row.thread is None else ChannelKind.THREAD
        if server is None and row.channel == place:
            kind = ChannelKind.DM
        return Told(Channel(row.channel, server, kind, row.channel), row.message, row.words, row.sent)
    thread = Channel(row.thread, server, ChannelKind.THREAD, row.thread, parent=row.channel)
    return Told(thread, row.message, row.words, row.sent)
