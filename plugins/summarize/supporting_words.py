"""What of a claim can be checked by its words alone: numbers, names, days, links, and whether a "not" was lost."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from .supporting_lexicon import (
    ANTONYMS,
    ASKING,
    CONTRAST,
    DROPPING,
    FIRST_PERSON,
    FUNCTION,
    JOINS,
    LEFT_OUT,
    NO,
    NOT,
    NOT_BEHIND,
    NOT_NEGATING,
    NUMBERS,
    PLAIN_STARTS,
    SOON,
    UNSETTLED,
    YES,
)

SCOPE = 4
"""Words of meaning after a "not" that it may deny."""

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>|\])]+", re.IGNORECASE)
_MENTION = re.compile(r"<[@#!&][^>\s]{1,64}>|(?<!\w)[@#][\w.-]*\w")
_NUMBER = re.compile(r"\d+(?:[.,:'’]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’]\d{3})+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_MADE_NAME = re.compile(r"(?<![\w.])(?:\w+_\w+|[^\W\d_]\w*(?:[./]\w{2,})+|[^\W\d_]*[a-z][A-Z]\w*)(?!\w)")
_CLAUSE = re.compile(r"(?<!\d)[.,:]|[.,:](?!\d)|[;!?()–—]|\s-\s")
_ENDS = re.compile(r"[.!?:;…]\s*[\"'”»)]*\s*$")
_SUFFIX = re.compile(r"(?:ings?|ed|es|s|en|e|n)$")


def plain(text: str) -> str:
    """A text by which two are compared word for word: without case, and with one blank between words."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("’", "'").split())


def links(text: str) -> set[str]:
    """The addresses and mentions in a text."""
    addresses = {found.rstrip(".,;:!?'\"”*_").casefold() for found in _LINK.findall(text)}
    return addresses | {found.casefold() for found in _MENTION.findall(_LINK.sub(" ", text))}


def numbers(text: str, language: str) -> set[str]:
    """The numbers in a text, `1,000` as `1000` and `two` as `2`.

    Args:
        text: The text.
        language: Whose words for numbers are known, as a BCP 47 tag.
    """
    digits = "".join(
        str(unicodedata.decimal(mark)) if mark.isdecimal() else mark for mark in unicodedata.normalize("NFKC", text)
    )
    found = {_number(number) for number in _NUMBER.findall(_without_links(digits))}
    words: Mapping[str, str] = NUMBERS.get(language.partition("-")[0].lower(), {})
    return found | {words[word] for word in map(str.casefold, _WORD.findall(text)) if word in words}


def days(text: str, language: str) -> set[str]:
    """The days of the week, the months, and words such as "tomorrow" in a text, each by one name."""
    calendar = _calendar(language)
    found: set[str] = set()
    for place, word in enumerate(_WORD.findall(_without_links(text))):
        name = calendar.get(word.casefold())
        # "may" and "sat" are mostly no month and no day; at the beginning of a sentence nobody can tell.
        if name and (len(word) > 3 or (word[0].isupper() and place > 0)):
            found.add(name)
    return found


def made_names(text: str) -> set[str]:
    """Names such as programs use: `config.toml`, `max_size`, `isReady`."""
    return {found.casefold() for found in _MADE_NAME.findall(_without_links(text))}


def names(text: str) -> Iterator[tuple[str, bool]]:
    """Each capitalised word of a text, and whether it begins a sentence."""
    text = _without_links(text)
    for found in _WORD.finditer(text):
        if found[0][0].isupper():
            before = text[: found.start()].rstrip("*_\"'“„«( ")
            yield found[0], not before or _ENDS.search(before) is not None


def spoken(text: str) -> set[str]:
    """All words of a text, without case."""
    return {word.casefold().replace("’", "'") for word in _WORD.findall(text)}


def is_plain(word: str) -> bool:
    """Whether a word that begins a sentence is no name: "The", "They", "Everyone", "Decision"."""
    folded = word.casefold()
    return folded in FUNCTION or folded in PLAIN_STARTS


def stem(word: str) -> str:
    """What a word has in common with its other forms, roughly."""
    word = word.casefold().replace("’", "'").removesuffix("'s")
    if len(word) < 5:
        return re.sub(r"(?<=[^s])s$|(?<=e)d$", "", word)
    short = _SUFFIX.sub("", word)
    return short[:-1] if len(short) > 3 and short[-1] == short[-2] else short


def stems(text: str) -> set[str]:
    """The words of a text that mean something, without their endings."""
    return {stem(word) for word in _WORD.findall(_without_links(text)) if word.casefold() not in FUNCTION}


def known(word: str, among: set[str]) -> bool:
    """Whether a word is among others, whatever its ending: "releases" and "released" are."""
    short = stem(word)
    return short in among or (len(short) > 4 and any(each[:5] == short[:5] for each in among))


