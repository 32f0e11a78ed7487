from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import (
    Button,
    Card,
    ChannelKind,
    Cited,
    Command,
    Embeddings,
    Fact,
    Language,
    Length,
    Message,
    Plugin,
    Profile,
    Progress,
    Tone,
)
from plugins.chat.lookup import Lookup, card
from plugins.chat.vectors import Vectors
from tests.plugins.conversation import NOW, Open, Said, every, linked, request, said, talk, text_of

TALK = talk(
    "Dana: Good morning everyone!",
    "Dana: The question for today is whether the next release waits for the dark mode.",
    "Ben: I would rather wait for it.",
    "Dana: Decision: the release ships on Friday without the dark mode.",
    "Ana: The build server was down for an hour because its disk was full.",
    "Ben: Which colour should the new login button have?",
    "Lena: Blue, so that everybody can tell it from the red one.",
    "Ben: My cat is asleep on the keyboard again.",
    "Ana: I write the release notes until Thursday.",
)

QUESTIONS = [
    ("What was decided about the release?", "ships on Friday without the dark mode"),
    ("when do we ship?", "ships on Friday without the dark mode"),
    ("why was the build server down?", "its disk was full"),
    ("what colour does the login button get", "Blue, so that everybody"),
    ("who writes the release notes?", "I write the release notes"),
]

ASKED_FOR = [
    ("summarize this channel", "summarize"),
    ("what did I miss?", "catchup"),
    ("catch me up please", "catchup"),
    ("can you give me a short overview of yesterday's discussion", "summarize"),
    ("recap the last 50 messages", "summarize"),
    ("what models are installed?", "models"),
    ("what do you know about me", "profile show"),
    ("stop the digest", "digest off"),
]

HELPED_WITH = [
    ("Hi!", "I am Atelier"),
    ("who are you", "I am Atelier"),
    ("thanks!", "You are welcome."),
    ("send us a daily digest", "/digest on"),
    ("post a summary every morning at nine", "/digest on"),
    ("delete my data", "/profile erase"),
    ("set my timezone to Berlin", "name:zone"),
    ("is my data sent to the cloud?", "nothing is sent elsewhere"),
    ("how do I add a language model", "[models.chat]"),
]

FAR = [
    "what's the capital of France?",
    "tell me a joke about dogs",
    "how do I cook rice",
    "who won the football match?",
    "asdf qwer",
]


BICYCLE = Profile(facts=(Fact("1", "My bicycle is green and lives in the cellar.", None, NOW),))


class Known:
    """Every command of the plugins that come with Atelier."""

    def __init__(self) -> None:
        names = ("chat", "summarize", "catchup", "help", "models", "profile", "digest", "settings")
        plugins: list[Plugin] = [importlib.import_module(f"plugins.{name}").plugin for name in names]
        self.commands = [command for plugin in plugins for command in plugin.commands.values()]

    def all(self) -> Sequence[Command]:
        """Every one."""
        return self.commands

    def get(self, name: str) -> Command | None:
        """The one of that name."""
        return next((command for command in self.commands if command.name == name.removeprefix("/")), None)


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return Vectors()


class Asking:
    """Asks the question with what the module has read already."""

    def __init__(self, meaning: Embeddings, vectors: Vectors) -> None:
        self.meaning = meaning
        self.vectors = vectors

    async def __call__(
        self,
        question: str,
        messages: Sequence[Message] = TALK,
        profile: Profile | None = None,
        kind: ChannelKind = ChannelKind.CHANNEL,
    ) -> tuple[str, list[Card]]:
        """The answer's text and cards."""
        lookup = Lookup(question, request(kind=kind), profile or Profile(), self.meaning, self.vectors)
        items = await every(lookup.answer(Said(messages), Open(), Known()))
        return text_of(items), [item for item in items if isinstance(item, Card)]


@pytest.fixture
def ask(meaning: Embeddings, vectors: Vectors) -> Asking:
    return Asking(meaning, vectors)


