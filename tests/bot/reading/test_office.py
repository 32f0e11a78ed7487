"""Files of Word, PowerPoint and Excel, well made and not."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date, datetime, time

import pytest
from docx.oxml.parser import parse_xml
from openpyxl import Workbook

from bot import Part, UserError
from bot.reading import limits, packed, read, sheets, slides
from bot.reading.content import Content
from bot.reading.limits import Deadline
from tests.bot.reading import making

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OLD_AND_NEW = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def found(name: str, data: bytes) -> Content:
    return read(name, data, "", Deadline(60, name))


def test_a_word_file_becomes_markdown_in_a_part_for_each_heading() -> None:
    content = found("plan.docx", making.word(making.plan()))

    assert (
        Part("# The plan\n\nWe ship on Friday.", "The plan"),
        Part(
            "# Who does what\n\n- Ana tests.\n- Ben writes.\n\n| task | days |\n| --- | --- |\n| tests \\| notes | 2 |",
            "Who does what",
        ),
    ) == content.parts
    assert content.title == "The plan"
    assert content.raw is None


def test_a_word_file_is_called_what_its_properties_say() -> None:
    document = making.plan()
    document.core_properties.title = "Release plan"

    assert found("plan.docx", making.word(document)).title == "Release plan"


def test_of_tracked_changes_what_was_inserted_is_read_and_what_was_deleted_is_not() -> None:
    document = making.plan()
    document.element.body.insert(
        0,
        parse_xml(
            f'<w:p {WORD}><w:r><w:t xml:space="preserve">We ship </w:t></w:r>'
            "<w:ins><w:r><w:t>today</w:t></w:r></w:ins><w:del><w:r><w:delText>never</w:delText></w:r></w:del></w:p>"
        ),
    )
    document.element.body.insert(
        1, parse_xml(f"<w:sdt {WORD}><w:sdtContent><w:p><w:r><w:t>A field.</w:t></w:r></w:p></w:sdtContent></w:sdt>")
    )

    assert found("plan.docx", making.word(document)).parts[0].text == "We ship today\n\nA field."


def test_what_a_word_file_says_twice_for_old_programs_is_read_once() -> None:
    document = making.plan()
    run = "<w:r><w:t>In a box.</w:t></w:r>"
    document.element.body.insert(
        0,
        parse_xml(
            f"<w:p {WORD} {OLD_AND_NEW}><mc:AlternateContent><mc:Choice Requires='x'>{run}</mc:Choice>"
            f"<mc:Fallback>{run}</mc:Fallback></mc:AlternateContent><w:r><w:br/><w:t>Below</w:t><w:tab/></w:r></w:p>"
        ),
    )

    assert found("plan.docx", making.word(document)).parts[0].text == "In a box.\nBelow"


def test_the_levels_and_numbers_of_lists_are_kept() -> None:
    document = making.plan()
    numbered = document.styles["List Number"].element.find(f".//{{{WORD[9:-1]}}}numId")
    assert numbered is not None
    number = numbered.get(f"{{{WORD[9:-1]}}}val")
    properties = "<w:pPr><w:numPr><w:ilvl w:val='{}'/><w:numId w:val='{}'/></w:numPr></w:pPr>"
    item = f"<w:p {{}}>{properties}<w:r><w:t>{{}}</w:t></w:r></w:p>"
    for place, (level, list_id, text) in enumerate([(0, number, "first"), (1, number, "below"), (0, "999", "point")]):
        document.element.body.insert(place, parse_xml(item.format(WORD, level, list_id, text)))
    document.element.body.insert(3, parse_xml(item.format(WORD, 0, 0, "no item")))

    assert found("a.docx", making.word(document)).parts[0].text == "1. first\n   - below\n- point\n\nno item"


def test_a_word_file_without_lists_has_none() -> None:
    data = making.word(making.plan())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        relations = archive.read("word/_rels/document.xml.rels").decode()
    without = making.replaced(
        data,
        "word/_rels/document.xml.rels",
        relations.replace("relationships/numbering", "relationships/other").encode(),
    )

    assert "- Ana tests." in found("plan.docx", without).parts[1].text


def test_a_powerpoint_file_becomes_a_part_for_each_slide_that_says_something() -> None:
    content = found("found.pptx", making.slides())

    assert (
        Part(
            "## What we found\n\n- The disk was full\n  - since Monday\n\n"
            "| host | free |\n| --- | --- |\n| build | 0 |\n\nIn a group\n\nNotes: Say who mends it.",
            "What we found",
            1,
        ),
    ) == content.parts
    assert content.title in {"What we found", "PowerPoint Presentation"}


def test_an_excel_file_becomes_a_table_for_each_sheet_that_has_one() -> None:
    rows: list[list[object]] = [
        ["item", "price", "bought", None],
        ["pen", 1.0, date(2026, 1, 2), None],
        [None],
        ["ink", 2.55, datetime(2026, 1, 2, 3, 4)],  # noqa: DTZ001 - a sheet knows no zones
        ["", True, time(8, 30)],
    ]

    content = found("costs.xlsx", making.sheets({"Costs": rows, "Empty": []}, title="All costs"))

    assert (
        Part(
            "## Costs\n\n| item | price | bought |\n| --- | --- | --- |\n| pen | 1 | 2026-01-02 |\n"
            "| ink | 2.55 | 2026-01-02 03:04 |\n|  | True | 08:30:00 |",
            "Costs",
        ),
    ) == content.parts
    assert content.title == "All costs"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.docx", making.word(making.plan())[:900], "a.docx is broken; save it once more, or give me its text."),
        (
            "a.doc",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
            "a.doc is protected, or in an old format of Office; save it",
        ),
        ("a.zip", making.replaced(making.slides(), "ppt/presentation.xml", b"<a/>"), "a.zip is broken"),
        ("a.xlsx", making.sheets({"Empty": []}), "There is no text in a.xlsx."),
    ],
)
def test_what_cannot_be_read_says_why(name: str, data: bytes, says: str) -> None:
    with pytest.raises(UserError) as refused:
        found(name, data)

    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)


def test_another_archive_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("notes.txt", "words")

    with pytest.raises(UserError, match=r"a\.zip is an archive of a kind that I do not read"):
        found("a.zip", out.getvalue())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_that_grow_are_never_unfolded(encoding: str) -> None:
    grows = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><a>&b;</a>'
    data = making.replaced(making.word(making.plan()), "word/document.xml", grows.encode(encoding))

    with pytest.raises(UserError, match="is broken"):
        found("a.docx", data)


@pytest.mark.parametrize("limit", ["UNFOLDED", "UNFOLDED_XML"])
def test_what_unfolds_to_too_much_is_refused(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, limit, 200_000)
    data = making.replaced(making.word(making.plan()), "word/document.xml", b" " * 300_000)

    with pytest.raises(UserError, match=r"a\.docx is too large once it is unpacked"):
        found("a.docx", data)


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    data = bytearray(making.replaced(making.word(making.plan()), "word/document.xml", b" " * 300_000))
    while (place := data.find(struct.pack("<I", 300_000))) >= 0:
        data[place : place + 4] = struct.pack("<I", 10)

    with pytest.raises(UserError, match="is broken"):
        found("a.docx", bytes(data))


def test_xml_that_is_deeper_than_any_document_is_refused() -> None:
    deep = f"<w:document {WORD}><w:body>{'<w:p>' * 5000}{'</w:p>' * 5000}</w:body></w:document>"

    with pytest.raises(UserError, match="is broken"):
        found("a.docx", making.replaced(making.word(making.plan()), "word/document.xml", deep.encode()))


def test_too_many_rows_or_slides_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "ROWS", 2)
    monkeypatch.setattr(slides, "PAGES", 1)

    with pytest.raises(UserError, match=r"a\.xlsx has more than 2 rows; give me a part of it"):
        found("a.xlsx", making.sheets({"One": [[1], [2]], "Two": [[3]]}))
    with pytest.raises(UserError, match=r"a\.pptx has more than 1 slides"):
        found("a.pptx", making.slides())


def test_one_cell_far_to_the_right_does_not_make_a_small_file_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CELLS", 100_000)
    book = Workbook()
    assert book.active is not None
    for row in range(1, 9):
        book.active.cell(row=row, column=16_384, value="x")
    out = io.BytesIO()
    book.save(out)

    with pytest.raises(UserError, match="more than 100,000 cells"):
        found("wide.xlsx", out.getvalue())
