"""Makes a tiny sentence-transformers checkpoint: real weights, though they mean nothing."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import JsonValue

MEAN: dict[str, JsonValue] = {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True}

MODULES = ("Transformer", "Pooling", "Normalize")

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", "passage", ":", "a", "b", "c", "fox", "snow", "lunch", "##es")


def make(
    folder: Path,
    *,
    pooling: dict[str, JsonValue] = MEAN,
    modules: tuple[str, ...] = MODULES,
    settings: dict[str, JsonValue] | None = None,
    prompts: dict[str, JsonValue] | None = None,
) -> Path:
    """Write a checkpoint into `folder`, such as the library itself saves it."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(1)
    BertModel(
        BertConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=32,
        )
    ).save_pretrained(folder)
    listed = [
        {"idx": place, "name": str(place), "path": f"{place}_{kind}" if place else "", "type": f"x.models.{kind}"}
        for place, kind in enumerate(modules)
    ]
    write(folder / "modules.json", listed)
    write(folder / "1_Pooling" / "config.json", pooling)
    if settings is not None:
        write(folder / "sentence_bert_config.json", settings)
    if prompts is not None:
        write(folder / "config_sentence_transformers.json", {"prompts": prompts})
    return folder


def write(file: Path, value: object) -> None:
    """Write `value` as JSON."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(value), encoding="utf-8")
