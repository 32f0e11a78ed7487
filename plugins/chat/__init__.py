"""`/chat`: answers what is no command, by a language model or, where there is none, by looking it up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from bot import (
    Actions,
    Card,
    ChatModel,
    Cited,
    Commands,
    Discretion,
    Embeddings,
    File,
    Forward,
    History,
    Knowledge,
    Memories,
    Multiline,
    Plugin,
    Profile,
    Progress,
    Recaps,
    Reply,
    Request,
    UserError,
)

from .agent import SERVERS, UNABLE
from .config import ChatConfig
from .prompt import Sources
from .talk import Talk
from .unaided import Unaided
from .vectors import Vectors

plugin = Plugin("chat", "Talk with Atelier, or ask it what was said.", config=ChatConfig)

VECTORS = Vectors()
"""What the channels' messages mean, for as long as the plugin runs."""

UNAIDED = Unaided(VECTORS)
"""Answers where there is no language model."""


@plugin.command(
    free_text=True,
    again=True,
    more="Go on exactly where you stopped.",
    examples=("/chat What was decided about the release?", "What was decided about the release?", "What can you do?"),
)
async def chat(
    *,
    message: Annotated[str, Multiline()],
    as_file: bool = False,
    request: Request,
    profile: Profile,
    history: History,
    discretion: Discretion,
    memories: Memories,
    knowledge: Knowledge,
    recaps: Recaps,
    commands: Commands,
    actions: Actions,
    reply: Reply,
    embeddings: Embeddings,
    model: ChatModel | None,
    config: ChatConfig,
) -> AsyncIterator[str | Cited | Card | File | Forward | Progress]:
    """Answer a question or go on with the conversation.

    Args:
        message: What you want to say or ask.
        as_file: Gives the answer as a file.
    """
    message = message.strip()
    if not message:
        raise UserError("Ask me something, such as “What was decided about the release?”; `/help` shows what I can do.")
    if model is None:
        answer = UNAIDED.answer(
            message,
            request,
            profile,
            history=history,
            discretion=discretion,
            commands=commands,
            embeddings=embeddings,
            reply=reply,
        )
        async for piece in answer:
            yield piece
        return
    # Who may not search what is known is not answered from it either.
    known = knowledge if commands.get("knowledge search") is not None else None
    sources = Sources(history, memories, known, recaps)
    talk = Talk(request, profile, model, sources, actions, embeddings, VECTORS, config)
    async with aclosing(talk.answer(message, as_file=as_file)) as pieces:
        async for part in pieces:
            yield part


@plugin.stop
def forget() -> None:
    """Leave nothing of the channels in memory, nor of which commands there were and which models cannot call them."""
    VECTORS.forget()
    UNAIDED.forget()
    UNABLE.clear()


@plugin.stop
async def close() -> None:
    """End the servers whose tools were called."""
    await SERVERS.close()
