"""Tells from a checkpoint's own files what it can be asked for."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from bot.errors import UserError
from bot.models.tasks import Task

TRANSLATE = {"marian", "m2m_100", "nllb-moe"}

SUMMARIZE = {"bart", "bigbird_pegasus", "led", "longt5", "mt5", "pegasus", "pegasus_x", "t5"}

COMPOSE = {"atelier_tunes", "musicgen"}

TALK = {"gemma3"}
"""Kinds that read pictures too, and are called by no causal language model's name."""


class _Config(BaseModel):
    model_type: str = ""
    architectures: list[str] | None = None


class _Pipeline(BaseModel):
    name: str = Field(default="", alias="_class_name")


def require(name: str, task: Task, folder: Path) -> None:
    """Refuse a checkpoint that serves another task, before its engine stumbles over it.

    Args:
        name: What to call it.
        task: What it is to serve.
        folder: The checkpoint.

    Raises:
        UserError: Its files tell that it serves another one.
    """
    found = served_by(folder)
    # T5 summarizes or translates; only its tokenizer tells which.
    if found in {None, task} or {found, task} == {Task.SUMMARIES, Task.TRANSLATION}:
        return
    # A sticker is a picture too; the other way round it has no transparency.
    if (found, task) == (Task.STICKERS, Task.PICTURES):
        return
    raise UserError(f"The model {name} cannot be used for {task}: it is one for {found}.")


def served_by(folder: Path) -> Task | None:
    """The task that a checkpoint serves.

    Args:
        folder: The checkpoint.

    Returns:
        The task; None where its files do not tell.
    """
    try:
        if (folder / "modules.json").is_file():
            return Task.EMBEDDINGS
        pipeline = folder / "model_index.json"
        if pipeline.is_file():
            name = _Pipeline.model_validate_json(pipeline.read_bytes()).name
            if name == "StickerPipeline":
                return Task.STICKERS
            return Task.MUSIC if "Audio" in name or "Music" in name else Task.PICTURES
        config = _Config.model_validate_json((folder / "config.json").read_bytes())
    except (OSError, ValidationError):
        return None
    if config.model_type in TRANSLATE:
        return Task.TRANSLATION
    if config.model_type in SUMMARIZE:
        return Task.SUMMARIES
    if config.model_type in COMPOSE:
        return Task.MUSIC
    names = config.architectures or []
    if config.model_type in TALK or any(name.endswith("ForCausalLM") for name in names):
        return Task.CHAT
    return None
