"""What a model takes in memory, and whether this machine has that: reckoned before anything is fetched or loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from bot.config import ModelsConfig
from bot.models.catalog import Entry
from bot.models.engines.hardware import Kind, free_memory, kind, room, width
from bot.models.tasks import Fit, Task

BESIDE = 1.1
"""How much memory a model takes, as a multiple of its weights."""

DRAWING = 1.3
"""The same while it draws."""

LIBRARIES = 500_000_000
"""Bytes that the libraries take which run it, in the machine's memory or on a card."""

BITS = {"int8": 8, "int4": 4.5}
"""What a rounded number takes, with its share of the scale."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where models run on this machine.

    Attributes:
        kind: The device.
        processor: Bytes of each number that models compute in on the processor.
        card: The same on a graphics card, or Apple's.
        free: Bytes that a model may take on the device.
        beside: Bytes that are free in the machine's memory, where the device has its own.
    """

    kind: Kind
    processor: int
    card: int
    free: int
    beside: int

    @classmethod
    def here(cls, config: ModelsConfig) -> Self:
        """This machine as it is now, told without the libraries that run models if there is no card.

        Args:
            config: The section `[models]`.
        """
        where, free, numbers = kind(), room(), config.dtype
        if config.memory_gib is not None:
            free = min(free, int(config.memory_gib * 2**30))
        beside = free
        if where == "cuda":
            import torch

            beside = free_memory(torch.device("cpu"))
        return cls(where, width("cpu", numbers), width("cuda", numbers), free, beside)


def memory(entry: Entry, bytes_each: int) -> int | None:
    """Bytes that a model takes with the libraries it needs; None where nobody knows.

    Args:
        entry: The model.
        bytes_each: Of each of its numbers, unless it has others whatever the device.
    """
    if entry.parameters is None:
        return entry.memory
    each = BITS[entry.quantize] / 8 if entry.quantize in BITS else bytes_each
    weights = (entry.parameters - entry.exact) * each + entry.exact * 4
    return int(weights * (DRAWING if entry.task is Task.PICTURES else BESIDE)) + LIBRARIES


def fit(entry: Entry, place: Place) -> Fit | None:
    """Whether a model fits into what is free now; None where nobody knows what it takes.

    Args:
        entry: The model.
        place: Where models run.
    """
    needs = memory(entry, place.processor if place.kind == "cpu" else place.card)
    if needs is None:
        return None
    if needs <= place.free:
        return Fit.WHOLE
    # A card that is too small for a model that draws holds a part of it at a time, and the machine's memory the rest.
    if place.kind == "cuda" and entry.task is Task.PICTURES and needs <= place.beside:
        return Fit.PARTS
    return Fit.NOT
