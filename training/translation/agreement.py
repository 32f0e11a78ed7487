"""Puts a word and its determiner into the form that gender, number and case ask for.

A determiner is named in its masculine form: `{den thing}` becomes `den Schlüssel`, `die Tasche` or `das Buch`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from training.translation.lexicon import BadLexicon, Tongue, Word

_ASPIRATED = ("harpe", "handball", "hip-hop", "hongrie", "hambourg", "hanna")
_VOWELS = "aeiouàâäéèêëîïôöûüœhAEIOUÀÂÄÉÈÊËÎÏÔÖÛÜŒH"

_GERMAN: dict[str, tuple[str, str, str]] = {
    "der": ("der", "die", "das"),
    "den": ("den", "die", "das"),
    "dem": ("dem", "der", "dem"),
    "dieser": ("dieser", "diese", "dieses"),
    "diesen": ("diesen", "diese", "dieses"),
    "diesem": ("diesem", "dieser", "diesem"),
    "welcher": ("welcher", "welche", "welches"),
    "denselben": ("denselben", "dieselbe", "dasselbe"),
    "zum": ("zum", "zur", "zum"),
    "im": ("im", "in der", "im"),
    "am": ("am", "an der", "am"),
    "beim": ("beim", "bei der", "beim"),
    "vom": ("vom", "von der", "vom"),
}
for _stem in ("ein", "mein", "dein", "kein"):
    _GERMAN[_stem] = (_stem, f"{_stem}e", _stem)
    _GERMAN[f"{_stem}en"] = (f"{_stem}en", f"{_stem}e", _stem)
    _GERMAN[f"{_stem}em"] = (f"{_stem}em", f"{_stem}er", f"{_stem}em")

_NOMINATIVE = {"ein", "mein", "dein", "kein", "der", "dieser", "welcher"}

_FRENCH: dict[str, tuple[str, str, str, str, str]] = {
    "le": ("le", "la", "l'", "l'", "les"),
    "un": ("un", "une", "un", "une", "des"),
    "mon": ("mon", "ma", "mon", "mon", "mes"),
    "ton": ("ton", "ta", "ton", "ton", "tes"),
    "ce": ("ce", "cette", "cet", "cette", "ces"),
    "quel": ("quel", "quelle", "quel", "quelle", "quels"),
    "du": ("du", "de la", "de l'", "de l'", "des"),
    "au": ("au", "à la", "à l'", "à l'", "aux"),
    "de": ("de", "de", "d'", "d'", "de"),
    "d'un": ("d'un", "d'une", "d'un", "d'une", "de"),
}
"""Masculine, feminine, both before a vowel, plural."""

_FRENCH_COUNTRY: dict[str, tuple[str, str, str, str, str]] = {
    "le": _FRENCH["le"],
    "en": ("au", "en", "en", "en", "aux"),
    "du": ("du", "de", "d'", "d'", "des"),
}

_FRENCH_ADJECTIVES: dict[str, tuple[str, str, str]] = {
    "nouveau": ("nouveau", "nouvelle", "nouvel"),
    "vieux": ("vieux", "vieille", "vieil"),
    "bon": ("bon", "bonne", "bon"),
    "meilleur": ("meilleur", "meilleure", "meilleur"),
    "même": ("même", "même", "même"),
}

_SPANISH: dict[str, tuple[str, str, str, str]] = {
    "el": ("el", "la", "los", "las"),
    "los": ("los", "las", "los", "las"),
    "un": ("un", "una", "unos", "unas"),
    "este": ("este", "esta", "estos", "estas"),
    "del": ("del", "de la", "de los", "de las"),
    "al": ("al", "a la", "a los", "a las"),
    "otro": ("otro", "otra", "otros", "otras"),
    "mi": ("mi", "mi", "mis", "mis"),
}

_SPANISH_FEMININE_EL = {"agua", "arpa"}


def noun(tongue: Tongue, kind: str, word: Word, determiner: str, *, plural: bool) -> str:
    """A noun with its determiner.

    Args:
        tongue: Of all three.
        kind: What the slot is called.
        word: The noun.
        determiner: In its masculine form, with an adjective or without one; empty for none.
        plural: Whether the plural is wanted.

    Raises:
        BadLexicon: There is no such form.
    """
    if plural and len(word.forms) < 2:
        raise BadLexicon(f"{word.forms[0]} has no plural")
    bare = word.forms[1] if plural else word.forms[0]
    return _JOIN[tongue](kind, word, bare, determiner, plural) if determiner else bare


def elided(before: str, filling: str) -> tuple[str, str]:
    """What stands before a French slot, elided where its filling begins with a vowel."""
    found = re.search(r"(?:^|(?<=[\s'«]))(de|De|que|Que|jusque)( )$", before)
    if found is None or not begins_with_vowel(filling):
        return before, filling
    return f"{before[: found.end(1) - 1]}'", filling


def euphonic(before: str, filling: str) -> tuple[str, str]:
    """What stands before a Spanish slot: `y` and `o` change before their own sound."""
    low = filling.lower()
    if before.endswith(" y ") and (low.startswith("i") or (low.startswith("hi") and not low.startswith("hie"))):
        return f"{before[:-2]}e ", filling
    if before.endswith(" o ") and low.startswith(("o", "ho")):
        return f"{before[:-2]}u ", filling
    return before, filling


def begins_with_vowel(text: str) -> bool:
    """Whether French elides before it."""
    return text[:1] in _VOWELS and text[:1] != "" and not text.lower().startswith(_ASPIRATED)


def _english(kind: str, word: Word, bare: str, determiner: str, plural: bool) -> str:
    if determiner == "a" and bare[0].lower() in "aeiou" and not bare.startswith("uni"):
        determiner = "an"
    return f"{determiner} {bare}"


def _german(kind: str, word: Word, bare: str, determiner: str, plural: bool) -> str:
    if kind == "venue" and determiner in {"am", "zum"} and len(word.forms) == 3:
        return f"{word.forms[1] if determiner == 'am' else word.forms[2]} {bare}"
    article, _, adjective = determiner.partition(" ")
    place = _place(article, _GERMAN, word.gender, "mfn")
    if word.weak and article not in _NOMINATIVE:
        bare = word.weak
    if not adjective:
        return f"{_GERMAN[article][place]} {bare}"
    endings = _german_endings(article)
    if not adjective.endswith(endings[0]):
        raise BadLexicon(f"{determiner!r} is no German masculine")
    return f"{_GERMAN[article][place]} {adjective.removesuffix(endings[0])}{endings[place]} {bare}"


def _german_endings(article: str) -> tuple[str, str, str]:
    if article in {"ein", "mein", "dein", "kein"}:
        return ("er", "e", "es")
    if article in {"einen", "meinen", "deinen", "keinen"}:
        return ("en", "e", "es")
    if article.endswith("em") or article in {"zum", "im", "am", "beim", "vom"}:
        return ("en", "en", "en")
    return ("en", "e", "e") if article.endswith("en") else ("e", "e", "e")


def _french(kind: str, word: Word, bare: str, determiner: str, plural: bool) -> str:
    articles = _FRENCH_COUNTRY if kind == "country" else _FRENCH
    article, _, adjective = determiner.partition(" ")
    place = _place(article, articles, word.gender, "mf")
    if plural or word.gender.endswith("p"):
        place = 4
    vowel = begins_with_vowel(bare)
    if adjective:
        if adjective not in _FRENCH_ADJECTIVES:
            raise BadLexicon(f"{adjective!r} is no adjective that stands before a French noun here")
        forms = _FRENCH_ADJECTIVES[adjective]
        return f"{articles[article][place]} {forms[2] if vowel and place == 0 else forms[place]} {bare}"
    told = articles[article][place + 2 if vowel and place < 2 else place]
    return f"{told}{bare}" if told.endswith("'") else f"{told} {bare}"


def _spanish(kind: str, word: Word, bare: str, determiner: str, plural: bool) -> str:
    article, _, adjective = determiner.partition(" ")
    place = _place(article, _SPANISH, word.gender, "mf")
    feminine = place == 1
    if plural or word.gender.endswith("p"):
        place += 2 if place < 2 else 0
    if adjective:
        ends = adjective.endswith("o")
        told = f"{adjective[:-1]}a" if feminine and ends else "buena" if feminine and adjective == "buen" else adjective
        return f"{_SPANISH[article][place]} {told} {bare}"
    if place == 1 and bare in _SPANISH_FEMININE_EL and article in {"el", "un", "del", "al"}:
        place = 0
    return f"{_SPANISH[article][place]} {bare}"


def _place(
    article: str,
    known: dict[str, tuple[str, str, str]]
    | dict[str, tuple[str, str, str, str]]
    | dict[str, tuple[str, str, str, str, str]],
    gender: str,
    genders: str,
) -> int:
    if article not in known:
        raise BadLexicon(f"{article!r} is no determiner that is known")
    place = genders.find(gender[:1] or "m")
    if place < 0:
        raise BadLexicon(f"the gender {gender} is unknown here")
    return place


_JOIN: dict[Tongue, Callable[[str, Word, str, str, bool], str]] = {
    "en": _english,
    "de": _german,
    "fr": _french,
    "es": _spanish,
}
