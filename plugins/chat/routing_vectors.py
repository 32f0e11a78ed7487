"""What the phrases and the help mean that come with Atelier, computed ahead: a start has no time to embed thousands.

They hold for the starter embeddings. Another model is recognised by what it makes of one text, and what is not in the
file is embedded then; `python -m training.routing` writes it anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .vectors import Matrix

FILE = Path(__file__).with_name("phrases.npz")

PROBE = "What can you do for us?"
"""The text by which a model is recognised."""

SAME = 0.99
"""The cosine from which two models are the same: what is kept is rounded."""


def known(probe: Matrix, file: Path = FILE) -> Mapping[int, Matrix]:
    """The vectors in a file, by `key`; none where they are another model's.

    Args:
        probe: What the model makes of `PROBE`.
        file: Where they are.
    """
    import numpy as np

    if not file.is_file():
        return {}
    with np.load(file, allow_pickle=False) as kept:
        keys, rows = kept["keys"], kept["rows"].astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found: dict[int, Matrix] = dict(zip(keys.tolist(), rows, strict=True))
    own = found.get(key(PROBE))
    return found if own is not None and len(own) == len(probe) and float(own @ probe) >= SAME else {}


def keep(texts: Sequence[str], vectors: Matrix, file: Path = FILE) -> None:
    """Write vectors into a file, each number as one byte.

    Args:
        texts: Whose they are, `PROBE` among them.
        vectors: Of unit length.
        file: Where they go.
    """
    import numpy as np

    rows = np.round(vectors / np.abs(vectors).max(axis=1, keepdims=True) * 127).astype(np.int8)
    keys = np.array([key(text) for text in texts], dtype=np.uint64)
    np.savez_compressed(file, keys=keys, rows=rows)


def key(text: str) -> int:
    """What a text is found by."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
