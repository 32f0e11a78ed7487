"""What facts mean, kept beside them, so that a question has to read no fact anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import select

from bot.meanings import vectors_of
from bot.memories import Meaning
from bot.store.database import Database
from bot.store.tables_memory import MemoryRow, MemoryVectorRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float32]


async def read_vectors(db: Database, meaning: Meaning, facts: Sequence[MemoryRow]) -> list[Vector]:
    """The vector of each fact, in order; those that no model or another one made are made now, and kept.

    Args:
        db: Where they are kept.
        meaning: Makes them.
        facts: Of which.

    Raises:
        UserError: The model cannot be used.
    """
    import numpy as np

    query = select(MemoryVectorRow.memory, MemoryVectorRow.vector).where(
        MemoryVectorRow.memory.in_([fact.id for fact in facts]), MemoryVectorRow.model == meaning.name
    )
    async with db.read() as session:
        known = {memory: np.frombuffer(vector, dtype="<f4") for memory, vector in await session.execute(query)}
    missing = [fact for fact in facts if fact.id not in known]
    if missing:
        made = (await vectors_of([fact.text for fact in missing], meaning.model)).astype("<f4", copy=False)
        known |= {fact.id: vector for fact, vector in zip(missing, made, strict=True)}
        await _keep(db, meaning.name, {fact.id: known[fact.id] for fact in missing})
    return [known[fact.id] for fact in facts]


async def _keep(db: Database, model: str, vectors: dict[str, Vector]) -> None:
    async with db.write() as session:
        # Some may have been erased meanwhile; what is left of them must be nothing.
        query = select(MemoryRow.id).where(MemoryRow.id.in_(vectors)).with_for_update()
        rows = [
            {"memory": memory, "model": model, "vector": vectors[memory].tobytes()}
            for memory in await session.scalars(query)
        ]
        if rows:
            insert = db.insert(MemoryVectorRow).values(rows)
            new = {"model": insert.excluded.model, "vector": insert.excluded.vector}
            await session.execute(insert.on_conflict_do_update(index_elements=["memory"], set_=new))
