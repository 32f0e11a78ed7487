"""What a prompt is built from, as tests give it."""

from __future__ import annotations

from collections.abc import Sequence

from bot import Fact, Message, Passage, Recap
from bot.recaps import Retell


class Remembered:
    """Recalls what it is given; all else that `Memories` can do is not asked of it."""

    def __init__(self, facts: Sequence[Fact] = ()) -> None:
        self.facts = facts

    async def recall(self, about: str, limit: int = 8) -> Sequence[Fact]:
        """The facts."""
        return self.facts[:limit]

    async def all(self) -> Sequence[Fact]:
        """The facts."""
        return self.facts

    async def near(self, text: str, scope: str = "here") -> Fact | None:
        """None is."""
        return None

    async def remember(
        self, text: str, scope: str = "here", *, instead: str | None = None, confirmed: bool = False
    ) -> Fact:
        """It does not."""
        raise NotImplementedError

    async def forget(self, fact: str) -> Fact:
        """It does not."""
        raise NotImplementedError

    async def forget_all(self) -> Sequence[Fact]:
        """It does not."""
        raise NotImplementedError

    async def restore(self, fact: str) -> Sequence[Fact]:
        """It does not."""
        raise NotImplementedError


class Known:
    """Finds what it is given."""

    def __init__(self, passages: Sequence[Passage] = ()) -> None:
        self.passages = passages

    async def search(self, question: str, limit: int = 6) -> Sequence[Passage]:
        """The passages."""
        return self.passages[:limit]


class Told:
    """Has the recap of one conversation, and notes what is asked of it."""

    def __init__(self, recap: Recap | None = None, conversation: str = "") -> None:
        self.recap = recap
        self.conversation = conversation
        self.folded: list[tuple[str, tuple[Message, ...]]] = []
        self.retold: list[Retell] = []
        self.dropped: list[str] = []

    async def get(self, conversation: str = "") -> Recap | None:
        """The recap."""
        return self.recap if conversation == self.conversation else None

    def fold(self, messages: Sequence[Message], retell: Retell, conversation: str = "") -> None:
        """Note it."""
        self.folded.append((conversation, tuple(messages)))
        self.retold.append(retell)

    async def drop(self, conversation: str = "") -> None:
        """Note it."""
        self.dropped.append(conversation)
