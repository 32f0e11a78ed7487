"""What measures the translator."""

from __future__ import annotations

from training.evaluate.dictionary import Dictionary, words
from training.evaluate.translation import Said, calibration, quality, threshold


def said(text: str, confidence: float, reference: str = "Guten Morgen, liebe Anna!") -> Said:
    return Said(("en", "de"), reference, text, "Gut Morgen", confidence)


def test_a_dictionary_learns_which_words_belong_together() -> None:
    pairs = [("the dog", "der Hund"), ("the cat", "der Kater"), ("a dog", "ein Hund"), ("a cat", "ein Kater")]
    dictionary = Dictionary(pairs)
    assert dictionary.translate("The cat!") == "Der kater!"
    assert dictionary.translate("a zebra") == "Ein zebra"


def test_words_are_split_from_marks() -> None:
    assert words("C'est %1, l'ami: 15 €!") == ["c'est", "%1", ",", "l'ami", ":", "15", "€", "!"]


def test_the_threshold_parts_good_from_bad() -> None:
    good = [said("Guten Morgen, liebe Anna!", 0.9) for _ in range(5)]
    bad = [said("xyz", 0.2) for _ in range(5)]
    below = threshold([*good, *bad])
    assert 0.2 < below <= 0.9
    assert "marks 100% of 5 translations with chrF < 30, and 0% of 5" in calibration([*good, *bad], below)
    assert threshold(good) == 0.5


def test_the_tables_tell_each_direction_and_all() -> None:
    table = quality({"frames": [said("Guten Morgen, liebe Anna!", 0.9)], "bible": []})
    assert "**frames**" in table
    assert "| en → de | 1 | 100.0 | 100.0 |" in table
    assert "bible" not in table
