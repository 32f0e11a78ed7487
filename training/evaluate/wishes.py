"""How well it is told which wishes the starter stickers know: by 100 that were written down before anything was chosen.

`wishes/seen.tsv` is what the two limits in `bot.models.stickers.known` were chosen by; `unseen.tsv` is not.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

import torch

from bot.models.stickers import known
from training.evaluate.card import write_figures
from training.stickers.latents import words

LABELS = {"yes": "an emoji they learned", "in part": "one, and more", "no": "no emoji they learned"}
"""What is wished, by the word that stands for it in the sets."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish.

    Attributes:
        text: As said.
        label: One of `LABELS`.
        likeness: To the learned caption that it is most like.
    """

    text: str
    label: str
    likeness: float

    def told(self, like: float, sure: float) -> str:
        """What it would be taken for.

        Args:
            like: Below it nothing that was learned is meant.
            sure: From it on nothing else is.
        """
        return "no" if self.likeness < like else "in part" if self.likeness < sure else "yes"


def evaluate(model: Path, sets: Path, report: Path | None) -> None:
    """Measure, and print the figures and the limits that are right most often in the seen set.

    Args:
        model: The pipeline's folder, with the captions that were learned.
        sets: The folder with the two sets.
        report: A document to write the table into.

    Raises:
        SystemExit: The folder does not tell what was learned.
    """
    learned, reader = known.read(model), words()
    if learned is None:
        raise SystemExit(f"There is no {known.FILE} in {model}; {known.ANEW}.")
    found: dict[str, list[Wish]] = {}
    for name in ("seen", "unseen"):
        with (sets / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            rows = [*csv.DictReader(file, delimiter="\t")]
        asked = [known.bare(learned.worded(row["wish"])) for row in rows]
        likeness = [learned.nearest(reader.read([text]).meaning).likeness for text in asked]
        found[name] = [Wish(row["wish"], row["known"], like) for row, like in zip(rows, likeness, strict=True)]
    text = told(found)
    print(text)
    for wish in found["seen"]:
        if wish.told(known.LIKE, known.SURE) != wish.label:
            print(f"seen, wrong: {wish.text} ({wish.label}) {wish.likeness:.3f}")
    like, sure = limits(found["seen"])
    print(f"Most often right in the seen set: from {like:.3f} on in part, from {sure:.3f} on known.")
    if report:
        write_figures(report, text, "wishes")


def told(found: Mapping[str, Sequence[Wish]]) -> str:
    """All figures, as Markdown.

    Args:
        found: The wishes of each set.
    """
    count = Counter(wish.label for wishes in found.values() for wish in wishes)
    right = {
        name: f"{sum(wish.told(known.LIKE, known.SURE) == wish.label for wish in wishes)} of the {len(wishes)} {name}"
        for name, wishes in found.items()
    }
    asked = (
        f"Of {count.total()} wishes {count['yes']} are for an emoji that they learned, also in another colour or mood "
        f"and in other words, {count['in part']} for one in a scene that they cannot draw, and {count['no']} for what "
        "no emoji shows."
    )
    answered = (
        f"What is told is right for {' and for '.join(right.values())} wishes. From a likeness of {known.SURE} on "
        f"nothing is told, below {known.LIKE} it is a guess."
    )
    return "\n\n".join((fill(asked, 120), table(found), fill(answered, 120)))


def table(found: Mapping[str, Sequence[Wish]]) -> str:
    """What is told of each kind of wish, as Markdown."""
    lines = ["| wished is | told: nothing | told: took it for … | told: a guess |", "| --- | --- | --- | --- |"]
    for name, wishes in found.items():
        for label, what in LABELS.items():
            taken = [wish.told(known.LIKE, known.SURE) for wish in wishes if wish.label == label]
            cells = " | ".join(f"{taken.count(other)} of {len(taken)}" for other in LABELS)
            lines.append(f"| {what}, {name} | {cells} |")
    return "\n".join(lines)


def limits(wishes: Sequence[Wish]) -> tuple[float, float]:
    """The two limits by which most of them are taken for what they are, each halfway between two wishes."""
    values = torch.tensor([0.0, *sorted(wish.likeness for wish in wishes), 1.0])
    steps = ((values[1:] + values[:-1]) / 2).tolist()
    right = {
        (like, sure): sum(wish.told(like, sure) == wish.label for wish in wishes)
        for like in steps
        for sure in steps
        if like <= sure
    }
    return max(right, key=lambda pair: right[pair])
