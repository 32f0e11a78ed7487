"""What a command that is run for another one says: its text is kept, all else goes to the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.asking import Waiting
from bot.body import Body, Button, Card, File, State
from bot.cited import Cited
from bot.errors import UserError
from bot.platform import MessageRef
from bot.reply import Reply


class Aside(Reply):
    """A part of a reply: files, cards, questions and progress are shown in it, and text is only gathered.

    It is never ended; the reply that it belongs to is.

    Args:
        reply: The one it belongs to.
        secret: Whether only the person reads along.

    Attributes:
        said: The text so far.
        shown: The names of files and the titles of cards that the person was shown.
    """

    def __init__(self, reply: Reply, *, secret: bool) -> None:
        self._reply = reply
        self._secret = secret
        self.said = ""
        self.shown: list[str] = []
        self.abandoned = False

    @property
    def private(self) -> bool:
        """Whether only the person who asked sees it."""
        return self._reply.private

    @property
    def body(self) -> Body:
        """What has been said so far, and what the person sees besides."""
        return replace(self._reply.body, text=self.said, cited=())

    @property
    def ref(self) -> MessageRef | None:
        """The message that all is shown in, once there is one."""
        return self._reply.ref

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        return self._reply.closed

    def make_private(self, person: str) -> None:
        """Make sure that only this person reads along.

        Raises:
            UserError: Others do.
        """
        if not self._secret:
            raise UserError("Others would see this here: it works in a direct message, or as a command of its own.")

    def mention(self, person: str) -> None:
        """Mention nobody: the answer is the person's who asked."""

    def offer(self, buttons: Mapping[State, Sequence[Button]]) -> None:
        """Offer nothing: the buttons are those of the whole answer."""

    async def write(self, text: str | Cited) -> None:
        """Keep text."""
        self.said += text if isinstance(text, str) else text.text

    async def show(self, file: File) -> None:
        """Show a file, or put it in the place of its draft."""
        await self._reply.show(file)
        self._note(file.name)

    async def card(self, card: Card) -> None:
        """Show a titled box of fields."""
        await self._reply.card(card)
        self._note(card.title)

    async def progress(self, done: float | None, note: str = "") -> None:
        """Show how far the work is."""
        await self._reply.progress(done, note)

    def wait(self, waiting: Waiting | None) -> None:
        """Show how long the work has to wait."""
        self._reply.wait(waiting)

    async def ask(self, question: str, choices: Sequence[str]) -> str:
        """Ask the person, with buttons."""
        return await self._reply.ask(question, choices)

    def discard(self, why: str = "") -> bool:
        """Forget what was said."""
        self.said = ""
        return True

    async def silence(self) -> None:
        """Forget what was said."""
        self.said = ""

    def _note(self, name: str) -> None:
        if name not in self.shown:
            self.shown.append(name)
