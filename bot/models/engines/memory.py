"""Whether a model fits into memory: asked before it is loaded, for a machine that runs full ends programs at random."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import torch

from bot.errors import UserError
from bot.models.engines.hardware import free_memory
from bot.wording import size

BESIDE = 1.1
"""How much more than its weights a model takes."""


def parameters(folder: Path) -> int:
    """How many numbers the weights in a folder are, read from the heads of its safetensors files.

    Args:
        folder: The checkpoint.

    Raises:
        ValueError: A file is cut short or is something else.
    """
    return sum(parameters_in(file) for file in folder.glob("*.safetensors"))


def require(name: str, folder: Path, bits: float, where: torch.device) -> None:
    """Refuse a model that does not fit into what is free now.

    Args:
        name: What to call it.
        folder: The checkpoint.
        bits: Of each of its numbers once loaded.
        where: The device it is loaded on.

    Raises:
        UserError: It does not fit.
    """
    needed, free = int(parameters(folder) * bits / 8 * BESIDE), free_memory(where)
    if needed > free:
        raise UserError(
            f"The model {name} needs about {size(needed)} of memory and {size(free)} is free; "
            "choose a smaller one, or close other programs."
        )


def ran_out(error: BaseException) -> bool:
    """Whether an error says that there was no more memory.

    Args:
        error: As the libraries raised it.
    """
    # The processor's allocator has no error of its own.
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in str(error)


def parameters_in(file: Path) -> int:
    """How many numbers the weights in one safetensors file are, read from its head.

    Args:
        file: The file.

    Raises:
        ValueError: It is cut short or is something else.
    """
    with file.open("rb") as stream:
        try:
            (length,) = struct.unpack("<Q", stream.read(8))
            head = json.loads(stream.read(min(length, file.stat().st_size)))
            return sum(math.prod(told["shape"]) for name, told in head.items() if name != "__metadata__")
        except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{file.name} is damaged.") from error
