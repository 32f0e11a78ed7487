from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue

from bot.errors import UserError
from bot.models.engines import checkpoint
from tests.bot.models import checkpoints

FLAG: dict[str, JsonValue] = {"pooling_mode_mean_tokens": True}


def layout(folder: Path, pooling: dict[str, JsonValue] = FLAG, kinds: tuple[str, ...] = checkpoints.MODULES) -> Path:
    """The files that say how a checkpoint is used; its weights are not looked into."""
    folder.mkdir(exist_ok=True)
    checkpoints.write(
        folder / "modules.json",
        [{"path": f"{place}_{kind}" if place else "", "type": f"x.{kind}"} for place, kind in enumerate(kinds)],
    )
    checkpoints.write(folder / "1_Pooling" / "config.json", pooling)
    (folder / "model.safetensors").touch()
    return folder


def test_a_plain_checkpoint_leaves_everything_to_the_model(tmp_path: Path) -> None:
    found = checkpoint.read("tiny", layout(tmp_path))

    assert checkpoint.Checkpoint(tmp_path, None, lower=False, query="", document="") == found


def test_limits_and_prompts_are_read(tmp_path: Path) -> None:
    folder = layout(tmp_path)
    checkpoints.write(folder / "sentence_bert_config.json", {"max_seq_length": 128, "do_lower_case": True})
    checkpoints.write(
        folder / "config_sentence_transformers.json", {"prompts": {"query": "query: ", "passage": "passage: "}}
    )

    found = checkpoint.read("tiny", folder)

    assert checkpoint.Checkpoint(tmp_path, 128, lower=True, query="query: ", document="passage: ") == found


@pytest.mark.parametrize("pooling", [{"pooling_mode": "mean"}, {"pooling_mode": ["mean"]}, FLAG])
def test_mean_pooling_is_known_in_every_spelling(tmp_path: Path, pooling: dict[str, JsonValue]) -> None:
    assert checkpoint.read("tiny", layout(tmp_path, pooling)).folder == tmp_path


@pytest.mark.parametrize(
    ("pooling", "modes"),
    [
        ({"pooling_mode_cls_token": True}, "cls"),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True}, "max, mean"),
        ({"pooling_mode": "lasttoken"}, "lasttoken"),
        ({"pooling_mode": ["cls", "mean"]}, "cls, mean"),
        ({}, "no"),
        ({"pooling_mode": "mean", "include_prompt": False}, "mean"),
    ],
)
def test_other_pooling_is_refused_by_name(tmp_path: Path, pooling: dict[str, JsonValue], modes: str) -> None:
    with pytest.raises(UserError, match=f"The model tiny uses {modes} pooling; only plain mean pooling"):
        checkpoint.read("tiny", layout(tmp_path, pooling))


@pytest.mark.parametrize("kinds", [("Transformer", "Pooling", "Dense"), ("Transformer", "Normalize"), ("Pooling",)])
def test_parts_that_cannot_be_run_are_refused_by_name(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match=f"The model tiny has the parts {', '.join(kinds)}; only"):
        checkpoint.read("tiny", layout(tmp_path, kinds=kinds))


@pytest.mark.parametrize("name", ["modules.json", "1_Pooling/config.json"])
def test_a_folder_that_is_no_such_checkpoint_says_what_is_missing(tmp_path: Path, name: str) -> None:
    (layout(tmp_path) / name).unlink()

    with pytest.raises(UserError, match=f"no sentence-transformers checkpoint: {Path(name).name} is missing"):
        checkpoint.read("tiny", tmp_path)


def test_weights_that_could_carry_code_are_refused(tmp_path: Path) -> None:
    folder = layout(tmp_path)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    with pytest.raises(UserError, match="The model tiny has no safetensors weights"):
        checkpoint.read("tiny", folder)


def test_a_garbled_description_is_said_in_one_line(tmp_path: Path) -> None:
    (layout(tmp_path) / "modules.json").write_text("[{")

    with pytest.raises(UserError, match=r"^The model tiny cannot be read: Invalid JSON[^\n]*$"):
        checkpoint.read("tiny", tmp_path)


def test_a_description_that_cannot_be_opened_is_said_in_one_line(tmp_path: Path) -> None:
    folder = layout(tmp_path)
    (folder / "modules.json").unlink()
    (folder / "modules.json").mkdir()

    with pytest.raises(UserError, match=r"^The model tiny cannot be read: Is a directory\.$"):
        checkpoint.read("tiny", folder)
