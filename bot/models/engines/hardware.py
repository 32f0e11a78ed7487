"""Where models run on this machine, and in which numbers."""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import torch

Numbers: TypeAlias = Literal["auto", "float32", "bfloat16", "float16"]
"""What models compute in; "auto" is what suits the device."""

Kind: TypeAlias = Literal["cpu", "cuda", "mps"]
"""The processor, a graphics card, or Apple's."""

CPUINFO = Path("/proc/cpuinfo")
"""Where Linux tells what the processor can do."""

_wanted: Numbers = "auto"


def prefer(numbers: Numbers) -> None:
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


def kind() -> Kind:
    """Where models run, told without the libraries that run them if there is no card."""
    if shutil.which("nvidia-smi") is not None:
        found: Kind = "cuda" if device().type == "cuda" else "cpu"
        return found
    return "mps" if (sys.platform, platform.machine()) == ("darwin", "arm64") else "cpu"


def width(where: Kind, numbers: Numbers) -> int:
    """Bytes of each of the numbers that models compute in, told without the libraries that run them.

    Args:
        where: The device.
        numbers: What the owner configured.
    """
    if numbers == "auto":
        return 2 if where != "cpu" or _computes_bf16() else 4
    return 4 if numbers == "float32" else 2


def _computes_bf16() -> bool:
    """Whether the processor has instructions for it: without them it is slower than 32 bits."""
    try:
        can = set(CPUINFO.read_text(encoding="utf-8").split())
    except OSError:  # no Linux
        import torch

        can = {name for name, has in torch.cpu.get_capabilities().items() if has}
    return not can.isdisjoint({"avx512_bf16", "amx_bf16", "bf16"})
