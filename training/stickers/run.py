"""A training that can be stopped at any step and gone on with."""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import sys
import sysconfig
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

M = TypeVar("M", bound=nn.Module)

SPARED = frozenset({"threads", "keep", "compiled"})
"""What may be changed when a training is gone on with: how long a step takes, and the last digits of its numbers."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides the result, of every model.

    Attributes:
        seed: Of what is held out, the order, the noise and the first weights.
        steps: Of training.
        batch: Pictures in a step.
        rate: The highest learning rate; it rises for `warmup` steps and then falls as a cosine.
        warmup: See `rate`.
        keep: Steps between two states that can be gone on from, and two sheets.
        threads: Of the processor.
    """

    seed: int = 7
    steps: int = 6000
    batch: int = 8
    rate: float = 4e-4
    warmup: int = 100
    keep: int = 250
    threads: int = 2


class Run:
    """Where a training stands.

    Args:
        recipe: What decides the result.
        state: The file to go on from; it is written by `keep`.
        parts: The networks, by name.
        optimizers: By name; each gets the recipe's learning rate times its own.
        source: What tells from any other what it learns from: pictures, and the networks that were trained before.

    Raises:
        SystemExit: The file is of another recipe, or learned from something else.
    """

    def __init__(
        self,
        recipe: Recipe,
        state: Path,
        parts: Mapping[str, nn.Module],
        optimizers: Mapping[str, torch.optim.Optimizer],
        source: str,
    ) -> None:
        self._recipe, self._state, self._parts, self._optimizers = recipe, state, parts, optimizers
        self._source = source
        self._highest = {name: one.param_groups[0]["lr"] for name, one in optimizers.items()}
        self.step, self.spent = 0, 0.0
        self._recent: dict[str, float] = {}
        if state.exists():
            self._go_on()
        self._began, self._before = time.monotonic(), self.spent

    def chance(self) -> torch.Generator:
        """What decides in this step: it depends on the seed and the step alone."""
        return torch.Generator().manual_seed(self._recipe.seed * 1_000_003 + self.step)

    def learn(self, name: str, loss: torch.Tensor) -> None:
        """Improve what an optimizer has by the gradients of a loss."""
        optimizer = self._optimizers[name]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        rows = optimizer.param_groups
        torch.nn.utils.clip_grad_norm_([each for row in rows for each in row["params"]], 1.0)
        for row in rows:
            row["lr"] = self._highest[name] * rate(self.step, self._recipe.steps, self._recipe.warmup)
        optimizer.step()

    def done(self, losses: Mapping[str, float]) -> bool:
        """Count the step; says whether it is time to keep the state and look at samples.

        Args:
            losses: What to tell, by name.
        """
        for name, loss in losses.items():
            self._recent[name] = loss if name not in self._recent else 0.98 * self._recent[name] + 0.02 * loss
        self.step += 1
        self.spent = self._before + time.monotonic() - self._began
        if self.step % 25 == 0:
            left = (self._recipe.steps - self.step) * self.spent / self.step / 60
            told = "  ".join(f"{name} {loss:.4f}" for name, loss in self._recent.items())
            print(f"{self.step}/{self._recipe.steps}  {told}  {left:.0f} minutes left", flush=True)
        return self.step % self._recipe.keep == 0 or self.step == self._recipe.steps

    def keep(self) -> None:
        """Write everything that going on needs; a stop while writing loses nothing."""
        write(
            {
                "recipe": asdict(self._recipe), "source": self._source,
                "step": self.step, "spent": self.spent, "recent": self._recent,
                "parts": {name: part.state_dict() for name, part in self._parts.items()},
                "optimizers": {name: one.state_dict() for name, one in self._optimizers.items()},
            },
            self._state,
        )  # fmt: skip

    def _go_on(self) -> None:
        kept = torch.load(self._state, weights_only=True)
        ours, theirs = (
            {name: value for name, value in each.items() if name not in SPARED}
            for each in (asdict(self._recipe), dict(kept["recipe"]))
        )
        if ours != theirs:
            raise SystemExit(f"{self._state} is of another recipe: delete it, or train as it was begun.")
        if self._source != kept.get("source"):
            raise SystemExit(
                f"{self._state} learned from other pictures, or beside another network: delete it to train anew."
            )
        for name, part in self._parts.items():
            part.load_state_dict(kept["parts"][name])
        for name, optimizer in self._optimizers.items():
            optimizer.load_state_dict(kept["optimizers"][name])
        self.step, self.spent, self._recent = kept["step"], kept["spent"], kept["recent"]
        print(f"Going on after step {self.step}.", flush=True)


def write(values: Mapping[str, object], file: Path) -> None:
    """Write values for `torch.load`; the file is there whole, or as it was before."""
    fresh = file.with_suffix(".new")
    fresh.parent.mkdir(parents=True, exist_ok=True)
    torch.save(dict(values), fresh)
    fresh.replace(file)


def digest(part: nn.Module) -> str:
    """What tells a network's weights from any others: 64 hexadecimal digits."""
    found = hashlib.sha256()
    for name, weight in part.state_dict().items():
        found.update(f"{name} {tuple(weight.shape)}\n".encode() + weight.float().contiguous().numpy().tobytes())
    return found.hexdigest()


def rate(step: int, steps: int, warmup: int) -> float:
    """The share of the highest learning rate at a step."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def channels_last(model: M) -> M:
    """The same model with its convolutions' weights in the order that the processor reads fastest."""
    for weight in model.parameters():
        if weight.dim() == 4:
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)
    return model


def can_compile() -> bool:
    """Whether `torch.compile` finds what it needs here: a compiler for C++, and Python's headers."""
    compiler = os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")
    return shutil.which(compiler) is not None and Path(sysconfig.get_path("include"), "Python.h").exists()


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, step: int, longest: float = 0.999) -> None:
    """Let the running average of a model's weights follow it.

    Args:
        average: The average; it has the model's form.
        model: The model.
        step: Steps that were taken; in the beginning the average follows faster.
        longest: The share of the average that stays in a step at most.
    """
    stays = min(longest, (1 + step) / (10 + step))
    for mean, weight in zip(average.parameters(), model.parameters(), strict=True):
        mean.lerp_(weight, 1 - stays)
