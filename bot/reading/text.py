"""Text files: prose, Markdown, tables, data and code, in any encoding."""

from __future__ import annotations

import codecs
import csv
import io
import re
from contextlib import suppress
from itertools import pairwise
from pathlib import PurePath

from bot.documents import Part

from .content import Content, content, first_heading, table

LONGEST = 1_000_000
"""Characters in which headings are looked for; in more of them that takes minutes, and nothing can end it."""

MARKDOWN = frozenset({".md", ".markdown", ".mdx"})

_BINARY = (b"%PDF", b"{\\rtf", b"PK\x03\x04")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NO_ENCODINGS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})
"""What Python knows beside encodings of texts; some take hours for a file that is made for it."""

_PROSE = frozenset({"text", "output", "md", "markdown", "rst", "restructuredtext", "org", "org-mode"})
"""What Pygments knows that is no code."""

_FENCE = re.compile(r"^ {0,3}(`{3,})", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"[*`]|(?<!\w)_+|_+(?!\w)")


def decoded(data: bytes, charset: str | None = None) -> str | None:
    """The text in some bytes; None where it is none.

    Args:
        data: The bytes.
        charset: The encoding, as far as somebody said.
    """
    if data.startswith(_BINARY) or (b"\0" in data and not data.startswith(_UTF16)):
        return None
    if charset is not None:
        # A name that nobody knows, or one that is not true, is no reason to read nothing.
        with suppress(LookupError, UnicodeError):
            if codecs.lookup(charset).name not in _NO_ENCODINGS:
                return data.decode(charset)
    with suppress(UnicodeDecodeError):
        return data.decode("utf-16" if data.startswith(_UTF16) else "utf-8-sig")
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return None if best is None else str(best)


def read_text(name: str, text: str, kind: str = "") -> Content:
    """A text file as Markdown: Markdown and prose as they are, tables as such, data and code in fences.

    Args:
        name: By its ending the kind of text is told.
        text: What stands in it.
        kind: Its media type.
    """
    ending = PurePath(name).suffix.lower()
    if ending in MARKDOWN or kind == "text/markdown":
        parts = sections(text)
        return content(parts, first_heading(parts), text)
    if ending in {".csv", ".tsv"} or kind in {"text/csv", "text/tab-separated-values"}:
        with suppress(csv.Error):
            return content([Part(table(_rows(text, ending)))], None, text)
    language = _language(name, kind)
    return content([Part(text if language is None else fenced(text.strip("\r\n"), language))], None, text)


def sections(text: str) -> list[Part]:
    """Markdown in parts, each from a heading to the next; what stands before the first has none.

    What is very long is one part.
    """
    if len(text) > LONGEST:
        return [Part(text)] if text.strip() else []
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    parser.core.ruler.disable("inline")
    tokens = parser.parse(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    starts: list[tuple[int, str | None]] = [(0, None)]
    for token, inside in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            # What is longer is no heading that anybody reads, and takes long to look through.
            name = _MARKS.sub("", _LINK.sub(r"\1", inside.content[:300])).strip()
            starts.append((token.map[0], name or None))
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    parts = [Part("\n".join(lines[start:end]), heading) for (start, heading), end in zip(starts, ends, strict=True)]
    return [part for part in parts if part.text.strip()]


def fenced(text: str, language: str) -> str:
    """Text in a fence that nothing in it ends."""
    longest = max((len(found[1]) for found in _FENCE.finditer(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _rows(text: str, ending: str) -> list[list[str]]:
    delimiter = "\t" if ending == ".tsv" else ","
    with suppress(csv.Error):
        delimiter = csv.Sniffer().sniff(text[:4000], ",;\t|").delimiter
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _language(name: str, kind: str) -> str | None:
    """What a fence calls the language of code or data; None for prose."""
    if kind == "application/json" or kind.endswith("+json"):
        return "json"
    if kind.endswith(("/xml", "+xml")):
        return "xml"
    from pygments.lexers import find_lexer_class_for_filename

    lexer = find_lexer_class_for_filename(PurePath(name).name)
    known = lexer.aliases[0] if lexer and lexer.aliases else None
    return None if known is None or known in _PROSE else known
