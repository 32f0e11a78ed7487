"""Embeddings by a transformer in this process.

Imported when the first model is asked for, never at start: LangChain costs time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from langchain_core.embeddings import Embeddings

from bot.models.catalog import Entry
from bot.models.engines import checkpoint
from bot.models.engines.gathering import Gathering
from bot.models.engines.gathering_parts import Asked, Bounds, Gone, Part
from bot.models.engines.hardware import device
from bot.models.engines.resident import Resident

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from bot.meanings import Matrix, Vector

T = TypeVar("T")

BOUNDS = Bounds(tokens=2048, texts=64, padding=48, pool=256)
"""Tokens enough to keep the processor busy, few enough to fit anywhere; short texts gain nothing from more of them."""

MANY = 1024
"""Tokens after which memory is given back: thousands of texts would else take some hundred megabytes more."""

Rows: TypeAlias = Mapping[str, Sequence[int]]
"""What the tokenizer makes of a text: ids, and whatever else the model reads, by name."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    checkpoint: checkpoint.Checkpoint
    tokenizer: PreTrainedTokenizerBase
    model: PreTrainedModel
    tokens: int


class LocalEmbeddings(Embeddings):
    """Embeds texts with a sentence-transformers checkpoint: mean pooling, unit length.

    The first call loads it.

    Attributes:
        folder: The checkpoint.
        resident: Keeps it in memory.
    """

    def __init__(self, name: str, folder: Path, verify: Callable[[], object]) -> None:
        """Name the model; nothing is read yet.

        Args:
            name: What to call it in an error.
            folder: The checkpoint.
            verify: Called once before it is loaded; raises `UserError` when its files are not what they should be.
        """
        self.folder = folder
        self.resident = Resident(name, verify, lambda: _load(checkpoint.read(name, folder)), folder)
        self._gathering: Gathering[_Loaded, Rows, Vector] = Gathering(self.resident, _embed, BOUNDS)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector of unit length for each text, in order."""
        return self._gathering.submit(*_asked(texts, _numbers)).result() if texts else []

    def embed_query(self, text: str) -> list[float]:
        """The vector to compare documents with."""
        return self._gathering.submit(*_asked([text], _numbers, query=True)).result()[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector of unit length for each text, in order; cancelling stops the work after the present batch."""
        return await self._gathering.run(*_asked(texts, _numbers)) if texts else []

    async def aembed_query(self, text: str) -> list[float]:
        """The vector to compare documents with."""
        return (await self._gathering.run(*_asked([text], _numbers, query=True)))[0]

    async def arows(self, texts: Sequence[str]) -> Matrix:
        """The same of documents as one array, a row for each; see `bot.meanings.InRows`."""
        return await self._gathering.run(*_asked(texts, _stacked))


def open_model(entry: Entry, folder: Path, verify: Callable[[], object]) -> tuple[Embeddings, Resident[_Loaded]]:
    """The embeddings of a checkpoint, and what keeps it in memory; nothing is read yet.

    Args:
        entry: The checkpoint.
        folder: Where it lies.
        verify: Raises `UserError` when its files are not what they should be.
    """
    model = LocalEmbeddings(entry.name, folder, verify)
    return model, model.resident


def _asked(
    texts: Sequence[str], finish: Callable[[Sequence[Vector]], T], *, query: bool = False
) -> tuple[Asked[_Loaded, Rows, Vector, T], int]:
    """What is asked for, and how many characters it has."""

    def prepare(loaded: _Loaded) -> tuple[list[Part[Rows]], Callable[[Sequence[Vector]], T]]:
        prompt = loaded.checkpoint.query if query else loaded.checkpoint.document
        ready = [prompt + (text.lower() if loaded.checkpoint.lower else text) for text in texts]
        encoded = loaded.tokenizer(ready, truncation=True, max_length=loaded.tokens, return_attention_mask=True)
        rows = [{name: values[place] for name, values in encoded.items()} for place in range(len(texts))]
        return [Part(row, len(row["input_ids"])) for row in rows], finish

    return prepare, sum(map(len, texts))


def _numbers(vectors: Sequence[Vector]) -> list[list[float]]:
    return [vector.tolist() for vector in vectors]


def _stacked(vectors: Sequence[Vector]) -> Matrix:
    import numpy as np

    return np.stack(vectors)


def _embed(loaded: _Loaded, rows: Sequence[Rows], gone: Gone) -> list[Vector]:
    import torch

    from bot.models.engines.memory import trim

    with torch.inference_mode():
        vectors: list[Vector] = list(_forward(loaded, rows).numpy())
    if sum(len(row["input_ids"]) for row in rows) >= MANY:
        trim()
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


def _forward(loaded: _Loaded, rows: Sequence[Rows]) -> torch.Tensor:
    import torch
    from torch.nn.functional import normalize

    longest = max(len(row["input_ids"]) for row in rows)
    # Only the token ids have a filler of their own; masks and types are filled with zeros.
    fillers = {"input_ids": loaded.tokenizer.pad_token_id or 0}
    inputs = {
        name: torch.tensor([[*row[name], *[fillers.get(name, 0)] * (longest - len(row[name]))] for row in rows]).to(
            loaded.model.device
        )
        for name in rows[0]
    }
    hidden = loaded.model(**inputs).last_hidden_state
    mask = inputs["attention_mask"].unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
    return normalize(mean, p=2, dim=1).cpu()
