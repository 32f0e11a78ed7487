"""Takes turns between servers and, inside one, between people, by deficit round robin.

The method is that of M. Shreedhar and G. Varghese, “Efficient Fair Queueing Using Deficit Round Robin” (1996). What a
turn costs is only known at its end: it is charged as expected when it begins, and set right afterwards, so an account
may fall below zero and then waits until it has risen again.

Most people ask for one thing at a time, and wait for nothing while they read what they got. So what an account owes
stays when its owner leaves, until the rounds have paid it or nobody asks for anything any more. What it has left does
not, as in the paper.

What is done for several people at once waits with each of them, and whose turn comes first lends it: so it gets as much
as all of them together, and each gives an equal part of it in the long run, in turn.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from typing import Generic, TypeAlias, TypeVar

from bot.asking import Owner, Priority
from bot.models.accounts import Account, Person, Place, Server, copied

T = TypeVar("T", bound=Hashable)
A = TypeVar("A", bound=Account)

PATIENCE = 8
"""How many urgent turns there are at most before one of something less urgent that waits."""


Owners: TypeAlias = Owner | tuple[Owner, ...]
"""Whose turn it will be: of one, or of the first whose turn comes; nobody is named twice."""


class FairQueue(Generic[T]):
    """What waits for its turn, and what has it.

    Each of several people who always have something waiting gets the same cost done in the long run, however many
    things they ask for and however large these are; so do servers, whatever the number of their people. Who asks for
    one thing after the other gets as much, but has what costs less than the quantum counted as that.

    Args:
        quantum: What a round adds to each account, in the unit of the costs.

    Raises:
        ValueError: The quantum is not above zero.
    """

    def __init__(self, quantum: float) -> None:
        if quantum <= 0:
            raise ValueError("a quantum is above zero")
        self._quantum = quantum
        self._servers: dict[Priority, OrderedDict[str, Server[T]]] = {each: OrderedDict() for each in Priority}
        self._waiting: dict[T, Place[T]] = {}
        self._taken: dict[T, tuple[Place[T], Owner]] = {}
        self._urgent = 0
        self._positions: dict[T, int] | None = None

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def __contains__(self, item: T) -> bool:
        """Whether it waits."""
        return item in self._waiting

    def push(self, item: T, owners: Owners, cost: float, priority: Priority = Priority.INTERACTIVE) -> None:
        """Let something wait, behind what the same person waits for already.

        Args:
            item: It is in the queue once at most.
            owners: Whose turn it will be.
            cost: What its turn is expected to cost.
            priority: What goes first.

        Raises:
            ValueError: It is in the queue already.
        """
        if item in self._waiting or item in self._taken:
            raise ValueError("it is in the queue already")
        self._positions = None
        self._waiting[item] = place = Place(item, _several(owners), cost, priority)
        self._enter(place, place.owners)

    def pass_to(self, item: T, owners: Owners, priority: Priority) -> None:
        """Let something that waits be for others from now on.

        Args:
            item: Waits.
            owners: Whose turn it will be.
            priority: What goes first.

        Raises:
            KeyError: It does not wait.
        """
        place = self._waiting[item]
        new = replace(place, owners=_several(owners), priority=priority)
        if new == place:
            return
        stay = set(new.owners) & set(place.owners) if priority == place.priority else set()
        self._positions = None
        self._waiting[item] = new
        # In this order: a server stays as long as anybody of it does.
        self._enter(new, [owner for owner in new.owners if owner not in stay])
        self._leave(place, [owner for owner in place.owners if owner not in stay])

    def take(self) -> T:
        """Give the next turn; `give_back` ends it.

        Raises:
            IndexError: Nothing waits.
        """
        priority = self._next_priority()
        name, server = self._next(self._servers[priority])
        payer = Owner(name, self._next(server.people)[0])
        item = next(one for one in server.people[payer.person].items if one in self._waiting)
        place = self._waiting.pop(item)
        self._positions = None
        self._taken[item] = place, payer
        for each in self._accounts(place):
            each.waiting -= 1
            each.taken += 1
        for account in self._account(payer, priority):
            account.credit -= place.cost
        return item

    def give_back(self, item: T, cost: float, next_cost: float | None = None, *, behind: bool = False) -> None:
        """End a turn.

        Args:
            item: What had it.
            cost: What it cost.
            next_cost: What a further turn is expected to cost, which it waits for before what the same person asked
                later; None when it is done.
            behind: Whether it waits behind that instead.

        Raises:
            KeyError: It has no turn.
        """
        place, payer = self._taken.pop(item)
        self._positions = None
        for account in self._account(payer, place.priority):
            account.credit += place.cost - cost
        for each in self._accounts(place):
            each.taken -= 1
            self._let_wait(each)
        if next_cost is None:
            self._leave(place, place.owners)
            return
        self._waiting[item] = replace(place, cost=next_cost)
        if behind:
            items = self._account(payer, place.priority)[1].items
            items.remove(item)
            items.append(item)

    def remove(self, item: T) -> bool:
        """Let something wait no more; returns whether it did."""
        place = self._waiting.pop(item, None)
        if place is None:
            return False
        self._positions = None
        self._leave(place, place.owners)
        return True

    def of(self, owner: Owner) -> int:
        """How much a person waits for or has the turn of, in a server."""
        return sum(owner in place.owners for place in self._places())

    def in_server(self, server: str) -> int:
        """How much the people of a server wait for or have the turn of."""
        return sum(any(owner.server == server for owner in place.owners) for place in self._places())

    def position(self, item: T) -> int:
        """The how manieth of the next turns will be its, as far as can be foretold; the first is 1.

        Raises:
            KeyError: It does not wait.
        """
        # Everyone who waits asks from time to time, and nothing may have changed.
        if self._positions is None:
            self._positions = {each: position for position, each in enumerate(self.order(), 1)}
        return self._positions[item]

    def order(self) -> Iterator[T]:
        """What waits, in the order of its turns if each costs what is expected; nothing is changed."""
        copy: FairQueue[T] = FairQueue(self._quantum)
        copy._waiting, copy._taken, copy._urgent = dict(self._waiting), dict(self._taken), self._urgent
        copy._servers = {
            priority: OrderedDict((name, copied(server)) for name, server in servers.items())
            for priority, servers in self._servers.items()
        }
        while copy:
            item = copy.take()
            yield item
            copy.give_back(item, copy._taken[item][0].cost)

    def _places(self) -> Iterator[Place[T]]:
        yield from self._waiting.values()
        for place, _ in self._taken.values():
            yield place

    def _enter(self, place: Place[T], owners: Iterable[Owner]) -> None:
        for owner in owners:
            server = self._servers[place.priority].setdefault(owner.server, Server())
            person = server.people.setdefault(owner.person, Person())
            person.items.append(place.item)
            for account in (server, person):
                self._let_wait(account)

    def _leave(self, place: Place[T], owners: Iterable[Owner]) -> None:
        """Let something wait with some people no more; who has nothing else and owes nothing loses the account."""
        for owner in owners:
            server, person = self._account(owner, place.priority)
            person.items.remove(place.item)
            for account in (server, person):
                account.waiting -= 1
            if person.over:
                del server.people[owner.person]
            if server.over:
                del self._servers[place.priority][owner.server]
        if not (self._waiting or self._taken):
            # What was done while nobody else asked is held against nobody.
            for servers in self._servers.values():
                servers.clear()

    def _let_wait(self, account: Account) -> None:
        if not account.waiting:
            # It rose during its turn too, for what that took: the rest is not saved up.
            account.credit = min(account.credit, self._quantum)
        account.waiting += 1

    def _account(self, owner: Owner, priority: Priority) -> tuple[Server[T], Person[T]]:
        server = self._servers[priority][owner.server]
        return server, server.people[owner.person]

    def _accounts(self, place: Place[T]) -> Iterator[Account]:
        """Those of all for whom something is done; that of a server comes once for each of its people."""
        for owner in place.owners:
            yield from self._account(owner, place.priority)

    def _next_priority(self) -> Priority:
        waits = {each: any(server.waiting for server in self._servers[each].values()) for each in Priority}
        if not any(waits.values()):
            raise IndexError("nothing waits")
        if waits[Priority.INTERACTIVE] and not (waits[Priority.BACKGROUND] and self._urgent >= PATIENCE):
            self._urgent = self._urgent + 1 if waits[Priority.BACKGROUND] else 0
            return Priority.INTERACTIVE
        self._urgent = 0
        return Priority.BACKGROUND

    def _next(self, ring: OrderedDict[str, A]) -> tuple[str, A]:
        """The account whose turn it is, with its name: the first in the ring that waits and has credit."""
        # The rounds after which nobody has credit yet are given at once: after a long turn there are hundreds.
        rounds = -max(account.credit for account in ring.values() if account.waiting) // self._quantum
        if rounds > 0:
            for name, account in list(ring.items()):
                account.credit += rounds * self._quantum
                if account.over:
                    del ring[name]
        while True:
            name, account = next(iter(ring.items()))
            if not account.visited:
                account.visited = True
                account.credit += self._quantum
            if account.waiting and account.credit > 0:
                return name, account
            account.visited = False
            ring.move_to_end(name)
            if account.over:
                del ring[name]


def _several(owners: Owners) -> tuple[Owner, ...]:
    return (owners,) if isinstance(owners, Owner) else owners
