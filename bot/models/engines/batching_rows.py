"""What a batch of sequences remembers of its tokens, each in a row of its own, as a cache of transformers.

Imported at the first answer, never at start: transformers costs time.
"""

from __future__ import annotations

import torch
from transformers import PreTrainedConfig
from transformers.cache_utils import Cache, CacheLayerMixin

STEP = 256
"""Tokens by which rows get longer: each time all of them are copied."""


class Rows:
    """Keys and values of several sequences, in memory that is taken as it is needed.

    Args:
        config: The model's; all its layers attend to everything before.
        numbers: What it computes in.
        where: Its device.
        budget: Bytes that all rows together may take.
    """

    def __init__(self, config: PreTrainedConfig, numbers: torch.dtype, where: torch.device, budget: int) -> None:
        text = config.get_text_config()
        heads: int = text.num_key_value_heads
        width: int = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
        self._layers: int = text.num_hidden_layers
        self._budget = budget
        # Layers × keys and values × rows × heads × tokens × width. Zeros: what is masked must still be a number.
        self._all = torch.zeros(self._layers, 2, 0, heads, 0, width, dtype=numbers, device=where)
        self._read: tuple[slice, slice] = (slice(0), slice(0))
        self._row: int | None = None
        self._start = 0
        self._positions = torch.zeros(0, dtype=torch.long, device=where)
        self._numbers = torch.zeros(0, dtype=torch.long, device=where)
        self.token_bytes = self._layers * 2 * heads * width * numbers.itemsize
        self.cache = Cache(layers=[_Layer(self, index) for index in range(self._layers)])

    def fits(self, rows: int, length: int) -> bool:
        """Whether so many rows of so many tokens are within the budget; a single one always is."""
        return rows <= 1 or rows * _stepped(length) * self.token_bytes <= self._budget

    def reserve(self, rows: int, length: int) -> None:
        """Take the memory for so many rows of so many tokens; what is there stays.

        Raises:
            RuntimeError: There is not so much memory.
        """
        had, long = self._all.shape[2], self._all.shape[4]
        if rows <= had and length <= long:
            return
        long = max(long, _stepped(length))
        rows = max(rows, had)
        if not self.fits(rows, long):  # What nobody uses any more makes room for what is wanted.
            rows = min(rows, max(1, self._budget // (long * self.token_bytes)))
        size = (self._layers, 2, rows, self._all.shape[3], long, self._all.shape[5])
        grown = self._all.new_zeros(size)
        kept = min(rows, had)
        grown[:, :, :kept, :, : self._all.shape[4]] = self._all[:, :, :kept]
        self._all = grown

    def clear(self) -> None:
        """Give the memory back."""
        self._all = self._all[:, :, :0, :, :0].clone()

    def reading(self, row: int, start: int, end: int) -> None:
        """What is computed next are the tokens of one row from `start` to `end`."""
        self._row, self._start = row, start
        self._read = slice(row, row + 1), slice(end)

    def stepping(self, positions: torch.Tensor, longest: int) -> None:
        """What is computed next is one token of each of the first rows.

        Args:
            positions: Where in its row each belongs.
            longest: How many tokens the longest of these rows has then.
        """
        self._row, self._positions = None, positions
        self._numbers = torch.arange(len(positions), device=positions.device)
        self._read = slice(len(positions)), slice(longest)

    def take(self, row: int, length: int) -> torch.Tensor:
        """A copy of the first tokens of a row."""
        return self._all[:, :, row, :, :length].clone()

    def put(self, row: int, kept: torch.Tensor, length: int) -> None:
        """Write into a row the first tokens of what was taken of one."""
        self._all[:, :, row, :, :length] = kept[..., :length, :]

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first tokens of a row to another one."""
        self._all[:, :, target, :, :length] = self._all[:, :, source, :, :length]

    @property
    def columns(self) -> int:
        """How many tokens are attended to."""
        return int(self._read[1].stop)

    def write(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Remember what a layer computed; returns all that it attends to, each sequences × heads × tokens × width."""
        for kind, new in enumerate((keys, values)):
            mine = self._all[layer, kind]
            if self._row is None:
                mine[self._numbers, :, self._positions] = new[:, :, 0]
            else:
                mine[self._row, :, self._start : self.columns] = new[0]
        rows, columns = self._read
        return self._all[layer, 0, rows, :, columns], self._all[layer, 1, rows, :, columns]


class _Layer(CacheLayerMixin):  # type: ignore[no-untyped-call]  # the library's own, when a class is made of it
    """One layer's part, as models ask for it."""

    is_sliding = False

    def __init__(self, rows: Rows, index: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library does not say its type
        self._rows = rows
        self._index = index
        self.is_initialized = True

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """The memory is taken before."""

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return self._rows.write(self._index, key_states, value_states)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self._rows.columns, 0

    def get_seq_length(self) -> int:
        return 0  # Positions are always told.

    def get_max_length(self) -> int:
        return -1


def _stepped(length: int) -> int:
    return -(-length // STEP) * STEP
