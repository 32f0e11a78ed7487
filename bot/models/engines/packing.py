"""Lays the weights of a model's linear layers out as the processor reads them fastest: once, not at every token.

For each token all weights are read, and as they come they are laid out anew each time. Layers that take the same values
are computed as one: for a few tokens, calling a layer costs nearly as much as what it computes. What is computed stays
the same, but for the last bit where many tokens are added up in another order. Torch hands this to its compiler alone:
the functions are not public, and without them nothing changes.

Imported when a model is loaded, never at start.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from bot.models.engines.hardware import free_memory

PROCESSORS = frozenset({"x86_64", "AMD64"})
"""Those on which it was measured."""

SPARE = 8
"""What part of the free memory may be taken for a second layout of a table of words."""

TOGETHER = (("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj"))
"""Layers that models hand the same values, by their names."""

CROSS = ("encoder_attn", "cross_attention", "cross_attn")
"""What modules are called whose layers of these names take different values."""

ROUTER = "router"
"""What a module is called that chooses among experts: models turn its weights into longer numbers when they compute."""

_OPERATIONS = ("_reorder_linear_weight", "_linear_pointwise", "_is_mkldnn_bf16_supported")


class _Packed(nn.Linear):
    """A linear layer without its weights, which are elsewhere."""

    def __init__(self, layer: nn.Linear) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = layer.in_features, layer.out_features
        # Models look at it for its kind of numbers and its device.
        self.weight = nn.Parameter(layer.weight.new_empty(0, layer.in_features), requires_grad=False)
        self.bias = layer.bias


class PackedLinear(_Packed):
    """A linear layer whose weights only the processor can read.

    Args:
        layer: What it takes the place of.
    """

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__(layer)
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


class PackedPart(_Packed):
    """A linear layer that is computed with others of the same values.

    Args:
        layer: What it takes the place of.
        together: Computes it.
        number: Its place among them.
    """

    def __init__(self, layer: nn.Linear, together: Together, number: int) -> None:
        super().__init__(layer)
        self._together, self._number = together, number

    def forward(self, input: Tensor) -> Tensor:
        """What the layer makes of values.

        Args:
            input: Ends in `in_features` numbers.

        Returns:
            The same with `out_features` numbers at the end.
        """
        return self._together(input, self._number)


class Together:
    """Computes several layers of the same values at once, when the first of them is asked for.

    Args:
        layers: What they take the place of. When they are asked with other values, all are computed again.
    """

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        self._outputs = [layer.out_features for layer in layers]
        biases = [layer.bias.detach() for layer in layers if layer.bias is not None]
        whole = nn.Linear(layers[0].in_features, sum(self._outputs), bias=bool(biases), device="meta")
        whole.weight = nn.Parameter(torch.cat([layer.weight.detach() for layer in layers]), requires_grad=False)
        if biases:
            whole.bias = nn.Parameter(torch.cat(biases), requires_grad=False)
        self._layer = PackedLinear(whole)
        self._values: Tensor | None = None
        self._left: dict[int, Tensor] = {}

    def __call__(self, values: Tensor, number: int) -> Tensor:
        """What one of the layers makes of values."""
        if self._values is not values or number not in self._left:
            self._values, self._left = values, dict(enumerate(self._layer(values).split(self._outputs, -1)))
        made = self._left.pop(number)
        if not self._left:  # What is kept takes memory.
            self._values = None
        return made


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
    for path, parent in list(model.named_modules()):
        if path.endswith(ROUTER):
            continue
        found: dict[str, nn.Linear] = {}
        for name, layer in parent.named_children():
            # Exactly this class: others, such as those of rounded weights, compute in another way.
            if type(layer) is not nn.Linear or layer.weight.dtype is not numbers:
                continue
            if layer.weight.data_ptr() in tables and layer.weight.nbytes > spare:
                continue
            found[name] = layer
        for names in TOGETHER:
            layers = [found[name] for name in names if name in found]
            if len(layers) < len(names) or path.endswith(CROSS) or not _alike(layers):
                continue
            together = Together(layers)
            for number, name in enumerate(names):
                setattr(parent, name, PackedPart(found.pop(name), together, number))
        for name, layer in found.items():
            setattr(parent, name, PackedLinear(layer))


def _alike(layers: Sequence[nn.Linear]) -> bool:
    """Whether layers can take the same values, and all of them add something or none does."""
    return len({(layer.in_features, layer.bias is None) for layer in layers}) == 1
