"""Turns between models; nothing here waits for time to pass, only for what has happened."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.asking import Asking, Owner, Priority
from bot.models import turns as module
from bot.models.pulse import Pulse
from bot.models.turns import ForWhom, Turn, Turns


class Clock:
    """Stands still but for what is computed."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "perf_counter", clock)
    return clock


def of(person: str, priority: Priority = Priority.INTERACTIVE, server: str = "home") -> Asking:
    return Asking(Owner(server, person), priority, lambda waiting: None)


def never() -> bool:
    return False


class Noted(Pulse):
    """Tells when its work waits."""

    def __init__(self) -> None:
        super().__init__()
        self.rests = threading.Event()

    def rest(self, *, room: bool = False) -> None:
        super().rest(room=room)
        self.rests.set()


class Work:
    """Computes some steps in a thread of its own, each of some seconds."""

    def __init__(
        self,
        turns: Turns,
        clock: Clock,
        asking: Asking,
        steps: int,
        seconds: float,
        done: list[str],
        ended: Callable[[], bool] = never,
        crowd: ForWhom | None = None,
    ) -> None:
        self.pulse = Noted()
        self.turn: Turn | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self._given = turns, clock, asking, steps, seconds, done, ended, crowd

    def _run(self) -> None:
        turns, clock, asking, steps, seconds, done, ended, crowd = self._given
        with turns.taking(asking, self.pulse, ended, crowd) as self.turn:
            for _ in range(steps):
                if not self.turn.has:
                    return
                clock.now += seconds
                done.append(asking.owner.person)
                self.turn.step()

    def wait_in_line(self) -> None:
        """Start, and return when it waits for its turn."""
        self.thread.start()
        self.pulse.rests.wait()


@contextmanager
def held(turns: Turns) -> Iterator[None]:
    """Keeps everyone from computing, so that all wait when they begin."""
    with turns.taking(of("nobody", server="nowhere"), Pulse(), never):
        yield


def test_a_long_work_makes_room_after_each_step_while_another_waits(clock: Clock) -> None:
    turns, done = Turns(1), list[str]()
    works = [Work(turns, clock, of(name), 4, 1.0, done) for name in ("ana", "ben")]
    with held(turns):
        for work in works:
            work.wait_in_line()
    for work in works:
        work.thread.join()

    assert ["ana", "ben"] * 4 == done
    assert [4.0, 4.0] == [work.pulse.spent for work in works]


def test_one_person_s_works_take_turns_too(clock: Clock) -> None:
    turns, done = Turns(1), list[str]()
    works = [Work(turns, clock, of("ana"), 3, 1.0, done) for _ in range(2)]
    with held(turns):
        for work in works:
            work.wait_in_line()
    works[1].thread.join()
    works[0].thread.join()

    assert [3.0, 3.0] == [work.pulse.spent for work in works]


def test_short_steps_are_not_interrupted_at_each(clock: Clock) -> None:
    turns, done = Turns(1), list[str]()
    works = [Work(turns, clock, of(name), 40, 0.005, done) for name in ("ana", "ben")]
    with held(turns):
        for work in works:
            work.wait_in_line()
    for work in works:
        work.thread.join()
    changes = sum(one != other for one, other in pairwise(done))

    assert 80 == len(done)
    assert changes < 20


def test_what_people_ask_goes_before_digests(clock: Clock) -> None:
    turns, done = Turns(1), list[str]()
    digest = Work(turns, clock, of("digest", Priority.BACKGROUND), 4, 1.0, done)
    question = Work(turns, clock, of("ana"), 4, 1.0, done)
    with held(turns):
        digest.wait_in_line()
        question.wait_in_line()
    for work in (digest, question):
        work.thread.join()

    assert ["ana"] * 4 + ["digest"] * 4 == done


def test_what_was_computed_while_nobody_waited_is_held_against_nobody(clock: Clock) -> None:
    turns, done = Turns(1), list[str]()
    late = Work(turns, clock, of("ben"), 3, 1.0, done)
    with turns.taking(of("ana"), Pulse(), never) as turn:
        clock.now += 1000.0
        assert turn.step()
        late.wait_in_line()
        for _ in range(3):
            clock.now += 1.0
            done.append("ana")
            assert turn.step()
    late.thread.join()

    assert ["ana", "ben", "ana"] == done[:3]
    assert 1003.0 == turn.seconds


def test_as_many_compute_at_once_as_may(clock: Clock) -> None:
    turns, done = Turns(2), list[str]()
    work = Work(turns, clock, of("cai"), 1, 1.0, done)
    with turns.taking(of("ana"), Pulse(), never) as first, turns.taking(of("ben"), Pulse(), never) as second:
        work.wait_in_line()
        assert (True, True, []) == (first.has, second.has, done)
        clock.now += 1.0
        first.step()
    work.thread.join()

    assert ["cai"] == done


