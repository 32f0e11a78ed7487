"""Determiners, elision and the other ways in which words change beside each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.translation.agreement import elided, euphonic, noun
from training.translation.lexicon import BadLexicon, Filling, Tongue, Word, read_lexicon


@pytest.mark.parametrize(
    ("tongue", "word", "determiner", "expected"),
    [
        ("en", Word(("apple",)), "a", "an apple"),
        ("en", Word(("university",)), "a", "a university"),
        ("en", Word(("apple",)), "my", "my apple"),
        ("de", Word(("Tasche",), "f"), "einen", "eine Tasche"),
        ("de", Word(("Buch",), "n"), "den", "das Buch"),
        ("de", Word(("Kollege",), "m", "Kollegen"), "mein", "mein Kollege"),
        ("de", Word(("Kollege",), "m", "Kollegen"), "meinem", "meinem Kollegen"),
        ("de", Word(("Buch",), "n"), "ein neuer", "ein neues Buch"),
        ("de", Word(("Tasche",), "f"), "einem neuen", "einer neuen Tasche"),
        ("de", Word(("Buch",), "n"), "den besten", "das beste Buch"),
        ("de", Word(("Tasche",), "f"), "dem besten", "der besten Tasche"),
        ("de", Word(("Buch",), "n"), "der neue", "das neue Buch"),
        ("fr", Word(("école",), "f"), "le", "l'école"),
        ("fr", Word(("école",), "f"), "mon", "mon école"),
        ("fr", Word(("harpe",), "f"), "le", "la harpe"),
        ("fr", Word(("échecs",), "mp"), "au", "aux échecs"),
        ("fr", Word(("écran",), "m"), "un nouveau", "un nouvel écran"),
        ("fr", Word(("école",), "f"), "un vieux", "une vieille école"),
        ("fr", Word(("eau",), "f"), "de", "d'eau"),
        ("es", Word(("agua",), "f"), "el", "el agua"),
        ("es", Word(("casa",), "f"), "del", "de la casa"),
        ("es", Word(("cartas",), "fp"), "al", "a las cartas"),
        ("es", Word(("casa",), "f"), "un nuevo", "una nueva casa"),
        ("es", Word(("casa",), "f"), "un buen", "una buena casa"),
        ("es", Word(("casa",), "f"), "el mejor", "la mejor casa"),
    ],
)
def test_a_determiner_agrees_with_its_noun(tongue: Tongue, word: Word, determiner: str, expected: str) -> None:
    assert expected == noun(tongue, "thing", word, determiner, plural=False)


def test_a_place_has_its_own_prepositions() -> None:
    market = Word(("Markt", "auf dem", "auf den"), "m")
    assert noun("de", "venue", market, "am", plural=False) == "auf dem Markt"
    assert noun("de", "venue", market, "zum", plural=False) == "auf den Markt"
    assert noun("de", "venue", market, "dem", plural=False) == "dem Markt"


def test_a_country_has_its_own_prepositions() -> None:
    assert noun("fr", "country", Word(("Japon",), "m"), "en", plural=False) == "au Japon"
    assert noun("fr", "country", Word(("Italie",), "f"), "du", plural=False) == "d'Italie"
    assert noun("fr", "country", Word(("France",), "f"), "du", plural=False) == "de France"


@pytest.mark.parametrize(
    ("tongue", "determiner"), [("de", "jener"), ("fr", "leur"), ("es", "aquel"), ("de", "ein neue"), ("fr", "un gros")]
)
def test_an_unknown_determiner_is_an_error(tongue: Tongue, determiner: str) -> None:
    with pytest.raises(BadLexicon):
        noun(tongue, "thing", Word(("x",), "m"), determiner, plural=False)


def test_an_unknown_gender_or_plural_is_an_error() -> None:
    with pytest.raises(BadLexicon, match="gender"):
        noun("fr", "thing", Word(("x",), "n"), "le", plural=False)
    with pytest.raises(BadLexicon, match="plural"):
        noun("de", "thing", Word(("x",), "m"), "", plural=True)


def test_the_plural_is_used_where_it_is_asked_for() -> None:
    assert noun("es", "dish", Word(("pizza", "pizzas"), "f"), "los", plural=True) == "las pizzas"
    assert noun("fr", "dish", Word(("pizza", "pizzas"), "f"), "le", plural=True) == "les pizzas"


def test_french_elides_before_a_vowel() -> None:
    assert elided("la faute de ", "Anna") == ("la faute d'", "Anna")
    assert elided("plus grand que ", "Anna") == ("plus grand qu'", "Anna")
    assert elided("la faute de ", "Paul") == ("la faute de ", "Paul")
    assert elided("le code ", "Anna") == ("le code ", "Anna")


def test_spanish_changes_and_and_or_before_their_own_sound() -> None:
    assert euphonic("Paul y ", "Ingrid") == ("Paul e ", "Ingrid")
    assert euphonic("Paul y ", "Anna") == ("Paul y ", "Anna")
    assert euphonic("siete o ", "ocho") == ("siete u ", "ocho")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("key | Schlüssel | clé | llave", "no section"),
        ("[thing] nouns\nkey | Schlüssel | f clé | f llave", "gender"),
        ("[thing] nouns\nkey | m Schlüssel | f clé", "columns"),
        ("[thing] nouns\n[thing] nouns", "twice"),
        ("[name] names\nPaul, Max", "names begin"),
    ],
)
def test_a_bad_line_of_the_lexicon_is_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "lexicon.txt").write_text(text)
    with pytest.raises(BadLexicon, match=told):
        read_lexicon(tmp_path / "lexicon.txt")


@pytest.mark.parametrize(
    ("chore", "expected"),
    [
        ("wash the car", "das Auto nicht waschen; das Auto nicht gewaschen; das Auto noch nicht gewaschen"),
        ("bake a cake", "keinen Kuchen backen; keinen Kuchen gebacken; noch keinen Kuchen gebacken"),
        ("wait here", "nicht hier warten; nicht hier gewartet; noch nicht hier gewartet"),
        (
            "restart the server",
            "den Server nicht neu starten; den Server nicht neu gestartet; den Server noch nicht neu gestartet",
        ),
    ],
)
def test_german_negation_stands_where_it_belongs(chore: str, expected: str) -> None:
    words = next(one.words["de"] for one in read_lexicon()["chore"].fillings if _said(one) == chore)
    assert expected == "; ".join(words.forms[3:])


def test_french_negation_has_de_before_what_is_not_known() -> None:
    forms = {_said(one): one.words["fr"].forms[2] for one in read_lexicon()["chore"].fillings}
    assert forms["bake a cake"] == "fait de gâteau"
    assert forms["book a hotel"] == "réservé d'hôtel"
    assert forms["wash the car"] == "lavé la voiture"


def _said(filling: Filling) -> str:
    return filling.words["en"].forms[0]
