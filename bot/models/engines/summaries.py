"""Summaries by a sequence-to-sequence model in this process: BART, PEGASUS, T5 and their kin.

Imported when the first model is asked for, never at start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.models.catalog import Entry
from bot.models.engines.hardware import device, dtype
from bot.models.engines.passages import parts
from bot.models.engines.resident import TURN, Resident, stop
from bot.models.engines.weights import read, require_safe, require_words
from bot.models.tasks import Summarizer
from bot.wording import sentences

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PREFIXED = {"t5", "mt5", "longt5", "umt5"}
"""Kinds that are told what to do in words before the text."""

PREFIX = "summarize: "

WINDOW = 1024
"""Tokens read at once by a kind that has no bound of its own; none was trained on more."""

SHORTEST = 12
"""Words that the summary of a part has at least: fewer say nothing."""

PER_WORD = 4.0
"""The most tokens taken for a word: languages without spaces would seem to have very long ones."""

LANGUAGE = "en"
"""Whose punctuation sentences are told by: that of most of these models, and like that of most other languages."""

ROUNDS = 4
"""How often summaries are summarized."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    name: str
    tokenizer: PreTrainedTokenizerBase
    model: PreTrainedModel
    window: int
    prefix: str
    positions: int | None = None

    def count(self, text: str) -> int:
        """Tokens of a text, with those the model puts around it."""
        return len(self.tokenizer(self.prefix + text, truncation=False, verbose=False)["input_ids"])


class LocalSummarizer:
    """Summarizes with a checkpoint; a long text in parts, whose summaries are summarized again.

    The first call loads it.
    """

    def __init__(self, resident: Resident[_Loaded], reads: frozenset[str] = frozenset()) -> None:
        """Take what keeps the model in memory, and which languages it reads; nothing is loaded yet."""
        self._resident = resident
        self.reads = reads

    async def summarize(self, text: str, words: int) -> str:
        """A summary of about `words` words; cancelling stops the work within a token.

        Args:
            text: Of any length.
            words: How long the summary is to be.

        Raises:
            UserError: There is no text, or it cannot be made short enough.
        """
        if not text.strip():
            raise UserError("There is nothing to summarize.")
        return await self._resident.run(partial(_summarize, text, words), pauses=TURN)


def open_model(entry: Entry, folder: Path, verify: Callable[[], object]) -> tuple[Summarizer, Resident[_Loaded]]:
    """The summarizer of a checkpoint, and what keeps it in memory; nothing is read yet.

    Args:
        entry: The checkpoint.
        folder: Where it lies.
        verify: Raises `UserError` when its files are not what they should be.
    """
    resident = Resident(entry.name, verify, lambda: _load(entry, folder), folder)
    return LocalSummarizer(resident, entry.tags()), resident


def _summarize(text: str, words: int, loaded: _Loaded, stopped: Callable[[], bool]) -> str:
    for _ in range(ROUNDS):
        read = parts(_sentences(text), loaded.window, loaded.count)
        if len(read) == 1:
            return _short(read[0], words, loaded, stopped)
        each = max(SHORTEST, words // len(read))
        said = [_short(part, each, loaded, stopped) for part in read]
        text = " ".join(said)
        if len(text.split()) <= words * 1.5:
            return text
    raise UserError("That is too long for this summary model; summarize a shorter stretch of it.")


def _sentences(text: str) -> list[str]:
    return [sentence for line in text.splitlines() if line.strip() for sentence in sentences(line, LANGUAGE)]


def _short(text: str, words: int, loaded: _Loaded, stopped: Callable[[], bool]) -> str:
    """The summary of a part that the model reads at once."""
    written = _write(loaded, text, words, stopped)
    # PEGASUS writes <n> for a new line.
    said = " ".join(str(loaded.tokenizer.decode(written, skip_special_tokens=True)).replace("<n>", " ").split())
    found = list(sentences(said, LANGUAGE))
    # What was cut at the length permitted ends at its last whole sentence.
    if len(found) > 1 and not found[-1].rstrip().endswith((".", "!", "?", "。", "…", '"', "”", "’", ")")):
        return "".join(found[:-1]).strip()
    return said


def _write(loaded: _Loaded, text: str, words: int, stopped: Callable[[], bool]) -> torch.Tensor:
    import torch
    from transformers import StoppingCriteriaList

    over = False

    def ends(ids: torch.Tensor, scores: object, **options: object) -> torch.Tensor:
        nonlocal over
        over = stopped()
        return torch.full((ids.shape[0],), over, device=ids.device)

    inputs = loaded.tokenizer(loaded.prefix + text, return_tensors="pt").to(loaded.model.device)
    generate: Callable[..., torch.Tensor] = getattr(loaded.model, "generate")  # noqa: B009  # the library does not say its type
    with torch.inference_mode():
        written = generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            stopping_criteria=StoppingCriteriaList([ends]),
            **lengths(text, words, loaded.count, loaded.positions),
        )
    if over:
        raise stop()
    return written[0]


def lengths(text: str, words: int, count: Callable[[str], int], positions: int | None = None) -> dict[str, int | None]:
    """How many tokens a summary may have, as `generate` takes it.

    Args:
        text: What is summarized; tells how many tokens its words take. The summary is no longer than it.
        words: About how many words are wanted.
        count: Counts the tokens of a text.
        positions: How many tokens the model can tell the places of, if there is a bound; it writes no more.
    """
    whole, here = count(text), max(1, len(text.split()))
    wanted = min(words * min(whole / here, PER_WORD), float(whole))
    most, least = max(8, int(wanted * 1.4)), int(wanted * 0.5)
    if positions is not None:
        # One is taken by what the model begins with.
        most = min(most, positions - 1)
    # Lengths in the checkpoint's own settings would contradict these.
    return {"max_new_tokens": most, "min_new_tokens": min(least, most - 1), "max_length": None, "min_length": None}


def _load(entry: Entry, folder: Path) -> _Loaded:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    from bot.models.engines.memory import require

    name = entry.name
    require_safe(name, folder)
    where = device()
    numbers = dtype(where)
    require(name, folder, numbers.itemsize * 8, where)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    require_words(tokenizer)
    model = read(AutoModelForSeq2SeqLM.from_pretrained, folder, numbers, where)
    positions = getattr(model.config, "max_position_embeddings", None)
    # A tokenizer that knows no bound says a very large number.
    bounds = [entry.context or WINDOW, positions or WINDOW, tokenizer.model_max_length]
    prefix = PREFIX if model.config.model_type in PREFIXED else ""
    return _Loaded(name, tokenizer, model, min(bounds), prefix, positions)
