"""Conversation with a causal language model in this process, as a LangChain chat model.

Imported when the first model is asked for, never at start: LangChain costs time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import PrivateAttr

from bot.models.catalog import Entry
from bot.models.engines.batching import Batch
from bot.models.engines.batching_rules import together
from bot.models.engines.chat_choosing import Sampling
from bot.models.engines.chat_loading import Loaded, context_of, interruptible, load
from bot.models.engines.chat_prompt import Tool
from bot.models.engines.chat_turn import Turn, answer
from bot.models.engines.loading import BROKEN, unloadable
from bot.models.engines.resident import TURN, Resident

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class Writer(Protocol):
    """Writes the answers that are asked of a model."""

    def submit(
        self, turn: Turn, emit: Callable[[ChatGenerationChunk], object], cancelled: threading.Event
    ) -> Future[None]:
        """Let an answer wait for its turn.

        Args:
            turn: What is asked for.
            emit: Handed each piece as soon as it is there, in the model's thread.
            cancelled: Set by the caller when nobody waits any more.

        Raises:
            UserError: Too much waits already, or Atelier is stopping.
        """
        ...

    def telling(self, future: Future[None]) -> AbstractContextManager[None]:
        """Tell who asked how long what was submitted has to wait."""
        ...


class OneByOne:
    """Writes one token after the other, with a model that can do no other: answers in turns.

    Args:
        resident: Keeps the model.
        turn: Tokens of an answer after which others have their turn; 0 where they have to wait for its end.
    """

    def __init__(self, resident: Resident[Loaded], turn: int = TURN) -> None:
        self._resident = resident
        self._turn = turn

    def submit(
        self, turn: Turn, emit: Callable[[ChatGenerationChunk], object], cancelled: threading.Event
    ) -> Future[None]:
        """Let an answer wait for its turn; see `Writer`."""
        shown = threading.Event()

        def show(chunk: ChatGenerationChunk) -> None:
            shown.set()
            emit(chunk)

        work = partial(answer, turn, show)
        return self._resident.submit(work, cancelled, again=lambda: not shown.is_set(), pauses=self._turn)

    def telling(self, future: Future[None]) -> AbstractContextManager[None]:
        """Tell who asked how long what was submitted has to wait."""
        return self._resident.telling(future)


class TokenIds:
    """The model's own tokens of a text, by a tokenizer beside the model's: neither waits for the other.

    Args:
        name: What to call the model in an error.
        folder: The checkpoint.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._folder = folder
        self._lock = threading.Lock()
        self._tokenizer: PreTrainedTokenizerBase | None = None

    def __call__(self, text: str) -> list[int]:
        """The tokens; the first call reads the tokenizer, so call it in a thread.

        Args:
            text: Of any length.

        Raises:
            UserError: The tokenizer cannot be read.
        """
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = self._read()
            return list(self._tokenizer.encode(text, add_special_tokens=False, verbose=False))

    def _read(self) -> PreTrainedTokenizerBase:
        from transformers import AutoTokenizer

        try:
            return AutoTokenizer.from_pretrained(self._folder, local_files_only=True, trust_remote_code=False)
        except BROKEN as error:
            raise unloadable(self._name, self._folder, error) from error


class LocalChat(BaseChatModel):
    """Talks with a checkpoint that has a chat template; the first call loads it.

    Each call may set `temperature`, `top_p`, `top_k`, `max_tokens`, `seed`, `stop`, and `tools` with a `tool_choice`.
    """

    model_name: str
    _resident: Resident[Loaded] = PrivateAttr()
    _writer: Writer = PrivateAttr()

    @classmethod
    def of(cls, entry: Entry, folder: Path, resident: Resident[Loaded]) -> LocalChat:
        """The chat model of a checkpoint.

        Args:
            entry: The checkpoint.
            folder: Where it lies.
            resident: Keeps it in memory.
        """
        model = cls(model_name=entry.name, profile={"max_input_tokens": context_of(entry, folder)})
        model._resident = resident
        alone = OneByOne(resident, TURN if interruptible(folder) else 0)
        model._writer = Batch(resident) if together(folder) else alone
        model.custom_get_token_ids = TokenIds(entry.name, folder)
        return model

    @property
    def _llm_type(self) -> str:
        return "atelier-local"

    @property
    def _identifying_params(self) -> dict[str, str]:
        return {"model_name": self.model_name}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Let the model call functions.

        Args:
            tools: The functions.
            tool_choice: "auto", "none", "any" or "required" (one of them must be called), or the name of one.
            kwargs: Further settings of each call.
        """
        offered = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=offered, tool_choice=_choice(tool_choice), **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks: list[ChatGenerationChunk] = []
        self._writer.submit(self._turn(messages, stop, kwargs), chunks.append, threading.Event()).result()
        return generate_from_stream(iter(chunks))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, run_manager, **kwargs))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        turn = self._turn(messages, stop, kwargs)
        loop, cancelled = asyncio.get_running_loop(), threading.Event()
        chunks: asyncio.Queue[ChatGenerationChunk | None] = asyncio.Queue()

        def emit(chunk: ChatGenerationChunk | None) -> None:
            if not cancelled.is_set():
                loop.call_soon_threadsafe(chunks.put_nowait, chunk)

        work = self._writer.submit(turn, emit, cancelled)
        work.add_done_callback(lambda _: emit(None))
        try:
            with self._writer.telling(work):
                while (chunk := await chunks.get()) is not None:
                    if run_manager is not None:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
            work.result()
        finally:
            cancelled.set()
            work.cancel()

    @staticmethod
    def _turn(messages: list[BaseMessage], stop: list[str] | None, settings: dict[str, Any]) -> Turn:
        choice = settings.get("tool_choice")
        tools: list[Tool] = [] if choice == "none" else settings.get("tools") or []
        names = [tool["function"]["name"] for tool in tools]
        match choice:
            case None | "auto" | "none":
                forced = []
            case "any":
                forced = tools
            case _ if choice in names:
                forced = [tools[names.index(choice)]]
            case _:
                raise ValueError(f"There is no tool called {choice}; there are {', '.join(names) or 'none'}.")
        return Turn(
            messages=messages,
            sampling=Sampling.model_validate({name: settings.get(name) for name in Sampling.model_fields}),
            stops=stop or (),
            tools=tools,
            forced=forced,
        )


def open_model(entry: Entry, folder: Path, verify: Callable[[], object]) -> tuple[BaseChatModel, Resident[Loaded]]:
    """The chat model of a checkpoint, and what keeps it in memory; no weights are read yet.

    Args:
        entry: The checkpoint.
        folder: Where it lies.
        verify: Raises `UserError` when its files are not what they should be.
    """
    resident = Resident(entry.name, verify, lambda: load(entry, folder), folder)
    return LocalChat.of(entry, folder, resident), resident


def _choice(wanted: str | bool | dict[str, Any] | None) -> str | None:
    """Which function has to be called, however it was said."""
    if isinstance(wanted, dict):
        name: str = wanted["function"]["name"]
        return name
    if wanted is True or wanted == "required":
        return "any"
    return wanted or None
