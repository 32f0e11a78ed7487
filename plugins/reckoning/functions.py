"""The functions and constants that a sum may have."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from bot import UserError

PI = Decimal("3.14159265358979323846264338327950288419716939937511")
CONSTANTS: Mapping[str, Decimal] = {
    "pi": PI,
    "π": PI,
    "tau": 2 * PI,
    "τ": 2 * PI,
    "e": Decimal("2.71828182845904523536028747135266249775724709369996"),
    "phi": Decimal("1.61803398874989484820458683436563811772030917980576"),
}
DEGREE = PI / 180
"""Angles are in radians; `30°` is in degrees."""

MOST_FACTORIAL = 5_000
"""Of larger numbers the factorial takes long."""

PLACES = 15
"""Digits behind the point of what is computed by floating point: more are not right."""


def factorial(value: Decimal) -> Decimal:
    """How many orders so many things have.

    Raises:
        UserError: It is no whole number from 0 to the largest.
    """
    if value != value.to_integral_value() or not 0 <= value <= MOST_FACTORIAL:
        raise UserError(f"A factorial is of a whole number from 0 to {MOST_FACTORIAL:,}.")
    return +Decimal(math.factorial(int(value)))


def _floating(function: Callable[[float], float]) -> Callable[[Decimal], Decimal]:
    def compute(value: Decimal) -> Decimal:
        # Rounded so that sin(pi) is 0.
        return Decimal(repr(round(function(float(value)), PLACES))) * 1

    return compute


def _sqrt(value: Decimal) -> Decimal:
    return value.sqrt()


def _cbrt(value: Decimal) -> Decimal:
    # The power of a third of 27 is not quite 3.
    root = (abs(value) ** (Decimal(1) / 3)).copy_sign(value)
    near = root.to_integral_value()
    return near if near**3 == value else root


def _log(value: Decimal, base: Decimal | None = None) -> Decimal:
    return value.log10() if base is None or base == 10 else value.ln() / base.ln()


def _log2(value: Decimal) -> Decimal:
    root = value.ln() / Decimal(2).ln()
    near = root.to_integral_value()
    return near if abs(near) < PLACES * 10 and Decimal(2) ** near == value else root


def _round(value: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    if places != places.to_integral_value() or abs(places) > PLACES * 2:
        raise UserError(f"`round` takes a number and how many digits to keep, up to {PLACES * 2}.")
    return value.quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP)


def _whole(function: Callable[..., int]) -> Callable[..., Decimal]:
    def compute(*values: Decimal) -> Decimal:
        if any(value != value.to_integral_value() or value.adjusted() > PLACES * 2 for value in values):
            raise UserError("That is for whole numbers that are not too large.")
        return Decimal(function(*map(int, values)))

    return compute


def _mean(*values: Decimal) -> Decimal:
    return sum(values, Decimal(0)) / len(values)


def _total(*values: Decimal) -> Decimal:
    return sum(values, Decimal(0))


FUNCTIONS: Mapping[str, Callable[..., Decimal]] = {
    "sqrt": _sqrt,
    "cbrt": _cbrt,
    "abs": abs,
    "round": _round,
    "floor": lambda value: value.to_integral_value(ROUND_FLOOR),
    "ceil": lambda value: value.to_integral_value(ROUND_CEILING),
    "min": min,
    "max": max,
    "sum": _total,
    "mean": _mean,
    "average": _mean,
    "avg": _mean,
    "log": _log,
    "ln": Decimal.ln,
    "log10": Decimal.log10,
    "log2": _log2,
    "exp": Decimal.exp,
    "factorial": factorial,
    "gcd": _whole(math.gcd),
    "lcm": _whole(math.lcm),
    "sin": _floating(math.sin),
    "cos": _floating(math.cos),
    "tan": _floating(math.tan),
    "asin": _floating(math.asin),
    "acos": _floating(math.acos),
    "atan": _floating(math.atan),
}
