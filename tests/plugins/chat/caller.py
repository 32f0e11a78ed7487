"""A chat model that calls functions as it is told to."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import PrivateAttr


def call(name: str, **options: object) -> AIMessage:
    """A turn in which the model calls a function."""
    return calls((name, json.dumps(options)))


def calls(*made: tuple[str, str], text: str = "") -> AIMessage:
    """A turn with these calls, as they are written."""
    return AIMessage(
        text,
        additional_kwargs={"calls": made},
    )


class Caller(BaseChatModel):
    """Takes one turn after the other, word by word; the last one again and again.

    Attributes:
        refuses: What it says where functions are offered to it.
    """

    refuses: str = ""
    _turns: list[AIMessage] = PrivateAttr()
    _asked: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _offered: list[list[str]] = PrivateAttr(default_factory=list)

    def __init__(self, *turns: AIMessage | str, context: int = 8192, refuses: str = "") -> None:
        super().__init__(profile={"max_input_tokens": context}, refuses=refuses)
        self._turns = [AIMessage(turn) if isinstance(turn, str) else turn for turn in turns]

    @property
    def asked(self) -> list[list[BaseMessage]]:
        """The messages of each call."""
        return self._asked

    @property
    def offered(self) -> list[list[str]]:
        """The names of the functions at each call."""
        return self._offered

    @property
    def results(self) -> list[str]:
        """What the functions returned, as the model read it last."""
        return [message.text for message in self._asked[-1] if isinstance(message, ToolMessage)]

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    @property
    def _llm_type(self) -> str:
        return "caller"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        tools = [tool["function"]["name"] for tool in kwargs.get("tools", [])]
        self._asked.append(messages)
        self._offered.append(tools)
        if tools and self.refuses:
            raise RuntimeError(self.refuses)
        turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        for word in re.findall(r"\S+\s*", turn.text) or [""]:
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))
        for index, (name, options) in enumerate(turn.additional_kwargs.get("calls", ())):
            number = f"call-{len(self._asked)}-{index}"
            made = tool_call_chunk(name=name, args=options, id=number, index=index)
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[made]))
