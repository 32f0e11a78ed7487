from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import UserError
from plugins.imagine.sizes import LEAST, MOST, Size, read_size, suggest_sizes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Size()),
        (" Square ", Size(ratio=1.0)),
        ("landscape", Size(ratio=1.5)),
        ("16:9", Size(ratio=16 / 9)),
        ("2 / 3", Size(ratio=2 / 3)),
        ("768x512", Size(768, 512)),
        ("768 × 512", Size(768, 512)),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, expected: Size) -> None:
    assert expected == read_size(text)


@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_size_or_a_line_that_says_what_is(text: str) -> None:
    problem = ""
    try:
        size = read_size(text)
        assert size.width is None or LEAST <= size.width <= MOST
        assert size.ratio is None or 0.25 <= size.ratio <= 4
    except UserError as error:
        problem = str(error)
    assert not problem or problem.startswith("`size`")


@given(st.integers(min_value=0, max_value=999), st.integers(min_value=0, max_value=999))
def test_no_ratio_divides_by_nothing(across: int, down: int) -> None:
    try:
        ratio = read_size(f"{across}:{down}").ratio
    except UserError:
        ratio = None
    assert ratio is None or ratio == across / down


def test_sizes_are_suggested_while_one_types() -> None:
    assert ["portrait"] == suggest_sizes("Por")
    assert "square" in suggest_sizes("")
