"""What is trained on, and what is kept from it."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.translation.fillings import Fillings, invented
from training.translation.lexicon import TONGUES
from training.translation.parallel import Row, part_of, read_bible, read_tatoeba
from training.translation.phrases import parse, read_phrasebook
from training.translation.samples import Pair, Samples, careless, key, masked, some_pairs
from training.translation.split import divide, fill, neighbours, side_of
from training.translation.terms import cldr_terms, lexicon_terms

SEED = 7


@pytest.fixture(scope="module")
def samples() -> Samples:
    """As where the shared texts are not there."""
    return Samples(SEED, Path("nowhere"))


def test_frames_that_are_held_out_resemble_none_that_is_trained_on(samples: Samples) -> None:
    held = [*samples.frames.test, *samples.frames.validation]
    together = [*held, *samples.frames.training]
    near = neighbours(together)
    assert not any(other >= len(held) for place in range(len(held)) for other in near[place])
    assert len(samples.frames.test) >= 100
    assert len(samples.frames.training) >= 1300


def test_nearly_the_same_frames_are_recognised() -> None:
    frames = [
        parse("I have seen {the thing} here. | a b c {der thing} | d e f {le thing} | g h i {el thing}"),
        parse("I have seen {a doc} here. | j k l {ein doc} | m n o {un doc} | p q r {un doc}"),
        parse("I have seen {my thing} here now. | s t u {mein thing} | v w x {mon thing} | y z å {mi thing}"),
    ]
    assert [set(), set(), set()] == [*neighbours(frames[:2]), set()]
    assert [{1}, {0}] == neighbours([frames[0], frames[2]])


def test_the_split_is_the_same_each_time() -> None:
    frames = read_phrasebook()[:400]
    assert divide(frames, 3) == divide(frames, 3)
    assert divide(frames, 3).test != divide(frames, 4).test


def test_fillings_that_are_held_out_are_never_drawn_for_training(samples: Samples) -> None:
    chance = random.Random(1)
    frame = next(frame for frame in samples.frames.training if frame.slots == ("chore",))
    held = {
        one.key
        for one in samples.book.choices("chore")
        if side_of(frame, {"chore": one}, samples.book, SEED) != "training"
    }
    assert held
    english = {
        key(row.texts["en"][0])
        for _ in range(500)
        if (row := fill(frame, samples.book, chance, part="training", seed=SEED))
    }
    for part in ("validation", "test"):
        row = fill(frame, samples.book, chance, part=part, seed=SEED)
        assert row is None or key(row.texts["en"][0]) not in english


def test_nothing_that_is_held_out_is_drawn(samples: Samples) -> None:
    held = {
        (tongue, key(text))
        for rows in samples.held("test").values()
        for row in rows
        for tongue, texts in row.texts.items()
        for text in texts
    }
    terms = {
        (tongue, key(row.texts[tongue][0]))
        for row in [*cldr_terms(), *lexicon_terms(samples.book.kinds)]
        for tongue in TONGUES
    }
    chance = random.Random(2)
    drawn = [samples.draw(chance) for _ in range(3000)]
    found = {(one.source_tongue, key(one.source)) for one in drawn} | {
        (one.target_tongue, key(one.target)) for one in drawn
    }
    assert set() == (found & held) - terms


def test_all_directions_are_drawn_and_the_same_again(samples: Samples) -> None:
    one, other = ([samples.draw(random.Random(seed)) for seed in range(200)] for _ in range(2))
    assert one == other
    assert len({(pair.source_tongue, pair.target_tongue) for pair in one}) == 12


def test_what_must_not_change_becomes_placeholders_in_the_order_of_the_source() -> None:
    pair = Pair("en", "de", "Tell @anna that https://x.org is at 5.", "Sag über https://x.org bei 5 etwas @anna.")
    drawn = {masked(pair, ("https://x.org", "@anna", "5"), random.Random(seed)) for seed in range(40)}
    assert Pair("en", "de", "Tell %1 that %2 is at %3.", "Sag über %2 bei %3 etwas %1.") in drawn
    assert Pair("en", "de", "Tell %1 that %2 is at 5.", "Sag über %2 bei 5 etwas %1.") in drawn


def test_a_number_inside_another_is_no_placeholder() -> None:
    pair = Pair("en", "de", "15 of 5", "15 von 5")
    assert {("15 of 5", "15 von 5"), ("15 of %1", "15 von %1")} == {
        (one.source, one.target) for seed in range(40) for one in [masked(pair, ("5",), random.Random(seed))]
    }


def test_people_write_carelessly_sometimes() -> None:
    pair = Pair("es", "en", "¡Hola, Anna!", "Hello, Anna!")
    written = {careless(pair, random.Random(seed)) for seed in range(300)}
    assert {"¡Hola, Anna!", "Hola, Anna!", "¡hola, anna!"} <= {one.source for one in written}
    assert all(one.target.startswith("Hello, Anna") for one in written)
    french = Pair("fr", "en", "Ça va ?", "How are you?")
    assert "Ça va?" in {careless(french, random.Random(seed)).source for seed in range(50)}


@given(st.text(min_size=1), st.text(min_size=1), st.integers())
def test_carelessness_never_fails(source: str, target: str, seed: int) -> None:
    assert careless(Pair("es", "fr", source, target), random.Random(seed)).source_tongue == "es"


def test_terms_come_from_cldr_and_the_lexicon() -> None:
    texts = {row.texts["en"][0]: {tongue: row.texts[tongue][0] for tongue in TONGUES} for row in cldr_terms()}
    assert texts["Germany"] == {"en": "Germany", "de": "Deutschland", "fr": "Allemagne", "es": "Alemania"}
    assert texts["January"]["es"] == "enero"
    assert texts["5 kilometers"]["de"] == "5 Kilometer"
    entries = {row.texts["en"][0]: row.texts["de"][0] for row in lexicon_terms(Fillings().kinds)}
    assert entries["the key"] == "der Schlüssel"
    assert entries["wash the car"] == "das Auto waschen"


def test_invented_names_are_the_same_in_all_languages() -> None:
    for seed in range(50):
        name = invented(random.Random(seed))
        assert {name.verbatim} == {word.forms[0] for word in name.words.values()}
        assert name.verbatim.istitle()


def test_a_row_gives_a_pair_in_some_direction() -> None:
    [pair] = some_pairs([Row({"en": ("Hello",), "de": ("Hallo",)})], SEED)
    assert {pair.source, pair.target} == {"Hello", "Hallo"}


def test_sentences_that_share_words_are_on_the_same_side(tmp_path: Path) -> None:
    folder = tmp_path / "tatoeba"
    folder.mkdir()
    lines = [f"Sentence {number}{mark}\tPhrase {number}" for number in range(300) for mark in ".!"]
    with gzip.open(folder / "eng-fra.tsv.gz", "wt") as stream:
        stream.write("\n".join(lines))
    parts = {
        part: {row.texts["fr"] for row in read_tatoeba(part, SEED, tmp_path)}
        for part in ("training", "validation", "test")
    }
    assert all(parts.values())
    assert not parts["training"] & (parts["test"] | parts["validation"])


def test_verses_whose_lengths_disagree_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "bible"
    folder.mkdir()
    ref = next(f"Gen.{number}" for number in range(99) if part_of(f"Gen.{number}", SEED, held=1) == "training")
    rows = [
        "ref\ten_bbe\ten_asv\tde\tes\tfr",
        f"{ref}\tAt the first God made\tIn the beginning\tIm Anfang schuf Gott\tEN el principio crió\t",
        f"{ref}\tShort\tShort\tGut\t\t{'Très long ' * 12}",
        f"{ref}\t{'Too long ' * 40}\t\t\t\t",
    ]
    with gzip.open(folder / "verses.tsv.gz", "wt") as stream:
        stream.write("\n".join(rows))
    [row] = read_bible("training", SEED, tmp_path)
    assert row.texts["en"] == ("At the first God made", "In the beginning")
    assert row.texts["es"] == ("En el principio crió",)
    assert row.old


def test_without_the_shared_texts_there_are_none(tmp_path: Path) -> None:
    assert [] == read_tatoeba("training", SEED, tmp_path)
    assert [] == read_bible("training", SEED, tmp_path)
