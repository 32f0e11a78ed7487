"""Sums: what people write, exactly, and nothing that crashes or takes long."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import UserError
from plugins.reckoning.sums import calculate, is_rounded, say


@pytest.mark.parametrize(
    ("written", "result"),
    [
        ("15% of 80", "12"),
        ("10 percent of 200", "20"),
        ("80 + 15%", "92"),
        ("100 - 20%", "80"),
        ("20% off 50", "40"),
        ("50%", "0.5"),
        ("17 % 5", "2"),
        ("12 mod 5", "2"),
        ("2(3 + 4)^2", "98"),
        ("-2^2", "-4"),
        ("2^-1", "0.5"),
        ("2**10", "1,024"),
        ("2^3^2", "512"),
        ("what is 3 x 4?", "12"),
        ("3 plus 4 times 2", "11"),
        ("9 divided by 2", "4.5"),
        ("5 squared minus 3 cubed", "-2"),
        ("√16 + square root of 9", "7"),
        ("0.1 + 0.2", "0.3"),
        ("1/3*3", "1"),
        ("1,234.5 * 2", "2,469"),
        ("max(1,234)", "234"),
        ("2^100", "1,267,650,600,228,229,401,496,703,205,376"),
        ("20!", "2,432,902,008,176,640,000"),
        ("sin(30°)", "0.5"),
        ("sin(pi)", "0"),
        ("cbrt(-27)", "-3"),
        ("log(1000) + log(8, 2) + log2(8) + ln(e)", "10"),
        ("round(2.567, 1) + floor(-1.5) + ceil(1.2)", "2.6"),
        ("mean(1, 2, 3) + sum(1, 2) + gcd(12, 18) + lcm(4, 6)", "23"),
        ("abs(-3) + exp 0", "4"),
        ("1e400", "1e+400"),
        ("1.5e-20", "1.5e-20"),
        ("0 * -1", "0"),
    ],
)
def test_sums_are_read_as_people_write_them(written: str, result: str) -> None:
    value = calculate(written)
    assert (result, False) == (say(value), is_rounded(value))


@pytest.mark.parametrize(
    ("written", "result"),
    [
        ("1/3", "0.333333333333333"),
        ("sqrt(2) * pi", "4.44288293815837"),
        ("sin(1)", "0.841470984807897"),
        ("100!", "9.33262154439442e+157"),
        ("log2(3)", "1.58496250072116"),
    ],
)
def test_what_is_rounded_is_known_to_be(written: str, result: str) -> None:
    value = calculate(written)
    assert (result, True) == (say(value), is_rounded(value))


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "ends too early"),
        ("5 off", "ends too early"),
        ("1/0", "divided by zero"),
        ("9^9^9^9", "too large"),
        ("sqrt(-1)", "has no value"),
        ("0^0", "has no value"),
        ("tan(1e999)", "has no value"),
        ("ln(0)", "has no value"),
        ("-log(0)", "has no value"),
        ("1 000 000 / 4", "missing between two numbers"),
        ("1.2.3", "missing between two numbers"),
        ("(1", "not closed"),
        ("1)", "“)”"),
        ("1,5", "commas only between thousands"),
        ("foo(3)", "I don't know “foo”"),
        ("__import__('os')", "I cannot read"),
        ("min()", "missing before “)”"),
        ("sqrt(1, 2)", "another number of values"),
        ("2.5!", "whole number from 0"),
        ("99999!", "whole number from 0"),
        ("gcd(1.5, 2)", "whole numbers"),
        ("round(1, 99)", "how many digits"),
        ("(" * 99, "within each other"),
        ("-" * 99 + "1", "within each other"),
        ("1+" * 400, "500 characters"),
    ],
)
def test_what_is_no_sum_is_refused_in_one_line(written: str, problem: str) -> None:
    with pytest.raises(UserError, match=re.escape(problem)) as raised:
        calculate(written)
    assert "\n" not in str(raised.value)


NUMBERS = st.decimals(min_value=-(10**9), max_value=10**9, places=3, allow_nan=False, allow_infinity=False)


@given(NUMBERS, NUMBERS, NUMBERS, st.sampled_from("+-*"), st.sampled_from("+-*"))
def test_sums_agree_with_fractions(a: Decimal, b: Decimal, c: Decimal, one: str, two: str) -> None:
    exact = {"+": Fraction.__add__, "-": Fraction.__sub__, "*": Fraction.__mul__}
    inner = exact[two](Fraction(b), Fraction(c))
    assert exact[one](Fraction(a), inner) == Fraction(calculate(f"({a:f}) {one} (({b:f}) {two} ({c:f}))"))


@given(NUMBERS)
def test_what_is_told_reads_back_as_the_same_number(number: Decimal) -> None:
    assert number == calculate(say(number))


@settings(deadline=2000)
@given(
    st.text(max_size=60)
    | st.text("0123456789.+-*/^%!(),e ", max_size=80)
    | st.lists(
        st.sampled_from(
            "9 1e99 0.5 ( ) ^ ! % / * - sqrt exp ln of off mod pi , max log ln 0 1.0000001 factorial °".split()
        ),
        max_size=30,
    ).map(" ".join)
)
def test_any_text_has_a_value_or_one_clear_line_soon(text: str) -> None:
    with suppress(UserError):
        value = calculate(text)
        assert say(value)
        assert is_rounded(value) in (True, False)
