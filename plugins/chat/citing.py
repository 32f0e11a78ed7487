"""Passages that an answer may cite by number, and what becomes of the numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot import Passage, unmarked

from .quoting import one_line, quoted

LONGEST = 24
"""Characters that may be a citation, such as `[1, 2, 12]`; with more it is none."""

_CITED = re.compile(r"\[\s*\d{1,3}(?:\s*,\s*\d{1,3})*\s*\](?!\()")
_FENCE = re.compile(r"`+|~{3,}")


def numbered(passages: Sequence[Passage]) -> str:
    """Passages as data for a model, each with the number that it is cited by."""
    return "\n".join(
        quoted("passage", each.text, number=place, title=_title(each)) for place, each in enumerate(passages, start=1)
    )


class Citations:
    """Makes links of the numbers in an answer as it is written.

    `[1]` becomes a link to the passage; a number that no passage has is left out. Code stays as it is.

    Args:
        passages: Those that the model was given, in the order of their numbers.
    """

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._held = ""
        self._fence = ""
        self._cited: dict[int, None] = {}

    def write(self, text: str) -> str:
        """What can be shown of the answer so far that was not before.

        Args:
            text: The next piece of the answer.
        """
        if not self._passages:
            return text
        self._held += text
        # What may become a citation or a fence, or has a space before it, waits for what follows.
        ready = re.search(r"(?:[ \t]*\[[\d,\s]*\]?|`+|~+|[ \t]+)$", self._held)
        if ready is None or len(ready[0]) > LONGEST:
            return self._take(len(self._held))
        return self._take(ready.start())

    def end(self) -> str:
        """The rest of the answer, and where the passages are that it cites."""
        rest = self._take(len(self._held))
        if not self._cited:
            return rest
        told = "  \n".join(f"[{number}] {_source(self._passages[number - 1])}" for number in self._cited)
        return f"{rest}\n\n{told}"

    def _take(self, until: int) -> str:
        text, self._held = self._held[:until], self._held[until:]
        shown: list[str] = []
        while text:
            mark = _FENCE.search(text)
            before, text = (text, "") if mark is None else (text[: mark.start()], text[mark.end() :])
            shown.append(self._plain_or_code(before))
            if mark is not None:
                shown.append(mark[0])
                self._toggle(mark[0])
        return "".join(shown)

    def _plain_or_code(self, text: str) -> str:
        if not self._fence:
            return self._linked(text)
        code, apart, plain = text.partition("\n\n")
        if len(self._fence) >= 3 or not apart:
            return text
        # Code within a line ends with its paragraph: it was a lone backtick.
        self._fence = ""
        return code + apart + self._linked(plain)

    def _toggle(self, mark: str) -> None:
        """Code ends with as many backticks as it began with."""
        if not self._fence:
            self._fence = mark
        elif mark[0] == self._fence[0] and (mark == self._fence or len(mark) >= len(self._fence) >= 3):
            self._fence = ""

    def _linked(self, text: str) -> str:
        return re.sub(rf"([ \t]*)({_CITED.pattern})", self._link, text)

    def _link(self, found: re.Match[str]) -> str:
        links: list[str] = []
        for digits in re.findall(r"\d+", found[2]):
            number = int(digits)
            if not 1 <= number <= len(self._passages):
                continue
            self._cited[number] = None
            link = self._passages[number - 1].link
            links.append(f"[[{number}]]({link})" if link else f"[{number}]")
        return found[1] + "".join(links) if links else ""


def _title(passage: Passage) -> str:
    parts = [passage.title, passage.heading or "", f"page {passage.page}" if passage.page is not None else ""]
    return one_line(" › ".join(dict.fromkeys(part for part in parts if part)))


def _source(passage: Passage) -> str:
    title = unmarked(_title(passage))
    return f"[{title}]({passage.link})" if passage.link else title
