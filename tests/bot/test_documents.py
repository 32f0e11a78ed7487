"""Files that are attached, as documents."""

from __future__ import annotations

import threading

import pytest

from bot import Document, Part, UserError, documents, read_attachment, read_document, reading
from tests.bot.reading import making
from tests.plugins.conversation import attached


async def test_a_file_is_read_by_what_is_in_it() -> None:
    found = await read_document(attached("plan.docx", making.word(making.plan())), 100_000)

    assert ("plan.docx", "The plan", None) == (found.name, found.title, found.link)
    assert found.text == "\n\n".join(part.text for part in found.parts)


async def test_a_text_file_keeps_its_own_characters() -> None:
    found = await read_document(attached("a.txt", b"One.\r\n\r\nTwo. \r\n"), 100)

    assert (
        Document("a.txt", "One.\r\n\r\nTwo.", None, None, (Part("One.\r\n\r\nTwo."),), "One.\r\n\r\nTwo. \r\n") == found
    )


@pytest.mark.parametrize("claimed", [11, 3])
async def test_a_file_that_is_too_large_is_refused_whatever_it_claims(claimed: int) -> None:
    with pytest.raises(UserError, match=r"^a\.txt is larger than 10 bytes; make it smaller first\.$"):
        await read_attachment(attached("a.txt", b"x" * 11, size=claimed), 10, "make it smaller first")
    assert b"x" * 10 == await read_attachment(attached("a.txt", b"x" * 10), 10)


async def test_a_file_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(documents, "SECONDS", -0.9)
    monkeypatch.setattr(reading, "read", lambda *given: released.wait())

    try:
        with pytest.raises(UserError, match=r"I could not read slow\.pdf in .* seconds; give me a part of it"):
            await read_document(attached("slow.pdf", b"%PDF-"), 100)
    finally:
        released.set()
