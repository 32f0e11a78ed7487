"""Where models run on this machine, and in which numbers."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

_wanted: Literal["auto", "float32", "bfloat16", "float16"] = "auto"


def prefer(numbers: Literal["auto", "float32", "bfloat16", "float16"]) -> None:
    """Set the numbers that models compute in from now on, as the owner configured them.

    Args:
        numbers: A type of numbers, or "auto" for what suits the device.
    """
    global _wanted  # noqa: PLW0603  # it is one machine: what the owner wants holds for every model of the process
    _wanted = numbers


def device() -> torch.device:
    """Where models run: a CUDA card, Apple's, or the processor."""
    import torch

    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def dtype(where: torch.device) -> torch.dtype:
    """The numbers that models compute in on a device: half as long as usual where that is fast.

    Args:
        where: The device.
    """
    import torch

    match _wanted:
        case "float32":
            return torch.float32
        case "bfloat16":
            return torch.bfloat16
        case "float16":
            return torch.float16
    if where.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    if where.type == "mps":
        return torch.float16
    return torch.bfloat16 if _computes_bf16() else torch.float32


def free_memory(where: torch.device) -> int:
    """Bytes that a model may take on a device now.

    Args:
        where: The device; Apple's shares the machine's memory.
    """
    if where.type == "cuda":
        import torch

        free, _ = torch.cuda.mem_get_info(where)
        return free
    import psutil

    return psutil.virtual_memory().available


def room() -> int:
    """Bytes that a model may take where models run, told without the libraries that run them if there is no card."""
    if shutil.which("nvidia-smi") is None:
        import psutil

        return psutil.virtual_memory().available
    return free_memory(device())


def _computes_bf16() -> bool:
    """Whether the processor has instructions for it: without them it is slower than 32 bits."""
    import torch

    can = torch.cpu.get_capabilities()
    return any(can.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
