from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue

from bot.models.contents import served_by
from bot.models.tasks import Task
from tests.bot.models import checkpoints


@pytest.mark.parametrize(
    ("file", "told", "task"),
    [
        ("modules.json", [], Task.EMBEDDINGS),
        ("model_index.json", {"_class_name": "StableDiffusionPipeline"}, Task.PICTURES),
        ("model_index.json", {"_class_name": "StableAudioPipeline"}, Task.MUSIC),
        ("config.json", {"model_type": "marian", "architectures": ["MarianMTModel"]}, Task.TRANSLATION),
        ("config.json", {"model_type": "bart"}, Task.SUMMARIES),
        ("config.json", {"model_type": "musicgen"}, Task.MUSIC),
        ("config.json", {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}, Task.CHAT),
        ("config.json", {"model_type": "gemma3", "architectures": ["Gemma3ForConditionalGeneration"]}, Task.CHAT),
        ("config.json", {"model_type": "bert", "architectures": ["BertModel"]}, None),
        ("config.json", {"model_type": 3}, None),
        ("other.json", {}, None),
    ],
)
def test_a_checkpoints_files_tell_what_it_serves(tmp_path: Path, file: str, told: JsonValue, task: Task | None) -> None:
    checkpoints.write(tmp_path / file, told)

    assert task == served_by(tmp_path)
