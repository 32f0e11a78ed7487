"""What is computed for several sequences at once must be what the model computes for each alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    MistralConfig,
    PreTrainedConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen3Config,
    SmolLM3Config,
)

from bot.models.engines.batching_attention import prepare
from bot.models.engines.batching_rows import Part, Rows
from bot.models.engines.batching_rules import FAMILIES

SHAPE = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "pad_token_id": 0,
}


def tiny(kind: Callable[..., PreTrainedConfig], **more: object) -> PreTrainedConfig:
    return kind(**SHAPE, **more)


CONFIGS = [
    tiny(LlamaConfig),
    tiny(MistralConfig, sliding_window=None),
    tiny(Qwen2Config),
    tiny(Qwen3Config, head_dim=8),
    tiny(SmolLM3Config),
]


def made(config: PreTrainedConfig) -> PreTrainedModel:
    torch.manual_seed(1)
    build: Callable[..., PreTrainedModel] = AutoModelForCausalLM.from_config
    model = build(config, dtype=torch.float32)
    model.train(False)
    return model


def compute(
    model: PreTrainedModel, rows: Rows, tokens: list[int], places: list[int], part: Part | None
) -> torch.Tensor:
    positions = rows.aim(places, part)
    with torch.inference_mode():
        found = model(
            torch.tensor([tokens]),
            position_ids=positions[None],
            attention_mask=rows.seen,
            past_key_values=rows.cache,
            use_cache=True,
            rows=rows,
        )
    return cast("torch.Tensor", found.logits[0])


def alone(model: PreTrainedModel, tokens: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        return cast("torch.Tensor", model(torch.tensor([tokens])).logits[0])


def test_every_family_is_tried() -> None:
    assert FAMILIES == {config.model_type for config in CONFIGS}


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.model_type)
def test_single_tokens_and_a_part_of_a_prompt_are_computed_together(config: PreTrainedConfig) -> None:
    model = made(config)
    one, other, third = [3, 1, 4, 1, 5, 9, 2], [6, 5, 3, 5, 8, 9, 7, 9, 3], [2, 7, 1]
    expected = [alone(model, tokens) for tokens in (one, other, third)]
    prepare(model)
    rows = Rows(config, torch.float32, torch.device("cpu"), 2**30)
    rows.reserve(3, 16)
    compute(model, rows, one[:-1], [], Part(0, 0, 6))
    compute(model, rows, third[:-1], [], Part(1, 0, 2))
    together = compute(model, rows, [one[-1], third[-1], *other[:4]], [6, 2], Part(2, 0, 4))
    rest = compute(model, rows, other[4:], [], Part(2, 4, 9))

    torch.testing.assert_close(together[:2], torch.stack([expected[0][-1], expected[2][-1]]))
    torch.testing.assert_close(torch.cat([together[2:], rest]), expected[1])


def test_without_rows_it_computes_as_before() -> None:
    model = made(CONFIGS[0])
    tokens = [3, 1, 4, 1, 5, 9, 2]
    before = alone(model, tokens)
    prepare(model)
    prepare(model)

    torch.testing.assert_close(alone(model, tokens), before)
