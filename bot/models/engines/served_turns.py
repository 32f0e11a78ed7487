"""Chat models of another server that are asked in fair turns, a few at a time.

Imported when the first model is asked for, never at start: LangChain costs time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from bot.models.admission import Admission


class ByTurns(BaseChatModel):
    """A chat model whose every answer waits for its turn; comes before the class that asks the server.

    Closing or cancelling an answer closes its connection and gives the turn to the next.
    """

    _admission: Admission = PrivateAttr()

    def admit(self, admission: Admission) -> None:
        """Say who decides whose turn it is; before anything is asked.

        Args:
            admission: Decides it.
        """
        self._admission = admission

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
                before = _cancellings()
                async for chunk in chunks:
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
            yield from super()._stream(messages, stop, run_manager, **kwargs)

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


def _cancellings() -> int:
    """How often the present task was told to end."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()
