from __future__ import annotations

from datetime import timedelta

import pytest

from bot import Attachment, ChatModel, Document, Embeddings, Length, Message, Profile, Summarizer, Tone, UserError
from bot.request import ADMIN, Person
from bot.testing import Testbed
from plugins.summarize import plugin, summarize, summarize_message
from tests.plugins.conversation import NOW, Said, Scripted, attached, every, request, said, talk, text_of

TALK = talk(
    "Dana: Good morning everyone!",
    "Dana: We decided to ship the next release on Friday without dark mode.",
    "Ben: I will write the release notes by Thursday.",
    "Ana: The build server was down because its disk was full.",
    "Ben: My cat is asleep on the keyboard again.",
    "Dana: Lunch was nice.",
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


async def test_a_window_without_words_is_one_honest_line(meaning: Embeddings) -> None:
    items = await every(
        summarize(
            request=request(),
            profile=Profile(),
            history=Said(),
            embeddings=meaning,
            model=None,
            summarizer=None,
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


async def test_options_go_before_the_reply(meaning: Embeddings) -> None:
    assert (await answer(meaning, reply_to=TALK[1], last=3)).startswith("3 messages by 3 people")
    assert (await answer(meaning, reply_to=TALK[1], since_hours=3)).startswith("6 messages by 3 people")


async def test_a_language_model_writes_it_where_there_is_one(meaning: Embeddings) -> None:
    assert await answer(meaning, model=Scripted("Ships on Friday.")) == "Ships on Friday."


async def test_a_summary_model_writes_it_where_there_is_no_other(meaning: Embeddings) -> None:
    model = Shortening(" Ships on Friday. ")

    assert await answer(meaning, summarizer=model) == "Ships on Friday."
    assert "Dana: We decided to ship" in model.text

    assert await answer(meaning, summarizer=model, text="All of this text is new.") == "Ships on Friday."
    assert model.text == "All of this text is new."


async def test_a_summary_model_that_says_nothing_is_reported(meaning: Embeddings) -> None:
    with pytest.raises(UserError, match="empty answer"):
        await answer(meaning, summarizer=Shortening(" "))


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


GERMAN = talk(
    "Dana: Guten Morgen zusammen, wie geht es euch heute?",
    "Dana: Wir haben beschlossen, die nächste Version am Freitag ohne das dunkle Farbschema zu veröffentlichen.",
    "Ben: Ich schreibe die Versionshinweise bis Donnerstag.",
)


async def test_a_model_is_not_given_a_language_that_it_does_not_read(meaning: Embeddings) -> None:
    model = Shortening("Nonsense.", "en")

    assert "Freitag" in await answer(meaning, Said(GERMAN), summarizer=model)
    assert "" == model.text
    assert "Nonsense." == await answer(meaning, summarizer=model)


async def test_a_model_that_reads_the_language_summarizes_it(meaning: Embeddings) -> None:
    assert "Kurz." == await answer(meaning, Said(GERMAN), summarizer=Shortening("Kurz.", "de", "en"))
