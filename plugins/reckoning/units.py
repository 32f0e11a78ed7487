"""Amounts in other units: `5 miles` in km, `72 F` in C, `5 ft 3 in` in cm. The units are pint's."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import cache
from tokenize import TokenError
from typing import TYPE_CHECKING

from bot import UserError
from plugins.reckoning.sums import say

if TYPE_CHECKING:
    from pint import Quantity, Unit, UnitRegistry

LONGEST = 100
"""Characters of an amount or a unit."""

DIGITS = 7
"""Digits of a result that is rounded."""

NOT_MONEY = "I convert no money: its rates change every day, and I look nothing up."
TRY = "try `/convert amount:5 miles to:km`"

_NUMBER = r"[-+−]?(?:\d+ \d{1,3}/\d{1,3}|\d{1,9}/\d{1,9}|(?:\d[\d,]*\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?[½¼¾]?|[½¼¾])"
_AMOUNT = re.compile(rf"(?P<number>{_NUMBER}|an?\b|one\b|half an?\b)\s*(?P<unit>.*)", re.IGNORECASE)
_TWO = re.compile(
    rf"(?P<first>{_NUMBER}\s*(?:[a-z]+|['′°]))(?:\s*,?\s*(?:and\s+)?)(?P<second>(?<![\d.]){_NUMBER}\s*[a-z\"″'′].*)",
    re.IGNORECASE,
)
_WITHIN = (
    re.compile(r"\s(?:to|into|as)\s|\s*(?:->|→|=)\s*", re.IGNORECASE),
    re.compile(r"(?<=\s)in(?=\s)", re.IGNORECASE),
)
_ASKED = re.compile(r"^(?:convert|what['’]?s|what is|how (?:much|many) is)\s+|\?+$", re.IGNORECASE)
_POWER = re.compile(r"(?<=[a-z])(?:\^|\*\*)?([23])(?!\d)", re.IGNORECASE)
_DEGREES = re.compile(r"^(?:degrees?|deg\.?|°)\s*(?:(c)(?:elsius)?|(f)(?:ahrenheit)?)$", re.IGNORECASE)
_UNIT = re.compile(r"[^\W\d_](?:[ ./*·_-]|\^[23]|[^\W\d_]|[°%²³()])*|[°%µ]\w*")
_MONEY = re.compile(
    r"[$€£¥₹₩₽₺₿]|\b(?:dollars?|euros?|pounds? sterling|yen|yuan|renminbi|rupees?|roubles?|rubles?|pesos?|francs?|"
    r"kron(?:a|or|e|er)|zloty|lira|won|reais|bitcoins?|bucks|cents?)\b",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"[^\d,]*\d{1,3}(?:,\d{3})+(?!\d|,)[^,]*")
"""A number with commas only between thousands; `1,5` may be meant as 1.5."""

_FRACTIONS = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_NAMES = {
    "f": "degF",
    "c": "degC",
    "k": "kelvin",
    "°": "degree",
    "'": "foot",
    "′": "foot",
    '"': "inch",
    "″": "inch",
    "mpg": "mile / gallon",
    "kmh": "kilometer / hour",
    "fl oz": "fluid_ounce",
    "fl. oz.": "fluid_ounce",
    "fluid ounce": "fluid_ounce",
    "fluid ounces": "fluid_ounce",
    "light year": "light_year",
    "light years": "light_year",
    "nautical mile": "nautical_mile",
    "nautical miles": "nautical_mile",
    "sqm": "meter ** 2",
    "sqft": "foot ** 2",
    "sqkm": "kilometer ** 2",
    "b": "byte",
    "kb": "kilobyte",
    "mb": "megabyte",
    "gb": "gigabyte",
    "tb": "terabyte",
    "pb": "petabyte",
    "gib": "gibibyte",
    "mib": "mebibyte",
    "kib": "kibibyte",
}
"""What people mean by a short name for which pint has another meaning, or none."""

_SPELT = {"degF": "°F", "degC": "°C", "degree_Fahrenheit": "°F", "degree_Celsius": "°C", "kelvin": "K"}
_PER_DISTANCE = re.compile(r"^l(?:it(?:er|re)s?)?\s*(?:/|per)\s*100\s*(?:km|kilomet(?:er|re)s?)$", re.IGNORECASE)
_REFUSED = (
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    SyntaxError,
    ArithmeticError,
    AssertionError,
    TokenError,
    RecursionError,
)
"""What pint raises for what is no unit, besides its own errors."""


def convert(amount: str, to: str) -> str:
    """An amount in another unit, as a line.

    The first call takes two seconds: call it off the event loop.

    Args:
        amount: Number and unit, or two of them; with `to cm` behind it where `to` is empty.
        to: The unit.

    Raises:
        UserError: One of them is none, or they do not measure the same.
    """
    amount = _ASKED.sub("", _ASKED.sub("", " ".join(amount.split()))).strip()
    to = to.strip().rstrip("?").strip()
    if not to:
        amount, to = _parted(amount)
    if max(len(amount), len(to)) > LONGEST:
        raise UserError(f"An amount or a unit has at most {LONGEST} characters.")
    given, wanted = _quantity(amount), _unit(to)
    value = Decimal(repr(float(_in(given, wanted, amount, to))))
    if not value.is_finite():
        raise UserError("That is too large for me.")
    told = Decimal(say(value, DIGITS).replace(",", ""))
    # Nearer than that are the last digits of floating point.
    rounded = abs(told - value) > abs(value) * Decimal("1e-12")
    return f"{_told(amount)} {'≈' if rounded else '='} **{say(value, DIGITS)}** {_SPELT.get(str(wanted), to)}"


def _parted(text: str) -> tuple[str, str]:
    for between in _WITHIN:
        found = list(between.finditer(text))
        if found:
            return text[: found[-1].start()].strip(), text[found[-1].end() :].strip()
    raise UserError(f"Into which unit? For example, {TRY}.")


def _quantity(text: str) -> Quantity[float]:
    two = _TWO.fullmatch(text)
    if two is not None:
        first, second = _single(two["first"]), _single(two["second"])
        if first.is_compatible_with(second):
            # What is below zero is so as a whole: -1 h 30 min.
            both: Quantity[float] = first - second if two["first"].startswith(("-", "−")) else first + second
            return both
    return _single(text)


def _single(text: str) -> Quantity[float]:
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or not found["unit"]:
        if _MONEY.search(text):
            raise UserError(NOT_MONEY)
        raise UserError(f"“{text}” is no number with a unit; {TRY}.")
    unit = _unit(found["unit"])
    # Not multiplied: the zero of a temperature scale is somewhere else.
    quantity: Quantity[float] = _registry().Quantity(_number(found["number"]), unit)
    return quantity


def _number(text: str) -> float:
    if "," in text and not _THOUSANDS.fullmatch(text):
        raise UserError("I read numbers as 1,234.5: with a point, and commas only between thousands.")
    text = text.replace(",", "").replace("−", "-").casefold()
    if text.startswith("half"):
        return 0.5
    if text in ("a", "an", "one"):
        return 1.0
    sign = -1 if text.startswith("-") else 1
    total = Fraction(0)
    for sort, part in _FRACTIONS.items():
        if sort in text:
            text, total = text.replace(sort, ""), part
    try:
        for word in text.lstrip("+-").split():
            total += Fraction(word)
        return sign * float(total)
    except (ValueError, ArithmeticError):
        raise UserError(f"“{text}” is no number that I can convert.") from None


def _unit(text: str) -> Unit:
    from pint.errors import PintError

    name = text.strip()
    if (degrees := _DEGREES.match(name)) is not None:
        name = degrees[1] or degrees[2]
    if _PER_DISTANCE.match(name):
        name = "liter_per_100_kilometers"
    name = _NAMES.get(name.casefold(), name)
    name = _POWER.sub(r"^\1", name)
    if not _UNIT.fullmatch(name.replace("**", "^").replace("^ ", "^")) and name != "liter_per_100_kilometers":
        raise _no_unit(text)
    for spelt in dict.fromkeys((name, name.casefold())):
        try:
            return _registry().parse_units(spelt)
        except (PintError, *_REFUSED):
            continue
    raise _no_unit(text)


def _no_unit(text: str) -> UserError:
    from babel.numbers import list_currencies

    if _MONEY.search(text) or text.strip().upper() in list_currencies():
        return UserError(NOT_MONEY)
    return UserError(f"I know no unit “{text.strip()}”; {TRY}.")


def _in(given: Quantity[float], wanted: Unit, amount: str, to: str) -> float:
    from pint.errors import DimensionalityError, PintError

    try:
        try:
            return float(given.to(wanted).magnitude)
        except DimensionalityError:
            # Miles for a gallon are converted to litres for a distance by turning them over.
            return float((1 / given).to(wanted).magnitude)
    except (PintError, *_REFUSED):
        raise UserError(f"“{_told(amount)}” cannot be told in “{to}”: they do not measure the same.") from None


def _told(amount: str) -> str:
    found = _AMOUNT.fullmatch(amount)
    unit = found["unit"].strip() if found else ""
    name = _NAMES.get(unit.casefold(), unit)
    return f"{found['number']} {_SPELT[name]}" if found and name in _SPELT else amount


@cache
def _registry() -> UnitRegistry[float]:
    import pint

    registry: UnitRegistry[float] = pint.UnitRegistry()
    registry.define("liter_per_100_kilometers = liter / (100 * kilometer)")
    return registry
