"""Weights that are laid out anew compute what they computed before."""

from __future__ import annotations

import copy
import weakref
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from transformers import AutoModelForCausalLM, NllbMoeConfig
from transformers.models.nllb_moe.modeling_nllb_moe import NllbMoeTop2Router

from bot.models.engines.packing import CROSS, PackedLinear, PackedPart, can_pack, pack
from bot.models.engines.weights import read
from tests.bot.models.chat_checkpoints import make_chat

CPU = torch.device("cpu")

packing = pytest.mark.skipif(not can_pack(CPU, torch.bfloat16), reason="this processor computes without bfloat16")


def linear(inputs: int, outputs: int, *, bias: bool) -> nn.Linear:
    torch.manual_seed(inputs + outputs)
    return nn.Linear(inputs, outputs, bias=bias, dtype=torch.bfloat16)


@packing
@settings(deadline=None)
@given(
    st.integers(1, 200),
    st.integers(1, 200),
    st.lists(st.integers(0, 20), max_size=2),
    st.booleans(),
)
def test_a_packed_layer_makes_what_the_layer_made(inputs: int, outputs: int, shape: list[int], bias: bool) -> None:
    layer = linear(inputs, outputs, bias=bias)
    values = torch.randn(*shape, inputs, generator=torch.Generator().manual_seed(1)).bfloat16()

    with torch.inference_mode():
        expected, made = layer(values), PackedLinear(layer)(values)

    assert (expected.shape, expected.dtype) == (made.shape, made.dtype)
    # Where a processor adds up in another order, the last of the eight bits may differ.
    torch.testing.assert_close(made, expected, rtol=0.01, atol=0.01)


@packing
def test_a_model_answers_as_before_and_its_table_of_words_stays(tmp_path: Path) -> None:
    folder = make_chat(tmp_path / "tiny", layers=2)
    plain = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    packed = read(AutoModelForCausalLM.from_pretrained, folder, torch.bfloat16, CPU)
    prompt = torch.arange(5, 25)[None]

    assert any(isinstance(layer, PackedLinear) for layer in packed.modules())
    assert (torch.bfloat16, CPU) == (packed.dtype, packed.device)
    with torch.inference_mode():
        torch.testing.assert_close(packed(prompt).logits, plain(prompt).logits, rtol=0.02, atol=0.02)


class Asking(nn.Module):
    """Asks its layers as models do, each of them with what it is given.

    Args:
        bias: Whether each adds something.
    """

    def __init__(self, bias: tuple[bool, bool, bool] = (True, True, True)) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = (
            linear(16, count, bias=adds) for count, adds in zip((24, 8, 8), bias, strict=True)
        )

    def forward(self, values: torch.Tensor, others: torch.Tensor) -> list[torch.Tensor]:
        return [self.q_proj(values), self.k_proj(others), self.v_proj(others)]


M = TypeVar("M", bound=nn.Module)


def packed_of(model: M) -> M:
    """A packed copy of a model."""
    packed = copy.deepcopy(model)
    pack(packed, torch.bfloat16, 0)
    return packed


