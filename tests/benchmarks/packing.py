"""One token of each of several answers, with a model's weights as they are read and laid out for the processor.

The weights are random, in bf16; what is compared runs in turns in one process.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict

import torch
from transformers import LlamaConfig, PreTrainedModel

from bot.models.engines.packing import lay_out
from tests.benchmarks.batching_rig import smollm2, weighted

REPEATS = 5
TOKENS = 200
"""What each answer has before."""

SHAPES = {
    "SmolLM2-135M": smollm2(),
    "Llama-3.2-1B": LlamaConfig(
        vocab_size=128256,
        hidden_size=2048,
        intermediate_size=8192,
        num_hidden_layers=16,
        num_attention_heads=32,
        num_key_value_heads=8,
        head_dim=64,
        tie_word_embeddings=True,
    ),
}


def measure(repeats: int = REPEATS) -> dict[str, float]:
    """Milliseconds a token.

    Args:
        repeats: How often each is measured; the median counts.
    """
    found: dict[str, float] = {}
    for name, config in SHAPES.items():
        plain, packed = weighted(config), weighted(config)
        lay_out(packed, torch.device("cpu"), torch.bfloat16)
        for answers in (1, 16):
            took: dict[str, list[float]] = defaultdict(list)
            for _ in range(repeats):
                for kind, model in (("as read", plain), ("laid out", packed)):
                    took[kind].append(_token(model, answers))
            for kind, each in took.items():
                found[f"{name}: ms for a token of each of {answers}, weights {kind}"] = statistics.median(each)
    return found


def _token(model: PreTrainedModel, answers: int) -> float:
    """Milliseconds for the next token of each, the best of five: the machine may be busy otherwise."""
    with torch.inference_mode():
        cache = model(torch.randint(5, 1000, (answers, TOKENS)), use_cache=True, logits_to_keep=1).past_key_values
        best = float("inf")
        for _ in range(5):
            began = time.perf_counter()
            model(torch.randint(5, 1000, (answers, 1)), past_key_values=cache, use_cache=True)
            best = min(best, time.perf_counter() - began)
    return 1000 * best
