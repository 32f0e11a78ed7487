"""Trains the network; stopping and starting again goes on where it was."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence
from transformers.utils.logging import disable_progress_bar

from bot.models.tunes.model import TunesConfig, TunesModel
from training.tunes.data import Example, examples, moved, split

IGNORE = -100
"""Marks what is only padding."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what comes out.

    Attributes:
        seed: Of the split, the order, the keys and the first weights.
        epochs: How often every tune is seen, each time in a key by chance.
        batch: Tunes in a step.
        rate: The highest learning rate; it rises for `warmup` steps and then falls as a cosine.
        warmup: See `rate`.
        decay: Weight decay.
        threads: Of the processor.
    """

    seed: int = 7
    epochs: int = 20
    batch: int = 32
    rate: float = 2e-3
    warmup: int = 200
    decay: float = 0.02
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """Tunes of like length, padded.

    Attributes:
        tokens: Batch by time.
        places: Batch by time by features.
        heading: The first four tokens of each tune.
        targets: The token after each, or `IGNORE`.
    """

    tokens: Tensor
    places: Tensor
    heading: Tensor
    targets: Tensor


def pack(rows: list[tuple[np.ndarray, np.ndarray]]) -> Batch:
    """Tunes as one batch."""
    tokens = [torch.from_numpy(ids[:-1]) for ids, _ in rows]
    targets = [torch.from_numpy(ids[1:]) for ids, _ in rows]
    places = [torch.from_numpy(place[:-1]) for _, place in rows]
    return Batch(
        tokens=pad_sequence(tokens, batch_first=True),
        places=pad_sequence(places, batch_first=True),
        heading=torch.stack([torch.from_numpy(ids[:4]) for ids, _ in rows]),
        targets=pad_sequence(targets, batch_first=True, padding_value=IGNORE),
    )


def batches(tunes: list[Example], size: int, chance: np.random.Generator) -> Iterator[Batch]:
    """Every tune once, each in a key by chance, in batches of like length."""
    lengths = np.array([len(one.tokens) for one in tunes]) * chance.uniform(0.9, 1.1, len(tunes))
    order = np.argsort(lengths)
    groups = [order[start : start + size] for start in range(0, len(order), size)]
    for group in chance.permutation(len(groups)):
        yield pack([moved(tunes[index], int(chance.choice(tunes[index].shifts))) for index in groups[group]])


def loss_of(model: TunesModel, batch: Batch, *, total: bool = False) -> Tensor:
    """Cross-entropy in nats: the mean of a token, or the sum over all."""
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=model.training):
        scores, _ = model(batch.tokens, batch.places, batch.heading)
    kind = "sum" if total else "mean"
    return cross_entropy(scores.float().flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORE, reduction=kind)


@torch.inference_mode()
def validate(model: TunesModel, tunes: list[Example]) -> float:
    """The mean loss of a token, in nats, each tune in its own key."""
    model.eval()
    total, count = 0.0, 0
    order = sorted(tunes, key=lambda one: len(one.tokens))
    for start in range(0, len(order), 32):
        batch = pack([(one.tokens, one.places) for one in order[start : start + 32]])
        total += loss_of(model, batch, total=True).item()
        count += int((batch.targets != IGNORE).sum())
    model.train()
    return total / count


def rate(step: int, steps: int, warmup: int) -> float:
    """The share of the highest learning rate at a step."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def train(recipe: Recipe, config: TunesConfig, work: Path, out: Path) -> None:
    """Train, and write the weights that validate best.

    Args:
        recipe: What decides the result.
        config: The network's size.
        work: Where built data and the state to go on from are kept.
        out: Where the model is written, in half precision.
    """
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    disable_progress_bar()
    parts = split(recipe.seed)
    tunes = examples(parts.training, work / f"training-{recipe.seed}.npz")
    held = examples(parts.validation, work / f"validation-{recipe.seed}.npz")
    model = TunesModel(config)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=recipe.decay, betas=(0.9, 0.99))
    each = math.ceil(len(tunes) / recipe.batch)
    steps = each * recipe.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps, recipe.warmup))
    first, best, spent = 0, math.inf, 0.0
    state = work / "state.pt"
    if state.exists():
        kept = torch.load(state, weights_only=True)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        schedule.load_state_dict(kept["schedule"])
        torch.set_rng_state(kept["chance"])
        first, best, spent = kept["epoch"], kept["best"], kept["seconds"]
        print(f"going on after epoch {first}, best {best:.4f}", flush=True)
    size = sum(weights.numel() for weights in model.parameters())
    print(f"{len(tunes)} tunes to train on, {len(held)} to validate, {size:,} weights, {steps} steps", flush=True)
    for epoch in range(first, recipe.epochs):
        began, total, count = time.monotonic(), 0.0, 0
        # The order of an epoch depends on its number only, so going on is the same as never having stopped.
        chance = np.random.default_rng((recipe.seed, epoch))
        for batch in batches(tunes, recipe.batch, chance):
            loss = loss_of(model, batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            tokens = int((batch.targets != IGNORE).sum())
            total, count = total + loss.item() * tokens, count + tokens
        seconds = time.monotonic() - began
        spent += seconds
        valid = validate(model, held)
        print(
            f"epoch {epoch + 1}/{recipe.epochs}: training {total / count:.4f}, validation {valid:.4f} nats a token, "
            f"{count / seconds:,.0f} tokens a second, {spent / 60:.1f} minutes in all",
            flush=True,
        )
        if valid < best:
            best = valid
            save(model, out)
            (work / "best.json").write_text(
                json.dumps({"epoch": epoch + 1, "validation": valid, "minutes": spent / 60})
            )
        torch.save(
            {
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(),
                "chance": torch.get_rng_state(),
                "epoch": epoch + 1,
                "best": best,
                "seconds": spent,
            },
            state.with_suffix(".new"),
        )
        state.with_suffix(".new").replace(state)


def save(model: TunesModel, out: Path) -> None:
    """Write the model in half precision; the one being trained stays as it is."""
    small = TunesModel(model.config)
    small.load_state_dict(model.state_dict())
    small.half().save_pretrained(out)
