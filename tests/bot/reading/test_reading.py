"""Text, HTML and PDF files, and whatever else somebody attaches."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import Part, UserError
from bot.reading import pdf as pdf_reading
from bot.reading import read
from bot.reading import text as text_reading
from bot.reading.content import Content, table
from bot.reading.limits import Deadline
from bot.reading.text import decoded, fenced, sections
from tests.bot.reading import making

ARTICLE = """<html><head><title>Harbour reopens</title><meta name="author" content="Ana Silva">
<meta property="article:published_time" content="2026-03-01"></head><body><nav><a href="/">Home</a></nav><article>
<h1>Harbour reopens</h1><p>The harbour opened again on Sunday after two years of work on its walls and cranes.</p>
<h2>What it cost</h2><p>The city paid forty million for it, which is ten million less than was planned at first.</p>
</article><footer>Cookies are used here.</footer></body></html>"""


def found(name: str, data: str | bytes, media_type: str = "") -> Content:
    return read(name, data.encode() if isinstance(data, str) else data, media_type, Deadline(60, name))


def test_markdown_stays_as_it_is_in_a_part_for_each_heading() -> None:
    text = "Before.\n\n# One *thing*\n\nText.\n```\n# no heading\n```\n\n[Two](https://a.example)\n===\nMore.\n"

    content = found("notes.md", text)

    assert [None, "One thing", "Two"] == [part.heading for part in content.parts]
    assert content.parts[2].text == "[Two](https://a.example)\n===\nMore."
    assert (text, "One thing") == (content.raw, content.title)


def test_in_very_long_markdown_no_headings_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_reading, "LONGEST", 10)

    assert (Part("# One\n\n# Two"),) == found("notes.md", "# One\n\n# Two").parts
    assert [] == sections(" " * 11)


def test_prose_is_one_part() -> None:
    assert Content((Part("Dear all,\n\n# 1 is ready."),), None, "Dear all,\n\n# 1 is ready.\n") == found(
        "letter.txt", "Dear all,\n\n# 1 is ready.\n"
    )


@pytest.mark.parametrize(
    ("name", "media_type", "text", "markdown"),
    [
        ("a.py", "", "print('hi')\n", "```python\nprint('hi')\n```"),
        ("a.json", "", '{"a": 1}', '```json\n{"a": 1}\n```'),
        ("feed", "application/feed+json", "{}", "```json\n{}\n```"),
        ("feed", "application/atom+xml", "<feed/>", "```xml\n<feed/>\n```"),
        ("a.sh", "", "cat <<E\n```\nE\n", "````bash\ncat <<E\n```\nE\n````"),
        ("a.csv", "", "name;price\npen;1\n\n", "| name | price |\n| --- | --- |\n| pen | 1 |"),
        ("a.tsv", "", "name\tprice\npen|ink\t1", "| name | price |\n| --- | --- |\n| pen\\|ink | 1 |"),
        ("data", "text/csv", "a,b\n1", "| a | b |\n| --- | --- |\n| 1 |  |"),
        ("README", "text/markdown; charset=utf-8", "# A\nb", "# A\nb"),
    ],
)
def test_data_and_code_are_marked_as_such(name: str, media_type: str, text: str, markdown: str) -> None:
    content = found(name, text, media_type)

    assert (markdown, text) == ("\n\n".join(part.text for part in content.parts), content.raw)


def test_a_table_that_is_none_is_read_as_text() -> None:
    wide = "a," + "b" * 200_000

    assert found("a.csv", wide).parts[0].text == wide


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_text_is_read_in_whichever_encoding(encoding: str) -> None:
    text = "Schöne Grüße aus Köln, wir müssen für die Prüfung über Weihnachten üben."

    assert found("a.txt", text.encode(encoding)).raw == text


@pytest.mark.parametrize("name", ["punycode", "IDNA", "unicode_escape", "undefined", "zip", "nonsense"])
def test_a_name_that_is_no_encoding_of_texts_is_passed_over(name: str) -> None:
    assert "a-b9 \\x41" == decoded(b"a-b9 \\x41", name)


def test_one_long_row_does_not_make_a_small_file_fill_the_memory() -> None:
    with pytest.raises(UserError, match="more than 5,000,000 cells"):
        found("a.csv", "a," * 3_000 + "x\n" + "b\n" * 3_000)


def test_an_encoding_that_was_named_is_believed_if_it_fits() -> None:
    text = "Добрый день"

    assert decoded(text.encode("koi8-r"), "koi8-r") == text
    assert decoded(text.encode(), "nonsense") == decoded(text.encode(), "ascii") == text


def test_a_page_is_its_article_with_who_wrote_it_when() -> None:
    content = found("a.example", ARTICLE, "text/html")

    assert ["Harbour reopens", "What it cost"] == [part.heading for part in content.parts]
    assert content.parts[0].text.startswith("# Harbour reopens\n\n*by Ana Silva, 2026-03-01*\n\nThe harbour opened")
    assert "Cookies" not in content.parts[1].text
    assert (content.title, content.raw) == ("Harbour reopens", None)


def test_a_page_without_an_article_is_all_its_text() -> None:
    content = found("a.html", "<html><body><p>We are closed today.</p><script>x()</script></body></html>")

    assert "We are closed today." in content.parts[0].text
    assert "x()" not in content.parts[0].text


def test_a_page_says_its_encoding_itself() -> None:
    text = "<html><head><meta charset='koi8-r'></head><body><p>Мы сегодня закрыты, приходите завтра.</p></body></html>"

    assert "Мы сегодня закрыты" in found("a.html", text.encode("koi8-r")).parts[0].text


def test_a_pdf_is_a_part_for_each_page_that_has_text() -> None:
    content = found("paper.pdf", making.pdf("A long exam-\nple. Well-\nKnown.", "", "The end.", title="A paper"))

    assert (Part("A long example. Well-\nKnown.", None, 1), Part("The end.", None, 3)) == content.parts
    assert content.title == "A paper"


def test_what_a_program_calls_a_pdf_is_no_title() -> None:
    assert found("a.pdf", making.pdf("Text.", title="Microsoft Word - a.doc")).title is None
    assert found("a.pdf", making.pdf("Text.")).title is None


def test_a_pdf_that_only_its_owner_may_change_is_read() -> None:
    assert found("a.pdf", making.pdf("Text.", password="")).parts[0].text == "Text."


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.txt", b" \n", "a.txt is empty."),
        ("a.md", b"\xef\xbb\xbf\n", "There is no text in a.md."),
        ("a.html", b"<html><body><script>only()</script></body></html>", "There is no text in a.html."),
        ("a.bin", bytes(range(256)), "a.bin is nothing that I can read; give me text, code, CSV, JSON, HTML, PDF"),
        ("a.png", bytes(range(128, 256)) * 9, "a.png is nothing that I can read"),
        ("a.rtf", b"{\\rtf1 words}", "a.rtf is in RTF, which I do not read; save it as .docx or PDF."),
        ("a.pdf", b"%PDF-1.7 words", "a.pdf is broken; save it once more, or give me its text."),
        ("a.pdf", making.pdf("Text.", password="hush"), "a.pdf is protected by a password; save it without one."),
        ("a.pdf", making.pdf("", ""), "a.pdf holds pictures of pages and no text; have the text in it recognised"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, data: bytes, says: str) -> None:
    with pytest.raises(UserError) as refused:
        found(name, data)

    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_reading, "PAGES", 1)

    with pytest.raises(UserError, match=r"a\.pdf has more than 1 pages; give me a part of it"):
        found("a.pdf", making.pdf("One.", "Two."))


def test_reading_ends_when_its_time_has_passed() -> None:
    with pytest.raises(UserError, match=r"I could not read a\.pdf in -1 seconds; give me a part of it"):
        read("a.pdf", making.pdf("One."), "", Deadline(-1, "a.pdf"))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_utf_8_is_always_read_as_such(text: str) -> None:
    data = text.encode()

    assert text.removeprefix("\ufeff") == decoded(data) or data.startswith((b"%PDF", b"{\\rtf", b"PK\x03\x04"))


@given(
    st.lists(st.sampled_from(["# a", "## b *c*", "text", "", "---", "```", "    # code", "> # quoted"]), max_size=20)
)
def test_the_parts_of_markdown_hold_all_of_its_lines(lines: list[str]) -> None:
    kept = "\n".join(part.text for part in sections("\n".join(lines)))

    assert [line for line in lines if line.strip()] == [line for line in kept.split("\n") if line.strip()]


@given(st.lists(st.lists(st.text(max_size=5), max_size=4), max_size=4))
def test_every_row_of_a_table_is_as_wide_as_its_head(rows: list[list[str]]) -> None:
    lines = table(rows).splitlines()

    assert len({line.replace("\\|", "").count("|") for line in lines}) <= 1


@given(st.text("`a\n ~", max_size=30))
def test_nothing_in_a_fence_ends_it(text: str) -> None:
    first, *inside, last = fenced(text, "py").split("\n")

    assert text == "\n".join(inside)
    assert not any(line.strip().startswith(last) for line in inside)
    assert first == f"{last}py"


KINDS = [
    ("a.txt", b""),
    ("a.md", b""),
    ("a.csv", b""),
    ("a.html", b"<html>"),
    ("a.pdf", b"%PDF-1.4\n"),
    ("a.docx", b"PK\x03\x04"),
]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(KINDS), st.binary(max_size=300))
def test_garbage_is_read_or_refused_in_one_line(kind: tuple[str, bytes], garbage: bytes) -> None:
    name, start = kind
    _read_or_refused(name, start + garbage)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_file_with_damage_is_read_or_refused_in_one_line(data: st.DataObject) -> None:
    name, whole, members = data.draw(st.sampled_from(WHOLE))
    if members:
        member = data.draw(st.sampled_from(members))
        damaged = making.replaced(whole, member, data.draw(st.binary(max_size=60) | XML))
    else:
        place = data.draw(st.integers(0, len(whole) - 1))
        damaged = whole[:place] + data.draw(st.binary(max_size=20)) + whole[place + data.draw(st.integers(0, 20)) :]
    _read_or_refused(name, damaged)


XML = st.sampled_from([b"<a/>", b"<w:document/>", b"<?xml version='1.0'?><x xmlns='y'><sheet name='a'/></x>"])
WHOLE: list[tuple[str, bytes, list[str]]] = [
    ("a.pdf", making.pdf("Some text.", "More of it."), []),
    ("a.docx", making.word(making.plan()), ["word/document.xml", "word/styles.xml", "[Content_Types].xml"]),
    ("a.pptx", making.slides(), ["ppt/presentation.xml", "ppt/slides/slide1.xml", "_rels/.rels"]),
    ("a.xlsx", making.sheets({"One": [["a", 1]]}), ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"]),
]


def _read_or_refused(name: str, data: bytes) -> None:
    try:
        texts = [part.text for part in found(name, data).parts]
    except UserError as refused:
        texts = str(refused).splitlines()[:2]
        texts = texts if len(texts) == 1 else [""]
    # Nothing is blank, and nothing in it is refused by a store or a network.
    assert all(text.strip() and text.encode() for text in texts)
