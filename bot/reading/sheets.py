"""Excel files: the table of each sheet."""

from __future__ import annotations

import io
import warnings
from datetime import date, datetime, time

from bot.documents import Part
from bot.errors import UserError

from .content import Content, content, table
from .limits import ROWS, Deadline, check_cells


def read_sheets(name: str, data: bytes, deadline: Deadline) -> Content:
    """The tables of an Excel file, one part for each sheet that has some; of formulas what they last gave.

    Args:
        name: What it is called.
        data: The file.
        deadline: When it must have been read.

    Raises:
        UserError: It has too many rows or cells.
    """
    from openpyxl import load_workbook

    # It warns of what it leaves out, such as styles, which nobody asked for.
    warnings.filterwarnings("ignore", module="openpyxl")
    workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    parts, left = [], ROWS
    for sheet in workbook.worksheets:
        # A file may say that it is larger, or smaller, than it is.
        sheet.reset_dimensions()
        rows: list[list[str]] = []
        cells = 0
        for row in sheet.iter_rows(values_only=True):
            deadline.check()
            # One cell far to the right makes a row long in memory that is short in the file.
            wide = max((place for place, value in enumerate(row, 1) if value is not None), default=0)
            if wide:
                rows.append([_shown(value) for value in row[:wide]])
                left -= 1
                cells += wide
                check_cells(cells)
            if left < 0:
                raise UserError(f"{name} has more than {ROWS:,} rows; give me a part of it.")
        if found := table(rows):
            parts.append(Part(f"## {sheet.title}\n\n{found}", sheet.title))
    workbook.close()
    return content(parts, workbook.properties.title)


def _shown(value: object) -> str:
    """A value as a person would write it."""
    match value:
        case None:
            return ""
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case date() | time():
            return value.isoformat()
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value)
