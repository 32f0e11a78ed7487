"""What messages mean, kept beside them, so that a model reads each of them once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, select

from bot.knowing.blocks import BYTES, unit
from bot.meanings import vectors_of
from bot.memories import Meaning
from bot.request import Message
from bot.store.columns import clean
from bot.store.database import Database, delete_where
from bot.store.tables import MessageRow
from bot.store.tables_meanings import MeaningRow

if TYPE_CHECKING:
    from bot.meanings import Matrix

AT_ONCE = 1000
"""Messages that are looked up, read and kept in one go; a database takes so many ids in a question."""


class _Key(NamedTuple):
    """A message with certain pieces.

    Attributes:
        channel: The message's.
        message: Its id.
        hash: Tells whether the pieces are the same as before.
    """

    channel: str
    message: str
    hash: str


class _Asked(NamedTuple):
    """A message whose pieces are to be compared."""

    key: _Key
    message: Message
    pieces: Sequence[str]


class KeptMeanings:
    """The `Meanings` of messages on one platform.

    Args:
        db: Where they are kept.
        platform: The platform's name.
        meaning: Tells meanings apart.
    """

    def __init__(self, db: Database, platform: str, meaning: Meaning) -> None:
        self._db = db
        self._platform = platform
        self._meaning = meaning

    async def of(self, messages: Sequence[Message], pieces: Sequence[Sequence[str]]) -> list[Matrix]:
        """The vectors of the pieces of each message, of unit length: a row for each piece, in order.

        Raises:
            UserError: The model cannot be used.
        """
        if not messages:
            return []
        asked = await asyncio.to_thread(_asked, messages, pieces)
        packed = await self._all(asked)
        if len(_widths(asked, packed)) > 1:
            # Another model is called the same now: what was kept cannot be compared with what it says.
            async with self._db.write() as session:
                await delete_where(session, MeaningRow, MeaningRow.model == self._meaning.name)
            packed = await self._all(asked)
        # How wide matrices without rows have to be, only the model can tell.
        width = next(iter(_widths(asked, packed)), 0) or len(await self._meaning.model.aembed_query(""))
        return await asyncio.to_thread(_unpack, packed, [len(each.pieces) for each in asked], width)

    async def _all(self, asked: Sequence[_Asked]) -> list[bytes]:
        """The vectors of each message as the store keeps them, one after the other."""
        made: dict[str, bytes] = {}
        packed: list[bytes] = []
        for start in range(0, len(asked), AT_ONCE):
            packed += await self._some(asked[start : start + AT_ONCE], made)
        return packed

    async def _some(self, asked: Sequence[_Asked], made: dict[str, bytes]) -> list[bytes]:
        """Likewise, of no more than are looked up at once.

        Args:
            asked: The messages.
            made: The vectors of pieces that were read for this answer; those that are read now come to them.
        """
        here, known = await self._kept(asked)
        unread = [each for each in asked if each.pieces and each.key not in known]
        if unread:
            made |= await self._read([piece for each in unread for piece in each.pieces if piece not in made])
            new = {each.key: b"".join(made[piece] for piece in each.pieces) for each in unread}
            await self._keep([each for each in unread if each.key[:2] in here], new)
            known |= new
        return [known.get(each.key, b"") for each in asked]

    async def _kept(self, asked: Sequence[_Asked]) -> tuple[set[tuple[str, str]], dict[_Key, bytes]]:
        """Which of the messages are kept, and the vectors that are."""
        of_it = and_(
            MeaningRow.platform == MessageRow.platform,
            MeaningRow.channel == MessageRow.channel,
            MeaningRow.message == MessageRow.id,
            MeaningRow.model == self._meaning.name,
        )
        query = select(MessageRow.channel, MessageRow.id, MeaningRow.hash, MeaningRow.vectors).outerjoin(
            MeaningRow, of_it
        )
        here: set[tuple[str, str]] = set()
        known: dict[_Key, bytes] = {}
        async with self._db.read() as session:
            for channel, ids in _by_channel(asked):
                where = MessageRow.platform == self._platform, MessageRow.channel == channel, MessageRow.id.in_(ids)
                for _, message, hash_, vectors in await session.execute(query.where(*where)):
                    here.add((channel, message))
                    if vectors is not None:
                        known[_Key(channel, message, hash_)] = vectors
        return here, known

    async def _read(self, pieces: Sequence[str]) -> dict[str, bytes]:
        """The vector of each piece, as the store keeps it."""
        texts = list(dict.fromkeys(pieces))
        if not texts:
            return {}
        vectors = await vectors_of(texts, self._meaning.model)
        return await asyncio.to_thread(_packed, texts, vectors)

    async def _keep(self, read: Sequence[_Asked], vectors: Mapping[_Key, bytes]) -> None:
        """Keep what messages mean that are still there, and still say the same."""
        if not read:
            return
        insert = self._db.insert(MeaningRow)
        new = {name: insert.excluded[name] for name in ("model", "hash", "vectors")}
        keeping = insert.on_conflict_do_update(index_elements=["platform", "channel", "message"], set_=new)
        async with self._db.write() as session:
            said: dict[tuple[str, str], str] = {}
            for channel, ids in _by_channel(read):
                where = MessageRow.platform == self._platform, MessageRow.channel == channel, MessageRow.id.in_(ids)
                # None may go or change before this is written, also in PostgreSQL.
                there = select(MessageRow.id, MessageRow.text).where(*where).with_for_update(read=True)
                said |= {(channel, message): text for message, text in await session.execute(there)}
            rows = [
                {
                    **each.key._asdict(),
                    "platform": self._platform,
                    "model": self._meaning.name,
                    "vectors": vectors[each.key],
                }
                # In one order, or two that keep the same would wait for each other.
                for each in sorted(read, key=lambda each: each.key)
                if said.get(each.key[:2]) == clean(each.message.text)
            ]
            if rows:
                # Not by rows of the mapper's: one statement for all.
                await (await session.connection()).execute(keeping, rows)


def _asked(messages: Sequence[Message], pieces: Sequence[Sequence[str]]) -> list[_Asked]:
    return [
        _Asked(_Key(message.channel, message.id, _hash(each)), message, each)
        for message, each in zip(messages, pieces, strict=True)
    ]


def _by_channel(asked: Sequence[_Asked]) -> Iterator[tuple[str, list[str]]]:
    """The ids of messages, by their channels."""
    channels = dict.fromkeys(each.key.channel for each in asked)
    for channel in channels:
        yield channel, [each.key.message for each in asked if each.key.channel == channel]


def _widths(asked: Sequence[_Asked], packed: Sequence[bytes]) -> set[int]:
    """How many numbers the vectors have."""
    return {len(all_) // len(each.pieces) // BYTES for each, all_ in zip(asked, packed, strict=True) if all_}


def _hash(pieces: Sequence[str]) -> str:
    # No text has this byte, so no others make the same whole.
    whole = b"".join(b"\xff" + piece.encode(errors="surrogatepass") for piece in pieces)
    return blake2b(whole, digest_size=16).hexdigest()


def _packed(texts: Sequence[str], vectors: Matrix) -> dict[str, bytes]:
    packed = unit(vectors).astype("<f2")
    return {text: vector.tobytes() for text, vector in zip(texts, packed, strict=True)}


def _unpack(packed: Sequence[bytes], counts: Sequence[int], width: int) -> list[Matrix]:
    """Matrices of what the store keeps.

    Args:
        packed: The vectors of each message.
        counts: How many those are.
        width: How many numbers a vector has.
    """
    import numpy as np

    whole = unit(np.frombuffer(b"".join(packed), dtype="<f2").astype(np.float32).reshape(sum(counts), width))
    ends = list(accumulate(counts))
    return [whole[end - count : end] for end, count in zip(ends, counts, strict=True)]
