"""The phrasebook: frames in four languages, and how their slots are filled so that everything agrees."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from training.translation.agreement import elided, euphonic, noun
from training.translation.lexicon import TONGUES, VERB_FORMS, BadLexicon, Filling, Kind, Tongue, Word

PHRASEBOOK = Path(__file__).parent / "phrasebook"

RULES = {"name", "relative", "thing", "system", "doc", "dish", "drink", "grocery", "venue", "media", "animal"}
"""The kinds whose gender decides over adjectives and alternatives in a sentence."""

_PART = re.compile(r"\{([^{}]+)\}|\[([^\[\]/]*(?:/[^\[\]/]*)+)\]")
_SLOT = re.compile(r"(?:(?P<determiner>[^:+\d]+) )?(?P<kind>[a-z]+)(?P<index>\d?)(?P<plural>\+?)(?::(?P<form>\w+))?")
_OPENING = ' ¿¡«„"'


@dataclass(frozen=True, slots=True)
class Slot:
    """A gap in a frame.

    Attributes:
        kind: What fills it.
        index: Tells it from other slots of the same kind in the frame.
        determiner: Before the noun, in its masculine form.
        plural: Whether the plural is wanted.
        form: `m` or `f` of an adjective or a name, or a form of a verb.
    """

    kind: str
    index: str = ""
    determiner: str = ""
    plural: bool = False
    form: str = ""

    @property
    def name(self) -> str:
        """What all languages call it."""
        return self.kind + self.index


@dataclass(frozen=True, slots=True)
class Choice:
    """Words of which the gender of a slot picks one: masculine, feminine and, in German, neuter."""

    options: tuple[str, ...]


@dataclass(frozen=True)
class Frame:
    """A sentence in four languages, with slots.

    Attributes:
        topic: The file that it is from.
        sides: Of each language its literal texts, slots and choices, in order.
        source: The line as it was written.
    """

    topic: str
    sides: Mapping[Tongue, tuple[str | Slot | Choice, ...]]
    source: str

    @cached_property
    def slots(self) -> tuple[str, ...]:
        """The names of its slots, in English order."""
        return tuple(dict.fromkeys(part.name for part in self.sides["en"] if isinstance(part, Slot)))

    @cached_property
    def columns(self) -> Mapping[Tongue, str]:
        """The frame as it was written, by language."""
        return dict(zip(TONGUES, self.source.split(" | "), strict=True))

    def kind_of(self, slot: str) -> str:
        """What fills a slot, by its name."""
        return slot.rstrip("0123456789")

    def gender_of(self, slot: str) -> str:
        """`m` or `f` where only such a name fits, else empty."""
        wanted = {part.form for part in self.sides["en"] if isinstance(part, Slot) and part.name == slot}
        return next(iter(wanted & {"m", "f"}), "") if self.kind_of(slot) == "name" else ""


def read_phrasebook(folder: Path = PHRASEBOOK) -> list[Frame]:
    """Every frame, in a fixed order.

    Raises:
        BadLexicon: A line is no frame; the error names it.
    """
    return [frame for path in sorted(folder.glob("*.txt")) for frame in _read(path)]


def _read(path: Path) -> Iterator[Frame]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("# "):
            try:
                yield parse(line, path.stem)
            except BadLexicon as error:
                raise BadLexicon(f"{path.name}, line {number}: {error}") from None


def parse(line: str, topic: str = "") -> Frame:
    """A frame from its line.

    Raises:
        BadLexicon: It has too few languages, or they do not have the same slots.
    """
    columns = line.split(" | ")
    if len(columns) != len(TONGUES):
        raise BadLexicon(f"it has {len(columns)} columns, not {len(TONGUES)}")
    sides = {tongue: tuple(_parts(column)) for tongue, column in zip(TONGUES, columns, strict=True)}
    names = {tongue: {part.name for part in side if isinstance(part, Slot)} for tongue, side in sides.items()}
    for tongue in TONGUES:
        if names[tongue] != names["en"]:
            raise BadLexicon(f"the slots in {tongue} are not those in en: {names[tongue] ^ names['en']}")
    return Frame(topic, sides, line)


def render(frame: Frame, tongue: Tongue, fillings: Mapping[str, Filling], kinds: Mapping[str, Kind]) -> str:
    """The sentence in a language with its slots filled.

    Args:
        frame: The frame.
        tongue: The language.
        fillings: Of each slot, by its name.
        kinds: Of the lexicon.

    Raises:
        BadLexicon: A form is asked for that a filling does not have.
    """
    side = frame.sides[tongue]
    text = ""
    for place, part in enumerate(side):
        match part:
            case str():
                text += part
            case Choice(options):
                gender = _gender(side, place, tongue, fillings)
                number = "mfn".index(gender)
                if number >= len(options):
                    raise BadLexicon(f"there is no neuter among {options}")
                text += options[number]
            case Slot():
                filling = fillings[part.name]
                word = _word(part, filling.words[tongue], kinds.get(part.kind), tongue, side, place, fillings)
                text, word = _JOINTS.get(tongue, _as_they_are)(text, word)
                if not text.strip(_OPENING) and not filling.verbatim:
                    word = word[:1].upper() + word[1:]
                text += word
    if isinstance(side[0], Choice) or (isinstance(side[0], str) and not side[0].strip(_OPENING)):
        start = len(text) - len(text.lstrip(_OPENING))
        if not any(isinstance(part, Slot) and fillings[part.name].verbatim for part in side[:2]):
            text = text[:start] + text[start : start + 1].upper() + text[start + 1 :]
    return text


def _as_they_are(before: str, word: str) -> tuple[str, str]:
    return before, word


_JOINTS: dict[Tongue, Callable[[str, str], tuple[str, str]]] = {"fr": elided, "es": euphonic}


def _word(
    slot: Slot,
    word: Word,
    kind: Kind | None,
    tongue: Tongue,
    side: tuple[str | Slot | Choice, ...],
    place: int,
    fillings: Mapping[str, Filling],
) -> str:
    sort = kind.sort if kind else "phrases"
    if sort == "verbs":
        known = VERB_FORMS[tongue]
        form = slot.form if slot.form in known else ""
        if slot.form and slot.form not in {name for forms in VERB_FORMS.values() for name in forms}:
            raise BadLexicon(f"{slot.form!r} is no form of a verb")
        found = word.forms[known.index(form)]
        if not found:
            raise BadLexicon(f"{word.forms[0]} has no form {form!r}")
        return found
    if sort == "adjectives":
        gender = slot.form or _gender(side, place, tongue, fillings)
        chosen = Word((word.forms[min("mfn".index(gender) % 2, len(word.forms) - 1)],), "m", word.weak)
        if slot.determiner:
            chosen = Word((word.forms[0],), "m", word.weak)
        return noun(tongue, slot.kind, chosen, slot.determiner, plural=False)
    if sort == "nouns" or slot.determiner:
        return noun(tongue, slot.kind, word, slot.determiner, plural=slot.plural)
    if slot.plural and len(word.forms) < 2:
        raise BadLexicon(f"{word.forms[0]} has no plural")
    return word.forms[1] if slot.plural else word.forms[0]


def _gender(side: tuple[str | Slot | Choice, ...], place: int, tongue: Tongue, fillings: Mapping[str, Filling]) -> str:
    """The gender of the last slot before a place that rules over it, else of the first after it."""
    ruling = [
        one for one in (*reversed(side[:place]), *side[place + 1 :]) if isinstance(one, Slot) and one.kind in RULES
    ]
    return (fillings[ruling[0].name].words[tongue].gender[:1] or "m") if ruling else "m"


def _parts(column: str) -> Iterator[str | Slot | Choice]:
    last = 0
    for found in _PART.finditer(column):
        if found.start() > last:
            yield column[last : found.start()]
        last = found.end()
        if found[2] is not None:
            yield Choice(tuple(found[2].split("/")))
            continue
        slot = _SLOT.fullmatch(found[1])
        if slot is None:
            raise BadLexicon(f"{found[0]} is no slot")
        yield Slot(
            slot["kind"], slot["index"] or "", slot["determiner"] or "", bool(slot["plural"]), slot["form"] or ""
        )
    if last < len(column):
        yield column[last:]
    if any(mark in column[last:] for mark in "{}[]") or not column.strip():
        raise BadLexicon(f"{column!r} has a slot that does not end")
