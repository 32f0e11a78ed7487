"""Makes the files that are read in tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

from docx import Document
from docx.document import Document as WordDocument
from openpyxl import Workbook
from pptx import Presentation
from pypdf import PdfReader, PdfWriter


def pdf(*pages: str, title: str = "", password: str | None = None) -> bytes:
    """A PDF file with a page for each text, whose lines stand one below the other."""
    count = len(pages)
    bodies = ["<< /Type /Catalog /Pages 2 0 R >>"]
    bodies.append(f"<< /Type /Pages /Kids [{' '.join(f'{4 + n} 0 R' for n in range(count))}] /Count {count} >>")
    bodies.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    bodies += [
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Resources << /Font << /F1 3 0 R >> >> "
        f"/Contents {4 + count + number} 0 R >>"
        for number in range(count)
    ]
    for page in pages:
        shown = " ".join(f"({line}) Tj T*" for line in page.splitlines())
        stream = f"BT /F1 12 Tf 14 TL 20 250 Td {shown} ET"
        bodies.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    plain = f"{out}xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()
    if not title and password is None:
        return plain
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(plain)))
    if title:
        writer.add_metadata({"/Title": title})
    if password is not None:
        writer.encrypt(password, "the owner's", algorithm="AES-256")
    changed = io.BytesIO()
    writer.write(changed)
    return changed.getvalue()


def word(document: WordDocument) -> bytes:
    """A Word file."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def plan() -> WordDocument:
    """A Word document with headings, a list and a table."""
    document = Document()
    document.add_heading("The plan", 0)
    document.add_paragraph("We ship on Friday.")
    document.add_heading("Who does what", 1)
    document.add_paragraph("Ana tests.", style="List Bullet")
    document.add_paragraph("Ben writes.", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for place, text in enumerate(["task", "days", "tests | notes", "2"]):
        table.cell(place // 2, place % 2).text = text
    return document


def slides() -> bytes:
    """A PowerPoint file with a slide of points and a table, and an empty one."""
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    assert slide.shapes.title is not None
    slide.shapes.title.text_frame.text = "What we found"
    points = slide.shapes.placeholders[1].text_frame
    points.text = "The disk was full"
    below = points.add_paragraph()
    below.text, below.level = "since Monday", 1
    table = slide.shapes.add_table(2, 2, 0, 0, 100, 100).table
    for place, text in enumerate(["host", "free", "build", "0"]):
        table.cell(place // 2, place % 2).text = text
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 100, 100).text_frame.text = "In a group"
    notes = slide.notes_slide.notes_text_frame
    assert notes is not None
    notes.text = "Say who mends it."
    presentation.slides.add_slide(presentation.slide_layouts[6])
    out = io.BytesIO()
    presentation.save(out)
    return out.getvalue()


def sheets(tables: Mapping[str, Sequence[Sequence[object]]], title: str = "") -> bytes:
    """An Excel file with a sheet for each table."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in tables.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    workbook.properties.title = title or None
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def replaced(data: bytes, member: str, content: bytes) -> bytes:
    """A zip archive with another content of one of its members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == member else old.read(name))
    return out.getvalue()
