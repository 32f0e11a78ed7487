"""How much a topic matters: to everyone by what went on in it, to one reader by what concerns them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import Message

from .group import Group
from .topics import Kind, Statement

if TYPE_CHECKING:
    from .ranking import Matrix

OUTCOMES = {Kind.DECISION: 0.5, Kind.ACTION: 0.3, Kind.DISAGREEMENT: 0.2, Kind.QUESTION: 0.2}
"""What it adds to a topic that there is such a thing in it; three of them add twice as much."""

INTERESTING = 0.3
"""The cosine from which a topic is near to what somebody asked to remember."""

_EVERYONE = re.compile(r"(?<!\w)@(?:here|channel|everyone)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Interest:
    """What concerns the one person that a digest is for.

    Attributes:
        person: `Person.id`.
        names: What they are called in mentions, in lower case.
        facts: What they asked to remember, a row of unit length each; None where there is nothing.
    """

    person: str
    names: frozenset[str]
    facts: Matrix | None = None

    def mentioned(self, message: Message) -> bool:
        """Whether somebody else mentions them."""
        if message.author == self.person or "@" not in message.text:
            return False
        text = message.text.casefold()
        return any(re.search(rf"@{re.escape(name)}(?!\w)", text) is not None for name in self.names)


def activity(group: Group, interest: Interest | None = None) -> float:
    """How much went on in a topic, and how much of it concerns the reader.

    Args:
        group: The topic.
        interest: Of the person it is for; None where it is for everyone.
    """
    messages = group.messages
    people = len({message.author for message in messages})
    weight = math.log1p(len(messages)) + 0.7 * math.log1p(people)
    weight += 0.4 * math.log1p(sum(message.reactions for message in messages))
    weight += 0.5 * any(_EVERYONE.search(message.text) for message in messages)
    if interest is not None:
        weight += 1.2 * any(map(interest.mentioned, messages))
        weight += 0.6 * any(message.author == interest.person for message in messages)
        if interest.facts is not None:
            near = float((interest.facts @ group.centre).max())
            weight += 2.0 * max(near - INTERESTING, 0.0)
    return weight


def outcome(told: Sequence[Statement]) -> float:
    """What it adds that something came of a topic."""
    numbers = Counter(statement.kind for statement in told)
    return sum(weight * math.log2(1 + numbers[kind]) for kind, weight in OUTCOMES.items())
