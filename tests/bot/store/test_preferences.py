"""What a preference may be."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.store.preferences import PREFERENCES, load_time, load_zone


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("language", "German", "de"),
        ("language", "pt-BR", "pt-BR"),
        ("language", "français", "fr"),
        ("zone", "Europe/Berlin", "Europe/Berlin"),
        ("zone", "berlin", "Europe/Berlin"),
        ("zone", " new york ", "America/New_York"),
        ("tone", "Playful", "playful"),
        ("length", " SHORT", "short"),
        ("format", "Bullets", "bullets"),
        ("summaries", "long", "long"),
        ("digest", "8:30", "08:30"),
        ("digest", " 8.30 p.m. ", "20:30"),
        ("digest", "12am", "00:00"),
        ("digest", "12 pm", "12:00"),
        ("digest", "17h", "17:00"),
        ("pictures", "  soft\nwatercolour ", "soft watercolour"),
        ("music", "calm piano", "calm piano"),
        ("quoted", "No", "no"),
        ("quoted", "off", "no"),
        ("quoted", " yes ", "yes"),
    ],
)
def test_what_people_type_is_understood(name: str, typed: str, kept: str) -> None:
    assert kept == PREFERENCES[name](typed)


@pytest.mark.parametrize(
    ("name", "typed", "advice"),
    [
        ("language", "qqqq wwww", "such as German, de or pt-BR"),
        ("zone", "Europe/Berlim", "Europe/Berlin"),
        ("tone", "rude", "Tone can be plain, friendly, formal or playful, not “rude”."),
        ("length", "", "Length can be short, medium or long"),
        ("length", "x" * 500, "xxx…"),
        ("summaries", "tiny", "Summaries can be short, medium or long, not “tiny”."),
        ("format", "prose", "Format can be auto, plain or bullets"),
        ("digest", "noon", "“noon” is no time of day; write it such as 08:30 or 5pm."),
        ("digest", "25:00", "is no time of day"),
        ("digest", "13pm", "is no time of day"),
        ("digest", "8:61", "is no time of day"),
        ("pictures", " ", "Say a style, such as “watercolour”"),
        ("music", "x" * 121, "in at most 120 characters"),
        ("quoted", "maybe", "yes or no, not “maybe”"),
    ],
)
def test_what_is_not_understood_names_what_would_be(name: str, typed: str, advice: str) -> None:
    with pytest.raises(UserError) as caught:
        PREFERENCES[name](typed)
    assert advice in str(caught.value)


@given(st.sampled_from(sorted(PREFERENCES)), st.text(max_size=40))
def test_anything_typed_is_a_value_or_advice(name: str, typed: str) -> None:
    try:
        kept = PREFERENCES[name](typed)
    except UserError:
        return
    assert kept == PREFERENCES[name](kept)


@pytest.mark.parametrize(("kept", "read"), [(None, None), ("08:30", time(8, 30)), ("later", None)])
def test_a_time_that_another_version_kept_is_none(kept: str | None, read: time | None) -> None:
    assert read == load_time(kept)


@pytest.mark.parametrize("name", ["", "Europe", "../etc/passwd", "No/Where", "x" * 5000, "a\x00b"])
def test_a_zone_that_is_not_there_is_none(name: str) -> None:
    assert load_zone(name) is None
