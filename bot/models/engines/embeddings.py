"""Embeddings by a transformer in this process.

Imported when the first model is asked for, never at start: LangChain costs time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from bot.models.catalog import Entry
from bot.models.engines import checkpoint
from bot.models.engines.hardware import device
from bot.models.engines.resident import Resident, stop

if TYPE_CHECKING:
    import torch
    from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerBase

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


@dataclass(frozen=True, slots=True)
class _Loaded:
    checkpoint: checkpoint.Checkpoint
    tokenizer: PreTrainedTokenizerBase
    model: PreTrainedModel
    tokens: int


class LocalEmbeddings(Embeddings):
    """Embeds texts with a sentence-transformers checkpoint: mean pooling, unit length.

    The first call loads it.
    """

    def __init__(self, name: str, folder: Path, verify: Callable[[], object]) -> None:
        """Name the model; nothing is read yet.

        Args:
            name: What to call it in an error.
            folder: The checkpoint.
            verify: Called once before it is loaded; raises `UserError` when its files are not what they should be.
        """
        self.resident = Resident(name, verify, lambda: _load(checkpoint.read(name, folder)), folder)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector of unit length for each text, in order."""
        return self.resident.submit(partial(_embed, texts, query=False)).result() if texts else []

    def embed_query(self, text: str) -> list[float]:
        """The vector to compare documents with."""
        return self.resident.submit(partial(_embed, [text], query=True)).result()[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector of unit length for each text, in order; cancelling stops the work after the present batch."""
        return await self.resident.run(partial(_embed, texts, query=False)) if texts else []

    async def aembed_query(self, text: str) -> list[float]:
        """The vector to compare documents with."""
        return (await self.resident.run(partial(_embed, [text], query=True)))[0]


def open_model(entry: Entry, folder: Path, verify: Callable[[], object]) -> tuple[Embeddings, Resident[_Loaded]]:
    """The embeddings of a checkpoint, and what keeps it in memory; nothing is read yet.

    Args:
        entry: The checkpoint.
        folder: Where it lies.
        verify: Raises `UserError` when its files are not what they should be.
    """
    model = LocalEmbeddings(entry.name, folder, verify)
    return model, model.resident


def _embed(texts: list[str], loaded: _Loaded, stopped: Callable[[], bool], *, query: bool) -> list[list[float]]:
    import torch

    prompt = loaded.checkpoint.query if query else loaded.checkpoint.document
    ready = [prompt + (text.lower() if loaded.checkpoint.lower else text) for text in texts]
    encoded = loaded.tokenizer(ready, truncation=True, max_length=loaded.tokens, return_attention_mask=True)
    vectors: list[list[float]] = [[]] * len(texts)
    for batch in batches([len(ids) for ids in encoded["input_ids"]]):
        if stopped():
            raise stop()
        with torch.inference_mode():
            for position, vector in zip(batch, _forward(loaded, encoded, batch).tolist(), strict=True):
                vectors[position] = vector
    return vectors


def _load(found: checkpoint.Checkpoint) -> _Loaded:
    import torch
    from transformers import AutoModel, AutoTokenizer

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
