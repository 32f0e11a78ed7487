"""Terms on their own: those of the lexicon, and the names of countries, languages, months, days and units from CLDR."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from babel import Locale
from babel.units import format_unit

from training.translation.agreement import noun
from training.translation.lexicon import TONGUES, VERB_FORMS, Kind, Tongue
from training.translation.parallel import Row

UNITS = (
    "length-kilometer", "length-meter", "length-centimeter", "length-mile", "mass-kilogram", "mass-gram",
    "volume-liter", "duration-second", "duration-minute", "duration-hour", "duration-day", "duration-week",
    "duration-month", "duration-year", "digital-megabyte", "digital-gigabyte", "speed-kilometer-per-hour",
    "temperature-celsius",
)  # fmt: skip

_THE: dict[Tongue, str] = {"en": "the", "de": "der", "fr": "le", "es": "el"}


def cldr_terms() -> list[Row]:
    """Names from CLDR in the four languages, each once."""
    locales = {tongue: Locale.parse(tongue) for tongue in TONGUES}
    rows = [*_names(locales), *_units()]
    return list({row.texts["en"]: row for row in rows}.values())


def _names(locales: dict[Tongue, Locale]) -> Iterator[Row]:
    lists: tuple[Callable[[Locale], dict[str, str]], ...] = (
        lambda locale: {code: name for code, name in locale.territories.items() if code.isalpha() and len(code) == 2},
        lambda locale: {code: name for code, name in locale.languages.items() if len(code) == 2},
        lambda locale: {str(number): name for number, name in locale.months["stand-alone"]["wide"].items()},
        lambda locale: {str(number): name for number, name in locale.days["stand-alone"]["wide"].items()},
    )
    for names in lists:
        told = {tongue: names(locale) for tongue, locale in locales.items()}
        for code in sorted(set.intersection(*(set(one) for one in told.values()))):
            yield Row({tongue: (told[tongue][code],) for tongue in TONGUES})


def _units() -> Iterator[Row]:
    for unit in UNITS:
        for number in (2, 5, 30):
            yield Row({tongue: (format_unit(number, unit, locale=tongue),) for tongue in TONGUES})


def lexicon_terms(kinds: dict[str, Kind]) -> list[Row]:
    """The entries of the lexicon on their own; nouns also with their article."""
    return [row for kind in kinds.values() if kind.sort != "names" for row in _entries(kind)]


def _entries(kind: Kind) -> Iterator[Row]:
    for filling in kind.fillings:
        words = filling.words
        if kind.sort == "nouns":
            yield Row(
                {tongue: (noun(tongue, kind.name, words[tongue], _THE[tongue], plural=False),) for tongue in TONGUES}
            )
        if kind.sort == "verbs":
            for form in ("", "done"):
                places = {tongue: VERB_FORMS[tongue].index(form) for tongue in TONGUES}
                texts = {tongue: words[tongue].forms[places[tongue]] for tongue in TONGUES}
                if all(texts.values()):
                    yield Row({tongue: (text,) for tongue, text in texts.items()})
        else:
            yield Row({tongue: (words[tongue].forms[0],) for tongue in TONGUES})