@pytest.mark.parametrize(("question", "answer"), QUESTIONS)
async def test_a_question_finds_what_was_said(ask: Asking, question: str, answer: str) -> None:
    text, cards = await ask(question)

    assert answer in text
    assert [] == cards


@pytest.mark.parametrize(("question", "name"), ASKED_FOR)
async def test_a_wish_finds_its_command_with_a_button(ask: Asking, question: str, name: str) -> None:
    text, cards = await ask(question)

    assert f"`/{name}`" in text
    assert [f"/{name}"] == [card.title for card in cards]


@pytest.mark.parametrize(("question", "answer"), HELPED_WITH)
async def test_a_question_about_atelier_finds_the_help(ask: Asking, question: str, answer: str) -> None:
    assert answer in (await ask(question))[0]


@pytest.mark.parametrize("question", FAR)
async def test_what_nobody_spoke_of_is_not_made_up(ask: Asking, question: str) -> None:
    text, cards = await ask(question)

    assert text.startswith("I found nothing near that: not in the last 9 messages here")
    assert [] == cards


@pytest.mark.parametrize("question", ["when do we ship?", "what did I miss?", "who are you", "how do I cook rice"])
@pytest.mark.parametrize("tone", Tone)
async def test_every_answer_says_that_there_is_no_language_model(ask: Asking, question: str, tone: Tone) -> None:
    text, _ = await ask(question, profile=Profile(tone=tone))

    last = text.splitlines()[-1]
    assert last.startswith("_No language model is installed")
    assert "`/models`" in last


async def test_a_quote_says_who_when_and_where(ask: Asking) -> None:
    text, _ = await ask("What was decided about the release?", linked(TALK))

    assert "**Dana** [Tue 10:06](https://chat.test/m3)\n> Decision: the release ships on Friday" in text


async def test_a_question_is_shown_with_the_answer_it_got(ask: Asking) -> None:
    text, _ = await ask("which colour for the login button?", profile=Profile(length=Length.SHORT))

    assert "> Which colour should the new login button have?\n> ↳ **Lena** Tue 10:12: Blue" in text


async def test_each_quote_goes_with_its_message(meaning: Embeddings, vectors: Vectors) -> None:
    lookup = Lookup("which colour for the login button?", request(), Profile(length=Length.SHORT), meaning, vectors)
    found = await every(lookup.answer(Said(TALK), Open(), Known()))
    cited = [
        (item.text.split("> ")[1], [one.author_name for one in item.sources])
        for item in found
        if isinstance(item, Cited)
    ]
    assert [
        ("Which colour should the new login button have?", ["Ben"]),
        ("↳ **Lena** Tue 10:12: Blue, so that everybody can tell it from the red one.", ["Lena", "Ben"]),
    ] == cited


async def test_who_does_not_want_to_be_quoted_is_not(meaning: Embeddings, vectors: Vectors) -> None:
    lookup = Lookup("What was decided about the release?", request(), Profile(), meaning, vectors)
    assert "Dana" not in text_of(await every(lookup.answer(Said(TALK), Open("Dana"), Known())))


async def test_nothing_takes_the_place_of_an_answer_that_is_not_to_be_quoted(
    meaning: Embeddings, vectors: Vectors
) -> None:
    lookup = Lookup("which colour for the login button?", request(), Profile(length=Length.SHORT), meaning, vectors)
    text = text_of(await every(lookup.answer(Said(TALK), Open("Lena"), Known())))
    assert "> Which colour should the new login button have?" in text
    assert "↳" not in text


async def test_the_length_decides_how_much_is_shown(ask: Asking) -> None:
    shown = {
        length: len(
            re.findall(r"^> (?!↳)", (await ask("the release", profile=Profile(length=length)))[0], re.MULTILINE)
        )
        for length in Length
    }

    assert 1 == shown[Length.SHORT] < shown[Length.MEDIUM] <= 3
    assert shown[Length.MEDIUM] <= shown[Length.LONG] <= 5


