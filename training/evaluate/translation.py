"""Measures the starter translator, through the code that runs it in Atelier."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sacrebleu
import torch

from bot.models.catalog import Entry
from bot.models.engines.translation import LocalTranslator, open_model
from bot.models.tasks import Task
from bot.text.prose import rewrite
from training.evaluate.card import write_figures
from training.evaluate.dictionary import Dictionary
from training.translation.lexicon import Tongue
from training.translation.parallel import Part, Row
from training.translation.samples import Pair, Samples, SetName, masked

BAD, GOOD = 30.0, 60.0
"""A translation's chrF below which it must be marked as doubtful, and above which it should not be."""

LEARNED_FROM = 60_000
"""Pairs in all directions that the dictionary is learned from."""

UNCHANGED = (
    "Look at https://example.org/a_b?c=1 and tell @dana **today**.",
    "Run `git pull` first, then write to #general 🎉",
    "I need 42 chairs and 1,250 euros by 17:30.",
    "- *Please* send [the report](https://example.org/r) to Anna.",
    "> Good morning <@123456>! :wave:\n\n```py\nprint('hello')\n```\nIt costs 15 euros.",
)


@dataclass(frozen=True, slots=True)
class Said:
    """A translation beside what it should be."""

    tongues: tuple[Tongue, Tongue]
    reference: str
    text: str
    baseline: str
    confidence: float

    @property
    def score(self) -> float:
        """Its chrF, from 0 to 100."""
        return float(sacrebleu.sentence_chrf(self.text, [self.reference]).score)


def evaluate(folder: Path, *, seed: int, rows: int, threads: int, calibrate: bool) -> None:
    """Measure a checkpoint, print the figures and write them into its card.

    Args:
        folder: The checkpoint; its card is `README.md`.
        seed: Of the split.
        rows: Sentences of each set and direction at most.
        threads: Of the processor.
        calibrate: Whether to write the threshold into the checkpoint.
    """
    torch.set_num_threads(threads)
    text = asyncio.run(_measure(folder, Samples(seed), rows, threads, calibrate=calibrate))
    print(text)
    write_figures(folder / "README.md", text)


async def _measure(folder: Path, samples: Samples, rows: int, threads: int, *, calibrate: bool) -> str:
    dictionaries = learn(samples)
    entry = Entry(name="starter", task=Task.TRANSLATION, kind="folder", source=str(folder))
    model, resident = open_model(entry, folder, lambda: None)
    try:
        validation = await _say_all(model, samples, "validation", rows, dictionaries)
        below = threshold([one for some in validation.values() for one in some])
        if calibrate:
            _write_threshold(folder, below)
        test = await _say_all(model, samples, "test", rows, dictionaries)
        every = [one for some in test.values() for one in some]
        sections = [
            quality(test),
            calibration(every, below),
            await _speed(model, test["frames"], threads),
            await _unchanged(model),
        ]
    finally:
        await resident.close()
    return "\n\n".join(sections)


def learn(samples: Samples) -> dict[tuple[Tongue, Tongue], Dictionary]:
    """A dictionary for each direction, from what the translator is trained on."""
    chance = random.Random(f"{samples.seed}/dictionary")
    found: dict[tuple[Tongue, Tongue], list[tuple[str, str]]] = {}
    for _ in range(LEARNED_FROM):
        pair = samples.draw(chance)
        if not pair.old:
            found.setdefault((pair.source_tongue, pair.target_tongue), []).append((pair.source, pair.target))
    return {tongues: Dictionary(pairs) for tongues, pairs in found.items()}


async def _say_all(
    model: LocalTranslator,
    samples: Samples,
    part: Part,
    rows: int,
    dictionaries: dict[tuple[Tongue, Tongue], Dictionary],
) -> dict[SetName, list[Said]]:
    said: dict[SetName, list[Said]] = {}
    for name, found in samples.held(part).items():
        said[name] = []
        for tongues, dictionary in sorted(dictionaries.items()):
            chance = random.Random(f"{part}/{name}/{tongues}")
            pairs = _pairs(found, tongues, chance)
            pairs = chance.sample(pairs, min(rows, len(pairs)))
            done = await model.translate([pair.source for pair in pairs], *tongues)
            for pair, one in zip(pairs, done, strict=True):
                baseline = dictionary.translate(pair.source)
                said[name].append(Said(tongues, pair.target, one.text, baseline, one.confidence))
    return said


