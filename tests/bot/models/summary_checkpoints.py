"""Makes tiny summary models of the real architectures: real weights, though they mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tests.bot.models.chat_checkpoints import make_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

Kind = Literal["bart", "pegasus", "t5"]


def make_summarizer(folder: Path, kind: Kind = "bart", *, window: int = 64) -> Path:
    """Write a checkpoint into `folder`, as the library itself saves it.

    Args:
        folder: Where to.
        kind: The architecture.
        window: Tokens it reads at once.
    """
    import torch
    from tokenizers import processors
    from transformers import AutoModelForSeq2SeqLM

    tokenizer = make_tokenizer("mistral")
    ends, end = str(tokenizer.eos_token), int(tokenizer.eos_token_id or 0)
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {ends}", special_tokens=[(ends, end)]
    )
    tokenizer.model_max_length = window
    tokenizer.save_pretrained(folder)
    torch.manual_seed(1)
    build: Callable[..., PreTrainedModel] = AutoModelForSeq2SeqLM.from_config
    model = build(config(kind, len(tokenizer), end, window))
    for setting, value in {"num_beams": 2, "max_length": 20, "min_length": 2, "decoder_start_token_id": 0}.items():
        setattr(model.generation_config, setting, value)
    model.save_pretrained(folder)
    return folder


def config(kind: Kind, words: int, end: int, window: int) -> PreTrainedConfig:
    """A tiny shape of the architecture."""
    from transformers import BartConfig, PegasusConfig, T5Config

    if kind == "t5":
        return T5Config(
            vocab_size=words,
            d_model=32,
            d_kv=8,
            d_ff=48,
            num_layers=2,
            num_heads=4,
            initializer_factor=4.0,
            pad_token_id=0,
            eos_token_id=end,
        )
    classes = {"bart": BartConfig, "pegasus": PegasusConfig}
    made: PreTrainedConfig = classes[kind](
        vocab_size=words,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=48,
        decoder_ffn_dim=48,
        max_position_embeddings=window,
        init_std=0.2,
        pad_token_id=0,
        bos_token_id=0,
        eos_token_id=end,
        decoder_start_token_id=0,
        forced_eos_token_id=end,
    )
    return made
