"""Which questions of a topic were answered."""

from __future__ import annotations

import re
from datetime import timedelta

from . import cues
from .group import Group
from .sentences import Sentence

NEAR = 0.3
"""The cosine from which what is said after a question may be its answer."""

SOON = timedelta(minutes=30)
"""How long what the next person says may be an answer, whatever it means."""

_BECAUSE = re.compile(r"\W*(?:because|yes|no\b|weil|ja|nein|parce que|oui|porque|sí)\b[^?]*$", re.IGNORECASE)
"""What answers a question of one's own, in the same message or the next: `Why? Because …`."""


def answered(group: Group, question: Sentence) -> bool:
    """Whether somebody answered a question, or who asked it says that it is settled."""
    asked = group.messages[question.source]
    meaning = group.vectors[question.source][question.place]
    if any(map(_BECAUSE.match, group.pieces[question.source][question.place + 1 :])):
        return True
    nearest = alone = True
    for source in range(question.source + 1, len(group.messages)):
        message = group.messages[source]
        if message.author == asked.author:
            own = alone and message.sent - asked.sent <= SOON and _BECAUSE.match(message.text)
            if own or cues.settles(message.text):
                return True
            continue
        alone = False
        if cues.knows_nothing(message.text):
            continue
        if message.reply_to == asked.id:
            return True
        only_asks = cues.asks(message.text) and len(group.pieces[source]) <= 1
        if nearest and message.sent - asked.sent <= SOON and not only_asks and message.reply_to is None:
            return True
        rows = group.vectors[source]
        if not only_asks and len(rows) and float((rows @ meaning).max()) >= NEAR:
            return True
        nearest = nearest and only_asks
    return False
