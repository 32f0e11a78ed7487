"""Rewrites what is language in Markdown, and leaves all else as it is: for translation.

Each line is handed on with a placeholder for what must not change (`%1`, as in the texts of programs, which translation
models have seen translated many times). Where a placeholder does not come back, the words between are rewritten one
stretch after the other, so that nothing can be lost.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from bot.text.leaves import Leaf, guarded, read_leaves, write_leaves
from bot.text.protected import Find, Token, find_numbers, finder, numbers, signature

Render: TypeAlias = Callable[[Sequence[str]], Awaitable[Sequence[str]]]
"""Rewrites lines; gives as many back, in order."""

_PLACE = re.compile(r"%(\d+)", re.ASCII)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>~|#!&])")


async def rewrite(texts: Sequence[str], render: Render, keep: Sequence[str] = ()) -> list[str]:
    """Markdown with its words rewritten.

    Code, links, mentions, emoji, numbers, the names in `keep` and the structure are the same as before, whatever
    `render` does.

    Args:
        texts: Markdown documents.
        render: Rewrites lines of plain text; `%1` and the like in them stand for something else.
        keep: Names that must not change.

    Returns:
        As many documents, in order.
    """
    # In threads, for a long conversation takes a second to take apart, and another to put together.
    documents = await asyncio.to_thread(_read, texts, finder(tuple(keep)))
    lines = [line for blocks in documents for block in blocks for line in block.lines if line.has_words]
    await _render(lines, render)
    for line in lines:
        if not line.done:
            line.parts = list(_with_numbers(line.parts))
    await _render([line for line in lines if not line.done and line.places], render)
    await _render_apart([line for line in lines if not line.done], render)
    return await asyncio.to_thread(_write, documents)


def prose(text: str) -> str:
    """The words of a Markdown document, a line for each of its lines, without what is no language."""
    [blocks] = _read([text], finder())
    return "\n".join(line.words for block in blocks for line in block.lines if line.has_words)


@dataclass(slots=True)
class _Line:
    """A line of a paragraph.

    Attributes:
        before: What stands before its sentence.
        parts: Its words, and what must not change between them.
        after: What stands after them.
        done: The sentence rewritten; empty before.
    """

    before: str
    parts: list[str | Token]
    after: str
    done: list[str | Token] = field(default_factory=list)

    @property
    def words(self) -> str:
        return " ".join(part.strip() for part in self.parts if isinstance(part, str) and part.strip())

    @property
    def has_words(self) -> bool:
        return any(isinstance(part, str) and _has_letters(part) for part in self.parts)

    @property
    def places(self) -> list[Token]:
        return [part for part in self.parts if isinstance(part, Token)]

    @property
    def template(self) -> str:
        """The sentence with placeholders, in which marks stand apart from the words that they mark."""
        written = ""
        number = 0
        for part in self.parts:
            if isinstance(part, str):
                # A digit would be read as one more of the placeholder's.
                written += f" {part}" if written and number and part[:1].isdigit() else part
                continue
            number += 1
            written += {"open": f"%{number} ", "close": f" %{number}"}.get(part.role, f"%{number}")
        return " ".join(written.split())

    def take(self, rewritten: str) -> None:
        """Accept the sentence as it was rewritten, if nothing is missing in it."""
        pieces = _PLACE.split(" ".join(rewritten.split()))
        expected = [str(number) for number in range(1, len(self.places) + 1)]
        if sorted(pieces[1::2]) != sorted(expected) or not rewritten.strip():
            return
        if numbers(self.words) - numbers(" ".join(pieces[::2])):
            return
        done: list[str | Token] = list(pieces)
        done[1::2] = [self.places[int(number) - 1] for number in pieces[1::2]]
        for place, part in enumerate(done):
            if isinstance(part, Token):
                before, after = done[place - 1], done[place + 1]
                assert isinstance(before, str)
                assert isinstance(after, str)
                # Marks touch what they mark.
                if part.role == "open":
                    done[place + 1] = after.lstrip()
                elif part.role == "close":
                    done[place - 1] = before.rstrip()
        self.done = done

    def written(self, clean: Callable[[str], str]) -> str:
        """The line rewritten; as it was, where it could not be."""
        done = [clean(part) if isinstance(part, str) else part.text for part in self.done]
        if not "".join(done).strip():
            done = [part if isinstance(part, str) else part.text for part in self.parts]
        return f"{self.before}{''.join(done)}{self.after}"


@dataclass(slots=True)
class _Block:
    """A leaf of the document, and the lines of its texts: a paragraph has one text, a table one in each cell."""

    leaf: Leaf
    find: Find
    texts: list[list[_Line]] = field(init=False)

    def __post_init__(self) -> None:
        self.texts = [list(_lines(text, self.find)) for text in self._sources]

    @property
    def _sources(self) -> list[str]:
        match self.leaf.kind:
            case "paragraph" | "heading":
                return [self.leaf.text]
            case "table":
                return [cell for row in (self.leaf.header, *self.leaf.rows) for cell in row]
            case _:
                return []

    @property
    def lines(self) -> Iterator[_Line]:
        return (line for lines in self.texts for line in lines)

    def written(self) -> Leaf:
        """The leaf with its words rewritten."""
        done = [self._text(lines, before) for lines, before in zip(self.texts, self._sources, strict=True)]
        if self.leaf.kind == "table":
            width = len(self.leaf.header)
            rows = [tuple(done[start : start + width]) for start in range(0, len(done), width)]
            return replace(self.leaf, header=rows[0], rows=tuple(rows[1:]))
        return replace(self.leaf, text=done[0]) if done else self.leaf

    def _text(self, lines: list[_Line], before: str) -> str:
        """A text rewritten; as it was, where the new words would mean something else in Markdown."""
        for clean in (_as_it_is, self._plain):
            text = "\n".join(line.written(clean) for line in lines)
            text = guarded(text) if self.leaf.kind == "paragraph" else text
            same = text.count("\n") == before.count("\n") and not numbers(before) - numbers(text)
            if same and signature(text, self.find) == signature(before, self.find):
                return text
        return before

    def _plain(self, words: str) -> str:
        """Words without anything that has a meaning of its own."""
        kept, place = [], 0
        for token in self.find(words):
            if token.role in {"whole", "aside"}:
                kept.append(words[place : token.start])
                place = token.end
        return _MARKDOWN.sub(r"\\\1", "".join([*kept, words[place:]]))


def _read(texts: Sequence[str], find: Find) -> list[list[_Block]]:
    return [[_Block(leaf, find) for leaf in read_leaves(text)] for text in texts]


def _write(documents: Sequence[Sequence[_Block]]) -> list[str]:
    return [write_leaves([block.written() for block in blocks]) for blocks in documents]


async def _render(lines: Sequence[_Line], render: Render) -> None:
    """Rewrite whole lines; those in which something is missing stay undone."""
    if not lines:
        return
    for line, rewritten in zip(lines, await render([line.template for line in lines]), strict=True):
        line.take(rewritten)


async def _render_apart(lines: Sequence[_Line], render: Render) -> None:
    """Rewrite the words between what must not change, one stretch at a time."""
    stretches = [part.strip() for line in lines for part in line.parts if isinstance(part, str) and _has_letters(part)]
    waiting = iter(await render(stretches) if stretches else [])
    for line in lines:
        for part in line.parts:
            if isinstance(part, Token) or not _has_letters(part):
                line.done.append(part)
                continue
            bare = part.strip()
            start = part.index(bare)
            rewritten = " ".join(_PLACE.sub(" ", next(waiting)).split())
            line.done.append(f"{part[:start]}{rewritten or bare}{part[start + len(bare) :]}")


def _lines(text: str, find: Find) -> Iterator[_Line]:
    """The lines of inline source; what must not change may go over several and is then within one."""
    parts: list[str | Token] = []
    place = 0
    for token in (*find(text), None):
        first, *others = text[place : token.start if token else len(text)].split("\n")
        parts.append(first)
        for line in others:
            yield _line(parts)
            parts = [line]
        if token is not None:
            parts.append(token)
            place = token.end
    yield _line(parts)


def _line(parts: list[str | Token]) -> _Line:
    """A line, with what stands at its ends and is no part of its sentence put aside."""
    start, end = 0, len(parts)
    before = after = ""
    while start < end:
        first, last = parts[start], parts[end - 1]
        if isinstance(first, str):
            if first.strip():
                break
            before, start = before + first, start + 1
        elif first.role == "aside":
            before, start = before + first.text, start + 1
        elif isinstance(last, str) and not last.strip():
            after, end = last + after, end - 1
        elif first.role == "open" and isinstance(last, Token) and _closing(parts[start:end]) == end - start - 1:
            before, after = before + first.text, last.text + after
            start, end = start + 1, end - 1
        else:
            break
    while start < end:
        last = parts[end - 1]
        text = last if isinstance(last, str) else last.text
        if last.strip() if isinstance(last, str) else last.role != "aside":
            break
        after, end = text + after, end - 1
    inside = parts[start:end]
    # Blanks at the ends are no part of it either.
    if inside and isinstance(inside[0], str):
        bare = inside[0].lstrip()
        before, inside[0] = before + inside[0][: len(inside[0]) - len(bare)], bare
    if inside and isinstance(inside[-1], str):
        bare = inside[-1].rstrip()
        after, inside[-1] = inside[-1][len(bare) :] + after, bare
    return _Line(before, [part for part in inside if part], after)


def _closing(parts: Sequence[str | Token]) -> int:
    """Where the mark that the first part opens is closed; -1 where it is not."""
    depth = 0
    for place, part in enumerate(parts):
        if isinstance(part, Token):
            depth += {"open": 1, "close": -1}.get(part.role, 0)
            if depth == 0 and part.role == "close":
                return place
    return -1


def _with_numbers(parts: Sequence[str | Token]) -> Iterator[str | Token]:
    """The parts with each number set apart."""
    for part in parts:
        if isinstance(part, Token):
            yield part
            continue
        place = 0
        for token in find_numbers(part):
            yield part[place : token.start]
            yield token
            place = token.end
        yield part[place:]


def _has_letters(text: str) -> bool:
    return any(mark.isalpha() for mark in text)


def _as_it_is(words: str) -> str:
    return words
