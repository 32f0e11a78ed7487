"""What `generate` and `generate_batch` of transformers make of prompts, in a process of their own.

Whatever computes in a process slows down what computes beside it, also when it only waits: see `bot/models/queue.py`.
"""

from __future__ import annotations

import logging
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import cast

import torch
from langchain_core.messages import BaseMessage
from transformers import ContinuousBatchingConfig, GenerationConfig

from bot.models.engines.chat_loading import Loaded
from bot.models.engines.chat_prompt import render
from tests.benchmarks.batching_rig import NEW, build

_BUILT: list[Loaded] = []
"""In the process that computes: the model."""


class Library:
    """The library, with a model of its own.

    Args:
        settings: Of `generate_batch`.
    """

    def __init__(self, settings: ContinuousBatchingConfig | None = None) -> None:
        self._settings = settings
        self._process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _build)

    def generate(self, questions: Sequence[Sequence[BaseMessage]]) -> float:
        """Tokens a second of `generate` on one padded batch."""
        return self._process.submit(_generate, questions).result()

    def generate_batch(self, questions: Sequence[Sequence[BaseMessage]]) -> float:
        """Tokens a second of `generate_batch`."""
        return self._process.submit(_generate_batch, questions, self._settings).result()

    def close(self) -> None:
        """End its process."""
        self._process.shutdown()


def _build() -> None:
    logging.getLogger("ContinuousBatchingLogger").setLevel(logging.ERROR)
    # In a thread that ends: with it goes what it computed with.
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(1) as thread:
        _BUILT.append(thread.submit(build, Path(name)).result())


def _prompts(questions: Sequence[Sequence[BaseMessage]]) -> list[list[int]]:
    return [render(_BUILT[0], list(one), []).ids for one in questions]


def _generate(questions: Sequence[Sequence[BaseMessage]]) -> float:
    prompts = _prompts(questions)
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    generate = cast("Callable[..., object]", _BUILT[0].model.generate)
    work = partial(generate, ids, attention_mask=mask, max_new_tokens=NEW, min_new_tokens=NEW, do_sample=False)
    began = time.perf_counter()
    work(pad_token_id=0)
    return len(prompts) * NEW / (time.perf_counter() - began)


def _generate_batch(questions: Sequence[Sequence[BaseMessage]], settings: ContinuousBatchingConfig | None) -> float:
    generate = cast("Callable[..., Mapping[str, object]]", _BUILT[0].model.generate_batch)
    wanted = GenerationConfig.from_dict(
        {"max_new_tokens": NEW, "do_sample": False, "eos_token_id": -1, "pad_token_id": 0}
    )
    prompts = _prompts(questions)
    # Its thread stays, warm.
    work = partial(generate, prompts, generation_config=wanted, persistent_manager=True)
    began = time.perf_counter()
    made = work(continuous_batching_config=settings)
    return len(made) * NEW / (time.perf_counter() - began)
