"""Translation by a transformer in this process: OPUS-MT (Marian), NLLB-200, M2M100 and MADLAD-400.

Imported when the first model is asked for.
"""

from __future__ import annotations

import asyncio
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bot.errors import UserError
from bot.models.catalog import Entry
from bot.models.engines.beams import Found, loop
from bot.models.engines.gathering import Gathering
from bot.models.engines.gathering_parts import Bounds, Gone, Part
from bot.models.engines.hardware import device, dtype
from bot.models.engines.loading import BROKEN, unloadable
from bot.models.engines.pieces import Piece, cut_up, gap
from bot.models.engines.resident import Resident
from bot.models.engines.tongues import Tongues, Way, read_tongues
from bot.models.engines.weights import read, require_safe
from bot.models.tasks import Translation
from bot.wording import language_name

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

BOUNDS = Bounds(tokens=1536, texts=32, padding=512, pool=64)
"""What is written is kept once for every beam; a step for 16 sentences costs two to three times that for one."""

WINDOW = 512
"""Tokens of a sentence that are read at once, where the checkpoint does not read fewer."""

DOUBTFUL = 0.3
"""The confidence below which a sentence is doubtful; a checkpoint's `doubtful_below` says otherwise."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What is known of a checkpoint before its weights are loaded."""

    config: PretrainedConfig
    tokenizer: PreTrainedTokenizerBase
    tongues: Tongues


@dataclass(frozen=True, slots=True)
class _Loaded:
    tokenizer: PreTrainedTokenizerBase
    model: PreTrainedModel
    window: int
    doubtful: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence by its tokens, and the token that its translation has to begin with."""

    ids: Sequence[int]
    first: str | None


@dataclass(frozen=True, slots=True)
class _Said:
    """What a sentence became: the logarithms of its tokens' probabilities summed, how many, and whether to doubt it."""

    text: str
    log: float = 0.0
    tokens: int = 0
    doubtful: bool = False


class LocalTranslator:
    """Translates with one checkpoint; the first call loads it.

    The confidence of a translation is the geometric mean of the probabilities that the model gave to its tokens, each
    after those before it; tokens that were forced do not count.
    """

    def __init__(self, name: str, folder: Path, verify: Callable[[], object], called: str = "") -> None:
        """Name the model; nothing is read yet.

        Args:
            name: What to call it in an error.
            folder: The checkpoint.
            verify: Called once before it is loaded; raises `UserError` when its files are not what they should be.
            called: What it is called where it comes from; OPUS-MT's names tell its languages.
        """
        self.name = name
        self._folder = folder
        self._called = called or name
        self._read: _Read | None = None
        self._reading = asyncio.Lock()
        self.resident = Resident(name, verify, self._load, folder)
        self._gathering: Gathering[_Loaded, _Sentence, _Said] = Gathering(self.resident, _generate, BOUNDS)

    async def way(self, source: str, target: str) -> Way | None:
        """How it translates between two languages, as BCP 47 tags; None when it cannot.

        Raises:
            UserError: The checkpoint is not one that can be run here.
        """
        async with self._reading:
            if self._read is None:
                self._read = await asyncio.to_thread(self._look)
            known = self._read
        return known.tongues.way(source, target)

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """Each text translated, in order; cancelling stops the work within a token.

        Raises:
            UserError: The model does not translate between these languages, or cannot be loaded.
        """
        way = await self.way(source, target)
        if way is None:
            one, other = (language_name(tag) or tag for tag in (source, target))
            raise UserError(f"The model {self.name} does not translate from {one} to {other}.")
        return await self._gathering.run(
            partial(_prepare, texts, way, source, between=gap(target)), sum(map(len, texts))
        )

    def _look(self) -> _Read:
        """Read what the checkpoint says about itself."""
        from transformers import AutoConfig, AutoTokenizer

        try:
            config = AutoConfig.from_pretrained(self._folder, local_files_only=True, trust_remote_code=False)
            with warnings.catch_warnings():
                # Marian's tokenizer recommends a package whose work it never asks for.
                warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
                tokenizer = AutoTokenizer.from_pretrained(self._folder, local_files_only=True, trust_remote_code=False)
            return _Read(config, tokenizer, read_tongues(self._called, config, tokenizer))
        except BROKEN as error:
            raise unloadable(self.name, self._folder, error) from error

    def _load(self) -> _Loaded:
        from transformers import AutoModelForSeq2SeqLM

        from bot.models.engines.beams_attention import prepare
        from bot.models.engines.memory import require

        known = self._read or self._look()
        where = device()
        numbers = dtype(where)
        require_safe(self.name, self._folder)
        require(self.name, self._folder, numbers.itemsize * 8, where)
        # Positions that are computed are in no file.
        model = read(AutoModelForSeq2SeqLM.from_pretrained, self._folder, numbers, where, computed="embed_positions")
        prepare(model)
        positions = getattr(model.config, "max_position_embeddings", None) or WINDOW
        window = min(known.tokenizer.model_max_length, positions, WINDOW)
        return _Loaded(known.tokenizer, model, window, float(getattr(model.config, "doubtful_below", DOUBTFUL)))


