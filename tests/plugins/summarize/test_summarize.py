from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot import (
    Attachment,
    ChatModel,
    Document,
    Embeddings,
    Format,
    Language,
    Length,
    Message,
    Profile,
    Summarizer,
    Tone,
    Translation,
    Translator,
    UserError,
)
from bot.request import ADMIN, Person
from bot.testing import Testbed
from plugins.summarize import plugin, summarize, summarize_message
from plugins.summarize.styles import FORMS, Style
from tests.plugins.conversation import NOW, Open, Said, Scripted, attached, every, linked, request, said, talk, text_of
from tests.plugins.summarize.alike import Read

TALK = talk(
    "Dana: Good morning everyone!",
    "Dana: We decided to ship the next release on Friday without dark mode.",
    "Ben: I will write the release notes by Thursday.",
    "Ana: The build server was down because its disk was full.",
    "Ben: My cat is asleep on the keyboard again.",
    "Dana: Lunch was nice.",
)


GERMAN = talk(
    "Dana: Guten Morgen zusammen, wie geht es euch heute?",
    "Dana: Wir haben beschlossen, die nächste Version am Freitag ohne das dunkle Farbschema zu veröffentlichen.",
    "Ben: Ich schreibe die Versionshinweise bis Donnerstag.",
)


class News:
    """A `Web` with one article, which keeps no address."""

    async def read(self, url: str) -> Document:
        """The article, if it is asked for."""
        assert url.strip("<>") == "https://news.example/harbour"
        text = "# Harbour *reopens*\n\nIt opened on Sunday. The city paid for it. The walls are new. Old cranes stay."
        return Document("news.example", text, "Harbour *reopens*", url)


class Shortening:
    """A `Summarizer` that keeps what it was asked."""

    def __init__(self, answer: str, *reads: str) -> None:
        self.answer = answer
        self.reads = frozenset(reads)
        self.text = ""

    async def summarize(self, text: str, words: int) -> str:
        """The answer it was given."""
        self.text = text
        return self.answer


async def answer(
    meaning: Embeddings,
    history: Said | None = None,
    *,
    model: ChatModel | None = None,
    summarizer: Summarizer | None = None,
    profile: Profile | None = None,
    reply_to: Message | None = None,
    attachments: tuple[Attachment, ...] = (),
    last: int | None = None,
    since_hours: int | None = None,
    text: str = "",
    length: Length | None = None,
    url: str | None = None,
    style: Style | None = None,
    language: Language | None = None,
    translator: Translator | None = None,
    unquoted: str = "",
) -> str:
    return text_of(
        await every(
            summarize(
                request=request(reply_to=reply_to, attachments=attachments),
                profile=profile or Profile(),
                history=history or Said(TALK),
                embeddings=meaning,
                model=model,
                summarizer=summarizer,
                last=last,
                since=None if since_hours is None else NOW - timedelta(hours=since_hours),
                text=text,
                length=length,
                url=url,
                style=style,
                language=language,
                translator=translator,
                discretion=Open(unquoted),
                meanings=Read(meaning),
                web=News(),
            )
        )
    )


async def test_summarizes_a_channel(atelier: Testbed) -> None:
    dana = Person("test:dana", "Dana")
    for message in TALK:
        await atelier.post("general", dana, message.text, sent=atelier.clock() - timedelta(hours=1))

    answer = await atelier.say("/summarize length:short")

    assert "We decided to ship the next release on Friday" in answer.text


async def test_says_so_when_nobody_said_anything(atelier: Testbed) -> None:
    answer = await atelier.say("/summarize since:2026-03-02T08:00")

    assert answer.text == "Nobody said anything here since Mon 08:00 (UTC)."


async def test_refuses_impossible_numbers_in_one_line(atelier: Testbed) -> None:
    answer = await atelier.say("/summarize last:0", person=Person("test:x", "X", roles=frozenset({ADMIN})))

    assert "last" in answer.text
    assert "\n" not in answer.text


async def test_the_profile_changes_the_summary(meaning: Embeddings) -> None:
    plain = await answer(meaning)
    friendly = await answer(meaning, profile=Profile(tone=Tone.FRIENDLY, length=Length.SHORT))

    assert plain != friendly
    assert friendly.startswith("Here is what matters")


