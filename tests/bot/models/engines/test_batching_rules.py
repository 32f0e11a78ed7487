from __future__ import annotations

import json
from pathlib import Path

import pytest
from transformers import Gemma3TextConfig, LlamaConfig, MistralConfig, PreTrainedConfig, Qwen2Config, Qwen3Config

from bot.models.engines.batching_rules import together


@pytest.mark.parametrize(
    ("config", "can"),
    [
        (LlamaConfig(), True),
        (Qwen2Config(), True),
        (Qwen3Config(), True),
        (Qwen2Config(use_sliding_window=True, max_window_layers=1), False),
        (MistralConfig(sliding_window=None), True),
        (MistralConfig(), False),
        (Gemma3TextConfig(), False),
        (LlamaConfig(rope_parameters={"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0}), False),
    ],
)
def test_layers_that_attend_to_everything_can_write_several_answers(
    tmp_path: Path, config: PreTrainedConfig, can: bool
) -> None:
    config.save_pretrained(tmp_path)

    assert can == together(tmp_path)


@pytest.mark.parametrize(
    ("told", "can"),
    [
        ({"model_type": "llama"}, True),
        ({"model_type": "mistral"}, False),
        ({"model_type": "qwen2", "use_sliding_window": True}, False),
        ({"model_type": "llama", "rope_scaling": {"type": "linear"}}, True),
        ({"model_type": "llama", "rope_scaling": "odd"}, False),
        ({"model_type": "llama", "rope_scaling": {"type": ["odd"]}}, False),
        ({"model_type": ["odd"]}, False),
        (["odd"], False),
    ],
)
def test_what_settings_do_not_say_is_told_from_the_architecture(tmp_path: Path, told: object, can: bool) -> None:
    (tmp_path / "config.json").write_text(json.dumps(told))

    assert can == together(tmp_path)


def test_a_folder_without_settings_is_left_to_who_loads_it(tmp_path: Path) -> None:
    assert not together(tmp_path)
    (tmp_path / "config.json").write_text("{")
    assert not together(tmp_path)
