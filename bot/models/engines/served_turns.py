"""Chat models of another server that are asked in fair turns, a few at a time.

Imported when the first model is asked for, never at start: LangChain costs time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from math import inf
from time import monotonic
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from bot.errors import UserError
from bot.models.admission import Admission

SLOWEST = 1 / 12
"""How much of the longest pause an answer may take for each further piece on average."""


class ByTurns(BaseChatModel):
    """A chat model whose every answer waits for its turn; comes before the class that asks the server.

    Closing or cancelling an answer closes its connection and gives the turn to the next.
    """

    _admission: Admission = PrivateAttr()
    _patience: float = PrivateAttr(default=inf)

    def admit(self, admission: Admission, patience: float = inf) -> None:
        """Say who decides whose turn it is; before anything is asked.

        Args:
            admission: Decides it.
            patience: Seconds that the server may pause in an answer.
        """
        self._admission, self._patience = admission, patience

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async with self._admission.turn():
            chunks = cast(
                "AsyncGenerator[ChatGenerationChunk, None]", super()._astream(messages, stop, run_manager, **kwargs)
            )
            async with aclosing(chunks):
                before, pace = _cancellings(), _Pace(self._patience)
                async for chunk in chunks:
                    pace.step()
                    # Before Python 3.12 `asyncio.wait_for`, which the library calls, may swallow a cancellation.
                    if _cancellings() > before:
                        raise asyncio.CancelledError
                    yield chunk

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        async with self._admission.turn():
            return await super()._agenerate(messages, stop, run_manager, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with self._admission.turn_in_thread():
            pace = _Pace(self._patience)
            for chunk in super()._stream(messages, stop, run_manager, **kwargs):
                pace.step()
                yield chunk

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with self._admission.turn_in_thread():
            # The class that comes after this one has it.
            return super()._generate(messages, stop, run_manager, **kwargs)  # type: ignore[safe-super]


class _Pace:
    """Gives an answer up that hardly goes on: it may be of any length, but its turn must have an end.

    Args:
        patience: Seconds that it may pause; long pauses are made up for by what comes faster.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._until = inf

    def step(self) -> None:
        """Note that a piece has come.

        Raises:
            UserError: Too few came in too long a time.
        """
        now = monotonic()
        if now > self._until:
            raise UserError(
                "The language model's server answers too slowly; try again, or raise models.chat.timeout_seconds."
            )
        self._until = min(self._until + SLOWEST * self._patience, now + self._patience)


def _cancellings() -> int:
    """How often the present task was told to end."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()
