from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot import Embeddings, Message
from plugins.summarize.sentences import split
from plugins.summarize.supporting import MOST, Claim, Evidence
from plugins.summarize.supporting_words import numbers
from plugins.summarize.topics import Kind
from tests.bot.words import WordEmbeddings
from tests.plugins.conversation import talk

LABELLED = Path(__file__).with_name("claims.txt")

RELEASE = talk(
    "Dana: Decision: we ship version 2.0 on Friday without dark mode.",
    "Ben: I will write the release notes by Thursday.",
    "Ana: The build server was down because its disk was full.",
)


def labelled() -> Iterator[tuple[bool, list[Message], list[tuple[bool, Claim]]]]:
    """Whether they were held out, the messages, and claims about them with whether they hold."""
    held = False
    for block in LABELLED.read_text().split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        held = held or lines == ["HELD OUT"]
        messages = talk(*(line for line in lines if line[0] not in "+-" and line != "HELD OUT"))
        claims = []
        for line in lines:
            if line[0] in "+-":
                kind, _, text = line[2:].partition(": ")
                claims.append((line[0] == "+", Claim(text, tuple(range(len(messages))), Kind(kind))))
        if claims:
            yield held, messages, claims


async def one(claim: Claim, messages: Sequence[Message], embeddings: Embeddings) -> tuple[int, ...] | None:
    """The places of the messages that support a claim."""
    [found] = await Evidence(messages, embeddings, "en").check([claim])
    return None if found is None else found.sources


async def test_claims_by_hand_are_told_apart(meaning: Embeddings) -> None:
    kept = {True: 0, False: 0}
    every = {True: 0, False: 0}
    for held, messages, claims in labelled():
        found = await Evidence(messages, meaning, "en").check([claim for _, claim in claims])
        for (holds, _), supported in zip(claims, found, strict=True):
            every[holds] += held
            kept[holds] += held and supported is not None

    assert every[True] >= 18
    assert every[False] >= 25
    assert kept[True] / every[True] >= 0.9
    assert kept[False] / every[False] <= 0.12


async def test_a_claim_without_citations_finds_its_message(meaning: Embeddings) -> None:
    assert (1,) == await one(Claim("Ben will write the release notes by Thursday."), RELEASE, meaning)
    assert await one(Claim("Everybody goes to the beach tomorrow."), RELEASE, meaning) is None


async def test_numbers_of_messages_that_do_not_exist_count_as_none(meaning: Embeddings) -> None:
    assert (1,) == await one(Claim("Ben will write the release notes by Thursday.", (-1, 7, 99)), RELEASE, meaning)


async def test_a_claim_that_cites_another_message_is_dropped(meaning: Embeddings) -> None:
    assert await one(Claim("Ben will write the release notes by Thursday.", (0,)), RELEASE, meaning) is None


async def test_who_cites_everything_cites_nothing() -> None:
    messages = talk(*(f"Ana: Shelf number {number} holds paint and old brushes." for number in range(MOST + 3)))
    claim = Claim("Shelf number 4 holds paint and old brushes.", tuple(range(len(messages))))

    assert 4 == (await one(claim, messages, WordEmbeddings()) or ())[0]


async def test_a_claim_of_two_messages_names_both(meaning: Embeddings) -> None:
    claim = Claim("Version 2.0 ships on Friday and Ben will write the release notes by Thursday.", (1, 0, 2))

    assert {0, 1} == set(await one(claim, RELEASE, meaning) or ())


async def test_an_answer_makes_a_question_a_decision(meaning: Embeddings) -> None:
    asked = talk("Ben: Should we drop the old logo?", "Dana: Yes, let's drop it.")
    claim = Claim("The old logo is dropped.", (0, 1), Kind.DECISION)

    assert await one(claim, asked, meaning) is not None
    assert await one(claim, asked[:1], meaning) is None


async def test_an_owner_or_a_date_that_nobody_stated_is_left_out(meaning: Embeddings) -> None:
    text = "Ben will write the release notes by Thursday."
    right, wrong, half = await Evidence(RELEASE, meaning, "en").check(
        [
            Claim(text, (1,), Kind.ACTION, "Ben", "by Thursday"),
            Claim(text, (1,), Kind.ACTION, "Carla", "Friday 3pm"),
            Claim(text, (1,), Kind.ACTION, "Ben", "thursday notes"),
        ]
    )

    assert right is not None
    assert ("Ben", "by Thursday") == (right.claim.who, right.claim.due)
    assert wrong is not None
    assert (None, None) == (wrong.claim.who, wrong.claim.due)
    assert half is not None
    assert "thursday notes" == half.claim.due


