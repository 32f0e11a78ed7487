"""Loads a model, and says in one line why it cannot be loaded."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bot.errors import UserError

M = TypeVar("M")

BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError, MemoryError)
"""What the libraries raise when a checkpoint is not what it should be, or does not fit."""


def loaded(name: str, folder: Path | None, load: Callable[[], M]) -> M:
    """Load a model.

    Args:
        name: What to call it.
        folder: The checkpoint.
        load: Brings it into memory.

    Raises:
        UserError: It cannot be loaded, or does not fit.
    """
    _hush()
    from safetensors import SafetensorError

    from bot.models.engines.memory import ran_out

    try:
        return load()
    except (*BROKEN, SafetensorError) as error:
        if ran_out(error):
            raise UserError(
                f"The model {name} does not fit into memory; choose a smaller one, or close programs."
            ) from error
        raise unloadable(name, folder, error) from error


def unloadable(name: str, folder: Path | None, error: Exception) -> UserError:
    """Says in one line why a checkpoint cannot be loaded, and not where on this machine it lies.

    Args:
        name: What to call it.
        folder: The checkpoint.
        error: As the libraries raised it.
    """
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    if folder is not None:
        reason = reason.replace(f"{folder}/", "").replace(str(folder), "its folder")
    return UserError(f"The model {name} cannot be loaded: {reason}")


def _hush() -> None:
    """Bars, and reports on weights that are not needed, would stand in the middle of an answer on a terminal."""
    # Those that round weights tell of parts that are for other devices.
    for library in ("transformers", "torchao", "bitsandbytes", "torch.utils._pytree"):
        logging.getLogger(library).setLevel(logging.ERROR)
    from transformers.utils.logging import disable_progress_bar

    hide: Callable[[], None] = disable_progress_bar
    hide()
