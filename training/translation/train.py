"""Trains the translator; stopping and starting again goes on where it was."""

from __future__ import annotations

import math
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

from bot.models.engines.hardware import device
from training.translation.lexicon import TONGUES
from training.translation.parallel import SHARED
from training.translation.samples import Pair, Samples, some_pairs
from training.translation.vocabulary import MAX_LENGTH, Vocabulary, train_vocabulary

if TYPE_CHECKING:
    from transformers import MarianMTModel

IGNORE = -100
"""Marks what is only padding."""

BLOCK = 16
"""Batches that are drawn together and sorted by length, so that little is padding."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what comes out.

    Attributes:
        seed: Of the split, the pairs, the first weights and dropout.
        steps: Of training.
        batch: Pairs in a step.
        rate: The highest learning rate; it rises for `warmup` steps and then falls as a cosine.
        warmup: See `rate`.
        smoothing: How much of the probability goes to all other tokens.
        words: Pieces of the vocabulary.
        texts: Pairs that the vocabulary is made from.
        width: Of the network.
        heads: Of its attention.
        inner: Width inside its layers.
        encoder: Layers that read.
        decoder: Layers that write.
        dropout: Share of what is left out by chance.
        threads: Of the processor.
        check: Steps between two looks at what is held out.
        keep: Steps between two times that the state is written.
    """

    seed: int = 7
    steps: int = 5500
    batch: int = 128
    rate: float = 1e-3
    warmup: int = 800
    smoothing: float = 0.05
    words: int = 8000
    texts: int = 100_000
    width: int = 256
    heads: int = 8
    inner: int = 1024
    encoder: int = 4
    decoder: int = 3
    dropout: float = 0.1
    threads: int = 2
    check: int = 500
    keep: int = 200


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs of like length, padded: each is batch by time."""

    sources: Tensor
    mask: Tensor
    before: Tensor
    targets: Tensor


def build(recipe: Recipe, vocabulary: Vocabulary) -> MarianMTModel:
    """The network, with its first weights by chance."""
    from transformers import MarianConfig, MarianMTModel

    # It is how the engine learns which languages a checkpoint of several reads.
    read: dict[str, Any] = {"source_languages": list(TONGUES)}
    return MarianMTModel(
        MarianConfig(
            vocab_size=vocabulary.size,
            d_model=recipe.width,
            encoder_layers=recipe.encoder,
            decoder_layers=recipe.decoder,
            encoder_attention_heads=recipe.heads,
            decoder_attention_heads=recipe.heads,
            encoder_ffn_dim=recipe.inner,
            decoder_ffn_dim=recipe.inner,
            dropout=recipe.dropout,
            scale_embedding=True,
            max_position_embeddings=MAX_LENGTH,
            pad_token_id=vocabulary.filler,
            eos_token_id=vocabulary.end,
            decoder_start_token_id=vocabulary.filler,
            forced_eos_token_id=None,
            init_std=0.04,
            **read,
        )
    )


def pack(pairs: list[Pair], vocabulary: Vocabulary) -> Batch:
    """Pairs as one batch."""
    sources = [torch.tensor(vocabulary.source(pair)[-MAX_LENGTH:]) for pair in pairs]
    targets = [torch.tensor(vocabulary.target(pair)[:MAX_LENGTH]) for pair in pairs]
    start = torch.tensor([vocabulary.filler])
    read = pad_sequence(sources, batch_first=True, padding_value=vocabulary.filler)
    return Batch(
        sources=read,
        mask=(read != vocabulary.filler).long(),
        before=pad_sequence(
            [torch.cat((start, one[:-1])) for one in targets], batch_first=True, padding_value=vocabulary.filler
        ),
        targets=pad_sequence(targets, batch_first=True, padding_value=IGNORE),
    )


def batches(samples: Samples, vocabulary: Vocabulary, recipe: Recipe, first: int) -> Iterator[Batch]:
    """The batches from a step on; each depends only on the seed and its step."""
    for block in range(first // BLOCK, math.ceil(recipe.steps / BLOCK)):
        chance = random.Random(f"{recipe.seed}/{block}")
        pairs = [samples.draw(chance) for _ in range(BLOCK * recipe.batch)]
        pairs.sort(key=lambda pair: len(pair.source) + len(pair.target))
        groups = [pairs[start : start + recipe.batch] for start in range(0, len(pairs), recipe.batch)]
        chance.shuffle(groups)
        for place, group in enumerate(groups):
            if first <= block * BLOCK + place < recipe.steps:
                yield pack(group, vocabulary)


def loss_of(model: MarianMTModel, batch: Batch, smoothing: float = 0.0) -> Tensor:
    """The mean cross-entropy of a token, in nats."""
    where = model.device
    with torch.autocast(where.type, dtype=torch.bfloat16, enabled=model.training):
        scores = model(
            input_ids=batch.sources.to(where), attention_mask=batch.mask.to(where),
            decoder_input_ids=batch.before.to(where), use_cache=False,
        ).logits  # fmt: skip
    return cross_entropy(
        scores.float().flatten(0, 1), batch.targets.to(where).flatten(), ignore_index=IGNORE, label_smoothing=smoothing
    )


def rate(step: int, steps: int, warmup: int) -> float:
    """The share of the highest learning rate at a step."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def train(recipe: Recipe, work: Path, out: Path, shared: Path = SHARED) -> None:
    """Train, and write the checkpoint.

    Args:
        recipe: What decides the result.
        work: Where the vocabulary and the state to go on from are kept.
        out: Where the model is written, in half precision.
        shared: Where the parallel texts lie.
    """
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    samples = Samples(recipe.seed, shared)
    if not (work / "vocab.json").exists():
        print("Making the vocabulary …", flush=True)
        train_vocabulary(samples.texts(recipe.texts), work, recipe.words)
    vocabulary = Vocabulary(work)
    run = Run(recipe, vocabulary, work / "state.pt")
    print(f"{run.model.num_parameters():,} parameters, {vocabulary.size:,} pieces, on {device()}", flush=True)
    held = {
        name: [pack(pairs, vocabulary) for pairs in grouped(some_pairs(rows, recipe.seed), recipe.batch)]
        for name, rows in samples.held("validation").items()
        if rows
    }
    for batch in batches(samples, vocabulary, recipe, run.step):
        run.learn(batch)
        if run.step % 50 == 0:
            print(run.progress(), flush=True)
        if run.step % recipe.keep == 0 or run.step == recipe.steps:
            run.keep()
        if run.step % recipe.check == 0 or run.step == recipe.steps:
            losses = (f"{name} {validate(run.model, some):.3f}" for name, some in held.items())
            print(f"held out: {', '.join(losses)}", flush=True)
    write(run.model, work, out)
    print(f"Trained for {run.spent / 60:.0f} minutes; written to {out}.", flush=True)


