"""Vectors of short messages: 16 callers beside `SentenceTransformer.encode` with all of them in one call.

Both run the model that comes with Atelier, in turns in one process, for the machine may be busy otherwise; each in a
thread that ends, for what has computed slows down what computes beside it.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from pathlib import Path

from sentence_transformers import SentenceTransformer

from bot.asking import ASKING, Asking, Owner, Priority
from bot.models import files
from bot.models.catalog import named
from bot.models.engines.embeddings import LocalEmbeddings
from bot.threads import in_thread

CALLERS = 16
MESSAGES = 1000
REPEATS = 5
WORDS = (
    "who writes the release notes for version two budget offsite approved on monday can somebody look at my pull "
    "request lunch is noon train was late again thanks that helped a lot we decided to move deadline friday please "
    "review document before meeting server down since this morning and nobody knows why it works now"
).split()


def _messages() -> list[str]:
    """Messages of 2 to 30 words, most of them short."""
    return [" ".join(random.choices(WORDS, k=min(30, 2 + int(random.expovariate(0.12))))) for _ in range(MESSAGES)]


async def _caller(model: LocalEmbeddings, person: str, messages: list[str], each: int) -> None:
    """Asks for the vectors of some messages, `each` at a time."""
    ASKING.set(Asking(Owner("home", person), Priority.INTERACTIVE, lambda waiting: None))
    for start in range(0, len(messages), each):
        await model.aembed_documents(messages[start : start + each])


async def _together(model: LocalEmbeddings, messages: list[str], each: int) -> float:
    """Messages a second, over all callers."""
    began = time.perf_counter()
    callers = (_caller(model, f"person {number}", messages[number::CALLERS], each) for number in range(CALLERS))
    await asyncio.gather(*(asyncio.create_task(caller) for caller in callers))
    return len(messages) / (time.perf_counter() - began)


def _encode(model: SentenceTransformer, messages: list[str]) -> float:
    began = time.perf_counter()
    model.encode(messages, normalize_embeddings=True, show_progress_bar=False)
    return len(messages) / (time.perf_counter() - began)


async def measure(repeats: int = REPEATS) -> dict[str, float]:
    """Messages per second.

    Args:
        repeats: How often each is measured; the median counts.
    """
    entry = named("minilm-l6")
    assert entry is not None
    folder = files.path(entry, Path())
    reference = await in_thread(SentenceTransformer, str(folder), device="cpu")
    model = LocalEmbeddings("minilm-l6", folder, lambda: None)
    await model.aembed_query("warm")
    await in_thread(_encode, reference, _messages()[:64])
    rates: dict[str, list[float]] = {"encode": [], "shares": [], "singles": []}
    for _ in range(repeats):
        messages = _messages()
        rates["encode"].append(await in_thread(_encode, reference, messages))
        rates["shares"].append(await _together(model, messages, MESSAGES))
        rates["singles"].append(await _together(model, messages, 1))
    await model.resident.close()
    rate = {key: statistics.median(found) for key, found in rates.items()}
    return {
        "messages/s, SentenceTransformer.encode in one call": rate["encode"],
        f"messages/s, {CALLERS} callers with a share each": rate["shares"],
        f"messages/s, {CALLERS} callers with one message at a time": rate["singles"],
        f"× encode, {CALLERS} callers with a share each": rate["shares"] / rate["encode"],
        f"× encode, {CALLERS} callers with one message at a time": rate["singles"] / rate["encode"],
    }
