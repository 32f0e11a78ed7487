"""Finds what must not change when a text is rewritten: code, links, mentions, emoji, names, marks of Markdown."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.text.reading import spans_of

Role: TypeAlias = Literal["whole", "open", "close", "aside"]
"""What a token does: it is part of a sentence, opens or closes a mark, or stands beside the sentence."""

_EMOJI = (
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\u231a-\u23ff\u3030\u303d\u3297\u3299]"
    "[\ufe0f\u20e3\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
)
_ASIDE = re.compile(
    r"^\[[ xX]\](?=\s)"  # the box of a task
    r"|^\[\^[^\]\s]{1,100}\]:"  # what begins a footnote
    r"|<@[^>\s]{1,100}>|<!(?:here|channel|everyone)>|(?<![\w@])@[^\W_](?:[\w.-]*\w)?"  # people
    r"|<a?:\w{1,64}:\d{1,24}>|(?<![\w:]):(?:[+-]1|[\w+-]*[^\W\d][\w+-]*):(?!\w)"  # emoji by name
    rf"|(?:{_EMOJI})+"
    r"|\|\|",  # Discord's spoilers
    re.MULTILINE,
)
_LINK_END = r"[^\s<>*|`\".,;:!?)\]}'’”]"
_WHOLE = re.compile(
    rf"(?:https?|ftp|slack|discord)://(?:[^\s<>*|`\"]*{_LINK_END})?"
    rf"|(?<![\w.])(?:www\.|mailto:)[^\s<>*|`\"]*{_LINK_END}"
    r"|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|<[#!][^>\s]{1,100}>|<t:-?\d{1,20}(?::\w)?>|</[^>\n]{1,100}:\d{1,24}>"  # channels, groups, times, commands
    r"|(?<![\w#&])#\w[\w-]*"
    r"|(?<!\S)/[a-z](?:[\w/.-]*\w)?"  # commands and paths
    r"|\b\w+_\w+\b"  # names in programs
    r"|(?<=[^\n])\[\^[^\]\s]{1,100}\]|\[\^[^\]\s]{1,100}\](?!:)"  # marks of footnotes
    r"|%\d+"
)
_NUMBER = re.compile(r"\d+(?:[.,'’\u00a0\u202f]\d+)*")


@dataclass(frozen=True, slots=True)
class Token:
    """Something that must not change.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        text: It.
        role: What it does in its sentence.
    """

    start: int
    end: int
    text: str
    role: Role


Find: TypeAlias = Callable[[str], list[Token]]
"""Finds the tokens in inline source, in order."""


def finder(keep: tuple[str, ...] = ()) -> Find:
    """Finds the tokens in the inline source of a paragraph, in order; they do not overlap.

    Args:
        keep: Names that must not change.
    """
    names = "|".join(re.escape(name) for name in sorted(keep, key=len, reverse=True) if name)
    patterns: list[tuple[re.Pattern[str], Role]] = [(_WHOLE, "whole"), (_ASIDE, "aside")]
    if names:
        patterns.insert(0, (re.compile(rf"(?<!\w)(?:{names})(?!\w)"), "whole"))

    def find(text: str) -> list[Token]:
        tokens = list(_of_markdown(text))
        for pattern, role in patterns:
            tokens = list(_filled(text, tokens, pattern, role))
        return tokens

    return find


def find_numbers(text: str) -> list[Token]:
    """Each number in a text."""
    return list(_filled(text, [], _NUMBER, "whole"))


def numbers(text: str) -> Counter[str]:
    """The numbers in a text by their digits: `1,000.5` and `1.000,5` are the same."""
    return Counter(
        "".join(str(unicodedata.digit(mark)) for mark in found[0] if mark.isdigit()) for found in _NUMBER.finditer(text)
    )


def signature(text: str, find: Find) -> Counter[str]:
    """What must be the same before and after: each token, as often as it occurs."""
    return Counter(token.text for token in find(text) if not token.text.startswith(("\\", "&")))


def _of_markdown(text: str) -> Iterator[Token]:
    """The tokens that Markdown gives its meaning to; in a link's label and in emphasis there are words."""
    found: list[Token] = []
    for span in spans_of(text, {}):
        if span.mark:
            width = len(span.mark)
            found += [
                _token(text, span.start - width, span.start, "open"),
                _token(text, span.end, span.end + width, "close"),
            ]
        elif span.kind == "link" and span.label and text.startswith(f"[{span.label}](", span.start):
            label = span.start + 1
            found += [
                _token(text, span.start, label, "open"),
                _token(text, label + len(span.label), span.end, "close"),
            ]
        else:
            found.append(_token(text, span.start, span.end, "whole"))
    place = 0
    for token in sorted(found, key=lambda token: (token.start, -token.end)):
        if token.start >= place:
            yield token
            place = token.end


def _filled(text: str, tokens: list[Token], pattern: re.Pattern[str], role: Role) -> Iterator[Token]:
    """The tokens, and between them what the pattern finds."""
    place = 0
    for token in (*tokens, Token(len(text), len(text), "", "whole")):
        for match in pattern.finditer(text, place, token.start):
            yield _token(text, *match.span(), role)
        if token.text:
            yield token
        place = token.end


def _token(text: str, start: int, end: int, role: Role) -> Token:
    return Token(start, end, text[start:end], role)
