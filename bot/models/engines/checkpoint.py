"""Reads how a sentence-transformers checkpoint wants to be used, and refuses what this engine cannot do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from bot.errors import UserError

RUNS = {"Transformer", "Pooling", "Normalize"}
"""The modules of a checkpoint that the local engine runs."""


class _Module(BaseModel):
    type: str
    path: str = ""

    @property
    def kind(self) -> str:
        return self.type.rsplit(".", 1)[-1]


class _Transformer(BaseModel):
    max_seq_length: int | None = Field(default=None, gt=0)
    do_lower_case: bool = False


class _Pooling(BaseModel):
    # Newer checkpoints name the mode; older ones have a switch for each.
    pooling_mode: str | list[str] | None = None
    include_prompt: bool = True
    pooling_mode_cls_token: bool = False
    pooling_mode_max_tokens: bool = False
    pooling_mode_mean_tokens: bool = False
    pooling_mode_mean_sqrt_len_tokens: bool = False
    pooling_mode_weightedmean_tokens: bool = False
    pooling_mode_lasttoken: bool = False

    @property
    def modes(self) -> set[str]:
        if self.pooling_mode is not None:
            return {self.pooling_mode} if isinstance(self.pooling_mode, str) else set(self.pooling_mode)
        prefix = "pooling_mode_"
        return {
            name.removeprefix(prefix).removesuffix("_tokens").removesuffix("_token")
            for name, on in self.model_dump().items()
            if name.startswith(prefix) and on is True
        }


class _Prompts(BaseModel):
    prompts: dict[str, str | None] = {}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A sentence-transformers checkpoint on disk.

    Attributes:
        folder: Where the transformer and its tokenizer are.
        tokens: How many tokens of each text are read; None leaves it to the model.
        lower: Whether texts are lower-cased first.
        query: Put before a query.
        document: Put before a document.
    """

    folder: Path
    tokens: int | None
    lower: bool
    query: str
    document: str


def read(name: str, folder: Path) -> Checkpoint:
    """How the checkpoint in `folder` wants to be used.

    Args:
        name: What to call it in an error.
        folder: The checkpoint's top folder.

    Raises:
        UserError: It is not a sentence-transformers checkpoint, or one that this engine cannot run.
    """
    try:
        modules = TypeAdapter(list[_Module]).validate_json((folder / "modules.json").read_bytes())
        transformer = next((module for module in modules if module.kind == "Transformer"), None)
        pooling = next((module for module in modules if module.kind == "Pooling"), None)
        if transformer is None or pooling is None or not RUNS.issuperset(module.kind for module in modules):
            kinds = ", ".join(module.kind for module in modules)
            raise UserError(
                f"The model {name} has the parts {kinds}; only a Transformer with a Pooling can be run here."
            )
        pooled = _Pooling.model_validate_json((folder / pooling.path / "config.json").read_bytes())
        inside = folder / transformer.path
        settings, prompts = inside / "sentence_bert_config.json", folder / "config_sentence_transformers.json"
        limits = _Transformer.model_validate_json(settings.read_bytes()) if settings.exists() else _Transformer()
        said = _Prompts.model_validate_json(prompts.read_bytes()) if prompts.exists() else _Prompts()
    except FileNotFoundError as error:
        raise UserError(
            f"The model {name} is no sentence-transformers checkpoint: {Path(error.filename).name} is missing."
        ) from error
    except (ValidationError, OSError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
        raise UserError(f"The model {name} cannot be read: {reason}.") from error
    if pooled.modes != {"mean"} or not pooled.include_prompt:
        modes = ", ".join(sorted(pooled.modes)) or "no"
        raise UserError(f"The model {name} uses {modes} pooling; only plain mean pooling can be run here.")
    if not any(inside.glob("*.safetensors")):
        raise UserError(f"The model {name} has no safetensors weights; other formats can carry code and are refused.")
    return Checkpoint(
        folder=inside,
        tokens=limits.max_seq_length,
        lower=limits.do_lower_case,
        query=said.prompts.get("query") or "",
        document=said.prompts.get("document") or said.prompts.get("passage") or "",
    )
