"""Attention for beams: those of a sentence look together at what was read of it; nothing is added to scores in vain.

Imported when a translator is loaded, never at start: transformers costs time.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from transformers import PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from bot.models.engines.attention import attend_by

NAME = "atelier_beams"
"""What the library calls it."""


def prepare(model: PreTrainedModel) -> None:
    """Let the beams of a sentence share what was read of it.

    Args:
        model: An encoder with a decoder, of a family that attends by the library's interface.
    """
    attend_by(model, NAME, _attend)
    bias = getattr(model, "final_logits_bias", None)
    if isinstance(bias, torch.Tensor) and not bias.count_nonzero():
        # Marian and its kin add it to the scores of the whole vocabulary, each time.
        del model.final_logits_bias
        vars(model)["final_logits_bias"] = _Nothing()


class _Nothing:
    """What is added where there is nothing to add."""

    def __radd__(self, scores: torch.Tensor) -> torch.Tensor:
        return scores


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **settings: object,
) -> tuple[torch.Tensor, None]:
    rows, heads, length, width = query.shape
    # Each beam asks with one token; with those of its sentence it asks as if they were the tokens of one text.
    asked = query if len(key) == rows else query.view(len(key), -1, heads, width).transpose(1, 2)
    if length == 1 and query.device.type == "cpu" and settings.get("position_bias") is None:
        found = _few(asked, key, value, attention_mask, settings.get("scaling"))
    else:
        attend: Callable[..., tuple[torch.Tensor, None]] = sdpa_attention_forward
        settings["is_causal"] = None if asked is query else False
        found = attend(module, asked, key, value, attention_mask, **settings)[0]
    return found.reshape(rows, length, heads, -1), None


def _few(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, scaling: object
) -> torch.Tensor:
    """What few queries find, (texts, queries, heads, width).

    The library's own function is made for many: with one query, in 16 bits, it takes four times as long on a processor.
    """
    scale = scaling if isinstance(scaling, float) else query.shape[-1] ** -0.5
    weights = torch.matmul(query.float() * scale, key.float().transpose(2, 3))
    if mask is not None:
        weights = weights.masked_fill(~mask, -torch.inf) if mask.dtype == torch.bool else weights + mask
    return torch.matmul(torch.softmax(weights, -1), value.float()).to(query.dtype).transpose(1, 2)
