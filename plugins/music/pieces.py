"""The pieces and prompts of a person, by number, so that they can be composed again and varied."""

from __future__ import annotations

from pydantic import BaseModel, JsonValue, ValidationError

from bot import Shelf, UserError

KEPT = 20
"""How many are kept; an older one makes room for a new one."""

_LAST = "last"


class Piece(BaseModel):
    """What a piece was composed from, and what came of it.

    Attributes:
        text: What it should sound like.
        seconds: How long it should be; None leaves it to the model.
        seed: What it was composed with; None for a prompt that nothing was composed from yet.
        abc: Its notes, where the model writes notes.
    """

    text: str
    seconds: float | None = None
    seed: int | None = None
    abc: str = ""


class Pieces:
    """A person's pieces on their shelf.

    Args:
        shelf: The plugin's for the person, in this server.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def keep(self, piece: Piece) -> int:
        """Keep a piece; returns its number."""
        # Counted on in one go, so that no piece takes the place of another that is done at the same moment.
        number = _number(await self._shelf.change(_LAST, lambda last: _number(last) + 1))
        await self._shelf.put(_name(number), piece.model_dump())
        await self._shelf.delete(_name(number - KEPT))
        return number

    async def find(self, number: int | None) -> Piece:
        """A piece by its number; without one the last that was composed.

        Raises:
            UserError: The person has no such piece.
        """
        if number is not None:
            if (piece := await self._read(number)) is None:
                raise UserError(
                    f"You have no piece {number} here any more; each person's last {KEPT} are kept. "
                    "`/music compose` makes another one."
                )
            return piece
        last = _number(await self._shelf.get(_LAST))
        for each in range(last, max(last - KEPT, 0), -1):
            piece = await self._read(each)
            if piece is not None and piece.seed is not None:
                return piece
        raise UserError("You have composed nothing here yet; begin with `/music compose`.")

    async def _read(self, number: int) -> Piece | None:
        kept = await self._shelf.get(_name(number))
        try:
            return None if kept is None else Piece.model_validate(kept)
        except ValidationError:
            # From another version: as good as gone.
            return None


def _number(kept: JsonValue) -> int:
    return kept if isinstance(kept, int) else 0


def _name(number: int) -> str:
    return f"piece {number}"