@packing
@pytest.mark.parametrize("bias", [True, False])
def test_layers_of_the_same_values_are_computed_as_one(bias: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Asking((bias, bias, bias))
    together = packed_of(plain)
    values = torch.randn(3, 5, 16, generator=torch.Generator().manual_seed(1)).bfloat16()
    computed: list[PackedLinear] = []
    compute = PackedLinear.forward

    def note(layer: PackedLinear, values: torch.Tensor) -> torch.Tensor:
        computed.append(layer)
        return compute(layer, values)

    monkeypatch.setattr(PackedLinear, "forward", note)

    with torch.inference_mode():
        expected, made = plain(values, values), together(values, values)

    assert 1 == len(computed)
    assert all(type(layer) is PackedPart for layer in together.children())
    torch.testing.assert_close(made, expected, rtol=0.01, atol=0.01)


@packing
def test_layers_that_are_given_other_values_still_make_what_they_made() -> None:
    plain = Asking()
    together = packed_of(plain)
    values, others = torch.randn(2, 4, 16, generator=torch.Generator().manual_seed(1)).bfloat16().unbind()

    with torch.inference_mode():
        # A broken off computation leaves the first layer's values behind.
        together.q_proj(others)
        expected, made = plain(values, others), together(values, others)
        alone = together.v_proj(values)

    torch.testing.assert_close(made, expected, rtol=0.01, atol=0.01)
    torch.testing.assert_close(alone, plain.v_proj(values), rtol=0.01, atol=0.01)


@packing
@pytest.mark.parametrize("order", [("q_proj", "k_proj", "v_proj"), ("v_proj", "q_proj", "k_proj")])
def test_in_any_order_nothing_of_what_was_computed_together_is_kept(order: tuple[str, ...]) -> None:
    together = packed_of(Asking())
    values = torch.zeros(4, 16, dtype=torch.bfloat16)
    gone = weakref.ref(values)

    with torch.inference_mode():
        for name in order:
            together.get_submodule(name)(values)
    del values

    assert gone() is None


@packing
@pytest.mark.parametrize(
    "model",
    [
        *(pytest.param(nn.ModuleDict({name: Asking()}), id=name) for name in CROSS),
        pytest.param(nn.ModuleDict({"self_attn": Asking((True, False, True))}), id="some add nothing"),
    ],
)
def test_other_layers_are_computed_one_by_one(model: nn.ModuleDict) -> None:
    [asking] = packed_of(model).children()

    assert [PackedLinear] * 3 == [type(layer) for layer in asking.children()]


@packing
def test_a_mixture_of_experts_still_chooses_among_them() -> None:
    config = NllbMoeConfig(d_model=16, num_experts=4, expert_capacity=8, router_dtype="float32")
    plain = nn.ModuleDict({"router": NllbMoeTop2Router(config).bfloat16().eval()})
    values = torch.randn(1, 5, 16, generator=torch.Generator().manual_seed(1)).bfloat16()

    packed = packed_of(plain)
    with torch.inference_mode():
        expected, made = plain["router"](values), packed["router"](values)

    assert all(torch.equal(one, other) for one, other in zip(expected, made, strict=True))


@packing
def test_a_table_of_words_is_not_doubled_where_memory_is_scarce() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(50, 8, dtype=torch.bfloat16)
            self.head = nn.Linear(8, 50, bias=False, dtype=torch.bfloat16)
            self.head.weight = self.words.weight

    roomy, scarce = Tied(), Tied()

    pack(roomy, torch.bfloat16, 50 * 8 * 2)
    pack(scarce, torch.bfloat16, 50 * 8 * 2 - 1)

    assert isinstance(roomy.head, PackedLinear)
    assert (50, 8) == roomy.words.weight.shape
    assert type(scarce.head) is nn.Linear


@packing
def test_only_plain_layers_of_the_numbers_wanted_are_packed() -> None:
    class Rounded(nn.Linear):
        """Computes in a way of its own."""

    model = nn.Sequential(
        linear(8, 8, bias=True), nn.Linear(8, 8), Rounded(8, 8, dtype=torch.bfloat16), nn.LayerNorm(8)
    )
    before = copy.deepcopy(model)

    pack(model, torch.bfloat16, 0)

    assert [PackedLinear, nn.Linear, Rounded, nn.LayerNorm] == [type(layer) for layer in model]
    assert all(
        torch.equal(one, other) for one, other in zip(before[1:].parameters(), model[1:].parameters(), strict=True)
    )


@pytest.mark.parametrize(
    ("where", "numbers"),
    [("cpu", torch.float32), ("cpu", torch.float16), ("cuda", torch.bfloat16), ("mps", torch.bfloat16)],
)
def test_nothing_else_is_packed(where: str, numbers: torch.dtype) -> None:
    assert not can_pack(torch.device(where), numbers)


def test_nothing_is_packed_on_a_processor_that_it_was_not_measured_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")

    assert not can_pack(CPU, torch.bfloat16)
