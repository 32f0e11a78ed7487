"""Takes turns between servers and, inside one, between people, by deficit round robin.

The method is that of M. Shreedhar and G. Varghese, “Efficient Fair Queueing Using Deficit Round Robin” (1996). What a
turn costs is only known at its end: it is charged as expected when it begins, and set right afterwards, so an account
may fall below zero and then waits until it has risen again.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from bot.asking import Owner, Priority

T = TypeVar("T", bound=Hashable)
A = TypeVar("A", bound="_Account")

PATIENCE = 8
"""How many urgent turns there are at most before one of something less urgent that waits."""


@dataclass(frozen=True, slots=True)
class _Place(Generic[T]):
    item: T
    owner: Owner
    cost: float
    priority: Priority


@dataclass
class _Account:
    """What is left of the rounds, and how much there is to spend it on."""

    credit: float = 0.0
    visited: bool = False
    waiting: int = 0
    taken: int = 0

    @property
    def idle(self) -> bool:
        return not (self.waiting or self.taken)


@dataclass
class _Person(_Account, Generic[T]):
    places: deque[_Place[T]] = field(default_factory=deque)


@dataclass
class _Server(_Account, Generic[T]):
    people: OrderedDict[str, _Person[T]] = field(default_factory=OrderedDict)


class FairQueue(Generic[T]):
    """What waits for its turn, and what has it.

    Each of several people who always have something waiting gets the same cost done in the long run, however many
    things they ask for and however large these are; so do servers, whatever the number of their people.

    Args:
        quantum: What a round adds to each account, in the unit of the costs.

    Raises:
        ValueError: The quantum is not above zero.
    """

    def __init__(self, quantum: float) -> None:
        if quantum <= 0:
            raise ValueError("a quantum is above zero")
        self._quantum = quantum
        self._servers: dict[Priority, OrderedDict[str, _Server[T]]] = {each: OrderedDict() for each in Priority}
        self._waiting: dict[T, _Place[T]] = {}
        self._taken: dict[T, _Place[T]] = {}
        self._urgent = 0

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def __contains__(self, item: T) -> bool:
        """Whether it waits."""
        return item in self._waiting

    def push(self, item: T, owner: Owner, cost: float, priority: Priority = Priority.INTERACTIVE) -> None:
        """Let something wait, behind what the same person waits for already.

        Args:
            item: It is in the queue once at most.
            owner: Whose turn it will be.
            cost: What its turn is expected to cost.
            priority: What goes first.

        Raises:
            ValueError: It is in the queue already.
        """
        if item in self._waiting or item in self._taken:
            raise ValueError("it is in the queue already")
        self._enter(_Place(item, owner, cost, priority))

    def take(self) -> T:
        """Give the next turn; `give_back` ends it.

        Raises:
            IndexError: Nothing waits.
        """
        priority = self._next_priority()
        server = self._next(self._servers[priority])
        person = self._next(server.people)
        place = person.places.popleft()
        del self._waiting[place.item]
        self._taken[place.item] = place
        for account in (server, person):
            account.waiting -= 1
            account.taken += 1
            account.credit -= place.cost
        return place.item

    def give_back(self, item: T, cost: float, next_cost: float | None = None) -> None:
        """End a turn.

        Args:
            item: What had it.
            cost: What it cost.
            next_cost: What a further turn is expected to cost, which it waits for before what the same person asked
                later; None when it is done.

        Raises:
            KeyError: It has no turn.
        """
        place = self._taken.pop(item)
        for account in self._accounts(place):
            account.taken -= 1
            account.credit += place.cost - cost
        if next_cost is not None:
            self._enter(_Place(item, place.owner, next_cost, place.priority), first=True)
        self._tidy(place)

    def remove(self, item: T) -> bool:
        """Let something wait no more; returns whether it did."""
        place = self._waiting.pop(item, None)
        if place is None:
            return False
        server, person = self._accounts(place)
        person.places.remove(place)
        for account in (server, person):
            account.waiting -= 1
        self._tidy(place)
        return True

    def of(self, owner: Owner) -> int:
        """How much a person waits for or has the turn of, in a server."""
        return sum(place.owner == owner for places in (self._waiting, self._taken) for place in places.values())

    def in_server(self, server: str) -> int:
        """How much the people of a server wait for or have the turn of."""
        return sum(place.owner.server == server for places in (self._waiting, self._taken) for place in places.values())

    def order(self) -> Iterator[T]:
        """What waits, in the order of its turns if each costs what is expected; nothing is changed."""
        copy: FairQueue[T] = FairQueue(self._quantum)
        copy._waiting, copy._taken, copy._urgent = dict(self._waiting), dict(self._taken), self._urgent
        copy._servers = {
            priority: OrderedDict((name, _copied(server)) for name, server in servers.items())
            for priority, servers in self._servers.items()
        }
        while copy:
            item = copy.take()
            yield item
            copy.give_back(item, copy._taken[item].cost)

    def _enter(self, place: _Place[T], *, first: bool = False) -> None:
        server = self._servers[place.priority].setdefault(place.owner.server, _Server())
        person = server.people.setdefault(place.owner.person, _Person())
        if first:
            person.places.appendleft(place)
        else:
            person.places.append(place)
        for account in (server, person):
            account.waiting += 1
        self._waiting[place.item] = place

    def _accounts(self, place: _Place[T]) -> tuple[_Server[T], _Person[T]]:
        server = self._servers[place.priority][place.owner.server]
        return server, server.people[place.owner.person]

    def _tidy(self, place: _Place[T]) -> None:
        """Close the accounts of those who neither wait nor have a turn."""
        server, person = self._accounts(place)
        if person.idle:
            del server.people[place.owner.person]
        if server.idle:
            del self._servers[place.priority][place.owner.server]

    def _next_priority(self) -> Priority:
        waits = {each: any(server.waiting for server in self._servers[each].values()) for each in Priority}
        if not any(waits.values()):
            raise IndexError("nothing waits")
        if waits[Priority.INTERACTIVE] and not (waits[Priority.BACKGROUND] and self._urgent >= PATIENCE):
            self._urgent = self._urgent + 1 if waits[Priority.BACKGROUND] else 0
            return Priority.INTERACTIVE
        self._urgent = 0
        return Priority.BACKGROUND

    def _next(self, ring: OrderedDict[str, A]) -> A:
        """The account whose turn it is: the first in the ring that waits and has credit."""
        waiting = [account for account in ring.values() if account.waiting]
        # The rounds after which nobody has credit yet are given at once: after a long turn there are hundreds.
        idle = -max(account.credit for account in waiting) // self._quantum
        if idle > 0:
            for account in waiting:
                account.credit += idle * self._quantum
        while True:
            name, account = next(iter(ring.items()))
            if account.waiting:
                if not account.visited:
                    account.visited = True
                    account.credit += self._quantum
                if account.credit > 0:
                    return account
            account.visited = False
            ring.move_to_end(name)


def _copied(server: _Server[T]) -> _Server[T]:
    people = OrderedDict((name, replace(one, places=deque(one.places))) for name, one in server.people.items())
    return replace(server, people=people)
