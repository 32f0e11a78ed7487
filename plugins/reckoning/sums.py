"""Arithmetic as people write it: `15% of 80`, `2(3 + 4)^2`, `sqrt(2) * pi`.

Nothing is evaluated as code. Numbers have 50 digits and exponents an end, so that no sum takes long.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal, DecimalException, DivisionByZero, Overflow, localcontext

from bot import UserError
from plugins.reckoning.functions import CONSTANTS, DEGREE, FUNCTIONS, factorial

LONGEST = 500
"""Characters of a sum."""

DEEPEST = 40
"""Brackets within each other."""

DIGITS = 50
LARGEST = 100_000
"""Powers of ten that a number may have."""

SHOWN = 15
"""Digits of a result that is rounded."""

PLAIN = 35
"""Digits up to which a number is written out."""

_WORDS = (
    (re.compile(r"^(?:what(?:['’]s| is)|how much is|calculate|compute)\b|[=?\s]+$", re.IGNORECASE), " "),
    (re.compile(r"\bdivided by\b|÷", re.IGNORECASE), "/"),
    (re.compile(r"\b(?:multiplied by|times)\b|[×·]|(?<=[\d)%])\s*x\s*(?=[\d(.])", re.IGNORECASE), "*"),
    (re.compile(r"\bplus\b", re.IGNORECASE), "+"),
    (re.compile(r"\bminus\b|[−–]", re.IGNORECASE), "-"),
    (re.compile(r"\b(?:to the power of)\b|\*\*", re.IGNORECASE), "^"),
    (re.compile(r"\bsquared\b|²", re.IGNORECASE), "^2"),
    (re.compile(r"\bcubed\b|³", re.IGNORECASE), "^3"),
    (re.compile(r"\s*\bper ?cent\b", re.IGNORECASE), "%"),
    (re.compile(r"\bsquare root of\b|√", re.IGNORECASE), " sqrt "),
)
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+)(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)"
    r"|(?P<name>[a-zA-Zπτ]\w*)|(?P<sign>[-+*/^%!(),°]))",
    re.IGNORECASE,
)
_IN_CALL = re.compile(r"\s*(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)", re.IGNORECASE)


def calculate(text: str) -> Decimal:
    """The value of a sum, to 50 digits.

    Args:
        text: The sum, with `+ - * / ^ % !`, brackets, functions, constants and the words people use for them.

    Raises:
        UserError: It is none, or its value is too large, or there is none.
    """
    if len(text) > LONGEST:
        raise UserError(f"A sum may have {LONGEST} characters.")
    for pattern, sign in _WORDS:
        text = pattern.sub(sign, text)
    no_value = UserError("That has no value, or one that is too large for me.")
    bounds = Context(prec=DIGITS, Emax=LARGEST, Emin=-LARGEST)
    try:
        with localcontext(bounds):
            value = _Reader(_tokens(text)).whole()
    except DivisionByZero:
        raise UserError("Nothing can be divided by zero.") from None
    except Overflow:
        raise UserError("The result is too large.") from None
    except (DecimalException, ValueError, OverflowError):
        raise no_value from None
    # Not every function tells that it has none: the logarithm of 0 is said to be minus infinity.
    if not value.is_finite():
        raise no_value
    return value


def say(value: Decimal, digits: int = SHOWN) -> str:
    """A number for people: `1,234.5`, `1.5e+40`.

    Args:
        value: The number.
        digits: To how many it is rounded if it has more behind the point.
    """
    shown = _shown(value, digits)
    if not shown:
        return "0"
    return f"{shown:,f}" if -10 < shown.adjusted() < PLAIN else f"{shown:e}"


def is_rounded(value: Decimal) -> bool:
    """Whether a value is not quite what `say` tells."""
    shown = _shown(value, SHOWN)
    # The last of the 50 digits are off where something was divided.
    return _to(value, DIGITS - 10) != shown or (_places(shown) > 0 and len(shown.as_tuple().digits) >= SHOWN)


def _shown(value: Decimal, digits: int) -> Decimal:
    near = _to(value, DIGITS - 10)
    whole = near.is_zero() or (_places(near) == 0 and near.adjusted() < PLAIN)
    return near if whole else _to(value, digits)


def _to(value: Decimal, digits: int) -> Decimal:
    return value.normalize(Context(prec=digits, Emax=LARGEST, Emin=-LARGEST))


def _places(value: Decimal) -> int:
    return max(-int(value.as_tuple().exponent), 0)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    brackets: list[bool] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        # Within a call a comma stands between values: `max(1,234)` are two.
        match = (_IN_CALL.match(text, position) if True in brackets else None) or _TOKEN.match(text, position)
        if match is None:
            raise UserError(f"I cannot read “{text[position:].strip()[:20]}” in a sum.")
        kind = match.lastgroup or ""
        token = _Token(kind, match[kind].casefold())
        if token.text == "(":
            brackets.append(bool(found) and found[-1].text in FUNCTIONS)
        elif token.text == ")" and brackets:
            brackets.pop()
        found.append(token)
        position = match.end()
    return found


class _Reader:
    """Reads a sum from left to right; what is in brackets is a sum again."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    def whole(self) -> Decimal:
        value = self._sum()
        if (left := self._next()) is not None:
            if left.text == ",":
                raise UserError("I read numbers as 1,234.5: with a point, and commas only between thousands.")
            raise UserError(f"I don't know what to do with “{left.text}” in that sum.")
        return +value

    def _next(self) -> _Token | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _take(self, *texts: str) -> str | None:
        token = self._next()
        if token is None or token.text not in texts:
            return None
        self._position += 1
        return token.text

    def _sum(self) -> Decimal:
        value, _ = self._product()
        while sign := self._take("+", "-"):
            other, share = self._product()
            # `80 + 15%` is 15% more than 80.
            change = value * other if share else other
            value = value + change if sign == "+" else value - change
        return value

    def _product(self) -> tuple[Decimal, bool]:
        value, share = self._signed()
        while True:
            if sign := self._take("*", "/", "of", "off", "mod"):
                other, _ = self._signed()
                value = _combined(sign, value, other)
            elif self._take("%"):  # what is left as a sign on its own stands between two numbers
                other, _ = self._signed()
                value = value % other
            elif (token := self._next()) is not None and self._begins(token):
                if token.kind == self._tokens[self._position - 1].kind == "number":
                    raise UserError("An operator is missing between two numbers; thousands have commas, as in 1,000.")
                other, _ = self._signed()
                value = value * other
            else:
                return value, share
            share = False

    def _signed(self) -> tuple[Decimal, bool]:
        if sign := self._take("-", "+"):
            self._deeper()
            value, share = self._signed()
            self._depth -= 1
            return (-value if sign == "-" else value), share
        return self._power()

    def _power(self) -> tuple[Decimal, bool]:
        value, share = self._value()
        if self._take("^"):
            self._deeper()
            exponent, _ = self._signed()
            self._depth -= 1
            return value**exponent, False
        return value, share

    def _value(self) -> tuple[Decimal, bool]:
        value, share = self._single(), False
        while True:
            if self._take("!"):
                value = factorial(value)
            elif self._take("°"):
                value *= DEGREE
            elif self._ends_share():
                self._position += 1
                value, share = value / 100, True
            else:
                return value, share

    def _ends_share(self) -> bool:
        """Whether a percent sign comes that stands behind its number rather than between two."""
        token = self._next()
        if token is None or token.text != "%":
            return False
        after = self._tokens[self._position + 1] if self._position + 1 < len(self._tokens) else None
        return after is None or not self._begins(after)

    def _single(self) -> Decimal:
        token = self._next()
        if token is None:
            raise UserError("That sum ends too early.")
        self._position += 1
        if token.kind == "number":
            return Decimal(token.text.replace(",", ""))
        if token.text == "(":
            self._deeper()
            value = self._sum()
            self._close()
            return value
        if token.text in CONSTANTS:
            return CONSTANTS[token.text]
        if token.text in FUNCTIONS:
            return self._call(token.text, FUNCTIONS[token.text])
        what = "I don't know" if token.kind == "name" else "A number is missing before"
        raise UserError(f"{what} “{token.text}” in a sum.")

    def _call(self, name: str, function: Callable[..., Decimal]) -> Decimal:
        self._deeper()
        if self._take("("):
            values = [self._sum()]
            while self._take(","):
                values.append(self._sum())
            self._close()
        else:  # `sqrt 2`
            values = [self._value()[0]]
            self._depth -= 1
        try:
            return function(*values)
        except TypeError:
            raise UserError(f"`{name}` takes another number of values than {len(values)}.") from None

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise UserError(f"A sum may have {DEEPEST} brackets, signs and powers within each other.")

    def _close(self) -> None:
        self._depth -= 1
        if not self._take(")"):
            raise UserError("A bracket is not closed in that sum, or a comma is where none can be.")

    @staticmethod
    def _begins(token: _Token) -> bool:
        """Whether a value begins with it."""
        return token.kind == "number" or token.text == "(" or token.text in CONSTANTS or token.text in FUNCTIONS


def _combined(sign: str, value: Decimal, other: Decimal) -> Decimal:
    match sign:
        case "/":
            return value / other
        case "mod":
            return value % other
        case "off":
            return other - value * other
        case _:
            return value * other
