"""What is told of a topic, in the words of those who talked about it: no model but the embeddings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import Message

from . import cues
from .group import Group
from .questions import SOON, answered
from .ranking import choose
from .sentences import Sentence, fullness, size_in_words, split
from .topics import Kind, Statement, in_order

if TYPE_CHECKING:
    from .ranking import Matrix

POINTS = 3
"""Sentences that stand for a topic, besides what is decided, open and to be done."""

ALONE = 0.5
"""How well a sentence stands alone that is told, where there are such; the first one of a topic is told in any case."""

AGAINST = (
    "I disagree with that.",
    "I do not think that is a good idea.",
    "That will not work.",
    "I would not do it this way, it is too risky.",
)
"""What contradictions mean; a reply that means the like is one."""

CONTRARY = 0.55
"""The cosine from which a reply means the like."""

_GREETING = re.compile(
    r"\W*(?:hi|hey|hello|good (?:morning|afternoon|evening|night)|morning|thanks|thank you|welcome|congrat\w*|happy"
    r"|cheers|great (?:day|work|job)|well done|nice (?:work|job|one)|see you|bye|have a"
    r"|hallo|guten|moin|danke|servus|glückwunsch|tschüss|bis (?:morgen|später|dann)|schönen"
    r"|bonjour|bonsoir|salut|merci|bravo|à (?:demain|bientôt)|bonne"
    r"|hola|buen[oa]s|gracias|felicidades|ciao|hasta (?:mañana|luego))\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(r"\b(?:thank you|thanks|thx|sorry|danke|merci|gracias|perdón|désolée?)\b", re.IGNORECASE)
_LEANS = re.compile(
    r"\W*(?:it|this|that|there|same|me too|exactly|agreed|das|dies\w*|es|ça|c['’]est|cela|eso|esto)\b", re.IGNORECASE
)
_POINTS = re.compile(r"\W*(?:these|those|they|them|he|she|ihr|sie|er|diese|ils?|elles?|ell[ao]s?|él)\b", re.IGNORECASE)
_ADDRESS = r"https?://(?:[^\s<>()\]]|\([^\s<>()\]]*\))+"
_URL = re.compile(rf"\[(?P<words>[^\]\n]+)\]\(<?(?P<target>{_ADDRESS})>?\)|<?(?P<bare>{_ADDRESS})>?")
_MARKS = re.compile(r"[*_~|\s]")


@dataclass(frozen=True, slots=True)
class Anchors:
    """What some model takes certain sentences to mean.

    Attributes:
        matters: `ranking.MATTERS`, then `ranking.SMALL_TALK`.
        against: `AGAINST`.
    """

    matters: Matrix
    against: Matrix


def called(messages: Sequence[Message]) -> cues.People:
    """How the people who wrote these messages are called.

    A first name is one's own only where nobody else has it.
    """
    names = {" ".join(message.author_name.split()) for message in messages}
    found = {name.casefold(): name for name in sorted(names) if len(name) > 1}
    first: dict[str, list[str]] = {}
    for name in sorted(names):
        first.setdefault(name.split()[0].casefold() if name.split() else "", []).append(name)
    short = {called: owners[0] for called, owners in first.items() if len(called) > 1 and len(owners) == 1}
    return cues.People.of(short | found)


def statements(
    group: Group, window: Mapping[tuple[str, str], Message], people: cues.People, anchors: Anchors
) -> tuple[Statement, ...]:
    """What is told of a topic, in the order it is told: each a quotation with its source.

    Args:
        group: The topic.
        window: All messages that are told of, by channel and id.
        people: How people are called, see `called`.
        anchors: What certain sentences mean.
    """
    used: set[tuple[int, int]] = set()
    found: list[Statement] = []
    for kind in (_decisions(group), _tasks(group, people), _disagreements(group, window, anchors), _questions(group)):
        for places, statement in kind:
            if not used & set(places):
                used |= set(places)
                found.append(statement)
    told: dict[tuple[Kind, str, str | None], Statement] = {}
    points = list(_points(group, used, anchors))
    if not found and not points:
        # A question that was answered, in code maybe, is better than nothing.
        points = list(_first(group))
    for statement in (*found, *points, *_links(group)):
        # What somebody says twice is told once.
        told.setdefault((statement.kind, statement.text.casefold(), statement.quote), statement)
    return in_order(told.values())


def verbatim(text: str, sentence: str) -> str | None:
    """The words of a sentence as they stand in a message, with the marks that were taken out of them."""
    whole = sentence.removesuffix("…").strip("*_~| ")
    if whole and whole in text:
        return whole
    kept = [place for place, mark in enumerate(text) if not _MARKS.match(mark)]
    wanted = _MARKS.sub("", sentence.removesuffix("…"))
    at = "".join(text[place] for place in kept).find(wanted)
    return text[kept[at] : kept[at + len(wanted) - 1] + 1] if wanted and at >= 0 else None


def _quoted(
    group: Group, source: int, sentence: str, kind: Kind, others: Sequence[Message] = (), **more: str | None
) -> Iterator[Statement]:
    message = group.messages[source]
    quote = verbatim(message.text, sentence)
    if quote is not None:
        yield Statement(_shown(sentence), (message, *others), kind, quote=quote, **more)


def _shown(sentence: str) -> str:
    """A sentence on one line in which no code span is left open."""
    text = " ".join(sentence.split())
    return text if text.count("`") % 2 == 0 else text.replace("`", "")


_Found = Iterator[tuple[list[tuple[int, int]], Statement]]


def _decisions(group: Group) -> _Found:
    for sentence in group.sentences:
        start = cues.decided(sentence.text)
        if start is None:
            continue
        places = [(sentence.source, sentence.place)]
        words = sentence.text[start:]
        if size_in_words(words) < 4:
            # “We decided:” is followed by what was decided.
            following = _following(group, sentence)
            if following is None:
                continue
            places.append((following.source, following.place))
            label = cues.decided(following.text) or 0
            words = following.text[label:] if label else f"{words} {following.text}"
        yield from ((places, made) for made in _quoted(group, sentence.source, words, Kind.DECISION))


def _tasks(group: Group, people: cues.People) -> _Found:
    for sentence in group.sentences:
        author = " ".join(group.messages[sentence.source].author_name.split())
        task = cues.task_in(sentence.text, author, people)
        if task is not None:
            words = sentence.text[task.label :]
            made = _quoted(group, sentence.source, words, Kind.ACTION, who=task.owner, due=task.due)
            yield from (([(sentence.source, sentence.place)], each) for each in made)


def _disagreements(group: Group, window: Mapping[tuple[str, str], Message], anchors: Anchors) -> _Found:
    for source, message in enumerate(group.messages):
        means = _means_against(group, source, anchors)
        if not means and not cues.disagrees(message.text) and not cues.denies(message.text):
            continue
        against = _against(group, source, window)
        if against is None:
            continue
        lines = split(message.text, "en")
        for place, line in enumerate(lines):
            if line not in means and not cues.disagrees(line) and not _denied(line, message, against):
                continue
            # “I would not.” is followed by the reason.
            said = [line] if size_in_words(line) >= 6 else lines[place : place + 2]
            if len(said) == 1 and size_in_words(line) < 5:
                said = lines[max(place - 1, 0) : place + 1]
            words = " ".join(said)
            if size_in_words(words) < 5:
                continue
            pieces = group.pieces[source]
            places = [(source, pieces.index(each)) for each in said if each in pieces]
            made = _quoted(group, source, words, Kind.DISAGREEMENT, (against,))
            yield from ((places, each) for each in made)
            break


def _against(group: Group, source: int, window: Mapping[tuple[str, str], Message]) -> Message | None:
    """What a message could contradict: what it replies to, else what somebody else said just before."""
    message = group.messages[source]
    if message.reply_to is not None:
        other = window.get((message.channel, message.reply_to))
        return other if other is not None and other.author != message.author else None
    for before in reversed(group.messages[:source]):
        if before.author != message.author:
            return before if message.sent - before.sent <= SOON else None
    return None


def _denied(line: str, message: Message, against: Message) -> bool:
    return cues.denies(line) and not cues.asks(against.text) and size_in_words(message.text) >= 6


def _means_against(group: Group, source: int, anchors: Anchors) -> frozenset[str]:
    """The sentences of a reply that mean a contradiction."""
    rows = group.vectors[source]
    if group.messages[source].reply_to is None or not len(rows):
        return frozenset()
    near = (rows @ anchors.against.T).max(axis=1)
    found = zip(group.pieces[source], near, strict=True)
    return frozenset(piece for piece, likeness in found if likeness >= CONTRARY and not cues.asks(piece))


def _questions(group: Group) -> _Found:
    for sentence in group.sentences:
        if not cues.asks(sentence.text) or cues.knows_nothing(sentence.text) or size_in_words(sentence.text) < 5:
            continue
        if not answered(group, sentence):
            made = _quoted(group, sentence.source, sentence.text, Kind.QUESTION)
            yield from (([(sentence.source, sentence.place)], each) for each in made)


def _points(group: Group, used: set[tuple[int, int]], anchors: Anchors) -> Iterator[Statement]:
    open_ = [index for index, sentence in enumerate(group.sentences) if (sentence.source, sentence.place) not in used]
    standing = [index for index in group.central(open_) if _tells(group.sentences[index].text)]
    # Short sentences stand for a topic where there are no others.
    open_ = [index for index in standing if fullness(group.sentences[index].text) >= ALONE] or standing
    if not open_:
        return
    sentences = [group.sentences[index] for index in open_]
    wanted = min(POINTS, max(1, (len(sentences) + 1) // 3))
    best = choose(sentences, group.matrix[open_], anchors.matters, wanted)
    # How it began tells those who were not there what it is about.
    if sentences[0].source == 0 and 0 not in best and fullness(sentences[0].text) >= ALONE:
        best = [0, *best[: POINTS - 1]]
    for index in best:
        yield from _quoted(group, sentences[index].source, sentences[index].text, Kind.POINT)


def _first(group: Group) -> Iterator[Statement]:
    first = next((sentence for sentence in group.sentences if _stands(sentence.text)), None)
    if first is not None:
        yield from _quoted(group, first.source, first.text, Kind.POINT)


def _tells(text: str) -> bool:
    return not cues.asks(text) and _stands(text)


def _stands(text: str) -> bool:
    """Whether a sentence can stand for others: no greeting, nothing that only points back."""
    if fullness(text) < 0.34:
        return False
    words = size_in_words(text)
    courteous = _GREETING.match(text) or _COURTESY.search(text)
    return not (words < 9 and courteous) and not (words < 10 and _LEANS.match(text)) and not _POINTS.match(text)


def _links(group: Group) -> Iterator[Statement]:
    seen: set[str] = set()
    for message in group.messages:
        for found in _URL.finditer(message.text) if "://" in message.text else ():
            target = (found["target"] or found["bare"]).rstrip(".,;:!?'\"")
            if target not in seen:
                seen.add(target)
                yield Statement(_link_words(message, found), (message,), Kind.LINK, quote=target)


def _link_words(message: Message, found: re.Match[str]) -> str:
    """What was said of a link: its own words, else those before it on its line."""
    if found["words"]:
        return _shown(found["words"])
    line = message.text[message.text.rfind("\n", 0, found.start()) + 1 : found.start()]
    said = split(_URL.sub(" ", line), "en")
    return said[-1].rstrip(" :–—-(") if said and size_in_words(said[-1]) >= 2 else ""


def _following(group: Group, sentence: Sentence) -> Sentence | None:
    pieces = group.pieces[sentence.source]
    at = sentence.place + 1
    return Sentence(pieces[at], sentence.source, at) if at < len(pieces) else None
