"""Chat models that another server runs: any that speaks OpenAI's protocol, and Ollama; reached through LangChain."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from bot.config import ChatSource
from bot.errors import UserError
from bot.models.admission import Admission

if TYPE_CHECKING:
    import httpx
    import openai
    from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

OPENAI = "https://api.openai.com/v1"

CONNECT_SECONDS = 10.0
"""How long to wait for a server to take the connection; the configured time is for the answer."""

KEY = "ATELIER__MODELS__CHAT__API_KEY"


@dataclass(frozen=True, slots=True)
class Served:
    """A chat model and the connections it holds open.

    Attributes:
        model: To call it by.
        close: Closes the connections.
    """

    model: BaseChatModel
    close: Callable[[], Awaitable[None]]


def connect(source: ChatSource) -> Served:
    """The chat model that `source` describes; nothing is sent yet.

    It imports LangChain, which takes a second or two: call it in a thread.

    Raises:
        UserError: OpenAI itself is asked for without a key.
    """
    return _openai(source) if source.provider == "openai" else _ollama(source)


def _openai(source: ChatSource) -> Served:
    if source.api_key is None and source.base_url is None:
        raise UserError(f"OpenAI needs a key: set {KEY}, or models.chat.base_url for a server of your own.")
    from httpx2 import Timeout
    from langchain_openai import ChatOpenAI
    from openai import DefaultAsyncHttpxClient
    from pydantic import SecretStr

    from bot.models.engines.served_turns import ByTurns

    class ByTurnsOpenAI(ByTurns, ChatOpenAI):
        """Waits for its turn."""

    timeout = Timeout(source.timeout_seconds, connect=min(CONNECT_SECONDS, source.timeout_seconds))
    # A client of our own: the library shares one between all models and never closes it.
    client = DefaultAsyncHttpxClient(timeout=timeout)
    model = ByTurnsOpenAI(
        model=source.model,
        base_url=source.base_url or OPENAI,
        # Never the key of the environment: it must not go to a server that it was not meant for.
        api_key=source.api_key or SecretStr("none"),
        temperature=source.temperature,
        timeout=timeout,
        stream_chunk_timeout=source.timeout_seconds,
        max_retries=1,
        stream_usage=True,
        # Compatible servers know chat completions; OpenAI's newer interface is its own.
        use_responses_api=False,
        http_async_client=client,
        profile={"max_input_tokens": source.context_tokens, "image_inputs": source.images},
    )
    model.admit(Admission(source.model, source.at_once), source.timeout_seconds)
    return Served(model, client.aclose)


def _ollama(source: ChatSource) -> Served:
    from httpx import AsyncHTTPTransport, NetworkError, RemoteProtocolError, Request, Response, Timeout
    from langchain_core.language_models.chat_models import agenerate_from_stream
    from langchain_ollama import ChatOllama

    from bot.models.engines.served_turns import ByTurns

    class ByTurnsOllama(ByTurns, ChatOllama):
        """Waits for its turn; an answer that is wanted whole comes in pieces too, whose pace is watched."""

        async def _agenerate(
            self,
            messages: list[BaseMessage],
            stop: list[str] | None = None,
            run_manager: AsyncCallbackManagerForLLMRun | None = None,
            **kwargs: Any,
        ) -> ChatResult:
            chunks = cast(
                "AsyncGenerator[ChatGenerationChunk, None]", self._astream(messages, stop, run_manager, **kwargs)
            )
            async with aclosing(chunks):
                return await agenerate_from_stream(chunks)

    class OnceMore(AsyncHTTPTransport):
        """Asks a second time if the connection was refused, or broke off before anything came."""

        async def handle_async_request(self, request: Request) -> Response:
            try:
                return await super().handle_async_request(request)
            except (NetworkError, RemoteProtocolError):
                return await super().handle_async_request(request)

    # A transport of our own can be closed, and no proxy of the environment comes between two programs of one machine.
    transport = OnceMore()
    key = source.api_key.get_secret_value() if source.api_key else None
    model = ByTurnsOllama(
        model=source.model,
        base_url=source.base_url,
        temperature=source.temperature,
        num_ctx=source.context_tokens,
        # A model that thinks first would keep people waiting, and put its thoughts into the answer.
        reasoning=False,
        client_kwargs={
            "timeout": Timeout(source.timeout_seconds, connect=min(CONNECT_SECONDS, source.timeout_seconds)),
            "headers": {"Authorization": f"Bearer {key}"} if key else {},
        },
        async_client_kwargs={"transport": transport},
        profile={"max_input_tokens": source.context_tokens, "image_inputs": source.images},
    )
    model.admit(Admission(source.model, source.at_once), source.timeout_seconds)
    return Served(model, transport.aclose)


Trouble = Literal["unreachable", "slow", "key", "model", "busy", "long", "failed", "broken"]


def explain(error: Exception, source: ChatSource) -> UserError | None:
    """What an error of the served model means to people.

    Args:
        error: As it came out of the model.
        source: The model's configuration.

    Returns:
        One line that says what to do; None when the error does not come from the model.
    """
    trouble = _openai_trouble(error) if source.provider == "openai" else _ollama_trouble(error)
    if trouble is None:
        return None
    ollama = source.provider == "ollama"
    start = "start it with `ollama serve`" if ollama else "start it"
    match trouble:
        case "unreachable":
            text = f"The language model's server does not answer; {start}, or correct models.chat.base_url."
        case "slow":
            text = (
                f"The language model did not answer within {source.timeout_seconds:g} seconds; try again, "
                "or raise models.chat.timeout_seconds."
            )
        case "key":
            text = f"The language model's server refused the key; set {KEY} to a valid one."
        case "model" if ollama:
            text = f"The language model {source.model} is not on the Ollama server; run `ollama pull {source.model}`."
        case "model":
            text = (
                f"The language model's server does not know {source.model}; correct models.chat.model, "
                "or models.chat.base_url (it often ends in /v1)."
            )
        case "busy":
            text = "The language model's server is busy or its quota is used up; try again in a minute."
        case "long":
            text = "This is too long for the language model; ask about less of it."
        case "broken":
            text = "The language model broke off its answer; try again."
        case "failed":
            text = f"The language model's server could not answer: {_line(error)}"
    return UserError(text)


def _line(error: Exception) -> str:
    """The server's own words, on one line."""
    body = getattr(error, "body", None)
    said = body.get("message") if isinstance(body, dict) else None
    words = " ".join(str(said or error).split())
    return words if len(words) <= 200 else words[:199] + "…"


