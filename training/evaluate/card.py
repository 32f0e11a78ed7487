"""Writes figures into a model's card."""

from __future__ import annotations

from pathlib import Path


def write_figures(card: Path, text: str, name: str = "figures") -> None:
    """Put the figures between the two marks of that name in a card, or at its end."""
    first, last = f"<!-- {name} -->", f"<!-- end of {name} -->"
    old = card.read_text(encoding="utf-8") if card.exists() else ""
    if first not in old:
        old = f"{old.rstrip()}\n\n{first}\n{last}\n".lstrip()
    before, _, rest = old.partition(first)
    card.write_text(f"{before}{first}\n\n{text}\n\n{last}{rest.partition(last)[2]}", encoding="utf-8")
