"""A digest as people read it: topics in compact Markdown, each piece with the messages that it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot import Cited, Length, Message, count, unmarked

from .sentences import shorten
from .topics import Kind, Statement, Topic
from .window import Window
from .wording import Reader, address, heads, link, speakers

FEW = 3
"""Messages from which there are topics; fewer are told as they are."""

TOPICS = {Length.SHORT: 10, Length.MEDIUM: 6, Length.LONG: 20}
"""Topics that are told at most; of the others only the headlines."""

LINES = {Length.SHORT: (0, 0), Length.MEDIUM: (5, 3), Length.LONG: (16, 16)}
"""Lines of the topic that matters most, and the fewest that there is room for in the others."""

QUOTED = {Length.SHORT: 160, Length.MEDIUM: 180, Length.LONG: 400}
"""Characters of a quotation."""

ALSO = 6
"""Headlines that are listed of the topics that are not told."""

_MARKS = {
    Kind.DECISION: "✅ **Decided:** ",
    Kind.ACTION: "📌 **To do:** ",
    Kind.QUESTION: "❓ **Open:** ",
    Kind.DISAGREEMENT: "⚖️ **Disagreement:** ",
    Kind.LINK: "🔗 ",
    Kind.POINT: "",
}
_INNER = r"[^\s<>()\[\]`…]"
_BARE = re.compile(rf"(?<![(<`\w])https?://(?:{_INNER}|\({_INNER}*\))*(?:[^\s<>()\[\]`….,;:!?'\"]|\({_INNER}*\))")
_SIGNS = {Kind.DECISION: "✅", Kind.ACTION: "📌", Kind.QUESTION: "❓", Kind.DISAGREEMENT: "⚖️"}
_FIRST = (Kind.DECISION, Kind.POINT, Kind.ACTION, Kind.QUESTION, Kind.DISAGREEMENT, Kind.ACTION, Kind.LINK)
"""What is told of a topic first where there is no room for everything; then in this order again."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest tells.

    Attributes:
        window: What was said.
        topics: Those that matter most first.
        others: Those of which only the headline is told.
        closing: A line about how it came about; empty where there is nothing to say.
        mentioned: The messages that mention the reader, by channel and id.
    """

    window: Window
    topics: Sequence[Topic] = ()
    others: Sequence[Topic] = ()
    closing: str = ""
    mentioned: frozenset[tuple[str, str]] = frozenset()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self.topics and not 0 < len(self.window.all) < FEW


def tell(digest: Digest, reader: Reader, title: str = "") -> Iterator[str | Cited]:
    """The digest, piece by piece.

    Args:
        digest: What it tells.
        reader: Who reads it.
        title: What stands above it.
    """
    window, length = digest.window, reader.length
    if title:
        yield f"{title}\n"
    if not window.all:
        yield _quiet(window, reader, "nobody said anything")
    elif len(window.all) < FEW:
        yield from _few(window, reader)
    elif digest.empty:
        yield _quiet(window, reader, "only greetings and short remarks")
    else:
        yield f"{_head(window, reader)}\n"
    for place, topic in enumerate(digest.topics):
        yield "\n" if length is not Length.SHORT or place == 0 else ""
        most, fewest = LINES[length]
        yield from _topic(topic, digest, reader, max(most - place // 2, fewest))
    if digest.others:
        yield "\n"
        yield from _also(digest.others)
    for remark in (digest.closing, *(f"_{reason}_" for reason in window.unread)):
        yield f"\n{remark}\n" if remark else ""


def _few(window: Window, reader: Reader) -> Iterator[str | Cited]:
    """Hardly any messages: what was said, as it was said."""
    messages = window.all
    where = f" in {_places(window)}" if window.several else ""
    yield f"Only {heads(messages)}{where}, {_stretch(window, reader)}:\n\n"
    for message in messages:
        text = _words(" ".join(message.text.split()), QUOTED[Length.LONG])
        yield Cited(f"- {text} — {_by(message, window, reader)}\n", (message,))


def _quiet(window: Window, reader: Reader, why: str) -> str:
    """The honest line about a stretch of time that there is nothing to tell of."""
    line = f"{_places(window)}, {_stretch(window, reader)}: {why}.\n"
    return line[:1].upper() + line[1:]


def _head(window: Window, reader: Reader) -> str:
    where = f" in {_places(window)}" if window.several else ""
    return f"{heads(window.all)}{where}, {_stretch(window, reader)}"


def _stretch(window: Window, reader: Reader) -> str:
    return f"{reader.time(window.start)} to {reader.time(window.end)} ({reader.zone_name})"


def _places(window: Window) -> str:
    names = list(window.channels.values())
    if len(names) > 4:
        return count(len(names), "channel")
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _topic(topic: Topic, digest: Digest, reader: Reader, lines: int) -> Iterator[str | Cited]:
    window = digest.window
    yield "- " if reader.length is Length.SHORT else ""
    yield _headline(topic, bold=True)
    for part in _about(topic, digest, reader):
        yield " · "
        yield part
    yield "\n"
    for statement in chosen(topic.statements, lines):
        text = _line(statement, window, reader)
        yield Cited(f"- {text}\n", statement.sources)


def _about(topic: Topic, digest: Digest, reader: Reader) -> Iterator[str | Cited]:
    """Where and how much was said, by whom, and in one line what came of it."""
    messages, window = topic.messages, digest.window
    if window.several:
        yield window.places[messages[0].channel, messages[0].id]
    if any((message.channel, message.id) in digest.mentioned for message in messages):
        yield "mentions you"
    signs = [
        f"{sign} {number}" if number > 1 else sign
        for kind, sign in _SIGNS.items()
        if (number := sum(statement.kind is kind for statement in topic.statements))
    ]
    if reader.length is Length.SHORT and signs:
        yield " ".join(signs)
    spoke = speakers(messages)
    most = 2 if reader.length is Length.SHORT else 3
    named = spoke[: most if len(spoke) > most + 1 else most + 1]
    names = ", ".join(_name(message) for message in named)
    others = len(spoke) - len(named)
    yield Cited(f"{names} and {others} more" if others else names, tuple(named), count(len(spoke), "person", "people"))
    began = _when(messages[0], window, reader)
    yield f"{count(len(messages), 'message')} from {began}" if len(messages) > 1 else began


def chosen(statements: Sequence[Statement], most: int) -> list[Statement]:
    """As many statements as there is room for: of each kind in turn, in the order in which they were.

    Args:
        statements: Of one topic.
        most: How many.
    """
    waiting: dict[Kind, list[Statement]] = {}
    for statement in statements:
        waiting.setdefault(statement.kind, []).append(statement)
    taken: list[Statement] = []
    while len(taken) < most and any(waiting.values()):
        for kind in _FIRST:
            if waiting.get(kind) and len(taken) < most:
                following = waiting[kind].pop(0)
                # A link that stands in a quotation already is not told again.
                if kind is not Kind.LINK or not any((following.quote or "") in each.text for each in taken):
                    taken.append(following)
    return [statement for statement in statements if any(statement is each for each in taken)]


def _line(statement: Statement, window: Window, reader: Reader) -> str:
    message = statement.sources[0]
    limit = QUOTED[reader.length]
    mark = _MARKS[statement.kind]
    # What a model wrote may rest on several messages.
    rests = statement.sources if statement.quote is None else (message,)
    by = ", ".join(_by(each, window, reader) for each in rests)
    if statement.kind is Kind.LINK:
        target = statement.quote or ""
        label = unmarked(statement.text) if statement.text else _address(target)
        return f"{mark}{link(label, target)} — {by}"
    text = _words(statement.text, limit)
    if statement.kind is Kind.ACTION and statement.who and text.lstrip("@ *").startswith(statement.who.split()[0]):
        mark = "📌 "
    elif statement.kind is Kind.ACTION and statement.who:
        mark = f"📌 **{unmarked(statement.who)}:** "
        by = _time(message, window, reader) if statement.who == _plain_name(message) else by
    if statement.kind is Kind.ACTION and statement.due and statement.due in text:
        text = text.replace(statement.due, f"**{statement.due}**", 1)
    if statement.kind is Kind.DISAGREEMENT and statement.quote is not None and len(statement.sources) > 1:
        other = statement.sources[1]
        by = f"{by}, to {_name(other)} {_time(other, window, reader)}"
    return f"{mark}{text} — {by}"


def _also(rest: Sequence[Topic]) -> Iterator[str | Cited]:
    yield "Also: "
    for number, topic in enumerate(rest[:ALSO]):
        yield " · " if number else ""
        yield _headline(topic)
    yield f" and {len(rest) - ALSO} more\n" if len(rest) > ALSO else "\n"


def _headline(topic: Topic, *, bold: bool = False) -> Cited:
    """The headline, linked to where it was said, or to where the topic begins."""
    source = (topic.headline_sources or topic.messages)[0]
    text = unmarked(topic.headline)
    text = f"[{text}]({source.link})" if source.link else text
    return (
        Cited(f"**{text}**", topic.headline_sources, "**A topic**")
        if bold
        else Cited(text, topic.headline_sources, "…")
    )


def _by(message: Message, window: Window, reader: Reader) -> str:
    return f"{_name(message)} {_time(message, window, reader)}"


def _plain_name(message: Message) -> str:
    return " ".join(message.author_name.split())


def _name(message: Message) -> str:
    return unmarked(message.author_name)


def _time(message: Message, window: Window, reader: Reader) -> str:
    when = _when(message, window, reader)
    return f"[{when}]({message.link})" if message.link else when


def _when(message: Message, window: Window, reader: Reader) -> str:
    days = {when.astimezone(reader.zone).date() for when in window.ends}
    return reader.time(message.sent, day=len(days) > 1)


def _address(target: str) -> str:
    return unmarked(shorten(address(target).removeprefix("www.").rstrip("/"), 60))


def _words(text: str, limit: int) -> str:
    """A quotation that is no longer than that, in which no code span is left open and addresses are short."""
    said = text.split()
    text = shorten(text, limit)
    text = text if text.count("`") % 2 == 0 else text.replace("`", "")

    def linked(found: re.Match[str]) -> str:
        label = _address(found[0])
        # What was cut off leads nowhere.
        cut = found.string.startswith("…", found.end()) and found[0] not in said
        return label if cut else link(label, found[0])

    return _BARE.sub(linked, text)
