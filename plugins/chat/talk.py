"""Answers by a language model: from its prompt to what the person reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from bot import Actions, ChatModel, Embeddings, File, Profile, Progress, Request

from .agent import act, calls_tools
from .citing import Citations
from .config import ChatConfig
from .fences import Fences, answer_file
from .prompt import DOING, TALKING, Prompt, Sources, build
from .vectors import Vectors


@dataclass(frozen=True, slots=True)
class Talk:
    """One message and what it is answered with.

    Attributes:
        request: Whose message, where and when.
        profile: Their preferences.
        model: Writes the answer.
        sources: What the model may know.
        actions: What it may do.
        embeddings: Tell which commands come near to the message.
        vectors: Remembers what they mean.
        config: How much of each.
    """

    request: Request
    profile: Profile
    model: ChatModel
    sources: Sources
    actions: Actions
    embeddings: Embeddings
    vectors: Vectors
    config: ChatConfig

    async def answer(self, message: str, *, as_file: bool = False) -> AsyncGenerator[str | Progress | File, None]:
        """Answer a message.

        Args:
            message: What the person says.
            as_file: Whether the answer is a file.

        Yields:
            Progress, and the answer as it is written; then the files that it comes with.

        Raises:
            UserError: The message is too long for the model, or the model wrote nothing.
        """
        share = DOING if self.config.steps and calls_tools(self.model) else TALKING
        prompt = await build(message, self.request, self.profile, self.model, self.sources, self.config, share)
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self.sources.recaps is not None:
            prompt.fold(self.sources.recaps, self.model, answered)
        try:
            async with aclosing(self._pieces(message, prompt, as_file=as_file)) as pieces:
                async for piece in pieces:
                    yield piece
            answered.set_result(True)
        finally:
            if not answered.done():
                answered.set_result(False)

    async def _pieces(
        self, message: str, prompt: Prompt, *, as_file: bool
    ) -> AsyncGenerator[str | Progress | File, None]:
        for note in prompt.notes:
            yield f"_{note}_\n\n"
        citations, fences, written = Citations(prompt.passages), Fences(), list[str]()
        pieces = act(
            prompt.messages,
            self.model,
            self.actions,
            question=message,
            embeddings=self.embeddings,
            vectors=self.vectors,
            steps=self.config.steps,
            files=[file.name for file in self.request.attachments],
            sources=self.config.sources_for(self.request.person),
        )
        async with aclosing(pieces):
            async for piece in pieces:
                if not isinstance(piece, str):
                    yield piece
                elif as_file:
                    written.append(citations.write(piece))
                elif shown := fences.write(citations.write(piece)):
                    yield shown
        if as_file:
            yield answer_file("".join([*written, citations.end()]))
        else:
            yield fences.write(citations.end()) + fences.end()
            for file in fences.files():
                yield file
