"""Whether a model fits into memory: asked before it is loaded, for a machine that runs full ends programs at random."""

from __future__ import annotations

import ctypes
import gc
import json
import math
import struct
import sys
from contextlib import suppress
from pathlib import Path

import torch

from bot.errors import UserError
from bot.models.engines.hardware import free_memory
from bot.models.fitting import BESIDE
from bot.wording import size

OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED")
"""What a `RuntimeError` says where memory did not suffice and there is no error of its own for that."""


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
    require_room(name, parameters(folder) * bits / 8, where)


def require_room(name: str, weights: float, where: torch.device) -> None:
    """Refuse weights that do not fit into what is free now.

    Args:
        name: What to call the model.
        weights: Bytes that they take once loaded.
        where: The device they are loaded on.

    Raises:
        UserError: They do not fit.
    """
    needed, free = int(weights * BESIDE), free_memory(where)
    if needed > free:
        raise UserError(
            f"The model {name} needs about {size(needed)} of memory and {size(free)} is free; "
            "choose a smaller one, or close other programs."
        )


def weights(part: Path) -> list[Path]:
    """The files of weights in a folder that are loaded: those in half precision, where there are such.

    Args:
        part: A checkpoint, or a part of a pipeline.
    """
    files = list(part.glob("*.safetensors"))
    return [file for file in files if ".fp16" in file.name] or files


def weight(folder: Path, bits: float) -> int:
    """Bytes that the model in a folder takes once loaded, told by its weights.

    Args:
        folder: The checkpoint, or the pipeline with its parts below.
        bits: Of each of its numbers once loaded.
    """
    numbers = 0
    # What lies beside the parts of a pipeline is for other software.
    parts = (
        [path for path in folder.iterdir() if path.is_dir()] if (folder / "model_index.json").is_file() else [folder]
    )
    for file in (file for part in parts for file in weights(part)):
        with suppress(ValueError):  # Loading it will say what is wrong.
            numbers += parameters_in(file)
    return int(numbers * bits / 8 * BESIDE)


def tidy() -> None:
    """Give back to the system what is not used any more: libraries keep it for what may come."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    trim()


def trim() -> None:
    """Give back what the C library holds though nothing is there any more, because something above it is."""
    if sys.platform == "linux":
        # Other C libraries than GNU's give memory back by themselves, and lack this.
        with suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)


def ran_out(error: BaseException) -> bool:
    """Whether an error says that there was no more memory.

    Args:
        error: As the libraries raised it.
    """
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(said in str(error) for said in OUT_OF_MEMORY)


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
