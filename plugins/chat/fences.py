"""Code in an answer: fenced with its language, and as a file where it is long."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import NamedTuple

from bot import File

from .code import language_of

PATIENCE = 30
"""Lines of code that are held back, at most, to see which language they are in."""

LONG = 50
"""Lines from which on code comes as a file besides."""

_OPENS = re.compile(r"(?P<indent>[ ]*)(?P<mark>`{3,}|~{3,})(?P<info>[^\n`]*)\n?$")


class Block(NamedTuple):
    """A piece of code of an answer.

    Attributes:
        language: As the fence names it; empty for none.
        code: What stands in it.
    """

    language: str
    code: str


class Fences:
    """Adds the language to the fences of an answer as it is written, where they name none and it is certain.

    Attributes:
        blocks: The code so far, each piece once its fence is closed.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        # What came of a line that may be a fence, or that belongs to what is held back.
        self._line = ""
        # Whether the beginning of this line was handed on.
        self._begun = False
        self._open: re.Match[str] | None = None
        self._language = ""
        self._held: list[str] | None = None
        self._code: list[str] = []

    def write(self, text: str) -> str:
        """What can be shown of the answer so far that was not before.

        Args:
            text: The next piece of the answer.
        """
        shown: list[str] = []
        for piece in text.splitlines(keepends=True):
            self._line += piece
            if self._line.endswith("\n"):
                shown.append(self._whole())
            elif self._begun or not self._waits():
                shown.append(self._part())
        return "".join(shown)

    def end(self) -> str:
        """The rest of the answer."""
        rest = self._whole() if self._line or self._begun else ""
        if self._open is not None:
            rest += self._close()
        return rest

    def files(self) -> list[File]:
        """The long pieces of code, as files; complete once the answer has ended."""
        long = [block for block in self.blocks if block.code.count("\n") >= LONG]
        return [_file(block, f"code-{number}" if len(long) > 1 else "code") for number, block in enumerate(long, 1)]

    def _waits(self) -> bool:
        """Whether the part of a line may become a fence, or is held back with others."""
        return self._held is not None or self._line.lstrip(" ")[:1] in {"", "`", "~"}

    def _part(self) -> str:
        """Hand on the part of a line that is no fence."""
        part, self._line, self._begun = self._line, "", True
        if self._open is not None:
            self._code.append(part)
        return part

    def _whole(self) -> str:
        """Hand on what came up to the end of a line."""
        line, self._line, begun, self._begun = self._line, "", self._begun, False
        if self._open is None:
            if begun or (opened := _OPENS.match(line)) is None:
                return line
            self._open, self._code = opened, []
            self._language = opened["info"].strip().partition(" ")[0]
            self._held = None if self._language else []
            return line if self._language else ""
        if not begun and self._closes(line):
            return self._close() + line
        self._code.append(line)
        if self._held is None:
            return line
        self._held.append(line)
        return self._release() if len(self._held) >= PATIENCE else ""

    def _closes(self, line: str) -> bool:
        assert self._open is not None
        mark = self._open["mark"]
        bare = line.strip()
        return len(bare) >= len(mark) and set(bare) == {mark[0]}

    def _close(self) -> str:
        """The end of a piece of code, as far as it was held back."""
        held = self._release()
        self.blocks.append(Block(self._language, dedent("".join(self._code))))
        self._open = None
        return held

    def _release(self) -> str:
        """The opening fence with its language, and what was held back."""
        if self._held is None:
            return ""
        assert self._open is not None
        held, self._held = self._held, None
        self._language = language_of(dedent("".join(held)))
        return f"{self._open['indent']}{self._open['mark']}{self._language}\n{''.join(held)}"


def answer_file(text: str) -> File:
    """A whole answer as a file: Markdown, or the code where it is nothing else.

    Args:
        text: The answer.
    """
    fences = Fences()
    text = fences.write(text) + fences.end()
    marks = ("```", "~~~")
    if len(fences.blocks) == 1 and text.strip().startswith(marks) and text.strip().endswith(marks):
        return _file(fences.blocks[0], "answer")
    return File("answer.md", f"{text.strip()}\n".encode(), "text/markdown", alt="The answer as a file")


def _file(block: Block, name: str) -> File:
    return File(f"{name}{_ending(block.language)}", block.code.encode(), "text/plain", alt="The code as a file")


def _ending(language: str) -> str:
    """What the names of files in a language end with."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        patterns = get_lexer_by_name(language).filenames
    except ClassNotFound:
        return ".txt"
    return next((pattern[1:] for pattern in patterns if re.fullmatch(r"\*\.\w+", pattern)), ".txt")