def _by_status(status: int) -> Trouble:
    known: dict[int, Trouble] = {
        401: "key",
        403: "key",
        404: "model",
        408: "slow",
        429: "busy",
        503: "busy",
        504: "slow",
    }
    return known.get(status, "failed")


def _openai_trouble(error: Exception) -> Trouble | None:
    if "langchain_openai" not in sys.modules:  # Then no error can be its.
        return None
    import httpx2
    import openai
    from langchain_openai import StreamChunkTimeoutError

    match error:
        case StreamChunkTimeoutError():
            return "slow"
        case openai.APIStatusError() if _too_long(error):
            return "long"
        case openai.APIStatusError():
            return _by_status(error.status_code)
        case openai.APIConnectionError():
            # LangChain's error comes from the client's, and that from the connection's, which tells what happened.
            cause: BaseException | None = error
            while cause is not None and not isinstance(cause, httpx2.TransportError):
                cause = cause.__cause__
            if cause is None or isinstance(cause, (httpx2.ConnectError, httpx2.ConnectTimeout)):
                return "unreachable"
            return "slow" if isinstance(cause, httpx2.TimeoutException) else "broken"
        case openai.APIError():
            return "failed"
    return None


def _too_long(error: openai.APIStatusError) -> bool:
    """Whether the server complains of the length: each kind of server has its own way to say so."""
    return (
        error.code == "context_length_exceeded"
        or error.type == "exceed_context_size_error"
        or "context length" in error.message
    )


def _ollama_trouble(error: Exception) -> Trouble | None:
    if "langchain_ollama" not in sys.modules:
        return None
    import httpx
    from ollama import ResponseError

    match error:
        case ResponseError():
            if error.status_code == 404 and "model" not in str(error):  # It is not Ollama that answers there.
                return "unreachable"
            return _by_status(error.status_code)
        case ConnectionError() if "Ollama" in str(error):  # How the library says that nobody listens.
            return "unreachable"
        # Otherwise the connection's errors come as they are. A plugin may have such errors of its own.
        case httpx.TransportError() if _asks_ollama(error):
            if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
                return "unreachable"
            return "slow" if isinstance(error, httpx.TimeoutException) else "broken"
    return None


def _asks_ollama(error: httpx.TransportError) -> bool:
    try:
        return error.request.url.path.endswith("/api/chat")
    except RuntimeError:  # It belongs to no request.
        return False
