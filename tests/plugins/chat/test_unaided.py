from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from bot import Card, Forward, Profile, Reply
from bot.testing import Testbed
from plugins.chat.routing_model import RoutingModel
from plugins.chat.unaided import NO, YES, Unaided
from plugins.chat.vectors import Vectors
from tests.plugins.chat.routing_plugin import Letters, Usable
from tests.plugins.conversation import Open, Said, attached, request, said, text_of

if TYPE_CHECKING:
    from plugins.chat.vectors import Matrix


class Asked:
    """A reply that notes what the person is asked, and answers."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.questions: list[tuple[str, Sequence[str]]] = []
        self.private_to = ""

    def make_private(self, person: str) -> None:
        """Note for whom."""
        self.private_to = person

    async def ask(self, question: str, choices: Sequence[str]) -> str:
        """Note the question."""
        self.questions.append((question, choices))
        return self.answers.pop(0)


@pytest.fixture(scope="module")
def unaided() -> Unaided:
    return Unaided(Vectors())


class Saying:
    """Says something where there is no language model."""

    def __init__(self, unaided: Unaided) -> None:
        self.unaided = unaided

    async def __call__(self, text: str, asked: Asked | None = None, *without: str, files: int = 0) -> list[object]:
        """What the answer is made of."""
        about = request(text, attachments=[attached(f"{number}.txt", b"x") for number in range(files)])
        answer = self.unaided.answer(
            text,
            about,
            Profile(),
            history=Said([said("Dana: The rolls were sold out at noon.")]),
            discretion=Open(),
            commands=Usable(*without),
            embeddings=Letters(),
            reply=cast("Reply", asked or Asked()),
        )
        return [item async for item in answer]


@pytest.fixture
def say(unaided: Unaided) -> Saying:
    return Saying(unaided)


async def test_a_wish_is_done_and_its_command_shown(say: Saying) -> None:
    assert ['_`/bake what:"a cherry pie"`_\n\n', Forward("bake", {"what": "a cherry pie"})] == await say(
        "bake a cherry pie"
    )


async def test_a_dangerous_command_is_shown_exactly_before_it_runs(say: Saying) -> None:
    asked = Asked(YES)

    items = await say("turn off the oven", asked)

    assert [("I understood `/oven on:no`. Shall I do that?", (YES, NO))] == asked.questions
    assert Forward("oven", {"on": "no"}) == items[-1]


async def test_what_is_not_confirmed_is_not_done(say: Saying) -> None:
    assert ["Nothing was done."] == await say("turn off the oven", Asked(NO))


async def test_what_is_missing_is_asked_for(say: Saying) -> None:
    asked = Asked("cake")

    items = await say("tell me the secret recipe", asked, files=1)

    assert [("`/secret`: `dish`? Of what.", ("bread", "cake"))] == asked.questions
    assert Forward("secret", {"dish": "cake"}) == items[-1]


async def test_a_private_command_is_private_from_the_first_word(say: Saying) -> None:
    asked = Asked("cake")

    await say("tell me the secret recipe", asked, files=1)

    assert "test:ana" == asked.private_to


async def test_what_cannot_be_asked_for_by_buttons_is_said_with_the_usage(say: Saying) -> None:
    items = await say("tell me the secret recipe", Asked("cake"))

    assert "but not `card`. Where it is written to." in str(items[0])
    assert isinstance(items[1], Card)
    assert "`/secret dish:bread|cake card:attachment`" == dict(items[1].fields)["Usage"]


async def test_what_one_may_not_use_is_said_to_be_so(say: Saying) -> None:
    items = await say("turn off the oven", None, "oven")

    assert 1 == len(items)
    assert str(items[0]).startswith("`/oven` would do that, but you may not use it here")


async def test_what_may_have_been_meant_is_offered_below_the_answer(
    say: Saying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.chat.routing.AHEAD", 9.0)
    monkeypatch.setattr("plugins.chat.lookup.LIKELY", 2.0)
    monkeypatch.setattr("plugins.chat.lookup.SURE", 2.0)

    card = (await say("bake a cherry pie"))[-1]
    long = (await say("bake " + "a very " * 30 + "tall cake"))[-1]

    assert isinstance(card, Card)
    assert isinstance(long, Card)
    assert ("Did you mean this?", '/bake what:"a cherry pie"') == (card.title, card.buttons[0].line)
    assert "/help bake" == long.buttons[0].line


async def test_what_asks_for_nothing_is_looked_up(say: Saying) -> None:
    assert "No language model is installed" in text_of(await say("thanks a lot"))


async def test_another_language_is_met_with_what_is_understood(say: Saying) -> None:
    assert "in English only" in text_of(await say("könntest du bitte einen Kuchen backen"))
    assert "in English only" not in text_of(await say("thanks a lot"))


async def test_plain_words_do_what_they_say(atelier: Testbed) -> None:
    tone = await atelier.say("please set my tone to playful")
    known = await atelier.say("what do you know about me?")
    reminder = await atelier.say("remind me tomorrow at 9 to call Ben")

    assert "/profile set name:tone value:playful" in tone.text
    assert "playful" in known.text
    assert "/reminder add" in reminder.text
    assert "call Ben" in reminder.text


async def test_an_admins_wish_is_confirmed(atelier: Testbed) -> None:
    answer = await atelier.say("don't keep any messages of this channel", person=atelier.admin, choices=[NO])

    assert "Nothing was done." == answer.text


async def test_another_start_in_this_process_learns_nothing_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[int] = []

    class Counted(RoutingModel):
        def __init__(self, texts: Sequence[str], labels: Sequence[str], vectors: Matrix) -> None:
            learned.append(len(texts))
            super().__init__(texts, labels, vectors)

    for number in range(2):
        async with Testbed(tmp_path / str(number)) as bed:
            monkeypatch.setattr("plugins.chat.routing.RoutingModel", Counted)
            assert "/profile show" in (await bed.say("what do you know about me?")).text

    assert len(learned) <= 1
