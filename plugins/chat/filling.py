"""Fills a command's options from a request in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from difflib import get_close_matches

from bot import Command, Kind, Language, Option, Phrase, find_moment

from .filling_tags import Carriers, Span, Tagger
from .routing_words import NUMBERS, Word, words

_EDGES = " \t\n,;:.?-–—"
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»"}
_COURTESY = re.compile(
    r"^(?:please|pls|kindly)\b"
    r"|\b(?:please|pls|plz|thanks|thank you|thx|for (?:me|us)|right now|now)$"
    r"|(?<=[^\d\s])!+$",
    re.IGNORECASE,
)
_SAME = {"brief": "short", "concise": "short", "quick": "short", "detailed": "long", "thorough": "long"}
"""Words that people use for a choice called otherwise."""

_FEASTS = {
    "christmas": "25 December",
    "christmas day": "25 December",
    "christmas eve": "24 December",
    "xmas": "25 December",
    "new year": "1 January",
    "new year's eve": "31 December",
    "new year's day": "1 January",
    "halloween": "31 October",
    "valentine's day": "14 February",
}
"""Days that are the same each year, and that dateparser does not know by name."""

SHORTEST = 4
"""Characters of what was meant for a date, though it is none; less is taken for one by mistake."""

MOST_WORDS = 6
"""The longest date or time, in words."""


@dataclass(frozen=True, slots=True)
class Now:
    """When a request was made.

    Attributes:
        zone: The person's.
        at: The time.
    """

    zone: tzinfo
    at: datetime


class Filler:
    """Knows the phrases of commands, and learns from those of one when it is first asked for.

    Args:
        commands: Those that may be asked for.
    """

    def __init__(self, commands: Iterable[Command]) -> None:
        self._carriers = Carriers(phrase for command in commands for phrase in command.phrases)
        self._taggers: dict[str, Tagger] = {}

    def fill(self, command: Command, text: str, nearest: Sequence[Phrase], now: Now) -> dict[str, str]:
        """The options' values in a request, as they would be typed; what cannot be read is left out.

        Args:
            command: Which is asked for.
            text: The request.
            nearest: The command's phrases, the one that is most alike first.
            now: When it is asked for.
        """
        tagger = self._tagger(command)
        spans = {span.option: span for span in tagger.spans(text)}
        values: dict[str, str] = {}
        for option in command.options:
            span = spans.get(option.name)
            value = _meant(option, nearest) if span is None else _read(option, text[span.start : span.end], now)
            if value is None and option.name not in tagger.options:
                value = _mentioned(option, text)
            if value:
                values[option.name] = value
        missing = [option for option in command.options if option.required and option.name not in values]
        texts = [option for option in missing if option.kind is Kind.TEXT and not option.choices]
        if len(texts) == 1 and (rest := self._rest(text, spans.values())):
            values[texts[0].name] = rest
        return values

    def _tagger(self, command: Command) -> Tagger:
        if command.name not in self._taggers:
            self._taggers[command.name] = Tagger(command.phrases, self._carriers)
        return self._taggers[command.name]

    def _rest(self, text: str, spans: Iterable[Span]) -> str:
        """What is left of a request without its values and the words around them."""
        taken = list(spans)
        left = [word for word in words(text) if not any(span.start <= word.start < span.end for span in taken)]
        while left and self._carries(left[0]):
            left.pop(0)
        while left and self._carries(left[-1]):
            left.pop()
        return _clean(text[left[0].start : left[-1].end]) if left else ""

    def _carries(self, word: Word) -> bool:
        return word.kind == "mark" or self._carriers.of(word) == "out"


def _read(option: Option, text: str, now: Now) -> str | None:
    """The value that a stretch of a request is; None where it is none for this option."""
    if option.choices:
        return _chosen(option, text)
    match option.kind:
        case Kind.INTEGER | Kind.NUMBER:
            return _number(text)
        case Kind.LANGUAGE:
            return _language(text)
        case Kind.DATE | Kind.TIME | Kind.MOMENT:
            return _moment(option, text, now)
        case Kind.TEXT | Kind.USER | Kind.CHANNEL:
            return _clean(text)
        case _:
            return None


def _meant(option: Option, nearest: Sequence[Phrase]) -> str | None:
    """What the whole request means for an option, as the phrase does that is most alike."""
    if option.required and (option.choices or option.kind is Kind.BOOLEAN):
        return next((phrase.means[option.name] for phrase in nearest if option.name in phrase.means), None)
    return nearest[0].means.get(option.name) if nearest else None


def _mentioned(option: Option, text: str) -> str | None:
    """A value that can be told by itself, where no phrase shows how it is said."""
    if option.choices:
        known = {str(choice).replace("-", " ").casefold(): str(choice) for choice in option.choices}
        said = f" {' '.join(word.text.casefold() for word in words(text.replace('-', ' ')))} "
        return next((known[name] for name in sorted(known, key=len, reverse=True) if f" {name} " in said), None)
    found = words(text)
    match option.kind:
        case Kind.LANGUAGE:
            return next((value for word in found if word.kind == "language" and (value := _language(word.text))), None)
        case Kind.CHANNEL:
            return next((word.text for word in found if word.kind == "channel"), None)
        case Kind.USER:
            return next((word.text for word in found if word.kind == "mention"), None)
        case _:
            return None


def _chosen(option: Option, text: str) -> str | None:
    known = {str(choice).replace("-", " ").casefold(): str(choice) for choice in option.choices}
    wanted = " ".join(_clean(text).casefold().replace("-", " ").split())
    if wanted in known:
        return known[wanted]
    if _SAME.get(wanted) in known:
        return known[_SAME[wanted]]
    near = get_close_matches(wanted, known, n=1, cutoff=0.75)
    return known[near[0]] if near else next((known[word] for word in wanted.split() if word in known), None)


def _number(text: str) -> str | None:
    for word in words(text):
        if word.kind == "number":
            return str(NUMBERS.get(word.text.casefold(), word.text.replace(",", "")))
    return None


def _language(text: str) -> str | None:
    for name in (_clean(text), *(word.text for word in words(text) if word.kind == "language")):
        try:
            Language.find(name)
        except ValueError:
            continue
        return name
    return None


def _moment(option: Option, text: str, now: Now) -> str | None:
    """The part of a stretch that is a date or time: words such as `since` may stand before it."""
    clean = _clean(text)
    if option.kind is Kind.DATE and clean.casefold().replace("’", "'") in _FEASTS:
        return _FEASTS[clean.casefold().replace("’", "'")]
    found = words(clean)[:MOST_WORDS]
    stretches = ((first, last) for first in range(len(found)) for last in range(len(found), first, -1))
    for first, last in sorted(stretches, key=lambda each: each[0] - each[1]):
        part = clean[found[first].start : found[last - 1].end]
        if find_moment(part, now.zone, now.at, past=option.kind is Kind.MOMENT) is not None:
            return part
    # That it is no date is said when the command runs: to leave it out would answer another question.
    return clean if len(clean) >= SHORTEST else None


def _clean(text: str) -> str:
    """A value without the quotes, marks and courtesies around it."""
    text = text.strip()
    before = ""
    while text != before:
        before = text
        if len(text) > 1 and text[0] in _QUOTES and text[-1] == _QUOTES[text[0]]:
            return text[1:-1].strip()
        text = _COURTESY.sub("", text.strip(_EDGES)).strip(_EDGES)
    return text


def missing(command: Command, values: Mapping[str, object], *, files: int = 0) -> list[Option]:
    """The options that a command needs and that a request does not give.

    Args:
        command: Which is asked for.
        values: What the request gives.
        files: How many files come with it.
    """
    needed = [option for option in command.options if option.required and option.name not in values]
    return [option for option in needed if option.kind is not Kind.ATTACHMENT or not files]
