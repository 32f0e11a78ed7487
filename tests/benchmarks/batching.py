"""Answers of a language model in this process: 16 people at once beside what `generate` makes of the same prompts.

What is compared runs in turns, each in a process of its own, and each ratio is of neighbours: the machine may be busy
otherwise.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from langchain_core.messages import BaseMessage
from transformers import ContinuousBatchingConfig

from bot.models.catalog import Entry
from bot.models.engines.chat import LocalChat
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.packing import lay_out
from bot.models.engines.resident import Resident
from bot.models.tasks import Task
from bot.models.waiting import MOST_OF_PERSON
from bot.threads import in_thread
from tests.benchmarks import batching_leaving
from tests.benchmarks.batching_library import Library
from tests.benchmarks.batching_rig import (
    CLIENTS,
    NEW,
    alone,
    arrivals,
    ask,
    beside,
    beside_others,
    build,
    clients,
    lag,
    question,
)

EACH = 4
"""Answers that each client asks for, one after the other."""
REPEATS = 5
LOAD = 0.6
"""What part of what the model can do is asked for by those who come at random moments."""
COMING = 32
"""How many of these there are."""

FIGURES = {
    "together": f"tokens/s, {CLIENTS} at once",
    "padded": f"tokens/s, generate on a padded batch of {CLIENTS}",
    "single": "tokens/s, generate one at a time",
    "continuous": f"tokens/s, generate_batch on {CLIENTS}, warm",
    "sized": f"tokens/s, generate_batch on {CLIENTS}, warm, sized for these prompts",
    "× padded": f"× padded, {CLIENTS} at once",
    "× single": f"× one at a time, {CLIENTS} at once",
    "× continuous": f"× generate_batch, {CLIENTS} at once",
    "× sized": f"× generate_batch sized for these prompts, {CLIENTS} at once",
    "alone": "seconds to the first token, alone, median of all prompts",
    "alone 95": "seconds to the first token, alone, 95th percentile of all prompts",
    "many": f"seconds to the first token, {CLIENTS} at once, 95th percentile",
    "× alone": f"× alone, {CLIENTS} at once: 95th percentile to median",
    "× alone 95": f"× alone, {CLIENTS} at once: 95th percentile to 95th percentile",
    "coming": f"seconds to the first token at {LOAD:.0%} of capacity, 95th percentile",
    "× alone coming": f"× alone, at {LOAD:.0%} of capacity: 95th percentile to median",
    "people": f"seconds to the first token, beside {CLIENTS - 1} people",
    "flood": "seconds to the first token, beside one who floods",
    "× people": f"× beside {CLIENTS - 1} people, beside one who floods",
    "lag": "ms that the event loop lags at full load, 99th percentile",
    "leaving": "steps from a cancel to the freed slot, the most",
}


async def measure(repeats: int = REPEATS) -> dict[str, float]:
    """Tokens per second, times to the first piece, and how fair they are.

    Args:
        repeats: How often each is measured; the median counts.
    """
    with tempfile.TemporaryDirectory() as name:
        loaded = await in_thread(_build, Path(name))
        # Left to itself it takes all memory that is free.
        plain, greedy = Library(), Library(ContinuousBatchingConfig(max_memory_percent=0.2))
        sized = Library(ContinuousBatchingConfig(num_blocks=3 * CLIENTS, max_batch_tokens=512))
        resident = Resident("measured", lambda: None, lambda: loaded)
        entry = Entry(name="measured", task=Task.CHAT, kind="folder", source=name)
        chat = LocalChat.of(entry, Path(name), resident)
        await ask(chat, "person", question(0))
        await in_thread(plain.generate, _questions())
        for each in (greedy, sized):
            await in_thread(each.generate_batch, _questions())
        found: dict[str, list[float]] = defaultdict(list)
        for _ in range(repeats):
            for key, value in (await _once(chat, plain, greedy, sized)).items():
                found[key].append(value)
        await resident.close()
        for library in (plain, greedy, sized):
            library.close()
        found["leaving"].append(await in_thread(batching_leaving.measure, loaded))
    return {FIGURES[key]: statistics.median(found[key]) for key in FIGURES}


def _build(folder: Path) -> Loaded:
    loaded = build(folder)
    lay_out(loaded.model, loaded.model.device, loaded.model.dtype)
    return loaded


def _questions() -> list[list[BaseMessage]]:
    return [question(number) for number in range(CLIENTS)]


async def _once(chat: LocalChat, plain: Library, greedy: Library, sized: Library) -> dict[str, float]:
    found, lags = {}, list[float]()
    found["padded"] = await in_thread(plain.generate, _questions())
    found["single"] = await in_thread(plain.generate, _questions()[8:9])
    lone = await alone(chat)
    async with beside(lag(lags)):
        firsts, found["together"] = await asyncio.create_task(clients(chat, EACH))
    found["continuous"] = await in_thread(greedy.generate_batch, _questions())
    found["sized"] = await in_thread(sized.generate_batch, _questions())
    for kind in ("padded", "single", "continuous", "sized"):
        found[f"× {kind}"] = found["together"] / found[kind]
    found["alone"], found["alone 95"] = statistics.median(lone), _percentile(lone, 95)
    # All begin at the same moment, which they never do again.
    found["many"] = _percentile([one for each in firsts for one in each[1:]], 95)
    coming = await asyncio.create_task(arrivals(chat, LOAD * found["together"] / NEW, COMING))
    found["coming"] = _percentile(coming, 95)
    found["× alone"], found["× alone 95"] = found["many"] / found["alone"], found["many"] / found["alone 95"]
    found["× alone coming"] = found["coming"] / found["alone"]
    found["people"] = await beside_others(chat, [f"other {number}" for number in range(CLIENTS - 1)])
    found["flood"] = await beside_others(chat, ["flood"] * MOST_OF_PERSON)
    found["× people"] = found["flood"] / found["people"]
    found["lag"] = 1000 * _percentile(lags, 99)
    return found


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