async def test_the_profile_changes_tone_and_zone_of_english_words(ask: Asking) -> None:
    profile = Profile(tone=Tone.PLAYFUL, zone=ZoneInfo("Asia/Tokyo"), language=Language("es"))

    plain, _ = await ask("when do we ship?")
    shaped, _ = await ask("when do we ship?", profile=profile)

    assert plain.startswith("The nearest I found in the last 9 messages (times in UTC):")
    assert shaped.startswith("I rummaged through the last 9 messages and dug this up (times in Asia/Tokyo)")
    assert "Tue 19:06" in shaped


async def test_an_unknown_locale_is_no_obstacle(ask: Asking) -> None:
    profile = Profile(language=Language("xx-YY"))

    assert "Tue 10:06" in (await ask("when do we ship?", profile=profile))[0]


async def test_old_messages_have_a_date(ask: Asking) -> None:
    old = replace(TALK[3], sent=NOW - timedelta(days=28))

    assert "**Dana** 3 Feb 12:00" in (await ask("when do we ship?", [old]))[0]


async def test_those_whom_the_question_names_come_first(ask: Asking) -> None:
    messages = talk("Ana: I am working on the login page.", "Ben: I am working on the search page.")

    for name in ("Ana", "Ben"):
        text, _ = await ask(f"what is {name} working on?", messages, Profile(length=Length.SHORT))
        assert f"**{name}**" in text


async def test_a_question_asked_before_does_not_answer_itself(ask: Asking) -> None:
    question = said("Eve: What was decided about the release?", 3, id="q")
    other = said("Eve: What has been decided for the release?", 2, id="q2")
    answer = said("Bot: The nearest I found", 1, reply_to="q2")

    text, _ = await ask("what was decided about the release?", [*TALK, question, other, answer])

    assert "Eve" not in text
    assert "Bot" not in text


async def test_a_fact_is_remembered(ask: Asking) -> None:
    assert "“My bicycle is green" in (await ask("what colour is my bicycle?", profile=BICYCLE, kind=ChannelKind.DM))[0]


@pytest.mark.parametrize("kind", [ChannelKind.CHANNEL, ChannelKind.THREAD])
async def test_a_fact_is_not_told_where_others_read_along(ask: Asking, kind: ChannelKind) -> None:
    text, _ = await ask("what colour is my bicycle?", profile=BICYCLE, kind=kind)

    assert "green" not in text


async def test_markdown_in_a_name_stays_a_name(ask: Asking) -> None:
    text, _ = await ask("when do we ship?", talk("[x](y): The release ships on Friday at noon."))

    assert r"**\[x\](y)**" in text


async def test_an_empty_channel_still_answers(ask: Asking) -> None:
    assert "`/catchup`" in (await ask("what did I miss?", []))[0]
    assert "nothing near that" in (await ask("when do we ship?", []))[0]


async def test_a_long_history_reports_progress_once_and_is_fast_afterwards(meaning: Embeddings) -> None:
    vectors = Vectors()
    messages = talk(*[f"Ben: Shelf number {number} holds paint and brushes." for number in range(140)])
    lookup = Lookup("where is the paint?", request(), Profile(), meaning, vectors)

    first = await every(lookup.answer(Said(messages), Open(), Known()))
    second = await every(lookup.answer(Said(messages), Open(), Known()))

    assert Progress(0.0, "reading 140 messages") == first[0]
    assert not any(isinstance(item, Progress) for item in second)


def test_a_command_that_needs_no_option_has_a_button() -> None:
    known = Known()
    summarize, profile_set = known.get("/summarize"), known.get("profile set")
    assert summarize is not None
    assert profile_set is not None

    assert (Button("Run /summarize", "/summarize"),) == card(summarize).buttons
    assert () == card(profile_set).buttons
    assert "/profile set name:" in dict(card(profile_set).fields)["For example"]
