"""Brings a causal language model with a chat template into memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.errors import UserError
from bot.models.catalog import Entry
from bot.models.engines.hardware import device, dtype
from bot.models.engines.weights import read, require_safe
from bot.models.fitting import BITS

if TYPE_CHECKING:
    import torch
    from llguidance import LLTokenizer
    from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase
    from transformers.utils.quantization_config import QuantizationConfigMixin

CONTEXT = 8192
"""The most tokens a model is given that the catalog knows nothing of: what it remembers of each takes memory too."""

TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<end_of_turn>", "<|end|>")
"""Tokens by which chat templates end a turn; a folder may lack the file that says so."""


KEEPING = frozenset({"recurrent_gemma"})
"""Architectures whose networks themselves keep what they read last: between two tokens nothing else may be read."""


@dataclass
class Loaded:
    """A chat model in memory.

    Attributes:
        name: What to call it in an error.
        tokenizer: With a chat template.
        model: On its device.
        context: How many tokens it reads and writes at once.
        settings: How the checkpoint wants to write by default.
        ends: Tokens that end its turn.
    """

    name: str
    tokenizer: PreTrainedTokenizerBase
    model: PreTrainedModel
    context: int
    settings: GenerationConfig
    ends: list[int] = field(default_factory=list)

    @cached_property
    def grammar_tokens(self) -> LLTokenizer:
        """The vocabulary as grammars are compiled for it.

        Raises:
            UserError: The tokenizer is of a kind that grammars cannot be compiled for.
        """
        from llguidance.hf import from_tokenizer
        from transformers import PreTrainedTokenizerFast

        if not isinstance(self.tokenizer, PreTrainedTokenizerFast):
            raise UserError(f"The model {self.name} cannot be held to a form; choose another one for this.")
        return from_tokenizer(
            self.tokenizer, n_vocab=self.model.config.get_text_config().vocab_size, eos_token=self.ends
        )


def context_of(entry: Entry, folder: Path) -> int:
    """How many tokens a checkpoint is used with, told from its settings alone.

    Args:
        entry: The checkpoint.
        folder: Where it lies.
    """
    wanted = entry.context or CONTEXT
    try:
        told = json.loads((folder / "config.json").read_bytes())
        positions = told.get("text_config", told).get("max_position_embeddings")
    except (OSError, ValueError, AttributeError):
        return wanted  # Loading it will say what is wrong.
    return min(wanted, positions) if isinstance(positions, int) and positions > 0 else wanted


def interruptible(folder: Path) -> bool:
    """Whether other answers may be written between two tokens of one.

    Args:
        folder: The checkpoint.
    """
    try:
        told = json.loads((folder / "config.json").read_bytes())
        return told.get("model_type") not in KEEPING
    except (OSError, ValueError, AttributeError):
        return False  # Loading it will say what is wrong.


def load(entry: Entry, folder: Path) -> Loaded:
    """Bring the checkpoint into memory.

    Args:
        entry: The checkpoint.
        folder: Where it lies.

    Raises:
        UserError: It has no chat template or no safe weights, or does not fit.
        ValueError: Its weights are incomplete.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from bot.models.engines.memory import require

    name = entry.name
    require_safe(name, folder)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    if tokenizer.chat_template is None:
        raise UserError(f"The model {name} has no chat template; choose one tuned for conversation, often “instruct”.")
    where = device()
    numbers = dtype(where)
    rounding = _rounding(name, entry.quantize, where, numbers)
    require(name, folder, BITS.get(entry.quantize, numbers.itemsize * 8), where)
    place = where if rounding is None else None
    model = read(AutoModelForCausalLM.from_pretrained, folder, numbers, place, quantization_config=rounding)
    return Loaded(name, tokenizer, model, context_of(entry, folder), model.generation_config, _ends(tokenizer, model))


def _ends(tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel) -> list[int]:
    said = model.generation_config.eos_token_id
    ends = [said] if isinstance(said, int) else list(said or [])
    if tokenizer.eos_token_id is not None:
        ends.append(tokenizer.eos_token_id)
    known = tokenizer.get_added_vocab()
    ends += [known[mark] for mark in TURN_ENDS if mark in known and mark in str(tokenizer.chat_template)]
    return list(dict.fromkeys(ends))


def _rounding(
    name: str, bits: Literal["none", "int8", "int4"], where: torch.device, numbers: torch.dtype
) -> QuantizationConfigMixin | None:
    """How the weights are rounded while they are loaded, by the library that does it on the device.

    Raises:
        UserError: The library is not installed, or nothing rounds so on the device.
    """
    if bits == "none":
        return None
    if where.type == "mps":
        raise UserError(f"The model {name} cannot be rounded to {bits} on this machine; set models.quantize to none.")
    if where.type == "cuda" or bits == "int4":
        _need(name, "bitsandbytes", "accelerate")
        from transformers import BitsAndBytesConfig

        rounded: Callable[..., QuantizationConfigMixin] = BitsAndBytesConfig
        if bits == "int8":
            return rounded(load_in_8bit=True)
        return rounded(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=numbers)
    _need(name, "torchao")
    from torchao.quantization import Int8WeightOnlyConfig
    from transformers import TorchAoConfig

    return TorchAoConfig(Int8WeightOnlyConfig())


def _need(name: str, *libraries: str) -> None:
    if absent := [library for library in libraries if find_spec(library) is None]:
        raise UserError(
            f"Rounding the model {name} needs {' and '.join(absent)}; run `pip install {' '.join(absent)}`, "
            "or set models.quantize to none."
        )
