"""The index of words: SQLite's FTS5, or PostgreSQL's full text. Both are given the same words, folded before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from math import log1p

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MOST_FOUND = 2_500
"""Passages that are compared for one question; of its words, those that too many passages hold are left out."""

MOST_TERMS = 12
"""Words of a question that are looked up, the longest: they are rarer."""

PAGES = 500
"""Of the index, about 4 kB each, that are written at once."""

_FREQUENCIES = {
    "sqlite": text(
        "SELECT value, (SELECT count(*) FROM (SELECT 1 FROM knowledge_words "
        "WHERE knowledge_words MATCH 'words : \"' || value || '\"' LIMIT :most)) FROM json_each(:terms)"
    ),
    "postgresql": text(
        "SELECT value, (SELECT count(*) FROM (SELECT 1 FROM knowledge_words "
        "WHERE words @@ CAST(quote_literal(value) AS tsquery) LIMIT :most) AS found) "
        "FROM json_array_elements_text(CAST(CAST(:terms AS text) AS json)) AS value"
    ),
}
"""How many passages hold each word, counted no further than needed."""

_HERE = text(
    "SELECT count(*) FROM (SELECT 1 FROM knowledge_words "
    "WHERE place = ANY(CAST(:places AS text[])) LIMIT :most) AS found"
)
_FIND = {
    # A place counts for nothing, as every passage that is found has one of them; looked for together with the words, it
    # would be counted in every passage there is. By the plus, SQLite looks for the words once, not for each passage.
    "sqlite": text(
        "SELECT rowid FROM knowledge_words WHERE knowledge_words MATCH :words AND +rowid IN "
        "(SELECT rowid FROM knowledge_words WHERE knowledge_words MATCH :query) "
        "ORDER BY bm25(knowledge_words, 0.0, 1.0) LIMIT :most"
    ),
    # PostgreSQL's own rank does not know that a rare word tells more than a common one.
    "postgresql": text(
        "SELECT rowid FROM knowledge_words WHERE place = ANY(CAST(:places AS text[])) "
        "AND words @@ CAST(CAST(:query AS text) AS tsquery) ORDER BY (SELECT "
        "sum(weight * ts_rank(words, CAST(term AS tsquery), 1)) FROM unnest(CAST(:terms AS text[]), "
        "CAST(:weights AS float[])) AS asked(term, weight)) DESC, rowid LIMIT :most"
    ),
}
_ADD = {
    "sqlite": text("INSERT INTO knowledge_words (rowid, place, words) VALUES (:id, :place, :words)"),
    "postgresql": text(
        "INSERT INTO knowledge_words (rowid, place, words) VALUES (:id, :place, CAST(CAST(:words AS text) AS tsvector))"
    ),
}
_MERGE = text("INSERT INTO knowledge_words (knowledge_words, rank) VALUES ('merge', :pages)")


async def add_words(session: AsyncSession, place: str, passages: Mapping[int, Sequence[str]]) -> None:
    """Let passages be found by their words; the words go when the passages go.

    Args:
        session: A transaction.
        place: The mark of who may see them.
        passages: The words of each by its id, folded.
    """
    if not passages:
        return
    kind = _kind(session)
    written = {key: " ".join(words) if kind == "sqlite" else _positions(words) for key, words in passages.items()}
    rows = [{"id": key, "place": place, "words": words} for key, words in written.items()]
    await session.execute(_ADD[kind], rows)


async def find_words(session: AsyncSession, places: Sequence[str], terms: Sequence[str], most: int) -> list[int]:
    """The ids of the passages that fit best, best first; rare words count more than common ones.

    Args:
        session: A transaction.
        places: The marks of what may be seen.
        terms: What is looked for, folded; a passage need not hold all of it.
        most: How many at most.
    """
    kind = _kind(session)
    counts = await _rarest(session, kind, terms)
    if not counts or not places:
        return []
    if kind == "sqlite":
        words, here = (" OR ".join(f'"{each}"' for each in group) for group in (counts, places))
        asked: dict[str, object] = {
            "words": f"words : ({words})",
            "query": f"place : ({here}) AND words : ({words})",
        }
    else:
        total = await session.scalar(_HERE, {"places": list(places), "most": MOST_FOUND}) or 0
        quoted = [f"'{term}'" for term in counts]
        asked = {
            "query": " | ".join(quoted),
            "places": list(places),
            "terms": quoted,
            # As in BM25, which SQLite ranks by.
            "weights": [log1p((max(total - held, 0) + 0.5) / (held + 0.5)) for held in counts.values()],
        }
    return list((await session.scalars(_FIND[kind], {**asked, "most": most})).all())


async def merge_words(session: AsyncSession) -> bool:
    """Overwrite words of what is gone: SQLite marks them, and leaves them in its file until then.

    Returns:
        Whether there may be more; it takes a little at a time, so that others can write in between.
    """
    if _kind(session) != "sqlite":
        return False
    changes = text("SELECT total_changes()")
    before = await session.scalar(changes) or 0
    await session.execute(_MERGE, {"pages": -PAGES})
    # As its manual says: one change is the statement's own.
    return (await session.scalar(changes) or 0) - before >= 2


async def _rarest(session: AsyncSession, kind: str, terms: Iterable[str]) -> dict[str, int]:
    """The words that tell most, each with how many passages hold it: few enough that few need be compared."""
    longest = sorted(set(terms), key=lambda term: (-len(term), term))[:MOST_TERMS]
    asked = {"terms": json.dumps(longest), "most": MOST_FOUND + 1}
    found = (await session.execute(_FREQUENCIES[kind], asked)).all()
    chosen: dict[str, int] = {}
    total = 0
    for term, number in sorted(found, key=lambda row: (row[1], row[0])):
        total += number
        if number and (total <= MOST_FOUND or not chosen):
            chosen[term] = number
    return chosen


def _positions(words: Sequence[str]) -> str:
    """Words with where they are, as PostgreSQL writes them."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(word, []).append(str(min(place, 16_383)))
    # It keeps no more places of a word.
    return " ".join(f"'{word}':{','.join(found[:255])}" for word, found in places.items())


def _kind(session: AsyncSession) -> str:
    return session.get_bind().dialect.name
