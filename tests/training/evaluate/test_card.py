"""Figures in a model's card."""

from __future__ import annotations

from pathlib import Path

from training.evaluate.card import write_figures


def test_figures_replace_those_in_the_card(tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    write_figures(card, "first")
    card.write_text(f"# Card\n\n{card.read_text()}\nAfter.\n")
    write_figures(card, "second")
    assert card.read_text() == "# Card\n\n<!-- figures -->\n\nsecond\n\n<!-- end of figures -->\n\nAfter.\n"