async def test_who_wants_no_lists_gets_none(meaning: Embeddings) -> None:
    plain = Profile(format=Format.PLAIN)

    assert "\n\n**Dana** 10:02 — We decided to ship" in await answer(meaning, profile=plain)
    assert "\n- " not in await answer(meaning, Said(TALK[1:3]), profile=plain, model=Scripted(NOTES))


async def test_a_window_without_words_is_one_honest_line(meaning: Embeddings) -> None:
    items = await every(
        summarize(
            request=request(),
            profile=Profile(),
            history=Said(),
            embeddings=meaning,
            model=None,
            summarizer=None,
            translator=None,
            discretion=Open(),
            meanings=Read(meaning),
            web=News(),
            start=NOW - timedelta(hours=2),
            end=NOW,
        )
    )

    assert items == ["Nobody said anything here between Tue 10:00 and Tue 12:00 (UTC)."]
    assert await answer(meaning, Said(), last=5) == "Nobody said anything here that I can read."


async def test_a_given_text_goes_before_everything(meaning: Embeddings) -> None:
    text = "The store closes for good on Friday. Its shelves are sold. The paint is kept. The lamps are gone."

    assert "The text (4 sentences)" in await answer(meaning, text=text, attachments=(attached("a.txt", b"x"),))


@pytest.mark.parametrize("text", ["3", "last 3", "the last 3 messages", " 3 messages "])
async def test_a_bare_number_is_how_many_messages(meaning: Embeddings, text: str) -> None:
    assert (await answer(meaning, text=text)).startswith("3 messages by 3 people")


async def test_a_bare_time_is_since_when(atelier: Testbed) -> None:
    dana = Person("test:dana", "Dana")
    for message in TALK:
        await atelier.post("general", dana, message.text, sent=atelier.clock() - timedelta(hours=60))
        await atelier.post("general", dana, message.text, sent=atelier.clock() - timedelta(hours=1))

    assert (await atelier.say("/summarize yesterday")).text.startswith("6 messages by 1 person, since Sun 00:00")
    assert (await atelier.say("/summarize 4")).text.startswith("4 messages by 1 person, since Mon 08:30")


@pytest.mark.parametrize("text", ["hello", "the release", "please do it now", "tomorrow"])
async def test_a_text_too_short_to_summarize_is_answered_with_what_to_type(meaning: Embeddings, text: str) -> None:
    with pytest.raises(UserError, match=r"too short to summarize\. .* `/summarize last:20` or `/summarize since:yest"):
        await answer(meaning, text=text, model=Scripted("Something made up."))


async def test_times_are_told_in_the_zone_asked_for(atelier: Testbed) -> None:
    answer = await atelier.say("/summarize since:2026-03-02T08:00 zone:Tokyo")

    assert answer.text == "Nobody said anything here since Mon 17:00 (Asia/Tokyo)."


async def test_a_file_that_came_along_is_summarized(meaning: Embeddings) -> None:
    data = b"The store closes for good on Friday. Its shelves are sold. The paint is kept here."

    assert (await answer(meaning, attachments=(attached("a.txt", data),))).startswith("a.txt (3 sentences)")


async def test_a_page_of_the_web_is_summarized(meaning: Embeddings) -> None:
    said = await answer(meaning, url="https://news.example/harbour", attachments=(attached("a.txt", b"x"),))

    assert said.startswith(r"“Harbour \*reopens\*” on news.example (3 sentences)")
    assert said == await answer(meaning, text=" <https://news.example/harbour> ")


async def test_a_page_on_this_machine_is_not_read(atelier: Testbed) -> None:
    assert "localhost is no place of the public web" in (await atelier.say("/summarize http://localhost:1/")).text


async def test_a_reply_summarizes_from_that_message_on(meaning: Embeddings) -> None:
    assert (await answer(meaning, reply_to=TALK[1])).startswith("5 messages by 3 people")


LONG = " ".join(f"The pump of floor {number} was checked and works as it should." for number in range(1, 8))


@pytest.mark.parametrize("written", [None, "All pumps work. Nothing is to be done."])
async def test_what_is_told_of_a_long_message_goes_with_it(atelier: Testbed, written: str | None) -> None:
    message = await atelier.post("general", Person("test:dana", "Dana"), LONG)
    if written:
        atelier.use_chat(Scripted(written))

    body = await atelier.say("/summarize", reply_to=message)

    assert (written or "Dana’s message (7 sentences) — the main points:") in body.text
    [(place, piece)] = body.cited
    assert (0, body.text, [message.id]) == (place, piece.text, [source.id for source in piece.sources])