def flipped(claim: str, source: str, around: str) -> bool:
    """Whether one of two sentences denies what the other says.

    Args:
        claim: What is claimed.
        source: The sentence that comes nearest to it.
        around: All that the claim rests on.
    """
    said, denials = stems(claim), _denied(claim)
    ours: set[str] = set().union(*denials)
    stated, denials_around = stems(around), _denied(around)
    denied: set[str] = set().union(*denials_around)
    if denials and not denials_around and not any(_opposites(each) & stated for each in ours):
        return True
    if denials_around and any(0 < len(scope.keys() & stated) >= 2 * len(scope.keys() & denied) for scope in denials):
        return True
    there = stems(source) - denied
    if any(_opposites(each) & there and each not in there for each in said - ours):
        return True
    contrast = CONTRAST.search(source) is not None
    for scope in [] if asks(source) else _denied(source):
        kept = scope.keys() & said - ours
        # What is denied is the first word above all; after "but" it may be said of something else.
        much = 2 * len(kept) > len(scope) or (not contrast and next(iter(scope), "") in kept)
        if kept and much and not (ours & scope.keys() or said & _opposites_of(scope)):
            return True
    return False


def parts(claim: str) -> list[str]:
    """What a claim says one after the other: its clauses that mean something by themselves."""
    found = [part.strip(" ,.;:") for part in JOINS.split(claim)]
    return [part for part in found if len(stems(part)) >= 2] if len(found) > 1 else []


def asks(sentence: str) -> bool:
    """Whether a sentence asks."""
    return sentence.rstrip(" *_\"'”»)").endswith(("?", "？", "؟")) or ASKING.search(sentence) is not None


def unsettled(sentence: str) -> bool:
    """Whether a sentence only proposes or supposes."""
    return UNSETTLED.search(sentence) is not None


def agrees(text: str) -> bool:
    """Whether a message says yes to what was asked or proposed before it."""
    return YES.search(text) is not None and NO.match(text) is None


def of_oneself(sentence: str) -> bool:
    """Whether somebody speaks of himself or herself."""
    return FIRST_PERSON.search(sentence) is not None


def _number(text: str) -> str:
    if _GROUPED.fullmatch(text):
        return re.sub(r"\D", "", text).lstrip("0") or "0"
    return ":".join(part.lstrip("0") or "0" for part in re.split(r":", text.replace(",", "."))).replace("’", "'")


def _without_links(text: str) -> str:
    return _MENTION.sub(" ", _LINK.sub(" ", text))


@lru_cache(maxsize=16)
def _calendar(language: str) -> dict[str, str]:
    """What each word for a day or a month means, in English and another language."""
    from babel import Locale, UnknownLocaleError

    found = dict(SOON)
    for tag in ("en", language.partition("-")[0]):
        try:
            locale = Locale.parse(tag)
        except (ValueError, UnknownLocaleError):
            continue
        for kind, table in (("day", locale.days), ("month", locale.months)):
            for place in ("format", "stand-alone"):
                for width in ("abbreviated", "wide"):
                    found |= {
                        name.rstrip(".").casefold(): f"{kind} {number}" for number, name in table[place][width].items()
                    }
    return found


def _denied(text: str) -> list[dict[str, None]]:
    """The words of meaning that each "not" of a text denies, in order."""
    found: list[dict[str, None]] = []
    for clause in _CLAUSE.split(LEFT_OUT.sub("without ", NOT_NEGATING.sub(" ", text))):
        words = _WORD.findall(clause)
        for place, word in enumerate(words):
            if _dropping(word):
                found.append(_meaning(words))
            elif word.casefold().replace("’", "'") in NOT or word.casefold().endswith(("n't", "n’t")):
                after = [each for each in words[place + 1 :] if each.casefold() not in FUNCTION][:SCOPE]
                before = [each for each in words[:place] if each.casefold() not in FUNCTION][-SCOPE:]
                found.append(_meaning([*before, *after] if word.casefold() in NOT_BEHIND else after))
    return found


def _dropping(word: str) -> bool:
    return stem(word) in _drops()


@lru_cache(maxsize=1)
def _drops() -> frozenset[str]:
    return frozenset(map(stem, DROPPING))


@lru_cache(maxsize=1)
def _antonyms() -> list[list[str]]:
    return [list(map(stem, pair.split())) for pair in ANTONYMS]


def _meaning(words: Iterable[str]) -> dict[str, None]:
    return {stem(word): None for word in words if word.casefold() not in FUNCTION and not _dropping(word)}


def _opposites_of(scope: Iterable[str]) -> set[str]:
    return {other for each in scope for other in _opposites(each)}


def _opposites(word: str) -> set[str]:
    return {other for pair in _antonyms() if word in pair for other in pair if other != word}
