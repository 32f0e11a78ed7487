"""Finding what was said in a channel: by words, by meaning, and nothing from elsewhere."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.embeddings import Embeddings

from bot.body import State
from bot.models.tasks import Task
from bot.request import Channel, ChannelKind, MessageDeleted, Origin, Person
from bot.testing import Testbed
from plugins.find.words import QUOTE, excerpt, wanted_words

DANA, OMAR = Person("test:dana", "Dana"), Person("test:omar", "Omar")
GENERAL = Channel("general", "test:server", ChannelKind.CHANNEL, "general")
TALK = (
    (DANA, "We decided to ship the release on Thursday after the tests pass."),
    (OMAR, "The login page still breaks on small screens."),
    (DANA, "Lunch on Friday is moved to the new Italian place."),
    (OMAR, "The database migration is too long for a release night."),
    (DANA, "Über Ängste reden wir morgen, 100 % sicher."),
)


class Topics(Embeddings):
    """Knows two topics: food and everything else."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[1.0, 0.0] if {"lunch", "eat"} & set(text.lower().split()) else [0.0, 1.0] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


@pytest.fixture(params=["kept", "live"])
async def talk(atelier: Testbed, request: pytest.FixtureRequest) -> Testbed:
    """A channel with a talk in it, in the store or on the platform alone."""
    atelier.use(Task.EMBEDDINGS, Topics())
    if request.param == "kept":
        await atelier.say("/settings history on:yes", person=atelier.admin)
    for days, (person, text) in enumerate(TALK):
        await atelier.post("general", person, text, sent=atelier.clock() - timedelta(days=days))
    await atelier.post("other", DANA, "The release of the secret project.")
    if request.param == "kept":
        atelier.platform.messages.clear()
    return atelier


async def test_messages_with_the_words_come_newest_first_with_their_links(talk: Testbed) -> None:
    text = (await talk.say("/find the release")).text
    assert "2 messages with these words, newest first:" in text
    assert text.index("on Thursday") < text.index("release night")
    assert "**Dana** [Mon 09:30](https://chat.test/general/0)\n> We decided" in text
    assert "secret" not in text


async def test_an_author_and_a_time_narrow_it_down(talk: Testbed) -> None:
    await talk.post("general", OMAR, "release", sent=talk.clock())
    by_omar = (await talk.say("/find words:release from:Omar")).text
    assert "2 messages with these words" in by_omar
    assert "Dana" not in by_omar
    late = (await talk.say("/find words:release since:yesterday")).text
    assert "release night" not in late


@pytest.mark.parametrize(
    ("words", "found"), [('"too long for"', "migration"), ("ängste", "Ängste"), ("100 %", "sicher")]
)
async def test_phrases_umlauts_and_signs_are_words(talk: Testbed, words: str, found: str) -> None:
    assert found in (await talk.say(f"/find {words}")).text


async def test_with_few_such_words_what_means_the_same_comes_too(talk: Testbed) -> None:
    only = (await talk.say("/find where do we eat")).text
    assert "No message has these words; these are near in meaning:" in only
    assert "Italian place" in only
    assert "login" not in only


async def test_what_nobody_said_is_said_in_one_line(talk: Testbed) -> None:
    talk.use(Task.EMBEDDINGS, Nothing())
    body = await talk.say("/find xyzzy")
    assert State.FAILED is body.state
    assert "I find nothing about “xyzzy”" in body.text


class Nothing(Topics):
    """Knows no topic."""

    def embed_query(self, text: str) -> list[float]:
        return [0.0, 0.0]


async def test_what_was_said_to_bots_is_not_found(talk: Testbed) -> None:
    await talk.post("general", DANA, "/find xylophone", sent=talk.clock())
    await talk.post("general", DANA, "A xylophone.", sent=talk.clock(), from_bot=True)
    talk.use(Task.EMBEDDINGS, Nothing())
    assert "I find nothing" in (await talk.say("/find xylophone")).text


async def test_what_is_shown_of_a_message_goes_with_it(talk: Testbed) -> None:
    gone = await talk.post("general", OMAR, "The release is off.", sent=talk.clock())
    assert "is off" in (await talk.say("/find the release")).text
    await talk.app.receive(MessageDeleted(Origin("test", message=gone.id), GENERAL, gone.id))
    async with asyncio.timeout(10):
        while "is off" in (text := list(talk.shown["general"].values())[-1].text):
            await talk.platform.changed.wait()
    assert "release night" in text


async def test_who_does_not_want_to_be_quoted_is_not_found(talk: Testbed) -> None:
    await talk.say("/profile set name:quoted value:no", person=OMAR)
    text = (await talk.say("/find the release")).text
    assert "1 message with these words" in text
    assert "Omar" not in text


async def test_many_messages_are_read_with_progress(talk: Testbed) -> None:
    for number in range(70):
        await talk.post("general", DANA, f"number {number}", sent=talk.clock())
    await talk.say("/find eat")
    notes = [body.progress.note for body in talk.platform.states if body.progress]
    assert any(note.startswith("reading 7") for note in notes)


def test_small_words_count_only_where_there_are_no_others() -> None:
    assert ("release",) == wanted_words("the message about the release?")
    assert ("about", "the") == wanted_words("about the")
    assert ("login page", "Dana") == wanted_words('"login page" from Dana')
    assert ("?",) == wanted_words(" ? ")


def test_of_a_long_message_the_stretch_with_the_words_is_shown() -> None:
    shown = excerpt("word " * 100 + "needle " + "word " * 100, ["needle"])
    assert "needle" in shown
    assert shown.startswith("… word")
    assert shown.endswith("word …")


@given(st.text(max_size=600), st.lists(st.text(min_size=1, max_size=5), max_size=3))
def test_any_message_is_shown_on_one_line(text: str, words: list[str]) -> None:
    shown = excerpt(text, words)
    assert "\n" not in shown
    assert len(shown) <= QUOTE + 4
    assert all(wanted_words(text)) or not text.strip()


def test_a_block_of_code_that_is_cut_does_not_go_on_to_the_end_of_the_answer() -> None:
    assert "Try: python print(1)" == excerpt("Try:\n```python\nprint(1)\n```", ["try"])
