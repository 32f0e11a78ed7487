"""Pages of the web as documents."""

from __future__ import annotations

import pytest

from bot import UserError
from bot.safety import fetching
from bot.safety.fetching import Page
from bot.web import WebPages
from tests.bot.reading import making
from tests.bot.reading.test_reading import ARTICLE

URL = "https://news.example/harbour"


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> dict[str, Page]:
    """What there is at which address."""
    there: dict[str, Page] = {}

    async def fetch(url: str, allow: frozenset[str]) -> Page:
        assert allow == {"wiki.lan"}
        return there[url]

    monkeypatch.setattr(fetching, "fetch", fetch)
    return there


async def test_a_page_is_its_article_with_a_link_to_it(pages: dict[str, Page]) -> None:
    pages["news.example"] = Page(URL, "news.example", "text/html; charset=utf-8", ARTICLE.encode())

    found = await WebPages(allow=["Wiki.LAN"]).read("news.example")

    assert ("news.example", "Harbour reopens", URL) == (found.name, found.title, found.link)
    assert "The harbour opened again" in found.text


async def test_a_pdf_that_lies_there_is_read_too(pages: dict[str, Page]) -> None:
    pages[URL] = Page(URL, "harbour.pdf", "application/pdf", making.pdf("It opened."))

    assert (await WebPages(allow=["wiki.lan"]).read(URL)).parts[0].page == 1


async def test_what_is_switched_off_is_not_read() -> None:
    with pytest.raises(UserError, match="Reading web pages is switched off here; attach the text as a file"):
        await WebPages(enabled=False).read(URL)
