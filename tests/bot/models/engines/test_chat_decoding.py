from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from bot.models.engines import chat_decoding
from bot.models.engines.chat_choosing import Sampling
from bot.models.engines.chat_loading import Loaded
from tests.bot.models.chat_checkpoints import config, make_tokenizer

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

PROMPT = [3 + 7 * number % 90 for number in range(50)]

OLD = 24
"""Tokens that a model could tell the places of before it was taught to tell more."""


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return make_tokenizer("llama")


def opened(shape: PreTrainedConfig, tokenizer: PreTrainedTokenizerFast) -> Loaded:
    """A model with weights that mean nothing."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(1)
    build: Callable[..., PreTrainedModel] = AutoModelForCausalLM.from_config
    model = build(shape)
    torch.nn.Module.eval(model)
    return Loaded("tiny", tokenizer, model, 128, model.generation_config)


def written(inside: Loaded, prompt: list[int]) -> tuple[list[int], list[int]]:
    """The tokens of the answer, and how many were read at once each time before the first."""
    made, parts = list[int](), list[int]()

    def note(model: object, inputs: object, options: dict[str, torch.Tensor]) -> None:
        read = options["input_ids"]
        if not made:
            parts.append(read.shape[1])

    def take(token: int) -> bool:
        made.append(token)
        return True

    hook = inside.model.register_forward_pre_hook(note, with_kwargs=True)
    chat_decoding.write(inside, prompt, Sampling(temperature=0, max_tokens=8), take, lambda: False)
    hook.remove()
    return made, parts


def that_remembers_nothing() -> PreTrainedConfig:
    from transformers import MptConfig

    return MptConfig(vocab_size=99, d_model=32, n_layers=2, n_heads=4, max_seq_len=128)


def that_remembers_in_its_own_way() -> PreTrainedConfig:
    from transformers import RwkvConfig

    return RwkvConfig(vocab_size=99, hidden_size=32, num_hidden_layers=2, context_length=128)


def that_tells_places_by_the_length() -> PreTrainedConfig:
    shape = config("llama", 99, 128, 2)
    rotation = {"rope_type": "longrope", "rope_theta": 1e4, "factor": 4.0, "original_max_position_embeddings": OLD}
    shape.rope_parameters = {**rotation, "short_factor": [1.0] * 4, "long_factor": [3.0] * 4}
    return shape


@pytest.mark.parametrize(
    "shape", [that_remembers_nothing, that_remembers_in_its_own_way, that_tells_places_by_the_length]
)
def test_a_long_prompt_is_read_at_once_where_its_parts_would_not_make_the_whole(
    shape: Callable[[], PreTrainedConfig], tokenizer: PreTrainedTokenizerFast, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = opened(shape(), tokenizer)
    whole, _ = written(inside, PROMPT)
    monkeypatch.setattr(chat_decoding, "PART", 7)

    assert (whole, [len(PROMPT)]) == written(inside, PROMPT)


def test_what_is_short_enough_for_that_is_read_in_parts_there_too(
    tokenizer: PreTrainedTokenizerFast, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, short = opened(that_tells_places_by_the_length(), tokenizer), PROMPT[: OLD - 10]
    whole, _ = written(inside, short)
    monkeypatch.setattr(chat_decoding, "PART", 7)

    assert (whole, [7, 7]) == written(inside, short)
