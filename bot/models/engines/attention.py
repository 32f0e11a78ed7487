"""Has a model attend in a way of our own, by the library's interface for that.

Imported when a model is loaded, never at start: transformers costs time.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.masking_utils import sdpa_mask


def attend_by(model: PreTrainedModel, name: str, attend: Callable[..., tuple[torch.Tensor, None]]) -> None:
    """Have a model attend by a function, with the masks that torch's own attention takes.

    Args:
        model: Of a family that attends by the library's interface.
        name: What the library calls the function.
        attend: The function.
    """
    AttentionInterface.register(name, attend)
    AttentionMaskInterface.register(name, sdpa_mask)
    model.set_attn_implementation(name)
