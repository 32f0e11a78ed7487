"""A digest of 10,000 messages of one channel with the starter embeddings: when none of them was read before, and again.

It is made in a process of its own, so that the memory is its own, too: Atelier, the model and the digest.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import insert

from bot.body import Forward
from bot.platforms.memory import SERVER
from bot.plugin import Plugin
from bot.store.tables import MessageRow
from bot.testing import Testbed

MESSAGES = 10_000
PEOPLE = ("Dana", "Ravi", "Ana", "Ben", "Cleo", "Emil", "Fatima", "Goran", "Hana", "Ivo", "Jun", "Kofi")
SHORT = ("ok", "thanks!", "+1", "sounds good", "lol", "on it", "same here", "brb", "nice")
"""One message in four says nothing by itself."""

TOPICS = {
    "the release": ("the changelog", "the upgrade notes", "the beta build", "the rollback plan", "the signing key"),
    "the billing page": (
        "the invoice export",
        "the tax table",
        "the refund form",
        "the currency switch",
        "the receipt",
    ),
    "the offsite": ("the train tickets", "the hotel list", "the evening programme", "the budget", "the room plan"),
    "the search index": ("the ranking test", "the nightly import", "the stop words", "the cache", "the query log"),
    "the mobile app": ("the login screen", "the push messages", "the crash report", "the dark theme", "the icons"),
    "the new office": ("the desk layout", "the parking spots", "the coffee machine", "the move date", "the lease"),
}
SAID = (
    "I looked at {part} again and it does not do what we agreed on for {topic}",
    "We decided to keep {part} as it is until {day}",
    "{name} will finish {part} by {day}, and I take the review",
    "Does anybody know why {part} broke after {count} hours",
    "I measured {part} on {count} machines, and it is {count} percent slower than before",
    "Can we move {part} to {day}, since {topic} needs {count} more people",
    "I disagree, {part} is the reason that {topic} is late for {count} customers",
    "There is a note on {part} at https://wiki.test/{count}, please read it before {day}",
    "The problem with {part} was that nobody told {name} about {count} missing entries",
    "Let us talk about {topic} on {day}, because {part} still has {count} open questions",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "next week", "the end of the month")


def _texts(chance: random.Random) -> Iterator[str]:
    """What people say: a topic for a while, then another."""
    while True:
        topic = chance.choice(list(TOPICS))
        for _ in range(chance.randrange(5, 40)):
            if chance.random() < 0.25:
                yield chance.choice(SHORT)
                continue
            named = {"topic": topic, "part": chance.choice(TOPICS[topic])}
            told = [
                chance.choice(SAID).format(
                    **named, name=chance.choice(PEOPLE), day=chance.choice(DAYS), count=chance.randrange(2, 9000)
                )
                for _ in range(chance.choice((1, 1, 1, 2, 2, 3)))
            ]
            yield ". ".join(told) + "."


async def _fill(bed: Testbed) -> None:
    """A day's messages in a channel whose history is kept; every fifth one is a reply."""
    chance = random.Random(1)
    texts = _texts(chance)
    rows = [
        {
            "platform": "test",
            "channel": "general",
            "id": f"m{number}",
            "server": SERVER,
            "author": f"test:{name}",
            "author_name": name,
            "text": next(texts),
            "sent": bed.clock() - timedelta(seconds=8 * (MESSAGES - number)),
            "reply_to": f"m{number - chance.randrange(1, 20)}" if number > 20 and number % 5 == 0 else None,
            "from_bot": False,
            "link": f"https://chat.test/general/{number}",
        }
        for number in range(MESSAGES)
        for name in [chance.choice(PEOPLE)]
    ]
    await bed.say("/settings history on:yes", person=bed.admin)
    async with bed.app.store.database.write() as session:
        await (await session.connection()).execute(insert(MessageRow), rows)


async def _prepare(folder: Path) -> None:
    async with Testbed(folder) as bed:
        await _fill(bed)


async def _digests(folder: Path) -> dict[str, float]:
    plugin = Plugin("measured", "…")

    @plugin.command
    async def measured() -> AsyncIterator[Forward]:
        now = bed.clock()
        yield Forward("topics", {"start": now - timedelta(days=1), "end": now, "picture": False})

    async with Testbed(folder, plugin) as bed:
        took: list[float] = []
        told: list[str] = []
        for _ in range(2):
            began = time.perf_counter()
            told.append((await bed.say("/measured")).text)
            took.append(time.perf_counter() - began)
    assert len(told[0]) > 500, f"no digest: {told[0]}"
    assert told[0] == told[1], "what is kept says the same"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {
        "digest of 10,000 messages, s: first time": took[0],
        "digest of 10,000 messages, s: again": took[1],
        "digest of 10,000 messages, MB at most": peak / 1e6,
    }


def measure() -> dict[str, float]:
    """Seconds for the first digest and the next, and how much memory the process took at most."""
    with tempfile.TemporaryDirectory() as folder:
        for step in ("fill", "tell"):
            # Each in a process of its own: the memory of the second is to be that of Atelier alone.
            line = [sys.executable, "-m", __name__, step, folder]
            made = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(made.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    place = Path(sys.argv[2])
    if sys.argv[1] == "fill":
        asyncio.run(_prepare(place))
    else:
        sys.stdout.write(json.dumps(asyncio.run(_digests(place))) + "\n")
