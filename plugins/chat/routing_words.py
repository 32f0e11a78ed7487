"""The words of a request, and what kind of word each is: a number, a unit, a language, a link."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import sqrt

_WORD = re.compile(
    r"(?P<quote>\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»)"
    r"|(?P<link>https?://\S+)"
    r"|(?P<mention><[@#:][^>\s]*>|(?<!\w)@\w[\w.-]*)"
    r"|(?P<channel>(?<!\w)#\w[\w-]*)"
    r"|(?P<emoji>(?<!\w):\w+:)"
    r"|(?P<file>\b[\w-]+\.(?:md|txt|pdf|docx?|pptx?|xlsx?|csv|json|html?)\b)"
    r"|(?P<clock>\b\d{1,2}[:h]\d{2}(?:\s?[ap]m)?\b|\b\d{1,2}\s?[ap]m\b)"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<word>[^\W\d_]+(?:['’_/-]?[^\W_]+)*)"
    r"|(?P<mark>[^\w\s]|_)",
    re.IGNORECASE,
)

NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "eighty": 80, "ninety": 90, "hundred": 100, "dozen": 12}
"""Numbers that people write as words."""

_UNITS = frozenset(
    "km kg cm mm dm g mg t lb lbs oz ml cl dl l gb mb tb kb mph kmh kph ft in inch inches feet foot mile miles metre "
    "meter metres meters centimetre centimetres centimeter centimeters kilometre kilometres kilometer kilometers gram "
    "grams kilo kilos kilogram kilograms pound pounds ounce ounces stone stones gallon gallons litre litres liter "
    "liters cup cups pint pints quart quarts celsius fahrenheit kelvin degree degrees yard yards acre acres hectare "
    "hectares knot knots tablespoon tablespoons teaspoon teaspoons joule joules watt watts bar psi byte bytes "
    "gigabytes megabytes bits tonne tonnes ton tons millimetres millimeters nautical radians horsepower "
    "calories".split()
)
_TIMES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun january february march april "
    "june july august september october november december jan feb mar apr jun jul aug sep oct nov dec today tomorrow "
    "tmrw yesterday tonight morning noon midday afternoon evening night midnight second seconds minute minutes min "
    "mins hour hours day days week weeks weekend month months year years weekday weekdays".split()
)
_ENGLISH = frozenset({"even"})
"""Words that are a language's name, too."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a request.

    Attributes:
        text: As written.
        kind: What it is: `word`, `number`, `clock`, `quote`, `link`, `time`, `unit`, `language` and others.
        start: Where it begins.
        end: Where it ends.
    """

    text: str
    kind: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """What it is compared by: itself, or its kind where any other of the kind would do as well."""
        return self.text.casefold().replace("’", "'") if self.kind in ("word", "mark", "time") else f"<{self.kind}>"


def words(text: str) -> list[Word]:
    """The words of a text, in order."""
    found: list[Word] = []
    for match in _WORD.finditer(text):
        kind = match.lastgroup or "mark"
        if kind == "word":
            kind = _kind(match[0].casefold())
        elif kind == "mention" and match[0].startswith("<#"):
            kind = "channel"
        elif kind == "mention" and match[0].startswith("<:"):
            kind = "emoji"
        found.append(Word(match[0], kind, match.start(), match.end()))
    return found


def features(text: str) -> Mapping[str, float]:
    """How often a text has a word, two words in a row, and a word at its beginning."""
    keys = [word.key for word in words(text)]
    counted: Counter[str] = Counter(keys)
    counted.update(f"{one} {two}" for one, two in zip(("^", *keys), (*keys, "$"), strict=True))
    counted[f"^^{keys[0] if keys else ''}"] += 1
    return {feature: sqrt(number) for feature, number in counted.items()}


@cache
def languages() -> frozenset[str]:
    """The English names of languages, in lower case."""
    from babel import Locale

    names = {name.casefold() for tag, name in Locale("en").languages.items() if len(tag) == 2}
    return frozenset({*names, "mandarin", "cantonese", "farsi", "flemish", "tagalog", "filipino"} - _ENGLISH)


def _kind(word: str) -> str:
    if word in NUMBERS:
        return "number"
    if word in _TIMES:
        return "time"
    if word in _UNITS:
        return "unit"
    return "language" if word in languages() else "word"
