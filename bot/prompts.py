"""What every prompt needs: how much a model reads, how long a text is for it, and how it shall write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.models.tasks import ChatModel
from bot.profile import Tone

CONTEXT = 8192
"""Tokens a model is taken to read when it does not say."""

TONES: Mapping[Tone, str] = MappingProxyType(
    {
        Tone.PLAIN: "Write plainly and to the point.",
        Tone.FRIENDLY: "Write in a warm and friendly way.",
        Tone.FORMAL: "Write formally and politely.",
        Tone.PLAYFUL: "Write playfully, with a little humour.",
    }
)
"""How a model is told to write in each tone."""


def context(model: ChatModel) -> int:
    """How many tokens a model reads at once, instructions and all."""
    profile = model.profile or {}
    return profile.get("max_input_tokens") or CONTEXT


def counter(model: ChatModel) -> Callable[[str], int]:
    """Counts the tokens of a text: those of the model itself if it runs here, about as many otherwise.

    Call what it returns in a thread.
    """
    ids = model.custom_get_token_ids
    return tokens if ids is None else lambda text: len(ids(text))


def tokens(text: str) -> int:
    """About how many tokens it is, rather more than fewer: tokenizers proper would have to be fetched."""
    return len(text.encode()) // 3 + 1
