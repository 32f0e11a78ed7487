"""Splits what people wrote into sentences, and leaves out what says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot import sentences

T = TypeVar("T")

LONGEST = 400
"""Characters of a sentence that are quoted; text without full stops would else be quoted whole."""

_FENCE = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)", re.DOTALL | re.MULTILINE)
_INLINE_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_MARKER = re.compile(r"^\s*(?:#{1,6}\s+|[-*+•]\s+(?:\[[ xX]\]\s+)?|\d{1,3}[.)]\s+)")
_HEADING = re.compile(r"^ {0,3}#{1,6}\s")
_ITEM_NUMBER = re.compile(r"(?:^|[,;:]\s+)\d{1,2}\.$")
_NOT_WORDS = re.compile(
    r"<?https?://\S+>?"  # links
    r"|<a?:\w+:\d+>|(?<!\w):[a-z][\w+-]*:"  # emoji by name
    r"|<[@#!&][^>\s]{1,64}>|(?<!\w)@\w[\w.-]*"  # mentions
)
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_SIX_LETTERS = re.compile(r"(?:[\W\d_]*+[^\W\d_]){6}")
# Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese put no spaces between words.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_POINTS_BACK = re.compile(
    r"(?:and|but|or|so|then|also|because|it|its|it['’]s|this|that|that['’]s|these|those|they|he|she|yes|no)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:decision|decided|agreed|conclusion|action|to-?do|deadline|entscheidung|beschluss|décision|decisión|decisão)"
    r"\s*[:：]",
    re.IGNORECASE,
)
_MAY_END = re.compile(
    # Most lines of a conversation are one sentence, and finding that out is quick.
    r"[.!?…:;][^\w\s]*\s|[^\n]{4000}"
    r"|[\u0589\u061f\u06d4\u0700-\u0702\u0964\u0965\u104a\u104b\u1362\u1367\u1368\u17d4\u3002\uff01\uff0e\uff1f\uff61]"
)
_EMPHASIS = re.compile(
    r"(`[^`]*`|https?://[^\s*]*[^\s*_~|])|\*\*|~~|\|\||(?<![\w*])[*_]+(?=\S)|(?<=\S)[*_]{1,3}(?![\w*])"
)

_OPEN_LINK = re.compile(r"\s*\[[^\[\]\n]*(?:\]\([^()\s]*)?$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it stands.

    Attributes:
        text: On one line, without list or heading marks.
        source: Which message or paragraph it is from.
        place: Which sentence of that it is.
    """

    text: str
    source: int
    place: int


def sentences_of(texts: Iterable[str], language: str) -> list[Sentence]:
    """Every sentence worth ranking, in order.

    Args:
        texts: Messages or paragraphs.
        language: Whose rules of punctuation hold, as a BCP 47 tag.
    """
    return [
        Sentence(sentence, source, place)
        for source, text in enumerate(texts)
        for place, sentence in enumerate(split(text, language))
        if says_something(sentence)
    ]


def split(text: str, language: str) -> list[str]:
    """The sentences of a text, without code blocks and without what it quotes from others."""
    # Most messages have no marks at all, and finding that out is quick.
    if "```" in text or "~~~" in text:
        text = _INLINE_FENCE.sub("\n", _FENCE.sub("\n", text))
    if ">" in text:
        text = _QUOTED.sub("", text)
    found: list[str] = []
    for line in text.splitlines():
        line = _MARKER.sub("", line)  # noqa: PLW2901 - the mark is no part of what the line says
        if "*" in line or "_" in line or "~" in line or "|" in line:
            line = _EMPHASIS.sub(r"\1", line)  # noqa: PLW2901 - nor is this
        if line := line.strip():
            parts = _joined(sentences(line, language)) if _MAY_END.search(line) else [" ".join(line.split())]
            found += [shorten(part) for part in parts]
    return found


def _joined(parts: Iterable[str]) -> Iterator[str]:
    """Mends what was cut after the number of an item: `1. boards, 2. notes`."""
    held = ""
    for part in parts:
        held = " ".join(f"{held} {part}".split())
        # What is longer is cut anyway, and numbers without end would be joined without end.
        if held and (len(held) > LONGEST or not _ITEM_NUMBER.search(held)):
            yield held
            held = ""
    if held:
        yield held


def shorten(text: str, longest: int = LONGEST) -> str:
    """The text, cut between words when it is longer than `longest` characters."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1].rsplit(maxsplit=1)[0]
    return f"{(_OPEN_LINK.sub('', cut) or cut).rstrip(',;:')}…"


def size_in_words(text: str) -> int:
    """About how many words it has; links, mentions and emoji are none."""
    text = _plain(text)
    if text.isascii():
        return len(_WORD.findall(text))
    unspaced = len(_UNSPACED.findall(text))
    return len(_WORD.findall(_UNSPACED.sub(" ", text))) + (unspaced + 1) // 2


def says_something(sentence: str) -> bool:
    """Whether it is more than a link, an emoji, a greeting or a short remark."""
    return size_in_words(sentence) >= 4 and _SIX_LETTERS.match(_plain(sentence)) is not None


def _plain(text: str) -> str:
    """The text without links, mentions and emoji, each of which has one of these signs."""
    return _NOT_WORDS.sub(" ", text) if ":" in text or "<" in text or "@" in text else text


def fullness(sentence: str) -> float:
    """How well it can stand alone, from 0 to 1, and more where its writer labelled it as a decision or a task.

    Short sentences and those that begin by pointing back lean on what was said before; one that ends in a colon
    announces what is not quoted.
    """
    words = size_in_words(sentence) - (5 if _POINTS_BACK.match(sentence) else 0)
    alone = min(max(words / 12, 0.2), 1.0)
    if sentence.endswith((":", "：")):
        alone *= 0.4
    if (":" in sentence or "：" in sentence) and _LABEL.search(sentence):
        alone *= 1.6
    return alone


def lowered(text: str) -> str:
    """The text in small letters, each in its place: patterns find their words in it sooner than in any letters."""
    return text.lower() if text.isascii() else text.replace("İ", "I").lower()


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, which blank lines part."""
    return [part.rstrip() for part in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n")) if part.strip()]


def unwrapped(paragraph: str) -> str:
    """A paragraph with a line for each heading and item of a list, and one for all else.

    Other ends of a file's lines mean nothing.
    """
    lines: list[list[str]] = []
    for line in paragraph.splitlines():
        if lines and line.strip() and not _MARKER.match(line) and not _HEADING.match(lines[-1][0]):
            lines[-1].append(line.strip())
        else:
            lines.append([line])
    return "\n".join(map(" ".join, lines))


def blocks(items: Sequence[T], size: int) -> list[list[T]]:
    """The items in stretches of at most `size`."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]
