"""Which checkpoints can write several answers at once: told from their settings, before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import JsonValue

FAMILIES = frozenset("llama mistral qwen2 qwen3 smollm3".split())
"""Architectures whose layers can all attend to everything before, and are given positions and masks."""

ROTATIONS = frozenset(["default", "linear", "llama3", "yarn", None])
"""Ways to tell positions that do not depend on how long the other sequences are."""


def together(folder: Path) -> bool:
    """Whether the checkpoint in a folder can write several answers at once.

    Args:
        folder: The checkpoint; one that cannot be read is left to whoever loads it.
    """
    try:
        told: JsonValue = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError):
        return False
    if not isinstance(told, dict) or str(told.get("model_type")) not in FAMILIES:
        return False
    layers = told.get("layer_types")
    if isinstance(layers, list):
        everything = all(layer == "full_attention" for layer in layers)
    elif told["model_type"] == "mistral":
        # Where its settings are silent, there is a window.
        everything = told.get("sliding_window", 0) is None
    else:
        everything = not told.get("use_sliding_window")
    rotation = told.get("rope_parameters") or told.get("rope_scaling") or {}
    if not isinstance(rotation, dict):
        return False
    kind = rotation.get("rope_type", rotation.get("type"))
    return everything and (kind is None or isinstance(kind, str)) and kind in ROTATIONS
