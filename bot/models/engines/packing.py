"""Lays the weights of a model's linear layers out as the processor reads them fastest: once, not at every token.

For each token all weights are read, and as they come they are laid out anew each time. What is computed stays the same
to the last bit. Torch hands this to its compiler alone: the functions are not public, and without them nothing changes.

Imported when a model is loaded, never at start.
"""

from __future__ import annotations

import platform
from collections.abc import Callable

import torch
from torch import Tensor, nn

from bot.models.engines.hardware import free_memory

PROCESSORS = frozenset({"x86_64", "AMD64"})
"""Those on which it was measured."""

SPARE = 8
"""What part of the free memory may be taken for a second layout of a table of words."""

_OPERATIONS = ("_reorder_linear_weight", "_linear_pointwise", "_is_mkldnn_bf16_supported")


class PackedLinear(nn.Linear):
    """A linear layer whose weights only the processor can read.

    Args:
        layer: What it takes the place of.
    """

    def __init__(self, layer: nn.Linear) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = layer.in_features, layer.out_features
        # Models look at it for its kind of numbers and its device.
        self.weight = nn.Parameter(layer.weight.new_empty(0, layer.in_features), requires_grad=False)
        self.bias = layer.bias
        lay_out: Callable[..., Tensor] = getattr(torch.ops.mkldnn, "_reorder_linear_weight")  # noqa: B009 - not public
        self._packed = lay_out(layer.weight.detach(), 1)
        self._compute: Callable[..., Tensor] = getattr(torch.ops.mkldnn, "_linear_pointwise")  # noqa: B009 - not public

    def forward(self, input: Tensor) -> Tensor:
        """What the layer makes of values.

        Args:
            input: Ends in `in_features` numbers.

        Returns:
            The same with `out_features` numbers at the end.
        """
        if not input.numel():
            return input.new_empty(*input.shape[:-1], self.out_features)
        return self._compute(input, self._packed, self.bias, "none", [], "")


def lay_out(model: nn.Module, where: torch.device, numbers: torch.dtype) -> None:
    """Pack a model's linear layers if that helps on this machine; it can only compute from then on.

    Args:
        model: In memory.
        where: The device.
        numbers: What it computes in.
    """
    if can_pack(where, numbers):
        pack(model, numbers, free_memory(where) // SPARE)


def can_pack(where: torch.device, numbers: torch.dtype) -> bool:
    """Whether weights of this kind can be laid out anew on this machine.

    Args:
        where: The device.
        numbers: What the model computes in.
    """
    if where.type != "cpu" or numbers is not torch.bfloat16 or platform.machine() not in PROCESSORS:
        return False
    operations = torch.ops.mkldnn
    if not all(hasattr(operations, name) for name in _OPERATIONS):
        return False
    supported: Callable[[], bool] = getattr(operations, "_is_mkldnn_bf16_supported")  # noqa: B009 - not public
    return supported()


def pack(model: nn.Module, numbers: torch.dtype, spare: int) -> None:
    """Pack the linear layers of a model.

    Args:
        model: On the processor.
        numbers: What these layers' weights are; others stay as they are.
        spare: Bytes for weights that are also those of another layer, mostly the table of words: these are there twice
            afterwards.
    """
    tables = {layer.weight.data_ptr() for layer in model.modules() if isinstance(layer, nn.Embedding)}
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            # Exactly this class: others, such as those of rounded weights, compute in another way.
            if type(layer) is not nn.Linear or layer.weight.dtype is not numbers:
                continue
            if layer.weight.data_ptr() in tables and layer.weight.nbytes > spare:
                continue
            setattr(parent, name, PackedLinear(layer))
