"""Answers by a language model that calls commands: what is offered to it, and what happens where it cannot call any."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from types import MappingProxyType
from typing import TYPE_CHECKING

import structlog

from bot import Actions, ChatModel, Embeddings, Progress, UserError

from .config import Source
from .servers import Servers
from .vectors import Vectors

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

log = structlog.get_logger(__name__)

EMPTY = "The language model gave an empty answer; try again, or choose another one."

SERVERS = Servers()
"""Those whose tools are called, for as long as the plugin runs."""

UNABLE: set[str] = set()
"""Models whose server does not let them call functions."""


def calls_tools(model: ChatModel) -> bool:
    """Whether a model can call functions, as far as is known before it is asked."""
    from langchain_core.language_models import BaseChatModel

    return type(model).bind_tools is not BaseChatModel.bind_tools and _name(model) not in UNABLE


async def act(
    messages: Sequence[BaseMessage],
    model: ChatModel,
    actions: Actions,
    *,
    question: str,
    embeddings: Embeddings,
    vectors: Vectors,
    steps: int = 8,
    files: Sequence[str] = (),
    sources: Mapping[str, Source] = MappingProxyType({}),
) -> AsyncGenerator[str | Progress, None]:
    """Do what is asked by calling commands, and answer; where the model can call none, it only answers.

    Args:
        messages: Instructions, conversation and, as the last one, the question.
        model: Decides what to do, and writes the answer.
        actions: What may be done.
        question: What the person says; the functions that come nearest to it are offered.
        embeddings: Tell how near.
        vectors: Remembers what texts mean.
        steps: How often the model may think and call functions before it has to answer.
        files: The names of files that came with the question.
        sources: Servers with further functions, by name.

    Yields:
        The answer as it is written, and what is being done.

    Raises:
        UserError: The model wrote nothing.
    """
    if steps and calls_tools(model):
        # LangChain's agent takes a second to import, and the loop has others to serve.
        await asyncio.to_thread(importlib.import_module, f"{__package__}.agent_loop")
        from .agent_loop import CannotCall, run
        from .agent_servers import of_servers
        from .agent_tools import choose, of_command, room_for

        offers = [of_command(command, actions, files, model) for command in actions.offered()]
        if sources:
            offers += await of_servers(SERVERS, sources, actions, model)
        chosen = await choose(offers, question, embeddings, vectors, room_for(model))
        if chosen:
            try:
                async with aclosing(run(messages, model, chosen, steps)) as pieces:
                    async for piece in pieces:
                        yield piece
            except CannotCall as error:
                log.warning("model cannot call commands; it only talks", model=_name(model), error=str(error.__cause__))
                UNABLE.add(_name(model))
            else:
                return
    said = False
    async for chunk in model.astream(list(messages)):
        said = said or bool(chunk.text.strip())
        yield chunk.text
    if not said:
        raise UserError(EMPTY)


def _name(model: ChatModel) -> str:
    told = getattr(model, "model_name", None) or getattr(model, "model", None)
    return f"{type(model).__name__} {told}"
