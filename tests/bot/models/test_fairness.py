from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking import Owner, Priority
from bot.models.fairness import PATIENCE, FairQueue

ANA, BEN, CAI = (Owner("home", name) for name in ("ana", "ben", "cai"))
DEE = Owner("away", "dee")


def served(queue: FairQueue[tuple[Owner, int]], turns: int, cost: float = 32) -> list[Owner]:
    """Whose turns the next ones are, each at the same cost."""
    found = []
    for _ in range(turns):
        item = queue.take()
        queue.give_back(item, cost)
        found.append(item[0])
    return found


def filled(*owners: tuple[Owner, int], cost: float = 32, quantum: float = 32) -> FairQueue[tuple[Owner, int]]:
    queue: FairQueue[tuple[Owner, int]] = FairQueue(quantum)
    for owner, jobs in owners:
        for job in range(jobs):
            queue.push((owner, job), owner, cost)
    return queue


def test_one_person_is_served_in_the_order_of_asking() -> None:
    queue = filled((ANA, 5))

    assert [0, 1, 2, 3, 4] == [queue.take()[1] for _ in range(5)]
    assert 0 == len(queue)


def test_who_asks_once_does_not_wait_for_who_asks_two_hundred_times() -> None:
    queue = filled((ANA, 200), (BEN, 1))

    assert BEN in served(queue, 2)


def test_two_servers_share_equally_whatever_the_number_of_their_people() -> None:
    queue = filled((ANA, 50), (BEN, 50), (CAI, 50), (DEE, 50))
    counts = Counter(owner.server for owner in served(queue, 60))

    assert abs(counts["home"] - counts["away"]) <= 1


def test_slots_that_are_filled_at_once_go_to_different_people() -> None:
    queue = filled((ANA, 200), (BEN, 3), (CAI, 3))

    assert {ANA: 2, BEN: 2, CAI: 2} == Counter(queue.take()[0] for _ in range(6))


def test_a_sequence_that_makes_room_goes_on_before_what_the_person_asked_later() -> None:
    queue = filled((ANA, 2))
    item = queue.take()
    queue.give_back(item, 32, next_cost=32)

    assert item == queue.take()


def test_what_a_turn_cost_too_much_is_made_up_for() -> None:
    queue = filled((ANA, 20), (BEN, 20))
    first = queue.take()
    assert ANA == first[0]
    queue.give_back(first, 32 * 4)

    assert [BEN] * 4 == served(queue, 4)
    assert {ANA: 2, BEN: 2} == Counter(served(queue, 4))


def test_credit_is_not_saved_up_while_nothing_is_wanted() -> None:
    queue = filled((ANA, 100))
    served(queue, 50)
    for job in range(50):
        queue.push((BEN, job), BEN, 32)

    assert {ANA: 5, BEN: 5} == Counter(served(queue, 10))


def test_what_is_urgent_goes_first_and_the_rest_is_not_forgotten() -> None:
    queue: FairQueue[int] = FairQueue(32)
    queue.push(-1, BEN, 32, Priority.BACKGROUND)
    queue.push(-2, BEN, 32, Priority.BACKGROUND)
    for job in range(3 * PATIENCE):
        queue.push(job, ANA, 32)
    turns = [queue.take() for _ in range(3 * PATIENCE + 2)]

    assert [PATIENCE, 2 * PATIENCE + 1] == [turns.index(-1), turns.index(-2)]


def test_what_is_less_urgent_is_patient_only_from_when_it_waits() -> None:
    queue: FairQueue[int] = FairQueue(32)
    for job in range(3 * PATIENCE):
        queue.push(job, ANA, 32)
    turns = [queue.take() for _ in range(2 * PATIENCE)]
    queue.push(-1, BEN, 32, Priority.BACKGROUND)
    turns += [queue.take() for _ in range(PATIENCE + 1)]

    assert 3 * PATIENCE == turns.index(-1)


def test_a_long_turn_is_made_up_for_without_counting_every_round() -> None:
    queue = filled((ANA, 3), (BEN, 3), (DEE, 3), cost=1, quantum=1e-9)

    assert {ANA: 3, BEN: 3, DEE: 3} == Counter(owner for owner, _ in queue.order())


def test_what_waits_can_be_removed_and_what_has_its_turn_not() -> None:
    queue = filled((ANA, 2))
    taken = queue.take()

    assert not queue.remove(taken)
    assert queue.remove((ANA, 1))
    assert (ANA, 1) not in queue
    queue.give_back(taken, 1)
    with pytest.raises(IndexError):
        queue.take()
    with pytest.raises(KeyError):
        queue.give_back(taken, 1)


def test_nothing_is_queued_twice() -> None:
    queue = filled((ANA, 1))
    with pytest.raises(ValueError, match="already"):
        queue.push((ANA, 0), ANA, 32)
    queue.take()
    with pytest.raises(ValueError, match="already"):
        queue.push((ANA, 0), ANA, 32)
    with pytest.raises(ValueError, match="above zero"):
        FairQueue(0)


def test_how_much_is_wanted_is_known() -> None:
    queue = filled((ANA, 2), (BEN, 1), (DEE, 1))
    queue.take()

    assert (2, 1, 3, 1) == (queue.of(ANA), queue.of(BEN), queue.in_server("home"), queue.in_server("away"))


owners = st.builds(Owner, st.sampled_from(["s1", "s2", "s3"]), st.sampled_from(["p1", "p2", "p3"]))


