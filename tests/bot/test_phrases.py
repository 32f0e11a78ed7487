from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot import Phrase
from bot.phrases import Slot, read_phrase, read_phrases


def plain(text: str) -> bool:
    return not set(text) & set("{}|:") and text.strip() == text and bool(text)


def test_a_phrase_marks_the_values_of_options() -> None:
    phrase = read_phrase("draw {prompt:a fox} in {style:ink}")

    assert "draw a fox in ink" == phrase.text
    assert (Slot("prompt", 5, 10), Slot("style", 14, 17)) == phrase.slots


def test_a_phrase_says_what_it_means_as_a_whole() -> None:
    assert Phrase("be brief", (), {"name": "length", "value": "short"}) == read_phrase(
        "be brief | name:length value:short"
    )


@given(st.lists(st.tuples(st.text(max_size=8).filter(plain), st.booleans()), min_size=1, max_size=6))
def test_every_value_is_found_where_it_stands(parts: list[tuple[str, bool]]) -> None:
    line = " ".join(f"{{value:{text}}}" if marked else text for text, marked in parts)

    phrase = read_phrase(line)

    assert " ".join(text for text, _ in parts) == phrase.text
    assert [text for text, marked in parts if marked] == [phrase.text[slot.start : slot.end] for slot in phrase.slots]


def test_phrases_are_read_from_the_plugins_folder(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").touch()
    (tmp_path / "phrases.toml").write_text('roll = """\nroll a die\n\nthrow {sides:six}\n"""\nnumber = 3\n')

    assert {"roll": (Phrase("roll a die"), Phrase("throw six", (Slot("sides", 6, 9),)))} == read_phrases(tmp_path)


def test_a_module_among_others_has_no_phrases(tmp_path: Path) -> None:
    (tmp_path / "phrases.toml").write_text('roll = "roll a die"')

    assert {} == read_phrases(tmp_path)


def test_phrases_that_cannot_be_read_stop_nothing(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").touch()
    (tmp_path / "phrases.toml").write_text("roll = ")

    assert {} == read_phrases(tmp_path)