def open_model(entry: Entry, folder: Path, verify: Callable[[], object]) -> tuple[LocalTranslator, Resident[_Loaded]]:
    """The translator of a checkpoint, and what keeps it in memory; nothing is read yet.

    Args:
        entry: The checkpoint.
        folder: Where it lies.
        verify: Raises `UserError` when its files are not what they should be.
    """
    model = LocalTranslator(entry.name, folder, verify, called=entry.source)
    return model, model.resident


def _prepare(
    texts: Sequence[str], way: Way, source: str, loaded: _Loaded, *, between: str
) -> tuple[list[Part[_Sentence]], Callable[[Sequence[_Said]], list[Translation]]]:
    """The sentences of texts, and what puts these together again from what the sentences became."""
    tokenizer = loaded.tokenizer
    if way.source is not None:
        tokenizer.src_lang = way.source
    cut = [list(cut_up(text, source, lambda part: _fits(part, way, loaded))) for text in texts]
    wanted = [way.prefix + piece.text for pieces in cut for piece in pieces if piece.translate]
    encoded = tokenizer(wanted)["input_ids"] if wanted else []

    def join(said: Sequence[_Said]) -> list[Translation]:
        waiting = iter(said)
        return [
            _whole([(piece, next(waiting) if piece.translate else None) for piece in pieces], between) for pieces in cut
        ]

    return [Part(_Sentence(ids, way.first), len(ids), way.first) for ids in encoded], join


def _fits(text: str, way: Way, loaded: _Loaded) -> bool:
    # A token is at least a byte, but for a few that every text has.
    return (
        len(text.encode()) < loaded.window - 16
        or len(loaded.tokenizer(way.prefix + text)["input_ids"]) <= loaded.window
    )


def _whole(pieces: Sequence[tuple[Piece, _Said | None]], between: str) -> Translation:
    """A text put together again from its sentences."""
    parts: list[str] = []
    for number, (piece, said) in enumerate(pieces):
        if said is None:
            inside = 0 < number < len(pieces) - 1 and not piece.text.strip() and "\n" not in piece.text
            parts.append(between if inside else piece.text)
        else:
            if parts and pieces[number - 1][1] is not None:
                parts.append(between)
            parts.append(said.text)
    done = [said for _, said in pieces if said is not None]
    tokens = sum(said.tokens for said in done)
    confidence = math.exp(sum(said.log for said in done) / tokens) if tokens else 1.0
    return Translation("".join(parts), confidence, doubtful=any(said.doubtful for said in done))


def _generate(loaded: _Loaded, batch: Sequence[_Sentence], gone: Gone) -> list[_Said]:
    """What sentences become, which all have to begin with the same token."""
    import torch

    lengths = [len(sentence.ids) for sentence in batch]
    limits = [min(loaded.window - 1, 2 * length + 32) for length in lengths]
    tokenizer, model = loaded.tokenizer, loaded.model
    filler = tokenizer.pad_token_id or 0
    longest = max(lengths)
    rows = [[*sentence.ids, *[filler] * (longest - length)] for sentence, length in zip(batch, lengths, strict=True)]
    inputs = torch.tensor(rows, device=model.device)
    mask = (torch.arange(longest) < torch.tensor(lengths)[:, None]).long().to(model.device)
    word = batch[0].first
    first = None if word is None else tokenizer.convert_tokens_to_ids(word)
    forced = 0 if first is None else 1
    # Only some classes of models can generate, and the library's types do not say which.
    generate = cast("Callable[..., list[Found]]", model.generate)
    with torch.inference_mode():
        found = generate(
            input_ids=inputs,
            attention_mask=mask,
            do_sample=False,
            forced_bos_token_id=first,
            max_new_tokens=max(limits) + 1,
            custom_generate=loop(limits, gone, forced),
        )
    unknown = (inputs == tokenizer.unk_token_id).any(1).tolist()
    # The language that was forced is said by a token that some tokenizers take for a word.
    texts = tokenizer.batch_decode([one.tokens[forced:] for one in found], skip_special_tokens=True)
    return [
        _Said(
            text.strip(),
            one.log,
            one.chosen,
            doubtful=odd or math.exp(one.log / max(1, one.chosen)) < loaded.doubtful or not text.strip(),
        )
        for text, one, odd in zip(texts, found, unknown, strict=True)
    ]
