"""`/chat`: answers what is no command, by a language model or, where there is none, by looking it up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from bot import (
    Card,
    ChatModel,
    Commands,
    Embeddings,
    History,
    Multiline,
    Plugin,
    Profile,
    Progress,
    Request,
    UserError,
)

from .lookup import Lookup
from .talk import talk
from .vectors import Vectors

plugin = Plugin("chat", "Talk with Atelier, or ask it what was said.")

VECTORS = Vectors()
"""What the channels' messages mean, for as long as the plugin runs."""


@plugin.command(
    free_text=True,
    again=True,
    more="Go on exactly where you stopped.",
    examples=("/chat What was decided about the release?", "What was decided about the release?", "What can you do?"),
)
async def chat(
    *,
    message: Annotated[str, Multiline()],
    request: Request,
    profile: Profile,
    history: History,
    commands: Commands,
    embeddings: Embeddings,
    model: ChatModel | None,
) -> AsyncIterator[str | Card | Progress]:
    """Answer a question or go on with the conversation.

    Args:
        message: What you want to say or ask.
    """
    message = message.strip()
    if not message:
        raise UserError("Ask me something, such as “What was decided about the release?”; `/help` shows what I can do.")
    if model is not None:
        async for chunk in talk(message, request, profile, history, model):
            yield chunk
        return
    async for piece in Lookup(message, request, profile, embeddings, VECTORS).answer(history, commands):
        yield piece


@plugin.stop
def forget() -> None:
    """Leave nothing of the channels in memory."""
    VECTORS.forget()
