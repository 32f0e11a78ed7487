"""The answers that were asked of one model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from langchain_core.outputs import ChatGenerationChunk

from bot.models.engines.chat_turn import Turn
from bot.models.engines.crowd_line import Job

if TYPE_CHECKING:
    from bot.models.engines.batching_writing import Writing

TURN = 32
"""Tokens after which an answer makes room while others wait."""

LETTERS = 4
"""Characters that a token of a prompt is expected to have."""

FIRST_GUESS = 50.0
"""Tokens a second that are expected before any were measured."""


@dataclass(eq=False, kw_only=True)
class Answer(Job):
    """An answer that was asked for.

    Attributes:
        turn: What is asked for.
        emit: Handed each piece of it.
        writing: What there is of it, once it was begun.
    """

    turn: Turn
    emit: Callable[[ChatGenerationChunk], object]
    writing: Writing | None = field(init=False, default=None)


def length(turn: Turn) -> float:
    """Tokens that there are to read, about."""
    return sum(len(message.text) for message in turn.messages) / LETTERS
