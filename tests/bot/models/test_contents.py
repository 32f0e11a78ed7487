from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue

from bot.errors import UserError
from bot.models.contents import require, served_by
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


def test_a_checkpoint_for_another_task_is_refused_in_words(tmp_path: Path) -> None:
    checkpoints.write(tmp_path / "config.json", {"model_type": "llama", "architectures": ["LlamaForCausalLM"]})

    require("tiny", Task.CHAT, tmp_path)
    with pytest.raises(UserError, match=r"^The model tiny cannot be used for summaries: it is one for chat\.$"):
        require("tiny", Task.SUMMARIES, tmp_path)


def test_what_may_serve_either_is_left_to_its_engine(tmp_path: Path) -> None:
    require("tiny", Task.CHAT, tmp_path)  # its files do not tell
    checkpoints.write(tmp_path / "config.json", {"model_type": "t5"})
    require("tiny", Task.TRANSLATION, tmp_path)
    require("tiny", Task.SUMMARIES, tmp_path)
