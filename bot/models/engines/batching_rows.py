"""What a batch of sequences remembers of its tokens, each in a row of its own, as a cache of transformers.

Imported at the first answer, never at start: transformers costs time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedConfig
from transformers.cache_utils import Cache, CacheLayerMixin

STEP = 256
"""Tokens by which rows get longer: each time all of them are copied."""


@dataclass(frozen=True, slots=True)
class Part:
    """Tokens of one row, one after the other.

    Attributes:
        row: Which.
        start: The place of the first one.
        end: The place behind the last one.
    """

    row: int
    start: int
    end: int


class Rows:
    """Keys and values of several sequences, in memory that is taken as it is needed.

    Args:
        config: The model's; all its layers attend to everything before.
        numbers: What it computes in.
        where: Its device.
        budget: Bytes that all rows together may take.

    Attributes:
        token_bytes: What a token takes.
        cache: The same as the model wants it.
        steps: How many of the first rows get one token each in what is computed next.
        longest: How many tokens the longest of these has then.
        seen: Which of these tokens each of them attends to, as what is added to their scores: nothing, or -∞; rows × 1
            × 1 × `longest`.
        part: The tokens of one row that come behind those in what is computed next, if any.
        part_seen: The same for the tokens of its row, 1 × 1 × tokens × tokens; None for all before each.
    """

    def __init__(self, config: PreTrainedConfig, numbers: torch.dtype, where: torch.device, budget: int) -> None:
        text = config.get_text_config()
        heads: int = text.num_key_value_heads
        width: int = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
        self._layers: int = text.num_hidden_layers
        self._budget = budget
        # Layers × keys and values × rows × heads × tokens × width. Zeros: what is masked must still be a number.
        self._all = torch.zeros(self._layers, 2, 0, heads, 0, width, dtype=numbers, device=where)
        self._targets = torch.zeros(0, dtype=torch.long, device=where)
        self.steps = 0
        self.longest = 0
        self.seen = self._all.new_zeros(0, 1, 1, 0)
        self.part: Part | None = None
        self.part_seen: torch.Tensor | None = None
        self.token_bytes: int = self._layers * 2 * heads * width * numbers.itemsize
        self.cache = Cache(layers=[_Layer(self, index) for index in range(self._layers)])

    def fits(self, rows: int, length: int) -> bool:
        """Whether so many rows of so many tokens are within the budget; a single one always is."""
        return rows <= 1 or rows * _stepped(length) * self.token_bytes <= self._budget

    def reserve(self, rows: int, length: int) -> None:
        """Take the memory for so many rows of so many tokens; what is there within these stays.

        Raises:
            RuntimeError: There is not so much memory.
        """
        had, long = self._all.shape[2], self._all.shape[4]
        if rows <= had and length <= long:
            return
        wanted = _stepped(length)
        if self.fits(max(rows, had), max(long, wanted)):
            rows, wanted = max(rows, had), max(long, wanted)
        else:  # What nobody uses any more, rows or the ends of rows, makes room for what is wanted.
            rows = max(rows, min(had, self._budget // (wanted * self.token_bytes)))
        grown = self._all.new_zeros(self._layers, 2, rows, self._all.shape[3], wanted, self._all.shape[5])
        kept, known = min(rows, had), min(wanted, long)
        grown[:, :, :kept, :, :known] = self._all[:, :, :kept, :, :known]
        self._all = grown

    def clear(self) -> None:
        """Give the memory back."""
        self._all = self._all[:, :, :0, :, :0].clone()

    def aim(self, places: Sequence[int], part: Part | None = None) -> torch.Tensor:
        """Say what is computed next: one token of each of the first rows, and behind these a part of one row.

        There must be memory for it, and none may be taken until it is computed.

        Args:
            places: Where in its row each of the single tokens belongs.
            part: What comes behind them.

        Returns:
            The places of all these tokens.
        """
        where = self._all.device
        single = torch.tensor(places, dtype=torch.long, device=where)
        self.steps, self.longest = len(places), max(places, default=-1) + 1
        heads, tokens = self._all.shape[3:5]
        before = torch.arange(len(places), device=where) * heads + torch.arange(heads, device=where)[:, None]
        self._targets = (before * tokens + single).flatten()
        self.seen = self._seen(self.longest, single)[:, None, None]
        self.part, self.part_seen = part, None
        if part is None:
            return single
        behind = torch.arange(part.start, part.end, device=where)
        if part.start:
            self.part_seen = self._seen(part.end, behind)[None, None]
        return torch.cat((single, behind))

    def take(self, row: int, length: int) -> torch.Tensor:
        """A copy of the first tokens of a row."""
        return self._all[:, :, row, :, :length].clone()

    def put(self, row: int, kept: torch.Tensor, length: int) -> None:
        """Write into a row the first tokens of what was taken of one."""
        self._all[:, :, row, :, :length] = kept[..., :length, :]

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first tokens of a row to another one."""
        self._all[:, :, target, :, :length] = self._all[:, :, source, :, :length]

    def write(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Remember what a layer computed, 1 × heads × tokens × width each."""
        for kind, new in enumerate((keys[0], values[0])):
            mine = self._all[layer, kind]
            if self.steps:
                width = mine.shape[-1]
                mine.view(-1, width).index_copy_(0, self._targets, new[:, : self.steps].reshape(-1, width))
            if self.part is not None:
                mine[self.part.row, :, self.part.start : self.part.end] = new[:, self.steps :]

    def remembered(self, layer: int, rows: slice, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values of the first tokens of some rows, each rows × heads × tokens × width."""
        return self._all[layer, 0, rows, :, :length], self._all[layer, 1, rows, :, :length]

    def _seen(self, length: int, places: torch.Tensor) -> torch.Tensor:
        """What is added to the scores of so many tokens for one at each place; once, where each layer would do so."""
        behind = torch.arange(length, device=places.device) > places[:, None]
        return self._all.new_zeros(behind.shape).masked_fill_(behind, -torch.inf)


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
        self._rows.write(self._index, key_states, value_states)
        return key_states, value_states  # Attention takes them from the rows.

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return query_length, 0  # The masks are the rows' own.

    def get_seq_length(self) -> int:
        return 0  # Places are always told.

    def get_max_length(self) -> int:
        return -1


def _stepped(length: int) -> int:
    return -(-length // STEP) * STEP
