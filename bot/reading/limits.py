"""How much of a document is read: time, pages, rows, and bytes that unfold from few."""

from __future__ import annotations

import time

from bot.errors import UserError

PAGES = 2000
"""Pages or slides of a document."""

ROWS = 20_000
"""Rows of all tables in a workbook."""

CELLS = 5_000_000
"""Cells of a table, the empty ones too: one long row makes all the others as long."""

UNFOLDED = 200_000_000
"""Bytes that the parts of a packed document may become."""

UNFOLDED_XML = 30_000_000
"""The same of those that are XML: as a tree they take several times as much."""


def check_cells(cells: int) -> None:
    """See whether a table has no more cells than are read.

    Raises:
        UserError: It has more.
    """
    if cells > CELLS:
        raise UserError(f"A table in that file has more than {CELLS:,} cells; give me a part of it.")


class Deadline:
    """When the reading of a document must have ended.

    Args:
        seconds: From now on.
        name: What to call the document.
    """

    def __init__(self, seconds: float, name: str) -> None:
        self._seconds = seconds
        self._name = name
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """See whether there is time left.

        Raises:
            UserError: There is none.
        """
        if time.monotonic() > self._end:
            raise self.passed()

    def passed(self) -> UserError:
        """What to tell the person when there is none."""
        return UserError(f"I could not read {self._name} in {self._seconds:.0f} seconds; give me a part of it.")