class Run:
    """A training that can be stopped at any step and gone on with.

    Args:
        recipe: What decides the result.
        vocabulary: Of the model.
        state: The file to go on from; it is written by `keep`.
    """

    def __init__(self, recipe: Recipe, vocabulary: Vocabulary, state: Path) -> None:
        self._recipe, self._state = recipe, state
        self.model = build(recipe, vocabulary).to(device())  # type: ignore[arg-type]  # transformers' own annotation
        self.model.train()
        self._optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=recipe.rate, weight_decay=0.01, betas=(0.9, 0.98)
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer, lambda step: rate(step, recipe.steps, recipe.warmup)
        )
        self.step, self.spent = 0, 0.0
        self._tokens, self._recent = 0, 0.0
        if state.exists():
            self._go_on(torch.load(state, weights_only=True, map_location=device()))
        self._began, self._before = time.monotonic(), self.spent

    def learn(self, batch: Batch) -> None:
        """One step."""
        loss = loss_of(self.model, batch, self._recipe.smoothing)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self._schedule.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.spent = self._before + time.monotonic() - self._began
        self._tokens += int(batch.mask.sum()) + int((batch.targets != IGNORE).sum())
        self._recent = loss.item() if not self._recent else 0.98 * self._recent + 0.02 * loss.item()

    def progress(self) -> str:
        """Where it is, in a line."""
        took = self.spent - self._before
        left = (self._recipe.steps - self.step) * self.spent / self.step / 60
        return (
            f"{self.step}/{self._recipe.steps}  loss {self._recent:.3f}  {self._tokens / took:,.0f} tokens/s"
            f"  {left:.0f} minutes left"
        )

    def keep(self) -> None:
        """Write everything that going on needs; a stop while writing loses nothing."""
        fresh = self._state.with_suffix(".new")
        torch.save(
            {
                "recipe": asdict(self._recipe), "step": self.step, "spent": self.spent,
                "model": self.model.state_dict(), "optimizer": self._optimizer.state_dict(),
                "schedule": self._schedule.state_dict(), "chance": torch.get_rng_state(),
            },
            fresh,
        )  # fmt: skip
        fresh.replace(self._state)

    def _go_on(self, kept: dict[str, Any]) -> None:
        if kept["recipe"] != asdict(self._recipe):
            raise SystemExit(f"{self._state} is of another recipe: delete it, or train as it was begun.")
        self.model.load_state_dict(kept["model"])
        self._optimizer.load_state_dict(kept["optimizer"])
        self._schedule.load_state_dict(kept["schedule"])
        torch.set_rng_state(kept["chance"].cpu())
        self.step, self.spent = kept["step"], kept["spent"]


@torch.inference_mode()
def validate(model: MarianMTModel, held: list[Batch]) -> float:
    """The mean loss of a token in the batches, in nats."""
    model.eval()
    counts = [int((batch.targets != IGNORE).sum()) for batch in held]
    total = sum(loss_of(model, batch).item() * count for batch, count in zip(held, counts, strict=True))
    model.train()
    return total / sum(counts)


def grouped(pairs: list[Pair], size: int) -> Iterator[list[Pair]]:
    """The pairs in groups of like length."""
    pairs = sorted(pairs, key=lambda pair: len(pair.source))
    return (pairs[start : start + size] for start in range(0, len(pairs), size))


def write(model: MarianMTModel, work: Path, out: Path) -> None:
    """Write a checkpoint that `MarianMTModel` and `MarianTokenizer` load: the weights in half precision."""
    out.mkdir(parents=True, exist_ok=True)
    for name in ("source.spm", "target.spm", "vocab.json", "tokenizer_config.json"):
        shutil.copy(work / name, out / name)
    model.eval()
    filler = model.config.pad_token_id
    model.generation_config.update(num_beams=4, max_length=MAX_LENGTH, bad_words_ids=[[filler]])
    model.to("cpu", torch.float16).save_pretrained(out)  # type: ignore[arg-type]  # transformers' own annotation