def test_work_that_ends_while_it_waits_gets_no_turn(clock: Clock) -> None:
    turns, done, gone = Turns(1), list[str](), threading.Event()
    work = Work(turns, clock, of("ana"), 1, 1.0, done, gone.is_set)
    with held(turns):
        work.wait_in_line()
        gone.set()
        turns.nudge()
        work.thread.join()

    assert (False, []) == (turns.wanted, done)
    assert work.turn is not None
    assert not work.turn.step()


def test_a_turn_that_is_revoked_goes_to_the_next(clock: Clock) -> None:
    turns, done, pulse = Turns(1), list[str](), Pulse()
    work = Work(turns, clock, of("ben"), 1, 1.0, done)
    with turns.taking(of("ana"), pulse, never) as turn:
        work.wait_in_line()
        turns.revoke(Pulse())
        assert turn.has
        turns.revoke(pulse)
        work.thread.join()
        assert not turn.step()
        turns.hand_on(turn)

    assert ["ben"] == done


def people(*names: str, priority: Priority = Priority.INTERACTIVE) -> tuple[tuple[Owner, ...], Priority]:
    return tuple(Owner("home", name) for name in names), priority


def test_work_for_ten_people_has_ten_times_as_many_turns_as_that_of_one(clock: Clock) -> None:
    turns, done = Turns(1), list[str]()
    ten = people(*(f"chatter {number}" for number in range(10)))
    chat = Work(turns, clock, of("chat"), 40, 1.0, done, crowd=lambda: ten)
    picture = Work(turns, clock, of("ana"), 4, 1.0, done)
    with held(turns):
        chat.wait_in_line()
        picture.wait_in_line()
    for work in (chat, picture):
        work.thread.join()

    assert [*["chat"] * 10, "ana"] * 4 == done


def test_who_is_one_of_many_in_another_work_has_only_one_share(clock: Clock) -> None:
    turns, done = Turns(1), list[str]()
    chat = Work(turns, clock, of("chat"), 12, 1.0, done, crowd=lambda: people("ana", "ben"))
    pictures = [Work(turns, clock, of(name), 6, 1.0, done) for name in ("ana", "cai")]
    with held(turns):
        for work in (chat, *pictures):
            work.wait_in_line()
    for work in (chat, *pictures):
        work.thread.join()

    # Ben lends all of his turns to the chat, Ana every second of hers.
    assert [6, 4, 2] == [done[:12].count(name) for name in ("chat", "cai", "ana")]


def test_a_digest_in_common_work_is_urgent_only_beside_somebody_who_asks(clock: Clock) -> None:
    turns, done = Turns(1), list[str]()
    now, looked = [people("digest", priority=Priority.BACKGROUND)], threading.Event()

    def crowd() -> tuple[tuple[Owner, ...], Priority]:
        looked.set()
        return now[0]

    common = Work(turns, clock, of("common"), 4, 1.0, done, crowd=crowd)
    picture = Work(turns, clock, of("ana"), 4, 1.0, done)
    with held(turns):
        common.wait_in_line()
        picture.wait_in_line()
        with turns._change:
            before = list(turns._fair.order())
            now[0] = people("ben")
            looked.clear()
        turns.nudge()
        looked.wait()
    for work in (common, picture):
        work.thread.join()

    assert [picture.turn, common.turn] == before
    assert ["ana", "common"] * 4 == done


def test_work_that_waits_gives_no_sign_of_life_and_need_not(clock: Clock) -> None:
    turns = Turns(1)
    work = Work(turns, clock, of("ben"), 1, 1.0, [])
    with turns.taking(of("ana"), Pulse(), never) as turn:
        work.wait_in_line()
        assert work.pulse.since is None
        assert turn.pulse.since is not None
    work.thread.join()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["s1", "s2"]), st.floats(0.02, 3.0)), min_size=2, max_size=4))
def test_people_with_steps_of_any_length_compute_for_as_long(sizes: list[tuple[str, float]]) -> None:
    """Until the first is done, nobody of a server is ahead of another by more than a round and the longest steps."""
    clock, turns, done, ahead = Clock(), Turns(1), list[str](), 20.0
    works, seconds = [], {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "perf_counter", clock)
        with held(turns):
            for number, (server, each) in enumerate(sizes):
                seconds[str(number)] = each
                steps = int(ahead / each) + 1
                works.append(Work(turns, clock, of(str(number), server=server), steps, each, done))
                works[-1].wait_in_line()
        for work in works:
            work.thread.join()
    spent = dict.fromkeys(seconds, 0.0)
    bound = module.ROUND + 2 * max(seconds.values()) + module.SLICE
    for person in done:
        spent[person] += seconds[person]
        if max(spent.values()) >= ahead:
            break
        for server in {server for server, _ in sizes}:
            of_server = [spent[str(number)] for number, (home, _) in enumerate(sizes) if home == server]
            assert max(of_server) - min(of_server) <= bound
