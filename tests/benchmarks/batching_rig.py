"""What answers of a language model in this process are measured with: a model, questions, and people who ask them.

The weights are random, in the shape of SmolLM2-135M and in bf16. No two questions begin alike.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path

import torch
from langchain_core.messages import BaseMessage, HumanMessage
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedModel

from bot.asking import ASKING, Asking, Owner, Priority
from bot.models.engines.chat import LocalChat
from bot.models.engines.chat_loading import Loaded
from tests.bot.models.chat_checkpoints import LLAMA, make_tokenizer

CLIENTS = 16
NEW = 64
LENGTHS = [16 + 16 * number for number in range(CLIENTS)]
"""Tokens of the prompts."""
FRAME = 9
"""Those of them that the template writes."""


def smollm2() -> LlamaConfig:
    """The shape of SmolLM2-135M."""
    return LlamaConfig(
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


def weighted(config: LlamaConfig) -> PreTrainedModel:
    """A model of that shape with random weights in bf16, always the same."""
    torch.manual_seed(1)
    make: Callable[..., PreTrainedModel] = AutoModelForCausalLM.from_config
    model = make(config, dtype=torch.bfloat16)
    model.train(False)
    return model


def build(folder: Path) -> Loaded:
    """A model whose settings are written into a folder."""
    tokenizer = make_tokenizer("llama")
    tokenizer.chat_template = LLAMA
    config = smollm2()
    config.save_pretrained(folder)
    model = weighted(config)
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


def question(number: int) -> list[BaseMessage]:
    """A question that the model reads as one of the lengths, and that is asked once."""
    # A token each, for the words that the tokenizer learned have none of them.
    signs = random.choices("QXZ0123456789", k=LENGTHS[number % CLIENTS] - FRAME)
    return [HumanMessage("".join(signs))]


def person(name: str) -> Asking:
    """Somebody who asks."""
    return Asking(Owner("home", name), Priority.INTERACTIVE, lambda waiting: None)


async def ask(
    chat: LocalChat,
    name: str,
    asked: Sequence[BaseMessage],
    new: int = NEW,
    hear: Callable[[], object] = lambda: None,
) -> float:
    """Seconds until the first piece of an answer that is read to its end.

    Args:
        chat: The model.
        name: Who asks.
        asked: What.
        new: Tokens of the answer.
        hear: Called at each of them.
    """
    ASKING.set(person(name))
    began, first = time.perf_counter(), 0.0
    async for piece in chat.astream(list(asked), temperature=0, max_tokens=new):
        if piece.content:
            first = first or time.perf_counter() - began
            hear()
    return first


async def alone(chat: LocalChat) -> list[float]:
    """Seconds until the first piece, for a prompt of each length and nobody beside it."""
    return [await ask(chat, "person", question(number), 1) for number in range(CLIENTS)]


async def clients(chat: LocalChat, each: int) -> tuple[list[list[float]], float]:
    """People who ask again as soon as they are answered.

    Args:
        chat: The model.
        each: Answers that each of them gets.

    Returns:
        Seconds until the first piece of every answer, and tokens a second as long as all of them asked.
    """
    began, tokens, rate = time.perf_counter(), 0, 0.0

    def hear() -> None:
        nonlocal tokens
        tokens += 1

    async def client(number: int) -> list[float]:
        nonlocal rate
        first = [await ask(chat, f"person {number}", question(number + 7 * turn), hear=hear) for turn in range(each)]
        rate = rate or tokens / (time.perf_counter() - began)
        return first

    return await asyncio.gather(*(client(number) for number in range(CLIENTS))), rate


async def arrivals(chat: LocalChat, rate: float, number: int) -> list[float]:
    """Seconds until the first piece, of people who come one by one at random moments.

    Args:
        chat: The model.
        rate: How many come in a second, on average.
        number: How many come in all.
    """
    loop, asked = asyncio.get_running_loop(), []
    for each in range(number):
        asked.append(loop.create_task(ask(chat, f"person {each}", question(random.randrange(CLIENTS)))))
        await asyncio.sleep(random.expovariate(rate))
    return await asyncio.gather(*asked)


@asynccontextmanager
async def beside(*works: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Does something else meanwhile, and ends it."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def lag(found: list[float]) -> None:
    """Notes how many seconds late the event loop is, until it is cancelled."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        found.append(time.perf_counter() - began - 0.005)


async def beside_others(chat: LocalChat, others: Sequence[str]) -> float:
    """A person's median seconds until the first piece, beside others who always ask."""

    async def busy(name: str, first: int) -> None:
        for turn in count(first):
            await ask(chat, name, question(turn))

    async with beside(*(busy(other, first) for first, other in enumerate(others))):
        # The first answer passes while the others begin.
        own = [await asyncio.create_task(ask(chat, "person", question(8))) for _ in range(4)][1:]
        return statistics.median(own)
