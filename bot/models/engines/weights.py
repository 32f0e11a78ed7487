"""Reads the weights of a checkpoint by the library's own classes, and only what is safe and whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bot.errors import UserError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def require_safe(name: str, folder: Path) -> None:
    """Refuse a checkpoint without safetensors.

    Args:
        name: What to call it.
        folder: The checkpoint.

    Raises:
        UserError: It has none.
    """
    if not any(folder.glob("*.safetensors")):
        raise UserError(f"The model {name} has no safetensors weights; other formats can carry code and are refused.")


def require_words(tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse a tokenizer without its files: the library makes up one that knows no words.

    Args:
        tokenizer: As the library read it.

    Raises:
        ValueError: It knows none.
    """
    if len(tokenizer) - len(tokenizer.added_tokens_decoder) < 2:
        raise ValueError("the words of its tokenizer are missing.")


def read(
    load: Callable[..., object],
    folder: Path,
    numbers: torch.dtype,
    where: torch.device | None,
    *,
    computed: str = "",
    **settings: object,
) -> PreTrainedModel:
    """A checkpoint's model, in memory and ready to be used.

    Args:
        load: The `from_pretrained` of the class that it is read by.
        folder: The checkpoint.
        numbers: What its weights are turned into.
        where: The device; None where the class itself puts it there.
        computed: What the names of weights contain that are in no file, for the class computes them.
        settings: More that the class is told.

    Raises:
        ValueError: Weights are absent; the library would make them up.
    """
    from torch.nn import Module

    from bot.models.engines.packing import lay_out

    told = load(
        folder,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=numbers,
        output_loading_info=True,
        **settings,
    )
    model, info = cast("tuple[PreTrainedModel, dict[str, set[str]]]", told)
    if absent := sorted(name for name in info["missing_keys"] if not computed or computed not in name):
        raise ValueError(f"{absent[0]} is not among its weights.")
    Module.eval(model)
    if where is not None:
        Module.to(model, where)
        lay_out(model, where, numbers)
    return model