async def test_a_long_message_by_somebody_who_does_not_want_to_be_quoted_is_not_told_of(meaning: Embeddings) -> None:
    with pytest.raises(UserError, match="does not want to be quoted"):
        await answer(meaning, reply_to=said(f"Dana: {LONG}"), unquoted="Dana")
    assert "pump" in await answer(meaning, reply_to=said(f"Bot: {LONG}"), unquoted="Bot")


async def test_options_go_before_the_reply(meaning: Embeddings) -> None:
    assert (await answer(meaning, reply_to=TALK[1], last=3)).startswith("3 messages by 3 people")
    assert (await answer(meaning, reply_to=TALK[1], since_hours=3)).startswith("6 messages by 3 people")


NOTES = json.dumps(
    {
        "headline": "The next release",
        "decisions": [{"text": "The next release ships on Friday without dark mode.", "messages": [1, 2]}],
        "points": [{"text": "Carla is on holiday until Monday.", "messages": [1]}],
    }
)


async def test_a_language_model_writes_what_its_messages_bear_out(meaning: Embeddings) -> None:
    said = await answer(meaning, Said(linked(TALK[1:2])), model=Scripted(NOTES))

    assert "- The next release ships on Friday without dark mode. (**Dana** [10:02](https://chat.test/m1))" in said
    assert "Carla" not in said
    assert "quotes" not in said


async def test_a_written_summary_names_the_messages_that_it_rests_on(atelier: Testbed) -> None:
    decided = "We decided to ship the next release on Friday without dark mode."
    message = await atelier.post("general", Person("test:dana", "Dana"), decided)
    atelier.use_chat(Scripted(NOTES))

    body = await atelier.say("/summarize style:decisions")

    assert "The next release ships on Friday without dark mode." in body.text
    assert {message.id} == {source.id for _, piece in body.cited for source in piece.sources}


async def test_a_language_model_that_writes_nothing_true_is_told_of(meaning: Embeddings) -> None:
    said = await answer(meaning, model=Scripted("Everybody won a new car."))

    assert "car" not in said.replace("because", "")
    assert "ship the next release on Friday" in said
    assert said.endswith("_These are quotes: the language model gave nothing that the messages bear out._")


async def test_a_language_model_streams_what_it_writes_of_a_text(meaning: Embeddings) -> None:
    assert "Ships on Friday." == await answer(
        meaning, model=Scripted("Ships on Friday."), text="All of this text is new."
    )


async def test_a_summary_model_writes_it_where_there_is_no_other(meaning: Embeddings) -> None:
    model = Shortening(" The build server was down because its disk was full. ")

    said = await answer(meaning, summarizer=model)
    assert "- The build server was down because its disk was full. (**Ana** 10:06)" in said

    assert model.answer.strip() == await answer(meaning, summarizer=model, text="All of this text is new.")
    assert "All of this text is new." == model.text
    listed = await answer(meaning, summarizer=model, text="All of this text is new.", style=Style.BULLETS)
    assert f"- {model.answer.strip()}" == listed


async def test_a_summary_model_that_says_nothing_of_a_text_is_reported(meaning: Embeddings) -> None:
    with pytest.raises(UserError, match="empty answer"):
        await answer(meaning, summarizer=Shortening(" "), text="All of this text is new.")


@pytest.mark.parametrize("style", Style)
async def test_a_conversation_is_told_in_every_style_without_a_language_model(
    meaning: Embeddings, style: Style
) -> None:
    said = await answer(meaning, style=style)

    assert "ship the next release on Friday without dark mode" in said
    assert "no language model is installed" in said


async def test_decisions_are_told_alone_where_they_are_asked_for(atelier: Testbed) -> None:
    dana = Person("test:dana", "Dana")
    for message in TALK:
        await atelier.post("general", dana, message.text, sent=atelier.clock() - timedelta(hours=1))

    said = (await atelier.say("/summarize style:decisions")).text

    assert "decisions and tasks" in said
    assert "ship the next release on Friday" in said
    assert "cat" not in said


