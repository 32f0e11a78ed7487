"""Groups the messages of a channel by what they are about, also where several conversations go on at once.

Threads and replies say by themselves what belongs together. The rest is a matter of meaning and time: two messages
attract each other where they mean the like or follow each other soon, and repel each other otherwise. From then on the
two groups that attract each other most are joined until none do: greedy additive edge contraction for correlation
clustering (Keuper et al., "Efficient decomposition of image and mesh graphs by lifted multicuts", ICCV 2015). It needs
no number of groups, and each message is compared with a few before it only, so that the work grows with the number of
messages and not with its square.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from bot import Message

from .segmenting import segment

if TYPE_CHECKING:
    from .ranking import Matrix

NEIGHBOURS = 10
"""How many earlier turns each one is compared with."""

BREATH = 120.0
"""Seconds within which what somebody says next belongs to the same turn."""

SOON, LATE = -0.1, 0.3
"""How alike two turns have to be to attract each other: said one after the other, or a long time apart."""

PAUSE = 1800.0
"""Seconds after which most of the way from soon to late is gone."""

APART = 0.1
"""How much more alike they have to be where what was said between them changed the topic."""

LONE = -0.15
"""How much a turn that nothing attracts may be repelled by what it is put with all the same."""

FEW = 30
"""Turns below which what all of them share is hardly told from what each is about."""

SHARED = 0.12
"""How alike two turns of a channel are by what all of it shares, where that was not told apart."""


class Parts:
    """Which of a number of things belong together; at first none do."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def of(self, one: int) -> int:
        """The part that it belongs to, by the first thing in it."""
        while self._parent[one] != one:
            self._parent[one] = one = self._parent[self._parent[one]]
        return one

    def join(self, one: int, other: int) -> None:
        """Make one part of two."""
        first, second = sorted((self.of(one), self.of(other)))
        self._parent[second] = first

    def all(self) -> dict[int, list[int]]:
        """Every part by its first thing, in order."""
        found: dict[int, list[int]] = {}
        for one in range(len(self._parent)):
            found.setdefault(self.of(one), []).append(one)
        return found


def group(messages: Sequence[Message], vectors: Sequence[Matrix]) -> list[list[int]]:
    """The messages of each topic, by their indexes.

    Every message is in exactly one topic, as long as any of them says something. The order in which they are given
    makes no difference.

    Args:
        messages: Of one channel, its threads included.
        vectors: For each message a row of unit length per sentence; none for a message that says nothing.

    Returns:
        Topics by their first message; the messages of each in the order they were sent.
    """
    order = sorted(range(len(messages)), key=lambda index: (messages[index].sent, messages[index].id))
    told = [messages[index] for index in order]
    meant = [vectors[index] for index in order]
    if not any(map(len, meant)):
        return []
    parts = Parts(len(told))
    lines = _lines(told)
    for one, other in (*_linked(told), *_continued(told, lines)):
        parts.join(one, other)
    _attach(told, lines, [len(each) > 0 for each in meant], parts)
    _join_alike(told, meant, parts)
    return [[order[place] for place in places] for places in parts.all().values()]


def _lines(messages: Sequence[Message]) -> list[str]:
    """For each message the thread it is in, or else its channel; where all are in one thread, that is the channel."""
    threads = {message.thread for message in messages}
    return [message.channel if len(threads) == 1 else message.thread or message.channel for message in messages]


def _linked(messages: Sequence[Message]) -> Iterator[tuple[int, int]]:
    """Those that a thread or a reply joins."""
    places = {(message.channel, message.id): place for place, message in enumerate(messages)}
    several = len({message.thread for message in messages}) > 1
    # Where a thread is a mark on messages, the mark names the channel too.
    roots = {name: place for (channel, id_), place in places.items() for name in (id_, f"{channel}:{id_}")}
    first: dict[str, int] = {}
    for place, message in enumerate(messages):
        if message.thread and several:
            yield first.setdefault(message.thread, roots.get(message.thread, place)), place
        if message.reply_to and (answered := places.get((message.channel, message.reply_to))) is not None:
            yield answered, place


