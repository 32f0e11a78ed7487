"""Runs the functions of plugins, and says what they return or yield."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import cast

from bot.body import Card, Choice, File, Forward, Progress, Silence
from bot.cited import Cited
from bot.reply import Reply
from bot.threads import in_thread


async def run_handler(handler: Callable[..., object], arguments: Mapping[str, object]) -> object:
    """Call a handler: on the loop when it is async, off the loop when it is not."""
    if inspect.iscoroutinefunction(handler):
        return await cast("Awaitable[object]", handler(**arguments))
    return await in_thread(handler, **arguments)


async def drain(reply: Reply, generator: AsyncGenerator[object, object]) -> Forward | None:
    """Say everything a command yields; the answer by another command that it ends with, if it does."""
    answer: object = None
    async with aclosing(generator):
        while True:
            try:
                item = await generator.asend(answer)
            except StopAsyncIteration:
                return None
            if isinstance(item, Forward):
                return item
            answer = await say(reply, item)


async def say(reply: Reply, item: object) -> str | None:
    """Say one thing a command returned or yielded; a choice gives back what was chosen."""
    match item:
        case None:
            pass
        case str() | Cited():
            await reply.write(item)
        case File():
            await reply.show(item)
        case Progress():
            await reply.progress(item.done, item.note)
        case Choice():
            return await reply.ask(item.question, item.choices)
        case Card():
            await reply.card(item)
        case Silence():
            await reply.silence()
        case _:
            raise TypeError(f"a command cannot answer with a {type(item).__name__}")
    return None
