"""The words that fill the slots of the phrasebook, with what they need to agree in each language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

Tongue: TypeAlias = Literal["en", "de", "fr", "es"]
TONGUES: tuple[Tongue, ...] = get_args(Tongue)
"""The languages, in the order of the columns."""

Sort: TypeAlias = Literal["nouns", "adjectives", "verbs", "phrases", "names"]

LEXICON = Path(__file__).parent / "lexicon.txt"

_SECTION = re.compile(r"\[(\w+)\] (nouns|adjectives|verbs|phrases|names)")
_GENDER = re.compile(r"(m|f|n|mp|fp|np) (.+)")


class BadLexicon(ValueError):
    """A line of the lexicon or of the phrasebook cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Word:
    """An entry in one language.

    Attributes:
        forms: Of a noun the singular and, where there is one, the plural; of a German place its prepositions after the
            singular; of an adjective the masculine and feminine; of a verb its forms by `VERB_FORMS`; of a phrase as
            the line has them.
        gender: `m`, `f` or `n`, with a `p` for a noun that is used in the plural.
        weak: What a weak noun is in the accusative and dative.
    """

    forms: tuple[str, ...]
    gender: str = ""
    weak: str = ""


@dataclass(frozen=True, slots=True)
class Filling:
    """What a slot is filled with.

    Attributes:
        key: Tells it from all others of its kind.
        words: Of each language.
        verbatim: What is the same in all languages, and must not change in a translation.
    """

    key: str
    words: Mapping[Tongue, Word]
    verbatim: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """What can fill one kind of slot."""

    name: str
    sort: Sort
    fillings: tuple[Filling, ...]


VERB_FORMS: dict[Tongue, tuple[str, ...]] = {
    "en": ("", "ing", "done"),
    "de": ("", "done", "zu", "nicht", "nichtdone", "nochdone"),
    "fr": ("", "done", "pasdone"),
    "es": ("", "done"),
}
"""How the forms of a verb are called in a slot, in the order in which `Word.forms` has them."""


def read_lexicon(path: Path = LEXICON) -> dict[str, Kind]:
    """The kinds of the lexicon, by name.

    Raises:
        BadLexicon: A line is not as its section wants it.
    """
    found: dict[str, tuple[Sort, list[Filling]]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            try:
                _take(line, found)
            except BadLexicon as error:
                raise BadLexicon(f"{path.name}, line {number}: {error}") from None
    return {name: Kind(name, sort, tuple(fillings)) for name, (sort, fillings) in found.items()}


def _take(line: str, found: dict[str, tuple[Sort, list[Filling]]]) -> None:
    """Begin a section or fill the last one."""
    if section := _SECTION.fullmatch(line):
        if section[1] in found:
            raise BadLexicon(f"the section {section[1]} is there twice")
        found[section[1]] = (section[2], [])  # type: ignore[assignment]  # the pattern allows nothing else
    elif not found:
        raise BadLexicon("no section begins before it")
    else:
        sort, fillings = found[next(reversed(found))]
        fillings.extend(_names(line) if sort == "names" else [_filling(line, sort)])


def name_of(text: str, gender: str) -> Filling:
    """A name, the same in every language."""
    return Filling(text, dict.fromkeys(TONGUES, Word((text,), gender)), verbatim=text)


def _names(line: str) -> Iterator[Filling]:
    gender, _, names = line.partition(": ")
    if gender not in {"m", "f"} or not names:
        raise BadLexicon("names begin with `m: ` or `f: `")
    for name in names.split(", "):
        yield name_of(name, gender)


def _filling(line: str, sort: Sort) -> Filling:
    columns = line.split(" | ")
    if len(columns) != len(TONGUES):
        raise BadLexicon(f"it has {len(columns)} columns, not {len(TONGUES)}")
    return Filling(
        columns[0], {tongue: _word(column, tongue, sort) for tongue, column in zip(TONGUES, columns, strict=True)}
    )


def _word(column: str, tongue: Tongue, sort: Sort) -> Word:
    if sort == "verbs":
        return Word(_verb(column, tongue))
    gender = ""
    if sort == "nouns" and tongue != "en":
        told = _GENDER.fullmatch(column)
        if told is None:
            raise BadLexicon(f"{column!r} does not begin with a gender")
        gender, column = told[1], told[2]
    forms = tuple(column.split(", "))
    bare, _, weak = forms[0].partition("~")
    return Word((bare, *forms[1:]), gender, weak)


def _verb(column: str, tongue: Tongue) -> tuple[str, ...]:
    """The forms of a verb: `wash/washing/washed the car` has them first, `das Auto waschen/gewaschen` last."""
    if tongue == "de":
        return _german_verb(column)
    head, separator, rest = column.rpartition("/")
    if not separator:
        return (column, *[""] * (len(VERB_FORMS[tongue]) - 1))
    alternatives = head.split("/")
    # What stands after the last form belongs to all of them; a particle stands in each ("turn off/turning off").
    width = alternatives[0].count(" ") + 1
    words = rest.split(" ")
    last, after = " ".join(words[:width]), " ".join(words[width:])
    forms = [f"{form} {after}".strip() for form in (*alternatives, last)]
    if tongue == "fr":
        forms.append(re.sub(r" (?:un|une|du|des) ", lambda found: _of(found.string[found.end() :]), forms[-1], count=1))
    return (*forms, *[""] * (len(VERB_FORMS[tongue]) - len(forms)))


def _german_verb(column: str) -> tuple[str, ...]:
    """`zu` parts a separable verb; `nicht` stands behind an object that is known, and becomes `kein` before another."""
    before, _, last = column.rpartition(" ")
    infinitive, _, participle = last.partition("/")
    prefix, apart, stem = infinitive.rpartition("·")
    told = {"": prefix + stem, "done": participle, "zu": f"{prefix}zu{stem}" if apart else f"zu {stem}"}
    known = re.match(r"(?:den|die|das|dieses|unsere) ", before)
    thing, how = (before.removesuffix(" neu"), " neu" if before.endswith(" neu") else "")
    without = (
        f"{thing} nicht{how}" if known else f"k{before}" if before.startswith("ein") else f"nicht {before}".strip()
    )
    not_yet = f"{thing} noch nicht{how}" if known else f"noch {without}"
    forms = [(before, told[""]), (before, participle), (before, told["zu"])]
    forms += [(without, told[""]), (without, participle), (not_yet, participle)]
    return tuple(f"{words} {form}".strip() if form else "" for words, form in forms)


def _of(after: str) -> str:
    """French `de` before a word."""
    return " d'" if after[:1] in "aeiouéèêhœ" else " de "