async def test_nobody_speaks_for_somebody_else(meaning: Embeddings) -> None:
    messages = talk("Ben: Dana, I will write the release notes by Thursday.", "Dana: Thanks, Ben.")

    assert await one(Claim("Dana will write the release notes by Thursday.", (0,)), messages, meaning) is None
    assert (0,) == await one(Claim("Ben will write the release notes by Thursday.", (0,)), messages, meaning)


async def test_a_headline_is_about_messages_or_about_none(meaning: Embeddings) -> None:
    evidence = Evidence(RELEASE, meaning, "en")

    assert 0 == (await evidence.about("Version 2.0 ships on Friday", [0, 1, 2]))[0]
    assert () == await evidence.about("Version 2.0 ships on Friday", [1, 2])
    assert () == await evidence.about("Version 3.0 ships on Friday", [0, 1, 2])
    assert () == await evidence.about("cheap watches for everyone", [0, 1, 2])
    assert () == await evidence.about("anything", [])


async def test_without_messages_nothing_is_supported() -> None:
    assert await one(Claim("Something was said."), [], WordEmbeddings()) is None
    assert [] == await Evidence(RELEASE, WordEmbeddings(), "en").check([])


async def test_a_german_claim_is_checked_by_german_words() -> None:
    messages = talk(
        "Dana: Wir veröffentlichen Version 2.0 am Freitag ohne das dunkle Farbschema.",
        "Ben: Ich schreibe die Versionshinweise bis Donnerstag.",
    )
    evidence = Evidence(messages, WordEmbeddings(), "de")
    right, day, name, denied = await evidence.check(
        [
            Claim("Sie veröffentlichen Version 2.0 am Freitag ohne das dunkle Farbschema.", (0,)),
            Claim("Sie veröffentlichen Version 2.0 am Montag ohne das dunkle Farbschema.", (0,)),
            Claim("Robert schreibt die Versionshinweise bis Donnerstag.", (1,)),
            Claim("Sie veröffentlichen Version 2.0 am Freitag nicht.", (0,)),
        ]
    )

    assert right is not None
    assert (None, None, None) == (day, name, denied)


WORDS = st.sampled_from(
    "release notes disk server Friday version logo ship tested without not cannot should maybe Dana Ben 42 3.5 budget "
    "because and https://wiki.example/x config.toml meeting tomorrow Kim".split()
)
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(lambda words: " ".join(words) + ".")


@given(st.lists(TEXTS, min_size=1, max_size=4), st.data())
def test_a_sentence_of_the_message_cited_is_always_supported(texts: list[str], data: st.DataObject) -> None:
    messages = talk(*(f"Ana: {text}" for text in texts))
    place = data.draw(st.integers(0, len(messages) - 1))
    sentence = data.draw(st.sampled_from(split(messages[place].text, "en") or [messages[place].text]))

    found = asyncio.run(one(Claim(sentence, (place,)), messages, WordEmbeddings()))

    assert found == (place,)


@given(TEXTS, st.integers(2, 10**9), st.sampled_from(["{}", "{:,}", "v{}", "{}%", "{}.5", "10:{}"]), st.booleans())
def test_a_claim_with_a_foreign_number_is_never_supported(text: str, number: int, form: str, cited: bool) -> None:
    foreign = form.format(number)
    assume(not numbers(foreign, "en") <= numbers(text, "en"))
    messages = talk(f"Ana: {text}", "Ben: Something else was said here too.")

    for claim in (f"{text[:-1]} {foreign}.", f"{foreign} {text}", text.replace(" ", f" {foreign} ", 1) + foreign):
        assert asyncio.run(one(Claim(claim, (0,) if cited else ()), messages, WordEmbeddings())) is None


@given(st.text(max_size=80), st.lists(st.text(max_size=60), max_size=3), st.sampled_from(Kind))
def test_whatever_is_claimed_there_is_an_answer(text: str, said: list[str], kind: Kind) -> None:
    messages = talk(*(f"Ana: {each}" for each in said))

    found = asyncio.run(one(Claim(text, (0,), kind, who=text, due=text), messages, WordEmbeddings()))

    assert found is None or set(found) <= set(range(len(messages)))


@pytest.mark.parametrize(
    "claim",
    [
        "Ana sent the plan to @everyone.",
        "Ana sent the plan, see www.evil.example/plan.",
        "Ana sent the plan.toml to Ben.",
        "Ana sent the plan to Carla.",
        "Ana sent twelve plans to Ben.",
    ],
)
async def test_what_the_message_does_not_name_is_not_claimed(claim: str) -> None:
    messages = talk("Ana: I sent the plan to Ben, see www.wiki.example/plan.")

    assert await one(Claim(claim, (0,)), messages, WordEmbeddings()) is None
