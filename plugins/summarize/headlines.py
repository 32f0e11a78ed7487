"""Finds a headline for a topic among the words that were said: the clause or phrase that stands for most of it.

A phrase is telling where its words are frequent in its topic and rare in the others: class-based tf–idf (Grootendorst,
"BERTopic: Neural topic modeling with a class-based TF-IDF procedure", 2022). Of the telling ones that is taken whose
meaning is nearest to that of the whole topic.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from .sentences import lowered

if TYPE_CHECKING:
    from .ranking import Matrix, Vector

LONGEST = 11
"""Words of a headline."""

TRIED = 6
"""Phrases of a topic whose meaning is looked at."""

_STOP = frozenset(
    """a about above after again all also always am an and any are as at back be because been before being below but by
    can could did do does doing done down each few for from further get gets getting go goes going got had has have
    having he her here hers him his how i if in into is it its just last let like lot make many may me might more most
    much must my need new no not now of off ok okay on once one only or other our out over own please put quite rather
    really same say says see she should since so some still such take takes than thank thanks that the their them then
    there these they thing things think this those though three through to today tomorrow too two under until up us use
    very want was we well were what when where which while who whole why will with without would yes yesterday yet you
    your
    somebody someone anybody anyone everybody everyone nobody something anything everything nothing guess look looks
    day days week weeks month months monday tuesday wednesday thursday friday saturday sunday next morning
    woche montag dienstag mittwoch donnerstag freitag semaine lundi mardi mercredi jeudi vendredi semana lunes martes
    aber alle als also am an auch auf aus bei bin bis bist bitte da damit danke dann das dass dem den der des die dies
    diese dieser doch du ein eine einem einen einer er es euch für ganz gut habe haben hat heute hier ich ihr im in ist
    ja jetzt kann kein keine können man mehr mein mich mir mit morgen muss nach nein nicht noch nur ob oder schon sehr
    sein sich sie sind so über um und uns unter vom von vor war was weil wenn werden wie wir wird wo zu zum zur
    alors au aux avec bien ça car ce cela ces cette comme dans de des donc du elle elles en est et été être eu fait il
    ils je la le les leur lui mais me merci même mes moi mon ne non nos notre nous on ont ou où oui par pas plus pour
    qu que qui sa sans se ses si son sont sur ta te tes toi ton tous tout très tu un une va vos votre vous y
    al algo así aún bueno cada como con cual cuando del desde donde el ella ellas ellos en eran eres es esa ese eso
    esta está están este esto fue gracias ha hace han hasta hay la las le les lo los más me mi mis mucho muy nada ni
    nos o para pero poco por porque que qué quién se ser si sí sin sobre son soy su sus también te tiene todo todos tú
    un una uno unos ya yo""".split()
)
_LINKS = frozenset(
    "and for from in of on the to with without und für im in der des de du des la le à en del y con".split()
)
"""Words that may stand inside a phrase, and at neither end."""

_PERSONAL = frozenset(
    """i i'm i'll i've i'd me my mine you your you're we us our ich mich mir mein du dich dir dein wir uns je j'ai moi
    mon tu toi ton nous yo me mi tú te tu nosotros he she him her they them that this these those it""".split()
)
_OPENERS = re.compile(
    r"^(?:(?:so|and|but|or|then|also|well|ok|okay|yes|yeah|no|hi|hey|hello|oh|ah|hm+|btw|fyi|please|thanks|thank you"
    r"|sorry|fair|because|that|heads-up|question|update|reminder|news|decision|agreed|side note|written down"
    r"|und|aber|ja|nein|bitte|danke|beschluss|entscheidung|et|mais|donc|oui|non|merci|décision|y|pero|sí|gracias"
    r"|decisión)\b[\s,:!–—-]*)+",
    re.IGNORECASE,
)
_CHOICE = re.compile(r"\b(?:or|either|oder|entweder|ou|soit)\b", re.IGNORECASE)
_BREAKS = re.compile(r"\s*(?:[,;!?…()\[\]\"“”„»«]|:(?=\s|$)|\.(?=\s|$)|\s[-–—]\s|—)\s*")
_LABELLED = re.compile(r"(?:^|[.!?,;] )((?:[\w'’.-]+ ){1,3}[\w'’.-]+: [^,;:!?…()\[\]\"“”„»«—]+)")
_GAPS = re.compile(r"<?https?://\S+>?|`[^`]*`|\]\([^)]*\)")
_NOT_WORDS = re.compile(r"<a?:\w+:\d+>|(?<!\w):[a-z][\w+-]*:|\[|@(?=\w)|[*_~|]{2,}")
_WORD = re.compile(r"\w+(?:['’.-]\w+)*")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that could be a headline.

    Attributes:
        text: As they were said.
        source: Which of the topic's messages they are from.
        merit: How telling its words are and how well it reads, without its meaning.
    """

    text: str
    source: int
    merit: float