@given(st.lists(st.tuples(owners, st.floats(1, 200)), max_size=40), st.data())
def test_everything_gets_its_turn_once_in_the_order_that_was_foretold(
    jobs: list[tuple[Owner, float]], data: st.DataObject
) -> None:
    queue: FairQueue[int] = FairQueue(32)
    cost = {}
    for number, (owner, each) in enumerate(jobs):
        queue.push(number, owner, each, data.draw(st.sampled_from(Priority)))
        cost[number] = each
    foretold = list(queue.order())
    seen = []
    while queue:
        item = queue.take()
        queue.give_back(item, cost[item])
        seen.append(item)

    assert foretold == seen
    assert sorted(seen) == list(range(len(jobs)))


@given(st.lists(st.tuples(st.sampled_from(["push", "take", "end", "go on", "remove", "pass"]), owners), max_size=30))
def test_a_position_is_foretold_anew_after_whatever_happened(steps: list[tuple[str, Owner]]) -> None:
    queue: FairQueue[int] = FairQueue(10)
    waiting, taken = list[int](), list[int]()
    for number, (step, owner) in enumerate(steps):
        if step == "push":
            queue.push(number, owner, 7 + number)
            waiting.append(number)
        elif step == "take" and waiting:
            taken.append(queue.take())
            waiting.remove(taken[-1])
        elif step in {"end", "go on"} and taken:
            item = taken.pop(0)
            queue.give_back(item, 30, 5 if step == "go on" else None)
            waiting += [item] if step == "go on" else []
        elif step == "remove" and waiting:
            queue.remove(waiting.pop())
        elif step == "pass" and waiting:
            queue.pass_to(waiting[0], owner, Priority.BACKGROUND)

        assert list(queue.order()) == sorted(waiting, key=queue.position)
        assert [*range(1, len(waiting) + 1)] == sorted(map(queue.position, waiting))


@given(
    st.lists(st.floats(1, 100), min_size=2, max_size=5),
    st.integers(20, 200),
    st.data(),
)
def test_people_who_always_want_something_get_the_same_done(
    sizes: list[float], turns: int, data: st.DataObject
) -> None:
    """The bound of the paper: nobody is ahead of another by more than a round and the largest turn on either side."""
    queue: FairQueue[tuple[int, int]] = FairQueue(32)
    done = [0.0] * len(sizes)
    asked = Counter[int]()

    def ask(person: int) -> None:
        queue.push((person, asked[person]), Owner("home", str(person)), sizes[person])
        asked[person] += 1

    for person in range(len(sizes)):
        for _ in range(data.draw(st.integers(2, 5))):
            ask(person)
    for _ in range(turns):
        item = queue.take()
        ask(item[0])
        real = sizes[item[0]] * data.draw(st.floats(0.5, 1.5))
        queue.give_back(item, real)
        done[item[0]] += real

    assert max(done) - min(done) <= 32 + 2 * 1.5 * max(sizes)


def test_what_is_for_several_is_one_thing_and_is_lent_a_turn_by_each() -> None:
    queue: FairQueue[str] = FairQueue(32)
    queue.push("all", (ANA, BEN, DEE), 32)
    queue.push("cai", CAI, 32)
    turns = []
    for _ in range(12):
        turns.append(queue.take())
        queue.give_back(turns[-1], 32, 32)

    # Of the turns of one of the two servers, Cai has every third.
    assert (10, 2) == (turns.count("all"), turns.count("cai"))
    assert [1, 2, 1, 1] == [queue.of(ANA), queue.in_server("home"), queue.in_server("away"), queue.of(CAI)]
    assert queue.remove("all")
    assert 0 == queue.of(ANA)
    assert ["cai"] == list(queue.order())


def test_what_waits_may_come_to_be_for_others_and_who_stays_keeps_the_account() -> None:
    queue = filled((BEN, 4))
    queue.push((ANA, 0), ANA, 32, Priority.BACKGROUND)
    assert (BEN, 0) == next(queue.order())
    queue.pass_to((ANA, 0), (ANA, DEE), Priority.INTERACTIVE)
    queue.pass_to((ANA, 0), (DEE,), Priority.INTERACTIVE)

    assert [0, 1] == [queue.of(ANA), queue.of(DEE)]
    assert (ANA, 0) in list(queue.order())[:2]
    queue.take()
    queue.take()
    with pytest.raises(KeyError):
        queue.pass_to((ANA, 0), ANA, Priority.INTERACTIVE)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.floats(1, 100)), min_size=2, max_size=8),
    st.floats(1, 100),
    st.integers(50, 300),
    st.data(),
)
def test_what_is_for_several_gets_as_much_as_all_of_them_together(
    people: list[tuple[int, bool, float]], size: float, turns: int, data: st.DataObject
) -> None:
    """Those who lend their turns, and those who ask alone, each have the same part of what their server has."""
    people = [(0, True, size), *people]
    owners = [Owner(f"server {server}", str(number)) for number, (server, _, _) in enumerate(people)]
    servers = Counter(owner.server for owner in owners)
    part = [1 / len(servers) / servers[owner.server] for owner in owners]
    common = [number for number, (_, joins, _) in enumerate(people) if joins]
    queue: FairQueue[int] = FairQueue(32)
    queue.push(-1, tuple(owners[number] for number in common), size)
    alone = [number for number in range(len(people)) if number not in common]
    for number in alone:
        queue.push(number, owners[number], people[number][2])
    done = dict.fromkeys([-1, *alone], 0.0)
    for _ in range(turns):
        item = queue.take()
        expected = size if item < 0 else people[item][2]
        real = expected * data.draw(st.floats(0.5, 1.5))
        queue.give_back(item, real, expected, behind=data.draw(st.booleans()))
        done[item] += real
    total = sum(done.values())
    bound = 2 * (32 + 2 * 1.5 * max(size, *(each for _, _, each in people)))

    assert abs(done[-1] - total * sum(part[number] for number in common)) <= bound * len(common)
    for number in alone:
        assert abs(done[number] - total * part[number]) <= bound
