"""What each server and each person of it has left of the rounds of a fair queue, and what waits with them."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from bot.asking import Owner, Priority

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Place(Generic[T]):
    """What waits, or has its turn.

    Attributes:
        item: It.
        owners: Whose turn it is.
        cost: What the turn is expected to cost.
        priority: What goes first.
    """

    item: T
    owners: tuple[Owner, ...]
    cost: float
    priority: Priority


@dataclass
class Account:
    """What is left of the rounds, and how much there is to spend it on.

    Attributes:
        credit: What is left; below zero, what is owed.
        visited: Whether it was given its part of the present round.
        waiting: How much waits.
        taken: How much has its turn.
    """

    credit: float = 0.0
    visited: bool = False
    waiting: int = 0
    taken: int = 0

    @property
    def over(self) -> bool:
        """Whether its owner has left and owes nothing."""
        return not (self.waiting or self.taken) and self.credit >= 0


@dataclass
class Person(Account, Generic[T]):
    """That of a person.

    Attributes:
        items: What waits or has its turn, in the order in which it was asked for.
    """

    items: deque[T] = field(default_factory=deque)


@dataclass
class Server(Account, Generic[T]):
    """That of a server.

    Attributes:
        people: Those of its people, in the order of their turns.
    """

    people: OrderedDict[str, Person[T]] = field(default_factory=OrderedDict)


def copied(server: Server[T]) -> Server[T]:
    """A server's account and those of its people, to foretell turns with."""
    people = OrderedDict((name, replace(one, items=deque(one.items))) for name, one in server.people.items())
    return replace(server, people=people)
