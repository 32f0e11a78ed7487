"""What a turn cost is not forgotten with who had it: most people ask for one thing at a time."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Sequence
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking import Owner, Priority
from bot.models.fairness import A, FairQueue

ANA, BEN, CAI = (Owner("home", name) for name in ("ana", "ben", "cai"))
DEE = Owner("away", "dee")

QUANTUM, GUESS = 1.0, 5.0


class People:
    """Each asks for one thing after the other, of a size of their own.

    Args:
        sizes: What the things of each cost.
        owners: Who they are; people of one server if it is left out.
        at_once: How many have a turn at the same time.
        late: Whether the next turn is given before who had the last one asks again.
    """

    def __init__(
        self, sizes: Sequence[float], owners: Sequence[Owner] = (), at_once: int = 1, *, late: bool = False
    ) -> None:
        self.queue: FairQueue[tuple[int, int]] = FairQueue(QUANTUM)
        self.sizes = sizes
        self.done = [0.0] * len(sizes)
        self._owners = owners or [Owner("home", str(number)) for number in range(len(sizes))]
        self._at_once = at_once
        self._late = late
        self._inside: list[tuple[float, tuple[int, int]]] = []
        self._numbers = count()
        for person in range(len(sizes)):
            self._ask(person)
        self._let_in(0.0)

    def work(self, seconds: float) -> None:
        """Let them have turns for so long."""
        now = 0.0
        while now < seconds:
            now, item = heapq.heappop(self._inside)
            person = item[0]
            self.done[person] += self.sizes[person]
            self.queue.give_back(item, self.sizes[person])
            if self._late:
                self._let_in(now)
            self._ask(person)
            self._let_in(now)

    def _ask(self, person: int) -> None:
        self.queue.push((person, next(self._numbers)), self._owners[person], GUESS)

    def _let_in(self, now: float) -> None:
        while self.queue and len(self._inside) < self._at_once:
            item = self.queue.take()
            heapq.heappush(self._inside, (now + self.sizes[item[0]], item))


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_one_long_thing_after_the_other_gets_no_more_than_short_ones(at_once: int, late: bool) -> None:
    people = People([60, *[2] * (2 + at_once)], at_once=at_once, late=late)
    people.work(5_000)
    part = sum(people.done) / len(people.done)

    # Before each turn only those can be chosen who wait just then.
    assert all(abs(done - part) <= 0.2 * part for done in people.done), people.done


def test_servers_share_fairly_too_and_so_do_their_people_inside() -> None:
    people = People([60, 2, 2, 20, 2], [ANA, BEN, CAI, DEE, Owner("away", "eve")])
    people.work(5_000)
    home, away = sum(people.done[:3]), sum(people.done[3:])

    assert abs(home - away) <= 2 * 60
    assert max(people.done[:3]) - min(people.done[:3]) <= 2 * 60
    assert abs(people.done[3] - people.done[4]) <= 2 * 60


@given(st.lists(st.floats(QUANTUM, 60), min_size=2, max_size=6), st.integers(0, 1_500))
def test_who_asks_for_one_thing_at_a_time_is_never_ahead_by_more_than_a_round_and_a_turn(
    sizes: list[float], seconds: int
) -> None:
    people = People(sizes)
    people.work(seconds)

    assert max(people.done) - min(people.done) <= QUANTUM + 2 * max(sizes)


def owing(queue: FairQueue[str], owner: Owner, cost: float) -> None:
    """Let somebody have a turn at a cost while something else waits, and leave."""
    queue.push("once", owner, 1)
    while (item := queue.take()) != "once":
        queue.give_back(item, 1, 1)
    queue.give_back("once", cost)


def names(queue: FairQueue[str]) -> set[str]:
    """Whose accounts there are."""
    return {name for servers in queue._servers.values() for server in servers.values() for name in server.people}


def test_who_owes_and_asks_again_comes_after_who_did_not_ask_before() -> None:
    queue: FairQueue[str] = FairQueue(QUANTUM)
    queue.push("ben's", BEN, 1)
    owing(queue, ANA, 20)
    queue.push("ana's", ANA, 1)
    queue.push("cai's", CAI, 1)

    assert ["ben's", "cai's", "ana's"] == list(queue.order())
    assert ["ben's", "cai's", "ana's"] == [queue.take() for _ in range(3)]


def test_what_was_done_while_nobody_else_asked_is_held_against_nobody() -> None:
    queue: FairQueue[str] = FairQueue(QUANTUM)
    for owner, priority in ((ANA, Priority.INTERACTIVE), (DEE, Priority.BACKGROUND)):
        queue.push("long", owner, 1, priority)
        queue.give_back(queue.take(), 1_000)
        assert not names(queue)
    queue.push("ana's", ANA, 1)
    queue.push("ben's", BEN, 1)

    assert "ana's" == queue.take()


def test_who_is_alone_pays_at_once_what_is_owed() -> None:
    queue: FairQueue[str] = FairQueue(QUANTUM)
    queue.push("ben's", BEN, 1)
    owing(queue, ANA, 1_000)
    owing(queue, DEE, 10)
    assert {"ana", "ben", "dee"} == names(queue)
    queue.give_back(queue.take(), 2_000, 1)
    queue.take()

    assert {"ben"} == names(queue)


def test_a_server_that_owes_keeps_what_its_people_owe() -> None:
    queue: FairQueue[str] = FairQueue(QUANTUM)
    queue.push("dee's", DEE, 1)
    owing(queue, ANA, 50)
    queue.push("ana's", ANA, 1)
    queue.push("ben's", BEN, 1)

    assert ["dee's", "ben's", "ana's"] == list(queue.order())


def test_who_paid_for_several_and_left_them_still_owes_it() -> None:
    queue: FairQueue[str] = FairQueue(QUANTUM)
    queue.push("all", (ANA, BEN), 1)
    queue.push("cai's", CAI, 1)
    while (item := queue.take()) != "all":
        queue.give_back(item, 1, 1)
    queue.give_back("all", 20, 1)
    payer = ANA if queue._servers[Priority.INTERACTIVE]["home"].people["ana"].credit < 0 else BEN
    other = BEN if payer == ANA else ANA
    queue.pass_to("all", other, Priority.INTERACTIVE)
    assert {"ana", "ben", "cai"} == names(queue)
    queue.push("payer's", payer, 1)

    assert "payer's" == list(queue.order())[-1]


def test_what_a_long_turn_earned_is_not_saved_up() -> None:
    queue: FairQueue[str] = FairQueue(QUANTUM)
    queue.push("long", ANA, 1)
    queue.take()
    queue.push("ben's", BEN, 1)
    for _ in range(50):
        queue.give_back(queue.take(), 1, 1)
    for number in range(20):
        queue.push(f"ana's {number}", ANA, 1)
    first = []
    for _ in range(6):
        first.append(queue.take())
        queue.give_back(first[-1], 1, 1 if first[-1] == "ben's" else None)

    assert 2 <= first.count("ben's")


@given(st.integers(1, 60), st.lists(st.integers(1, 60), min_size=1, max_size=4))
def test_nobody_waits_longer_than_what_is_owed_is_worth(owed: int, sizes: list[int]) -> None:
    queue: FairQueue[str] = FairQueue(QUANTUM)
    done = dict.fromkeys(map(str, range(len(sizes))), 0.0)
    for name in done:
        queue.push(name, Owner("home", name), 1)
    owing(queue, ANA, owed)
    queue.push("ana's", ANA, 1)
    while (item := queue.take()) != "ana's":
        done[item] += sizes[int(item)]
        queue.give_back(item, sizes[int(item)])
        queue.push(item, Owner("home", item), 1)

    assert all(each <= owed + sizes[int(name)] + 2 * QUANTUM for name, each in done.items())


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(1, 40)), max_size=30))
def test_what_people_who_left_owe_is_forgotten_after_so_many_rounds(asked: list[tuple[int, int, int]]) -> None:
    queue: FairQueue[str] = FairQueue(QUANTUM)
    queue.push("stays", Owner("server 0", "stays"), 1)
    queue.push("beside", Owner("server 0", "beside"), 1)
    most = 0.0
    for server, person, cost in asked:
        owing(queue, Owner(f"server {server}", f"person {person}"), cost)
        most = max(most, *(-one.credit for one in queue._servers[Priority.INTERACTIVE].values()))
        most = max(most, *(-p.credit for s in queue._servers[Priority.INTERACTIVE].values() for p in s.people.values()))
    for _ in range(2 * int(most) + 4):
        queue.give_back(queue.take(), 1, 1)

    assert {"stays", "beside"} == names(queue)
    assert ["server 0"] == list(queue._servers[Priority.INTERACTIVE])
    queue.remove("stays")
    queue.remove("beside")
    assert not names(queue)


class StepByStep(FairQueue[int]):
    """Gives every round of its own, one account after the other."""

    def _next(self, ring: OrderedDict[str, A]) -> tuple[str, A]:
        while True:
            name, account = next(iter(ring.items()))
            if not account.visited:
                account.visited, account.credit = True, account.credit + QUANTUM
            if account.waiting and account.credit > 0:
                return name, account
            account.visited = False
            ring.move_to_end(name)
            if account.over:
                del ring[name]


moves = st.lists(
    st.tuples(
        st.sampled_from(["push", "take", "give back", "go on", "remove"]),
        st.sampled_from([ANA, BEN, CAI, DEE]),
        st.sampled_from(Priority),
        st.integers(0, 40),
    ),
    max_size=60,
)


def moved(queue: FairQueue[int], history: list[tuple[str, Owner, Priority, int]]) -> list[int]:
    """Whose turns came while people asked for things, had them and left; each is a number."""
    inside, turns = list[int](), list[int]()
    for number, (move, owner, priority, cost) in enumerate(history):
        if move == "push":
            queue.push(number, owner, 1 + cost // 2, priority)
        elif move == "take" and queue:
            inside.append(queue.take())
            turns.append(inside[-1])
        elif move == "give back" and inside:
            queue.give_back(inside.pop(cost % len(inside)), cost)
        elif move == "go on" and inside:
            queue.give_back(inside.pop(cost % len(inside)), cost, 3)
        elif move == "remove" and queue:
            queue.remove(list(queue._waiting)[cost % len(queue)])
    return turns


@given(moves)
def test_rounds_that_are_given_at_once_are_those_that_are_given_one_by_one(
    history: list[tuple[str, Owner, Priority, int]],
) -> None:
    at_once, one_by_one = FairQueue[int](QUANTUM), StepByStep(QUANTUM)

    assert moved(one_by_one, history) == moved(at_once, history)
    assert one_by_one._servers == at_once._servers


@given(moves, st.data())
def test_the_order_that_people_are_told_is_the_one_that_comes(
    history: list[tuple[str, Owner, Priority, int]], data: st.DataObject
) -> None:
    """Whatever was before, and whenever those end who have their turn now."""
    queue = FairQueue[int](QUANTUM)
    moved(queue, history)
    foretold, seen = list(queue.order()), list[int]()
    assert foretold == list(queue.order())
    inside = {item: place.cost for item, (place, _) in queue._taken.items()}
    while queue:
        ends: bool = data.draw(st.booleans())
        if inside and ends:
            queue.give_back(*inside.popitem())
            continue
        seen.append(queue.take())
        inside[seen[-1]] = queue._taken[seen[-1]][0].cost

    assert foretold == seen
