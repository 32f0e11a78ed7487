"""Answers of a language model in this process: 16 people at once beside what `generate` makes of the same prompts.

The weights are random, in the shape of SmolLM2-135M and in bf16. What is compared runs in turns in one process, for the
machine may be busy otherwise. No two questions begin alike.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path

import torch
from langchain_core.messages import BaseMessage, HumanMessage
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedModel

from bot.asking import ASKING, Asking, Owner, Priority
from bot.models.catalog import Entry
from bot.models.engines.chat import LocalChat
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.chat_prompt import render
from bot.models.engines.resident import Resident
from bot.models.queue import MOST_OF_PERSON
from bot.models.tasks import Task
from tests.bot.models.chat_checkpoints import LLAMA, make_tokenizer

CLIENTS = 16
NEW = 64
EACH = 3
"""Answers that each client asks for, one after the other."""
REPEATS = 5
LENGTHS = [16 + 16 * number for number in range(CLIENTS)]
"""Tokens of the prompts."""
FRAME = 9
"""Those of them that the template writes."""


def _build(folder: Path) -> Loaded:
    tokenizer = make_tokenizer("llama")
    tokenizer.chat_template = LLAMA
    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
    )
    config.save_pretrained(folder)
    torch.manual_seed(1)
    build: Callable[..., PreTrainedModel] = AutoModelForCausalLM.from_config
    model = build(config, dtype=torch.bfloat16)
    model.train(False)
    with torch.no_grad():
        # Only letters are ever the likeliest, so that each token is seen at once; what is computed stays as much.
        weights = model.get_input_embeddings().weight
        assert isinstance(weights, torch.Tensor)
        written = tokenizer.batch_decode([[number] for number in range(len(tokenizer))])
        letters = [number for number, text in enumerate(written) if text.isascii() and text.isalnum()]
        mute = torch.ones(len(weights), dtype=torch.bool)
        mute[letters] = False
        weights[mute] = 0
    return Loaded("measured", tokenizer, model, 2048, model.generation_config)


def _question(number: int) -> list[BaseMessage]:
    """A question that the model reads as one of the lengths, and that is asked once."""
    # A token each, for the words that the tokenizer learned have none of them.
    signs = random.choices("QXZ0123456789", k=LENGTHS[number % CLIENTS] - FRAME)
    return [HumanMessage("".join(signs))]


def _generate(loaded: Loaded, questions: Sequence[list[BaseMessage]]) -> float:
    """Seconds that `generate` takes for one padded batch."""
    prompts = [render(loaded, question, []).ids for question in questions]
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    generate: Callable[..., torch.Tensor] = getattr(loaded.model, "generate")  # noqa: B009
    began = time.perf_counter()
    generate(ids, attention_mask=mask, max_new_tokens=NEW, min_new_tokens=NEW, do_sample=False, pad_token_id=0)
    return time.perf_counter() - began


async def _ask(chat: LocalChat, person: str, question: list[BaseMessage]) -> float:
    """Seconds until the first piece of an answer that is read to its end."""
    ASKING.set(Asking(Owner("home", person), Priority.INTERACTIVE, lambda waiting: None))
    began, first = time.perf_counter(), 0.0
    async for _ in chat.astream(question, temperature=0, max_tokens=NEW):
        first = first or time.perf_counter() - began
    return first


async def _client(chat: LocalChat, person: str, first: int) -> list[float]:
    found = [await _ask(chat, person, _question(first + 7 * turn)) for turn in range(EACH)]
    return found[1:]  # All begin at the same moment, which they never do again.


@asynccontextmanager
async def _beside(*tasks: asyncio.Task[None]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _lag(found: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        found.append(time.perf_counter() - began - 0.005)


async def _busy(chat: LocalChat, person: str, first: int) -> None:
    for turn in count(first):
        await _ask(chat, person, _question(turn))


async def _person_beside(chat: LocalChat, others: Sequence[str]) -> float:
    """A person's median seconds until the first piece, beside others who always ask."""
    loop = asyncio.get_running_loop()
    async with _beside(*(loop.create_task(_busy(chat, other, first)) for first, other in enumerate(others))):
        # The first answer passes while the others begin.
        own = [await loop.create_task(_ask(chat, "person", _question(8))) for _ in range(4)][1:]
        return statistics.median(own)


async def measure(repeats: int = REPEATS) -> dict[str, float]:
    """Tokens per second, times to the first piece, and how fair they are.

    Args:
        repeats: How often each is measured; the median counts.
    """
    with tempfile.TemporaryDirectory() as name:
        loaded = _build(Path(name))
        resident = Resident("measured", lambda: None, lambda: loaded)
        entry = Entry(name="measured", task=Task.CHAT, kind="folder", source=name)
        chat = LocalChat.of(entry, Path(name), resident)
        await _ask(chat, "person", _question(0))
        rates: dict[str, list[float]] = {"together": [], "padded": [], "alone": []}
        times: dict[str, list[float]] = {"lone": [], "many": [], "lag": [], "people": [], "flood": []}
        for _ in range(repeats):
            questions = [_question(number) for number in range(CLIENTS)]
            rates["padded"].append(CLIENTS * NEW / await asyncio.to_thread(_generate, loaded, questions))
            rates["alone"].append(NEW / await asyncio.to_thread(_generate, loaded, questions[8:9]))
            lag = asyncio.create_task(_lag(times["lag"]))
            async with _beside(lag):
                began = time.perf_counter()
                firsts = await asyncio.gather(*(_client(chat, f"person {number}", number) for number in range(CLIENTS)))
                rates["together"].append(CLIENTS * EACH * NEW / (time.perf_counter() - began))
            times["many"].append(statistics.quantiles([one for each in firsts for one in each], n=20)[-1])
            loop = asyncio.get_running_loop()
            times["lone"].append(await loop.create_task(_ask(chat, "person", _question(8))))
            others = [f"other {number}" for number in range(CLIENTS - 1)]
            times["people"].append(await _person_beside(chat, others))
            times["flood"].append(await _person_beside(chat, ["flood"] * MOST_OF_PERSON))
        await resident.close()
    rate = {key: statistics.median(found) for key, found in rates.items()}
    lags = statistics.quantiles(times["lag"], n=100)
    took = {key: statistics.median(found) for key, found in times.items() if key != "lag"}
    return {
        f"tokens/s, {CLIENTS} at once": rate["together"],
        f"tokens/s, generate on a padded batch of {CLIENTS}": rate["padded"],
        "tokens/s, generate one at a time": rate["alone"],
        f"× padded, {CLIENTS} at once": rate["together"] / rate["padded"],
        f"× one at a time, {CLIENTS} at once": rate["together"] / rate["alone"],
        "seconds to the first token, alone": took["lone"],
        f"seconds to the first token, {CLIENTS} at once, 95th percentile": took["many"],
        f"seconds to the first token, beside {CLIENTS - 1} people": took["people"],
        "seconds to the first token, beside one who floods": took["flood"],
        "ms that the event loop lags at full load, 99th percentile": 1000 * lags[-1],
    }
