"""Embeddings by a transformer in this process.

Imported when the first model is asked for, never at start: LangChain costs time.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from langchain_core.embeddings import Embeddings

from bot.errors import UserError
from bot.models.engines import checkpoint

if TYPE_CHECKING:
    import torch
    from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerBase

T = TypeVar("T")

BATCH_TOKENS = 4096
"""Tokens in a batch, padding included: enough to keep the processor busy, little enough to fit anywhere."""

BATCH_TEXTS = 64
"""Texts in a batch; short ones gain nothing from more."""


def batches(lengths: Sequence[int], tokens: int = BATCH_TOKENS, texts: int = BATCH_TEXTS) -> Iterator[list[int]]:
    """Groups texts of like length, so that little is padded.

    Args:
        lengths: Tokens of each text.
        tokens: The most in a batch once every text is padded to its longest; a longer text goes alone.
        texts: The most texts in a batch.

    Yields:
        Positions in `lengths`; each occurs once, the longest texts come first.
    """
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if batch and (len(batch) == texts or (len(batch) + 1) * lengths[batch[0]] > tokens):
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def device() -> torch.device:
    """Where models run: a CUDA card, Apple's, or the processor."""
    import torch

    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


@dataclass(frozen=True, slots=True)
class _Loaded:
    checkpoint: checkpoint.Checkpoint
    tokenizer: PreTrainedTokenizerBase
    model: PreTrainedModel
    tokens: int


class LocalEmbeddings(Embeddings):
    """Embeds texts with a sentence-transformers checkpoint: mean pooling, unit length.

    The first call loads it. Everything happens in one thread of its own: that is also why it is loaded once,
    however many ask at the same time, and why the event loop never waits for it.
    """

    def __init__(self, name: str, folder: Path, verify: Callable[[], object]) -> None:
        """Name the model; nothing is read yet.

        Args:
            name: What to call it in an error.
            folder: The checkpoint.
            verify: Called once before it is loaded; raises `UserError` when its files are not what they should be.
        """
        self.name = name
        self._folder = folder
        self._verify = verify
        self._model: _Loaded | None = None
        self._closed = threading.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"embeddings-{name}")

    @property
    def loaded(self) -> bool:
        """Whether it is in memory."""
        return self._model is not None

    async def load(self) -> None:
        """Bring it into memory.

        Raises:
            UserError: Its files are missing, altered or not of a kind that can be run.
        """
        await asyncio.wrap_future(self._submit(self._load))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector of unit length for each text, in order."""
        return self._submit(partial(self._embed, texts, query=False)).result()

    def embed_query(self, text: str) -> list[float]:
        """The vector to compare documents with."""
        return self._submit(partial(self._embed, [text], query=True)).result()[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector of unit length for each text, in order; cancelling stops the work after the present batch."""
        return await self._aembed(texts, query=False)

    async def aembed_query(self, text: str) -> list[float]:
        """The vector to compare documents with."""
        return (await self._aembed([text], query=True))[0]

    async def close(self) -> None:
        """Stop after the present batch and let the memory go."""
        self._closed.set()
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        self._model = None

    def _submit(self, call: Callable[[], T]) -> Future[T]:
        if self._closed.is_set():
            raise UserError("Atelier is stopping; ask again in a minute.")
        return self._thread.submit(call)

    async def _aembed(self, texts: list[str], *, query: bool) -> list[list[float]]:
        cancelled = threading.Event()
        work = self._submit(partial(self._embed, texts, query=query, cancelled=cancelled))
        try:
            return await asyncio.wrap_future(work)
        finally:
            cancelled.set()

    def _load(self) -> _Loaded:
        if self._model is None:
            from safetensors import SafetensorError

            self._verify()
            found = checkpoint.read(self.name, self._folder)
            try:
                self._model = _load(found)
            except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
                reason = str(error).strip().partition("\n")[0]
                raise UserError(f"The model {self.name} cannot be loaded: {reason}") from error
        return self._model

    def _embed(self, texts: list[str], *, query: bool, cancelled: threading.Event | None = None) -> list[list[float]]:
        import torch

        if not texts:
            return []
        loaded = self._load()
        prompt = loaded.checkpoint.query if query else loaded.checkpoint.document
        ready = [prompt + (text.lower() if loaded.checkpoint.lower else text) for text in texts]
        encoded = loaded.tokenizer(ready, truncation=True, max_length=loaded.tokens, return_attention_mask=True)
        vectors: list[list[float]] = [[]] * len(texts)
        for batch in batches([len(ids) for ids in encoded["input_ids"]]):
            if self._closed.is_set() or (cancelled and cancelled.is_set()):
                raise UserError("The work was stopped.")
            with torch.inference_mode():
                for position, vector in zip(batch, _forward(loaded, encoded, batch).tolist(), strict=True):
                    vectors[position] = vector
        return vectors


def _load(found: checkpoint.Checkpoint) -> _Loaded:
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    # Its bars and its report on weights it does not need would stand in the middle of an answer on a terminal.
    hide_bars: Callable[[], None] = disable_progress_bar
    hide_bars()
    logging.getLogger("transformers").setLevel(logging.ERROR)
    tokenizer = AutoTokenizer.from_pretrained(found.folder, local_files_only=True, trust_remote_code=False)
    model, told = AutoModel.from_pretrained(
        found.folder,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=torch.float32,
        output_loading_info=True,
    )
    # The library makes up weights that are not in the file. The pooler's may be absent: the mean is taken instead.
    if absent := sorted(name for name in told["missing_keys"] if not name.startswith("pooler.")):
        raise ValueError(f"{absent[0]} is not among its weights.")
    model.to(device()).eval()
    positions = getattr(model.config, "max_position_embeddings", None) or tokenizer.model_max_length
    return _Loaded(found, tokenizer, model, found.tokens or min(tokenizer.model_max_length, positions))


def _forward(loaded: _Loaded, encoded: BatchEncoding, batch: list[int]) -> torch.Tensor:
    import torch
    from torch.nn.functional import normalize
    from torch.nn.utils.rnn import pad_sequence

    # Only the token ids have a filler of their own; masks and types are filled with zeros.
    fillers = {"input_ids": loaded.tokenizer.pad_token_id or 0}
    inputs = {
        name: pad_sequence(
            [torch.tensor(rows[position]) for position in batch], batch_first=True, padding_value=fillers.get(name, 0)
        ).to(loaded.model.device)
        for name, rows in encoded.items()
    }
    hidden = loaded.model(**inputs).last_hidden_state
    mask = inputs["attention_mask"].unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
    return normalize(mean, p=2, dim=1).cpu()
