"""What says that the memory did not suffice: each device says it in words of its own."""

from __future__ import annotations

import pytest
import torch

from bot.errors import UserError
from bot.models.engines.memory import ran_out


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:118] data. DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("MPS backend out of memory (MPS allocated: 5.50 GB, max allowed: 20.40 GB)"),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    ],
    ids=str,
)
def test_a_device_says_that_its_memory_did_not_suffice(error: Exception) -> None:
    assert ran_out(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA error: device-side assert triggered"),
        RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED"),
        ValueError("a story about a robot that is out of memory cannot be read"),
        UserError("There is not enough memory for this answer; ask about less, or again later."),
    ],
    ids=str,
)
def test_whatever_else_fails_is_no_want_of_memory(error: Exception) -> None:
    assert not ran_out(error)
