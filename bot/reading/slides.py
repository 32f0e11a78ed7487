"""PowerPoint files: the text, tables and notes of each slide."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bot.documents import Part
from bot.errors import UserError

from .content import Content, content, first_heading, table
from .limits import PAGES, Deadline

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide


def read_slides(name: str, data: bytes, deadline: Deadline) -> Content:
    """The text of a PowerPoint file, one part for each slide that has some.

    Args:
        name: What it is called.
        data: The file.
        deadline: When it must have been read.

    Raises:
        UserError: It has too many slides.
    """
    from pptx import Presentation

    presentation = Presentation(io.BytesIO(data))
    if len(presentation.slides) > PAGES:
        raise UserError(f"{name} has more than {PAGES:,} slides; give me a part of it.")
    parts = []
    for number, slide in enumerate(presentation.slides, 1):
        deadline.check()
        parts.append(_slide(slide, number, deadline))
    return content(parts, presentation.core_properties.title or first_heading(parts))


def _slide(slide: Slide, number: int, deadline: Deadline) -> Part:
    title = slide.shapes.title
    heading = " ".join(title.text_frame.text.split()) if title is not None else ""
    blocks = [f"## {heading}"] if heading else []
    for shape in _shapes(slide.shapes):
        deadline.check()
        if title is None or shape.shape_id != title.shape_id:
            blocks += _text(shape)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) and frame.text.strip():
        blocks.append(f"Notes: {frame.text.strip()}")
    return Part("\n\n".join(blocks), heading or None, number)


def _shapes(shapes: Iterable[BaseShape]) -> Iterator[BaseShape]:
    from pptx.shapes.group import GroupShape

    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _text(shape: BaseShape) -> Iterator[str]:
    from pptx.shapes.autoshape import Shape
    from pptx.shapes.graphfrm import GraphicFrame

    if isinstance(shape, GraphicFrame) and shape.has_table:
        yield table([[cell.text for cell in row.cells] for row in shape.table.rows])
    elif isinstance(shape, Shape):
        lines = [(one.level, " ".join(one.text.split())) for one in shape.text_frame.paragraphs]
        lines = [(level, text) for level, text in lines if text]
        if len(lines) == 1:
            yield lines[0][1]
        elif lines:
            yield "\n".join(f"{'  ' * level}- {text}" for level, text in lines)
