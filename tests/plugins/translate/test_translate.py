"""`/translate`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot import Channel, ChannelKind, Message, ModelMissing, ModelStatus, Person, Task, Translation
from bot.body import State
from bot.cited import GONE
from bot.config import Config, ModelsConfig, Store
from bot.models import files
from bot.request import MessageDeleted, Origin, Request
from bot.testing import SERVER, Testbed
from plugins.translate.work import LETTERS, LINES, Work, grouped
from tests.plugins.conversation import Scripted
from tests.plugins.translate.conftest import Loud

GERMAN = "Guten Morgen zusammen, wie geht es euch heute?"

DANA, BEN = Person("test:dana", "Dana"), Person("test:ben", "Ben")


class NoModels:
    """`Models` where there are none."""

    async def all(self) -> list[ModelStatus]:
        """None."""
        return []


class Named:
    """`Models` where none of those named is installed."""

    def __init__(self, *names: str) -> None:
        self._names = names

    async def all(self) -> list[ModelStatus]:
        """Each of them."""
        return [
            ModelStatus(
                name=name,
                task=Task.TRANSLATION,
                installed=False,
                chosen=False,
                licence="",
                disk=310_000_000,
                memory=None,
                note="",
            )
            for name in self._names
        ]


async def replied(bed: Testbed, text: str) -> Message:
    return await bed.post("general", DANA, text)


async def test_a_text_is_translated_into_english_where_nobody_chose_a_language(atelier: Testbed, loud: Loud) -> None:
    answer = await atelier.say(f"/translate {GERMAN}")

    assert f"{GERMAN.upper()}\n\n_From German._" == answer.text
    assert [("de", "en")] == loud.pairs


async def test_it_is_translated_into_the_language_of_the_profile(atelier: Testbed, loud: Loud) -> None:
    await atelier.say("/profile set name:language value:French")

    await atelier.say(f"/translate {GERMAN}")

    assert [("de", "fr")] == loud.pairs


async def test_else_into_the_language_of_the_client(atelier: Testbed, loud: Loud) -> None:
    await atelier.say(f"/translate {GERMAN}", person=replace(atelier.ana, locale="pt-BR"))

    assert [("de", "pt-BR")] == loud.pairs


async def test_languages_can_be_named_before_the_text(atelier: Testbed, loud: Loud) -> None:
    answer = await atelier.say("/translate from:German to:Brazilian Portuguese danke")

    assert [(["danke"], "de", "pt-BR")] == loud.asked
    assert "_From German._" in answer.text


async def test_what_must_not_change_does_not(atelier: Testbed, loud: Loud) -> None:
    answer = await atelier.say(
        "/translate keep:Schneefuchs,Eva text:Bitte sieh dir heute **unbedingt** `make run` und "
        "https://example.org/a_b an, sagt Eva zum Schneefuchs :tada: <@12>"
    )

    assert (
        "BITTE SIEH DIR HEUTE **UNBEDINGT** `make run` UND https://example.org/a_b AN, SAGT Eva ZUM Schneefuchs "
        ":tada: <@12>"
    ) in answer.text


async def test_the_message_that_was_replied_to_is_translated(atelier: Testbed, loud: Loud) -> None:
    answer = await atelier.say("/translate", reply_to=await replied(atelier, GERMAN))

    assert GERMAN.upper() in answer.text


async def test_the_translation_of_a_message_goes_with_it(atelier: Testbed, loud: Loud) -> None:
    message = await replied(atelier, GERMAN)
    await atelier.say("/translate", reply_to=message)
    general = Channel("general", SERVER, ChannelKind.CHANNEL, "general")

    await atelier.app.receive(MessageDeleted(Origin("test", message=message.id), general, message.id))

    async with asyncio.timeout(10):
        while GERMAN.upper() in (text := list(atelier.shown["general"].values())[-1].text):
            await atelier.platform.changed.wait()
    assert GONE == text


async def test_a_message_is_translated_from_its_menu_for_the_person_alone(atelier: Testbed, loud: Loud) -> None:
    message = await replied(atelier, GERMAN)
    request = Request(
        origin=Origin("test", message="menu"),
        person=atelier.ana,
        channel=Channel("general", SERVER, ChannelKind.CHANNEL, "general"),
        command="Translate",
        reply_to=message,
        received=atelier.clock(),
    )

    running = atelier.app.dispatcher.submit(request)
    await running.task

    assert f"{GERMAN.upper()}\n\n_From German._" == running.reply.body.text
    assert running.reply.private


@pytest.mark.parametrize("line", ["/translate Good morning everybody, how are you?", "/translate from:en hello"])
async def test_what_is_in_the_language_already_says_so(atelier: Testbed, loud: Loud, line: str) -> None:
    answer = await atelier.say(line)

    assert "This is in English already; `to:` names another language, such as `to:French`." == answer.text
    assert [] == loud.asked


async def test_a_few_words_are_translated_with_a_word_of_doubt(atelier: Testbed, loud: Loud) -> None:
    answer = await atelier.say("/translate danke")

    assert "I take this for German but am not sure; `from:` says which language it is." in answer.text


async def test_a_few_words_that_may_be_in_the_language_already_are_not_translated(atelier: Testbed, loud: Loud) -> None:
    answer = await atelier.say("/translate hi")

    assert answer.text.startswith("This seems to be in English already; `from:` says what it is in")


async def test_a_text_in_two_languages_says_so(atelier: Testbed, loud: Loud) -> None:
    answer = await atelier.say(
        "/translate text:Das ist ein Test für dich, mein lieber Freund. And this is what I wrote in English yesterday."
    )

    assert "with some" in answer.text
    assert [("de", "en")] == loud.pairs


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Translation("", 0.9, via="en"), "By way of English, as no installed model goes straight._"),
        (
            Translation("", 0.1, doubtful=True, advice="atelier models pull x"),
            "The model is not sure of this: check it before you rely on it. `atelier models pull x` installs another",
        ),
        (Translation("", 0.1, doubtful=True), "check it before you rely on it._"),
    ],
)
async def test_what_is_doubtful_or_took_a_detour_says_so(
    atelier: Testbed, loud: Loud, answer: Translation, said: str
) -> None:
    loud.answer = answer

    assert said in (await atelier.say(f"/translate {GERMAN}")).text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "/translate",
            "Give me a text: `/translate Guten Morgen`, attach a file, reply to a message, or say `last:20`.",
        ),
        ("/translate 42 🎉 https://example.org", "There are no words in that to translate."),
        ("/translate to:nonsense hello", "no language is called “nonsense”"),
        ("/translate last:5", "Nobody said anything here that I can read."),
    ],
)
async def test_what_cannot_be_translated_says_what_to_do(atelier: Testbed, loud: Loud, line: str, said: str) -> None:
    answer = await atelier.say(line)

    assert said in answer.text
    assert State.FAILED is answer.state


async def test_a_message_without_text_says_so(atelier: Testbed, loud: Loud) -> None:
    answer = await atelier.say("/translate", reply_to=await replied(atelier, " "))

    assert "That message has no text to translate." == answer.text


async def test_a_thread_is_translated_with_who_said_what(atelier: Testbed, loud: Loud) -> None:
    thread = Channel("thread", SERVER, ChannelKind.THREAD, "release", parent="general")
    for person, text in [
        (DANA, "Guten Morgen zusammen!\n- erstens kommt das Release\n- zweitens die Pause"),
        (BEN, "Hi all, how are you doing today?"),
        (DANA, "Ben schreibt bis Donnerstag die Notizen."),
        (DANA, "ok"),
        (BEN, "🎉"),
        (BEN, "Le renard dort dans la neige."),
    ]:
        await atelier.post("thread", person, text)
    await atelier.post("thread", Person("test:bot", "Bot"), "Ich bin ein Bot.", from_bot=True)

    answer = await atelier.say("/translate", channel=thread)

    assert answer.text.startswith("6 messages, from German and French to English:\n\n")
    assert "**Dana** (Mon 09:30):\nGUTEN MORGEN ZUSAMMEN!\n- ERSTENS KOMMT DAS RELEASE" in answer.text
    assert "**Ben** (Mon 09:30): Hi all, how are you doing today?" in answer.text
    assert "**Dana** (Mon 09:30): Ben SCHREIBT BIS DONNERSTAG DIE NOTIZEN." in answer.text
    assert "**Ben** (Mon 09:30): LE RENARD DORT DANS LA NEIGE." in answer.text
    assert "🎉" in answer.text
    assert "Bot" not in answer.text
    assert [("de", "en"), ("fr", "en")] == loud.pairs


async def test_the_last_messages_of_a_channel_are_translated(atelier: Testbed, loud: Loud) -> None:
    for text in ("Das war gestern schon so.", "Heute ist alles anders geworden."):
        await replied(atelier, text)

    answer = await atelier.say("/translate last:1")

    assert answer.text.startswith("1 message, from German to English:")
    assert "GESTERN" not in answer.text


async def test_messages_that_are_all_in_the_language_say_so(atelier: Testbed, loud: Loud) -> None:
    await replied(atelier, "Hi all, how are you doing today?")

    assert (await atelier.say("/translate last:5")).text.startswith("This is in English already")


async def test_messages_are_in_the_language_that_was_named(atelier: Testbed, loud: Loud) -> None:
    for text in ("danke", "Hi all, how are you doing today?", "42"):
        await replied(atelier, text)

    await atelier.say("/translate last:5 from:de")

    assert [(["danke"], "de", "en")] == loud.asked


async def test_a_translated_message_goes_with_the_message(atelier: Testbed, loud: Loud) -> None:
    gone = await replied(atelier, "Das war gestern schon so.")
    await replied(atelier, "Heute ist alles anders geworden.")
    await atelier.say("/translate last:2")
    general = Channel("general", "test:server", ChannelKind.CHANNEL, "general")
    await atelier.app.receive(MessageDeleted(Origin("test", message=gone.id), general, gone.id))
    async with asyncio.timeout(10):
        while "GESTERN" in (text := list(atelier.shown["general"].values())[-1].text):
            await atelier.platform.changed.wait()
    assert "HEUTE IST ALLES ANDERS GEWORDEN." in text


async def test_who_does_not_want_to_be_quoted_is_not_translated_for_all(atelier: Testbed, loud: Loud) -> None:
    await replied(atelier, "Heute ist alles anders geworden.")
    await atelier.say("/profile set name:quoted value:no", person=DANA)
    answer = await atelier.say("/translate last:2")
    assert "Nobody said anything here that I can read." in answer.text


async def test_the_last_messages_are_those_of_people(atelier: Testbed, loud: Loud) -> None:
    for text in ("Das ist zu alt.", GERMAN, "Wir gehen heute Abend ins Kino.", "/help", "@atelier /models", "!roll"):
        await replied(atelier, text)

    answer = await atelier.say("/translate last:2")

    assert [([GERMAN, "Wir gehen heute Abend ins Kino."], "de", "en")] == loud.asked
    assert answer.text.startswith("2 messages, from German to English:")


async def test_a_long_text_is_translated_in_parts_with_progress(atelier: Testbed, loud: Loud) -> None:
    text = "\n".join(f"Zeile {number} über den Fuchs im tiefen Schnee." for number in range(60))
    told: list[tuple[float, str]] = []

    async def tell(done: float, note: str) -> None:
        told.append((done, note))

    [answer] = await Work(loud, None, NoModels(), tell).translate([text], "de", "en")

    assert [
        (0, "translating part 1 of 3"),
        (1 / 3, "translating part 2 of 3"),
        (2 / 3, "translating part 3 of 3"),
    ] == told
    assert "ZEILE 59 ÜBER DEN FUCHS" in answer
    assert [24, 24, 12] == [len(lines) for lines, _, _ in loud.asked]


async def test_where_there_is_no_model_to_name_help_is() -> None:
    async def tell(done: float, note: str) -> None:
        """Nobody looks."""

    with pytest.raises(ModelMissing, match="`/models` shows how to add one"):
        await Work(None, None, NoModels(), tell).translate(["hallo"], "de", "en")


async def test_the_small_model_that_comes_with_atelier_translates_what_people_say_every_day(atelier: Testbed) -> None:
    answer = await atelier.say("/translate to:es Kannst du mir helfen, `make` auszuführen?")

    assert "`make`" in answer.text
    assert State.DONE is answer.state
    assert "_From German." in answer.text


async def test_without_any_model_the_one_of_the_pair_is_named() -> None:
    async def tell(done: float, note: str) -> None:
        """Nobody looks."""

    with pytest.raises(ModelMissing, match=r"run `atelier models pull opus-mt-de-en` \(310 MB\)"):
        await Work(None, None, Named("m2m100-418m", "opus-mt-en-de", "opus-mt-de-en"), tell).translate(
            ["hallo"], "de", "en"
        )


async def test_without_any_model_a_rare_pair_names_one_of_many_languages(atelier: Testbed) -> None:
    answer = await atelier.say("/translate from:Swahili to:Icelandic habari")

    assert "run `atelier models pull m2m100-418m` (1.9 GB)" in answer.text


async def test_a_model_that_lacks_one_of_the_languages_is_not_named(atelier: Testbed) -> None:
    answer = await atelier.say("/translate from:Maltese to:Icelandic bonġu")

    assert "run `atelier models pull nllb-200-600m` (2.5 GB)" in answer.text


async def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    models = ModelsConfig(dir=tmp_path, use={"translation": str(tmp_path / "absent")})
    config = Config(store=Store(url=f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}"), models=models)

    async with Testbed(tmp_path, config=config) as bed:
        answer = await bed.say(f"/translate {GERMAN}")

    assert "There is no model in the folder absent, which" in answer.text


async def test_a_language_model_translates_what_the_translator_doubts(atelier: Testbed, loud: Loud) -> None:
    loud.answer = Translation("", 0.1, doubtful=True)
    atelier.use(Task.CHAT, Scripted("Good morning everyone, how are you today?"))

    answer = await atelier.say(f"/translate {GERMAN}")

    assert answer.text.startswith("Good morning everyone, how are you today?")
    assert "not sure" not in answer.text


async def test_a_language_model_translates_where_there_is_no_other(
    atelier: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "STARTER", tmp_path)
    atelier.use(Task.CHAT, Scripted("Please run %1 today"))

    answer = await atelier.say("/translate Bitte führe heute noch `make` aus <@12>")

    assert answer.text.startswith("Please run `make` today <@12>")
    assert "_From German. Translated by the language model._" in answer.text


async def test_a_language_model_helps_out_where_no_other_knows_the_languages(atelier: Testbed, loud: Loud) -> None:
    loud.missing.add(("de", "en"))
    atelier.use(Task.CHAT, Scripted("Good morning everyone, how are you today?"))

    answer = await atelier.say(f"/translate {GERMAN}")

    assert answer.text.startswith("Good morning everyone, how are you today?")
    assert "Translated by the language model." in answer.text


async def test_without_a_language_model_a_pair_that_is_not_known_is_named(atelier: Testbed, loud: Loud) -> None:
    loud.missing.add(("de", "en"))

    assert "No installed model translates that." == (await atelier.say(f"/translate {GERMAN}")).text


def test_lines_are_grouped_by_number_and_length() -> None:
    assert [] == list(grouped([]))
    assert [LINES, 1] == [len(group) for group in grouped(["a"] * (LINES + 1))]
    assert [["a" * LETTERS], ["b"]] == list(grouped(["a" * LETTERS, "b"]))