async def test_only_greetings_are_no_topic(meaning: Embeddings) -> None:
    hello = Said(talk("Dana: Hi!", "Ben: lol 😂"))

    assert "nothing to summarize" in await answer(meaning, hello, style=Style.MINUTES)
    assert "nothing to summarize" in await answer(meaning, hello, model=Scripted(NOTES))


@pytest.mark.parametrize("style", FORMS)
async def test_a_style_of_a_text_that_needs_a_language_model_says_so(meaning: Embeddings, style: Style) -> None:
    text = "The store closes for good on Friday. Its shelves are sold. The paint is kept. The lamps are gone."

    with pytest.raises(UserError, match="needs a language model"):
        await answer(meaning, text=text, style=style)


async def test_who_likes_lists_gets_the_points_of_a_text_as_one(meaning: Embeddings) -> None:
    text = "The store closes for good on Friday. Its shelves are sold. The paint is kept. The lamps are gone."

    assert "\n- " in await answer(meaning, text=text, profile=Profile(format=Format.BULLETS))
    assert "\n- " in await answer(meaning, text=text, style=Style.BULLETS)
    assert "\n- " not in await answer(meaning, text=text)


async def test_who_does_not_want_to_be_quoted_is_not(meaning: Embeddings) -> None:
    assert "Dana" not in await answer(meaning, unquoted="Dana")


class Bracketing:
    """A `Translator` that puts everything in brackets."""

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """Each text in brackets."""
        return [Translation(f"({source}>{target} {text})", 0.5) for text in texts]


async def test_what_is_quoted_is_translated_for_the_reader(meaning: Embeddings) -> None:
    said = await answer(meaning, Said(GERMAN), language=Language("en"), translator=Bracketing())

    assert "— (de>en Wir haben beschlossen" in said
    assert said.endswith("_Translated from German by a model._")


async def test_without_a_translator_it_is_left_and_said_so(meaning: Embeddings) -> None:
    said = await answer(meaning, Said(GERMAN), profile=Profile(language=Language("en")))

    assert "— Wir haben beschlossen" in said
    assert "_Left in German: no installed model translates that into English; `/models` shows how to add one._" in said


async def test_the_points_of_a_text_are_translated_too(meaning: Embeddings) -> None:
    text = "The store closes for good on Friday. Its shelves are sold. The paint is kept. The lamps are gone."
    model = Shortening("The store closes for good on Friday and everything in it is sold.")

    quoted = await answer(meaning, text=text, language=Language("fr"), translator=Bracketing())
    written = await answer(meaning, text=text, language=Language("fr"), translator=Bracketing(), summarizer=model)

    assert "(en>fr " in quoted
    assert written.startswith("(en>fr The store closes")
    assert "_Translated from English by a model." in written


async def test_a_message_is_summarized_from_its_menu(meaning: Embeddings) -> None:
    items = await every(
        summarize_message(
            message=TALK[0],
            request=request(),
            profile=Profile(),
            history=Said(TALK),
            embeddings=meaning,
            model=None,
            summarizer=None,
            translator=None,
            discretion=Open(),
            meanings=Read(meaning),
        )
    )

    assert text_of(items).startswith("6 messages by 3 people, since Tue 10:00")
    assert plugin.commands["Summarize"].menu


async def test_a_short_message_with_nothing_after_it_is_refused(meaning: Embeddings) -> None:
    with pytest.raises(UserError, match="nothing was said after it"):
        await answer(meaning, Said(), reply_to=said("Dana: Fine."))


async def test_what_is_yet_to_come_cannot_be_summarized(atelier: Testbed) -> None:
    assert "in the future" in (await atelier.say("/summarize since:tomorrow 9am")).text
    assert "in the future" in (await atelier.say("/summarize start:2030-01-01")).text


async def test_a_model_is_not_given_a_language_that_it_does_not_read(meaning: Embeddings) -> None:
    model = Shortening("Nonsense.", "en")

    assert "Freitag" in await answer(meaning, Said(GERMAN), summarizer=model)
    assert "Freitag" in await answer(meaning, text=" ".join(each.text for each in GERMAN), summarizer=model)
    assert "" == model.text


async def test_a_model_that_reads_the_language_summarizes_it(meaning: Embeddings) -> None:
    text = " ".join(each.text for each in GERMAN)

    assert "Kurz." == await answer(meaning, text=text, summarizer=Shortening("Kurz.", "de", "en"))