def _pairs(rows: Sequence[Row], tongues: tuple[Tongue, Tongue], chance: random.Random) -> list[Pair]:
    one, other = tongues
    return [
        masked(Pair(one, other, row.texts[one][0], row.texts[other][0], row.old), row.verbatim, chance)
        for row in rows
        if one in row.texts and other in row.texts
    ]


def quality(said: dict[SetName, list[Said]]) -> str:
    """Tables of chrF and BLEU, by set and direction."""
    lines: list[str] = []
    for name, every in said.items():
        if not every:
            continue
        lines += [
            "",
            f"**{name}**",
            "",
            "| direction | sentences | chrF | BLEU | word by word: chrF |",
            "| --- | --: | --: | --: | --: |",
        ]
        ways = sorted({one.tongues for one in every})
        groups = [(f"{one} → {other}", [said for said in every if said.tongues == (one, other)]) for one, other in ways]
        for label, some in [*groups, ("all", every)]:
            references = [[one.reference for one in some]]
            texts = [one.text for one in some]
            chrf = sacrebleu.corpus_chrf(texts, references).score
            bleu = sacrebleu.corpus_bleu(texts, references).score
            baseline = sacrebleu.corpus_chrf([one.baseline for one in some], references).score
            lines.append(f"| {label} | {len(some)} | {chrf:.1f} | {bleu:.1f} | {baseline:.1f} |")
    return "\n".join(lines).strip()


def threshold(said: Sequence[Said]) -> float:
    """The confidence below which a translation is called doubtful: where both aims are met with the most room.

    At least 80 % of the bad ones are to be marked and at most 15 % of the good ones.
    """
    scored = [(one.score, one.confidence) for one in said]
    bad = [confidence for score, confidence in scored if score < BAD]
    good = [confidence for score, confidence in scored if score > GOOD]
    if not bad or not good:
        return 0.5

    def room(below: float) -> float:
        return min(_share(bad, below) - 0.8, 0.15 - _share(good, below))

    return max((step / 100 for step in range(1, 100)), key=room)


def calibration(said: Sequence[Said], below: float) -> str:
    """How many good and bad translations are marked as doubtful."""
    bad = [one.confidence for one in said if one.score < BAD]
    good = [one.confidence for one in said if one.score > GOOD]
    return (
        f"A sentence is marked as doubtful below a confidence of {below:.2f} (chosen on the validation sets). On the "
        f"test sets that marks {_share(bad, below):.0%} of {len(bad)} translations with chrF < {BAD:.0f}, and "
        f"{_share(good, below):.0%} of {len(good)} with chrF > {GOOD:.0f}."
    )


def _share(confidences: Sequence[float], below: float) -> float:
    return sum(one < below for one in confidences) / len(confidences) if confidences else 0.0


def _write_threshold(folder: Path, below: float) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["doubtful_below"] = below
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


async def _speed(model: LocalTranslator, said: Sequence[Said], threads: int) -> str:
    """How long a sentence takes, one at a time."""
    times = []
    for one in said[:: max(1, len(said) // 60)]:
        began = time.perf_counter()
        await model.translate([one.reference], one.tongues[1], one.tongues[0])
        times.append(time.perf_counter() - began)
    times.sort()
    return (
        f"A sentence takes {sum(times) / len(times):.2f} s on {threads} cores (95 % of them at most "
        f"{times[int(0.95 * len(times))]:.2f} s)."
    )


async def _unchanged(model: LocalTranslator) -> str:
    """How much of what must not change is still there when whole messages are translated."""
    kept = total = 0
    for target in ("de", "fr", "es"):

        async def render(lines: Sequence[str], target: str = target) -> list[str]:
            return [one.text for one in await model.translate(lines, "en", target)]

        for text, written in zip(UNCHANGED, await rewrite(UNCHANGED, render, ["Anna"]), strict=True):
            tokens = re.findall(
                r"https?://[^\s)]+|@\w+|<@\d+>|:\w+:|#\w+|`+[^`]+`+|[^\w\s.,:;!?'’¡¿«»-]|\d+|\bAnna\b", text
            )
            total += len(tokens)
            kept += sum(token in written for token in tokens)
    return (
        f"Of {total} names, numbers, links, mentions, emoji, pieces of code and marks of Markdown {kept} are unchanged."
    )