def _continued(messages: Sequence[Message], lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Those that somebody says in one go."""
    last: dict[str, int] = {}
    for place, (message, line) in enumerate(zip(messages, lines, strict=True)):
        before = last.get(line)
        last[line] = place
        if before is None or message.reply_to or messages[before].author != message.author:
            continue
        if (message.sent - messages[before].sent).total_seconds() <= BREATH:
            yield before, place


def _attach(messages: Sequence[Message], lines: Sequence[str], telling: Sequence[bool], parts: Parts) -> None:
    """Joins what says nothing by itself to what was said next to it: in its own line, or else anywhere."""
    for names in (lines, [""] * len(lines)):
        says: dict[int, bool] = {}
        for place, tells in enumerate(telling):
            says[parts.of(place)] = says.get(parts.of(place), False) or tells
        places: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            places.setdefault(name, []).append(place)
        for line in places.values():
            for one, other in _nearest(messages, line, [says[parts.of(place)] for place in line]):
                if not says[parts.of(one)]:
                    parts.join(one, other)
                    says[parts.of(one)] = True


def _nearest(messages: Sequence[Message], line: Sequence[int], says: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Each that says nothing, with the nearest that does; what went before is nearer than what follows."""
    following: list[int | None] = [None] * len(line)
    after: int | None = None
    for at in reversed(range(len(line))):
        following[at] = after
        after = line[at] if says[at] else after
    before: int | None = None
    for at, place in enumerate(line):
        if says[at]:
            before = place
            continue
        late = following[at]
        if before is None or late is None:
            near = before if late is None else late
        else:
            waited = messages[place].sent - messages[before].sent
            near = before if waited <= 3 * (messages[late].sent - messages[place].sent) else late
        if near is not None:
            yield place, near


def _join_alike(messages: Sequence[Message], vectors: Sequence[Matrix], parts: Parts) -> None:
    """Joins the parts that attract each other."""
    turns = list(parts.all().values())
    edges = list(_attractions(messages, vectors, turns))
    joined = _contracted(len(turns), edges)
    for one, other in (*joined, *_taken_in(joined, edges, len(turns))):
        parts.join(turns[one][0], turns[other][0])


def _attractions(
    messages: Sequence[Message], vectors: Sequence[Matrix], turns: Sequence[Sequence[int]]
) -> Iterator[tuple[int, int, float]]:
    """How much turns attract each other, where they were said near each other."""
    import numpy as np

    sums = np.stack([np.concatenate([vectors[place] for place in turn]).sum(axis=0) for turn in turns])
    units = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    # What all of a channel is about tells no topics apart.
    known = len(units) / (len(units) + FEW)
    units -= known * units.mean(axis=0)
    units /= np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1e-9)
    starts = np.asarray([messages[turn[0]].sent.timestamp() for turn in turns])
    ends = np.asarray([messages[turn[-1]].sent.timestamp() for turn in turns])
    parted = np.zeros(len(turns), dtype=np.intp)
    parted[segment([units[place : place + 1] for place in range(len(units))])] = 1
    stretch = np.cumsum(parted)
    for step in range(1, min(NEIGHBOURS + 1, len(turns))):
        alike = np.einsum("ij,ij->i", units[:-step], units[step:])
        waited = np.maximum(starts[step:] - np.minimum(ends[:-step], starts[step:]), 0)
        needed = LATE - (LATE - SOON) * np.exp(-waited / PAUSE) + SHARED * (1 - known)
        needed += APART * (stretch[step:] != stretch[:-step])
        for place, weight in enumerate((alike - needed).tolist()):
            yield place, place + step, weight


def _taken_in(
    joined: Iterable[tuple[int, int]], edges: Iterable[tuple[int, int, float]], count: int
) -> Iterator[tuple[int, int]]:
    """For each that nothing attracts the one that repels it least, unless that is much."""
    lone = set(range(count)) - {one for pair in joined for one in pair}
    best: dict[int, tuple[float, int]] = {}
    for one, other, weight in edges:
        for here, there in ((one, other), (other, one)):
            if here in lone and weight > best.get(here, (LONE, 0))[0]:
                best[here] = (weight, there)
    for here, (_, there) in best.items():
        yield here, there


def _contracted(count: int, edges: Iterable[tuple[int, int, float]]) -> list[tuple[int, int]]:
    """Joins the two groups that attract each other most until none do.

    Args:
        count: How many things there are.
        edges: Two of them, and how much they attract each other; below 0 they repel each other.

    Returns:
        What was joined, by one thing of each of the two groups.
    """
    weights: list[dict[int, float]] = [{} for _ in range(count)]
    for one, other, weight in edges:
        weights[one][other] = weights[other][one] = weight
    waiting = [
        (-weight, one, other) for one, near in enumerate(weights) for other, weight in near.items() if one < other
    ]
    waiting = [each for each in waiting if each[0] < 0]
    heapq.heapify(waiting)
    joined: list[tuple[int, int]] = []
    while waiting:
        weight, one, other = heapq.heappop(waiting)
        # What was joined since has another weight, which waits as well.
        if weights[one].get(other) != -weight:
            continue
        if len(weights[one]) < len(weights[other]):
            one, other = other, one
        joined.append((one, other))
        for third, added in weights[other].items():
            del weights[third][other]
            if third == one:
                continue
            both = weights[one].get(third, 0.0) + added
            weights[one][third] = weights[third][one] = both
            if both > 0:
                heapq.heappush(waiting, (-both, min(one, third), max(one, third)))
        weights[other] = {}
    return joined