def telling_words(topics: Sequence[Iterable[str]]) -> list[dict[str, float]]:
    """How telling each word of each topic is, from 0 to 1.

    Args:
        topics: The sentences of each.
    """
    counts = [Counter(chain.from_iterable(map(_content, sentences))) for sentences in topics]
    everywhere: Counter[str] = Counter()
    for counted in counts:
        everywhere.update(counted)
    average = everywhere.total() / max(len(counts), 1)
    found = []
    for counted in counts:
        weights = {word: math.sqrt(n) * math.log1p(average / everywhere[word]) for word, n in counted.items()}
        most = max(weights.values(), default=1.0)
        found.append({word: weight / most for word, weight in weights.items()})
    return found


def phrases(sentences: Sequence[tuple[int, str]], telling: Mapping[str, float]) -> list[Phrase]:
    """The most promising phrases of a topic.

    Args:
        sentences: Each with the message it is from.
        telling: How telling each word of the topic is.
    """
    best: dict[str, Phrase] = {}
    for place, (source, sentence) in enumerate(sentences):
        # What a topic begins with says more often what it is about.
        early = 0.15 / (1 + place)
        chooses = _CHOICE.search(sentence) is not None
        for text, whole in _candidates(sentence):
            words = _WORD.findall(lowered(text).replace("’", "'"))
            content = _content(text)
            if len(content) < 2 or len(words) > LONGEST or not any(len(word) > 3 for word in content):
                continue
            told = sum(telling.get(word, 0.0) for word in content) / (len(content) + 1)
            merit = 0.35 * told + 0.12 * whole + early + 0.03 * min(len(content), 4)
            merit -= 0.1 * (len(words) < 3) + 0.1 * chooses
            merit -= 0.22 * (not _PERSONAL.isdisjoint(words))
            known = best.get(text.casefold())
            if known is None or known.merit < merit:
                best[text.casefold()] = Phrase(text, source, merit)
    return sorted(best.values(), key=lambda phrase: (-phrase.merit, phrase.source, phrase.text))[:TRIED]


def headline(found: Sequence[Phrase], vectors: Matrix, centre: Vector) -> Phrase | None:
    """The phrase that stands for the topic; None where there is none.

    Args:
        found: Phrases of the topic.
        vectors: What each means, of unit length.
        centre: What the topic means, of unit length.
    """
    if not found:
        return None
    near = vectors @ centre
    scores = [float(near[index]) + phrase.merit for index, phrase in enumerate(found)]
    return found[max(range(len(found)), key=lambda index: (scores[index], -index))]


def capital(text: str) -> str:
    """The text with a capital at its beginning, unless its first word is spelled in a way of its own."""
    first = text.split(maxsplit=1)[0] if text else ""
    return text[:1].upper() + text[1:] if first.islower() and first.isalpha() else text


def _candidates(sentence: str) -> Iterator[tuple[str, bool]]:
    """Clauses, and the phrases in those that are too long; whether it is a whole clause."""
    parts = [_plain(part) for part in _GAPS.split(sentence)]
    for place, part in enumerate(parts):
        clauses = [(clause, True) for clause in (*_LABELLED.findall(part), *_BREAKS.split(part))]
        if place:
            # What follows an address or code goes on with a sentence whose beginning is no words.
            clauses = [(clause, True) for clause, _ in clauses if not part.startswith(clause)]
        for clause, whole in clauses:
            text = " ".join(_OPENERS.sub("", clause).split()).strip(" .-–—'’*_`/:")
            count = len(_WORD.findall(text))
            if 2 <= count <= LONGEST:
                yield text, whole
            if count > 5:
                yield from ((run, False) for run in _runs(text))


def _runs(text: str) -> Iterator[str]:
    """Stretches of words that begin and end with one that means something."""
    words = list(_WORD.finditer(text))
    start: int | None = None
    last = 0
    for index, word in enumerate(words):
        means = word[0].casefold() not in _STOP
        if means and start is None:
            start = index
        if means:
            last = index
        elif start is not None and word[0].casefold() not in _LINKS:
            if 2 <= last - start + 1 <= 7:
                yield text[words[start].start() : words[last].end()]
            start = None
    if start is not None and 2 <= last - start + 1 <= 7:
        yield text[words[start].start() : words[last].end()]


def _content(text: str) -> list[str]:
    if "`" in text or "](" in text or "://" in text:
        text = _GAPS.sub(" ", text)
    words = [word.casefold() for word in _WORD.findall(_plain(text))]
    return [word for word in words if word not in _STOP and (len(word) > 1 or not word.isascii())]


def _plain(text: str) -> str:
    """The text without what is no words, each of which has one of these signs."""
    found = ":" in text or "@" in text or "[" in text or "*" in text or "_" in text or "~" in text or "|" in text
    return _NOT_WORDS.sub(" ", text) if found else text
