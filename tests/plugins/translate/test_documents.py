"""`/translate` with a file."""

from __future__ import annotations

import pytest

from bot import Attachment, File
from bot.platforms.files import attachment
from bot.testing import Testbed
from plugins.translate.documents import LONGEST
from tests.bot.reading import making
from tests.plugins.translate.conftest import Loud

MARKDOWN = "# Guten Morgen\n\nWie geht es **euch** heute?[^1]\n\n```sh\nmake run\n```\n\n[^1]: https://example.org\n"


def given_file(name: str, data: str | bytes, media_type: str = "text/plain") -> Attachment:
    return attachment(File(name, data.encode() if isinstance(data, str) else data, media_type))


async def test_a_markdown_file_is_answered_by_one(atelier: Testbed, loud: Loud) -> None:
    answer = await atelier.say("/translate", attachments=[given_file("notes.md", MARKDOWN)])

    [file] = answer.files
    assert ("notes.en.md", "text/markdown") == (file.name, file.media_type)
    text = MARKDOWN.replace("Guten Morgen", "GUTEN MORGEN").replace("Wie geht es **euch** heute", "{}")
    assert text.format("WIE GEHT ES **EUCH** HEUTE") == file.data.decode()
    assert "From German." in file.caption
    assert "notes.md in English" == file.alt


async def test_every_line_of_a_text_file_stays_where_it_is(atelier: Testbed, loud: Loud) -> None:
    text = "Guten Morgen zusammen,\r\n\r\n    wie geht es euch?\r\n--- 42 ---\r\n\tBis morgen am Bahnhof."

    answer = await atelier.say("/translate", attachments=[given_file("letter.txt", text)])

    [file] = answer.files
    assert text.upper() == file.data.decode()
    assert "letter.en.txt" == file.name


async def test_the_times_of_subtitles_stay(atelier: Testbed, loud: Loud) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,500\nGuten Morgen zusammen, wie geht es euch?\n"

    answer = await atelier.say("/translate to:French", attachments=[given_file("film.srt", text)])

    assert ("film.fr.srt", text.replace("Guten", "GUTEN").upper()) == (
        answer.files[0].name,
        answer.files[0].data.decode(),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
async def test_a_file_is_read_in_whichever_encoding(atelier: Testbed, loud: Loud, encoding: str) -> None:
    text = "Schöne Grüße aus Köln, wir müssen für die Prüfung über Weihnachten üben."

    answer = await atelier.say("/translate", attachments=[given_file("a.txt", text.encode(encoding))])

    assert text.upper() == answer.files[0].data.decode()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (given_file("a.pdf", b"%PDF-1.7 words"), "a.pdf is broken; save it once more"),
        (given_file("a.bin", b"a\0b\0"), "a.bin is nothing that I can read"),
        (given_file("a.txt", " \n"), "a.txt is empty."),
        (given_file("a.txt", "x" * (LONGEST + 1)), "a.txt is longer than 100,000 characters; give me a part"),
        (given_file("a.txt", "1 2 3"), "There are no words in that to translate."),
        (given_file("a.txt", "Good morning everybody, how are you?"), "This is in English already"),
    ],
)
async def test_a_file_that_cannot_be_translated_says_why(
    atelier: Testbed, loud: Loud, file: Attachment, said: str
) -> None:
    answer = await atelier.say("/translate", attachments=[file])

    assert said in answer.text
    assert not answer.files


async def test_a_pdf_is_answered_by_its_text_as_markdown(atelier: Testbed, loud: Loud) -> None:
    data = making.pdf("Guten Morgen zusammen,\nwie geht es euch heute?", "Bis morgen am Bahnhof.")

    answer = await atelier.say("/translate", attachments=[given_file("letter.pdf", data)])

    [file] = answer.files
    assert ("letter.en.md", "text/markdown") == (file.name, file.media_type)
    assert file.data.decode() == "GUTEN MORGEN ZUSAMMEN,\nWIE GEHT ES EUCH HEUTE?\n\nBIS MORGEN AM BAHNHOF."


async def test_a_text_that_was_typed_goes_before_a_file(atelier: Testbed, loud: Loud) -> None:
    answer = await atelier.say("/translate from:de danke", attachments=[given_file("a.txt", "Guten Morgen")])

    assert answer.text.startswith("DANKE")
