from __future__ import annotations

from dataclasses import replace

import pytest

from plugins.summarize.group import Group
from plugins.summarize.topics import Kind, Statement
from plugins.summarize.weighing import Interest, activity, outcome
from tests.plugins.conversation import said, talk
from tests.plugins.summarize.grouped import grouped, meant

ANA = Interest("test:ana", frozenset({"ana", "ana ruiz"}))


def _group(*lines: str) -> Group:
    return grouped(talk(*lines))


TWO = _group("Ben: The boards have arrived at last.", "Dana: The boards are green, all of them.")


@pytest.mark.parametrize(
    "more",
    [
        _group("Ben: The boards have arrived at last.", "Dana: The boards are green.", "Dana: And so is the cake."),
        _group("Ben: @here the boards have arrived at last.", "Dana: The boards are green, all of them."),
        grouped([replace(TWO.messages[0], reactions=3), TWO.messages[1]]),
    ],
)
def test_messages_mentions_of_all_and_reactions_give_weight(more: Group) -> None:
    assert activity(more) > activity(TWO)


def test_two_people_weigh_more_than_one() -> None:
    assert activity(TWO) > activity(_group("Ben: The boards have arrived at last.", "Ben: The boards are green."))


def test_what_concerns_the_reader_weighs_more_for_them() -> None:
    mentioned = _group("Ben: @Ana Ruiz, the boards have arrived.", "Dana: The boards are green, all of them.")
    own = _group("Ana: The boards have arrived at last.", "Dana: The boards are green, all of them.")

    assert activity(TWO, ANA) == activity(TWO)
    assert activity(mentioned, ANA) > activity(own, ANA) > activity(own)


def test_what_the_reader_asked_to_remember_is_an_interest() -> None:
    near = replace(ANA, facts=meant(["I look after the boards"]))
    far = replace(ANA, facts=meant(["I am vegetarian"]))

    assert activity(TWO, near) > activity(TWO, far) == activity(TWO)


def test_one_is_mentioned_by_others_and_by_ones_whole_name() -> None:
    assert ANA.mentioned(said("Ben: Ask @ana, please."))
    assert not ANA.mentioned(said("Ben: Ask @anabel, please."))
    assert not ANA.mentioned(said("Ben: Ana knows."))
    assert not ANA.mentioned(said("Ana: I am @ana."))


def test_what_came_of_it_gives_weight() -> None:
    message = said("Ben: x")

    assert 0 == outcome([Statement("x", (message,), Kind.POINT)])
    assert (
        outcome([Statement("x", (message,), Kind.DECISION)]) > outcome([Statement("x", (message,), Kind.QUESTION)]) > 0
    )
