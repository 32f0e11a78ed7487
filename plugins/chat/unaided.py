"""Answers without a language model: does what was asked for in plain words, or looks it up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from bot import (
    Button,
    Card,
    Cited,
    Command,
    Commands,
    Discretion,
    Embeddings,
    Forward,
    History,
    Kind,
    Option,
    Profile,
    Progress,
    Reply,
    Request,
    shortened,
    written,
    zone_of,
)

from .filling import Now, missing
from .lookup import Lookup, card
from .routing import Routing, Wish
from .vectors import Vectors
from .wording import ASKED, CANCELLED, ENGLISH, FORBIDDEN, MISSING, PERHAPS, UNDERSTOOD

YES, NO = "Do it", "Cancel"

LONGEST_LINE = 300
"""Characters of a command line that are shown."""

MOST_CHOICES = 10
"""Buttons in which an option is asked for; more is a list to read."""


class Unaided:
    """What answers where there is no language model; it learns the commands' phrases once.

    Args:
        vectors: Remembers what messages mean.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._routing = Routing()

    def forget(self) -> None:
        """Forget which commands there were."""
        self._routing.forget()

    async def answer(
        self,
        message: str,
        request: Request,
        profile: Profile,
        *,
        history: History,
        discretion: Discretion,
        commands: Commands,
        embeddings: Embeddings,
        reply: Reply,
    ) -> AsyncIterator[str | Cited | Card | Progress | Forward]:
        """Do what a message asks for, if there is a command for it, and look it up otherwise.

        Args:
            message: What the person says.
            request: Who says it, where and when.
            profile: Their preferences and facts.
            history: Of the channel it was asked in.
            discretion: Leaves out what must not be told of.
            commands: Those the person may use.
            embeddings: Tells meanings apart.
            reply: Where the person is asked back.

        Yields:
            The answer, or the command that answers.
        """
        now = Now(zone_of(profile), request.received)
        wish = await self._routing.read(message, embeddings, commands, now)
        if wish is not None and wish.meant:
            async for step in _do(wish, request, reply):
                yield step
            return
        offered = False
        lookup = Lookup(message, request, profile, embeddings, self._vectors)
        async for piece in lookup.answer(history, discretion, commands):
            offered = offered or isinstance(piece, Card)
            yield piece
        if not self._routing.follows(message):
            yield f" _{ENGLISH}_"
        if wish is not None and wish.allowed and not offered:
            yield _perhaps(wish)


async def _do(wish: Wish, request: Request, reply: Reply) -> AsyncIterator[str | Card | Forward]:
    """Run a command, once everything is known and allowed."""
    command = wish.command
    if not wish.allowed:
        yield FORBIDDEN.format(name=command.name)
        return
    if command.private:
        # Before anything is shown: what is understood is as private as the answer.
        reply.make_private(request.person.id)
    values = dict(wish.values)
    for option in missing(command, values, files=len(request.attachments)):
        if not (buttons := _buttons(option)):
            yield MISSING.format(line=_line(command, values), name=option.name, help=option.help)
            yield card(command)
            return
        values[option.name] = await reply.ask(f"`/{command.name}`: `{option.name}`? {option.help}", buttons)
    asked = ASKED.format(line=_line(command, values))
    if replace(wish, values=values).asks and await reply.ask(asked, (YES, NO)) == NO:
        yield CANCELLED
        return
    yield UNDERSTOOD.format(line=_line(command, values))
    yield Forward(command.name, values)


def _buttons(option: Option) -> tuple[str, ...]:
    """The values that an option takes, where they are few."""
    if option.kind is Kind.BOOLEAN:
        return ("yes", "no")
    return tuple(map(str, option.choices)) if len(option.choices) <= MOST_CHOICES else ()


def _perhaps(wish: Wish) -> Card:
    """A question back that waits for nobody: a button for what may have been meant."""
    line = written(wish.command, wish.values)
    try:
        button = Button(f"/{wish.command.name}", line)
    except ValueError:
        button = Button(f"/help {wish.command.name}", f"/help {wish.command.name}")
    text = f"`{_line(wish.command, wish.values)}`: {wish.command.about}"
    return Card(PERHAPS, buttons=(button,), text=text)


def _line(command: Command, values: Mapping[str, object]) -> str:
    """A command line to read, within one pair of backticks."""
    return shortened(" ".join(written(command, values).replace("`", "'").split()), LONGEST_LINE)
