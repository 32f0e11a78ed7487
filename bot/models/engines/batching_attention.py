"""Attention for tokens of several answers in one row of computing: each attends to the memory of its own answer.

What is done for every token alone, nearly all of the work, is so done for the tokens of all answers and of a prompt at
once. Imported at the first answer, never at start: transformers costs time.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from transformers import PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from bot.models.engines.attention import attend_by
from bot.models.engines.batching_rows import Rows

NAME = "atelier_rows"
"""What the library calls it."""


def prepare(model: PreTrainedModel) -> None:
    """Let a model compute with rows when it is handed some; all else it does as before.

    Args:
        model: One of the families that can write together.
    """
    attend_by(model, NAME, _attend)


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    rows: Rows | None = None,
    **settings: object,
) -> tuple[torch.Tensor, None]:
    attend: Callable[..., tuple[torch.Tensor, None]] = sdpa_attention_forward
    if rows is None:
        return attend(module, query, key, value, attention_mask, **settings)
    layer = module.layer_idx
    assert isinstance(layer, int)
    found = []
    if rows.steps:
        single = query[0, :, : rows.steps].transpose(0, 1)[:, :, None]
        keys, values = rows.remembered(layer, slice(rows.steps), rows.longest)
        found.append(attend(module, single, keys, values, rows.seen, **settings)[0].transpose(0, 1))
    if rows.part is not None:
        keys, values = rows.remembered(layer, slice(rows.part.row, rows.part.row + 1), rows.part.end)
        found.append(attend(module, query[:, :, rows.steps :], keys, values, rows.part_seen, **settings)[0])
    return found[0] if len(found) == 1 else torch.cat(found, 1), None
