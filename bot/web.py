"""Pages of the web that people name, read for them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from bot.documents import Document, parse_document
from bot.errors import UserError


class Web(Protocol):
    """Reads pages."""

    async def read(self, url: str) -> Document:
        """The article on a page, or a file that lies there, such as a PDF.

        Only what somebody asked for is read, one page at a time, as their own browser would: nothing crawls, and so
        `robots.txt` is not asked.

        Args:
            url: Where it is, with or without `https://`.

        Raises:
            UserError: It is no address of the public web, does not answer, is too large or holds nothing to read.
        """


class WebPages:
    """Reads pages of the public web.

    Args:
        enabled: Whether any are read at all.
        allow: Hosts that may lie in private networks.
    """

    def __init__(self, *, enabled: bool = True, allow: Collection[str] = ()) -> None:
        self._enabled = enabled
        self._allow = frozenset(host.casefold() for host in allow)

    async def read(self, url: str) -> Document:
        """As in `Web`."""
        if not self._enabled:
            raise UserError("Reading web pages is switched off here; attach the text as a file instead.")
        from bot.safety.fetching import fetch

        page = await fetch(url, self._allow)
        return await parse_document(page.name, page.data, page.media_type, page.url)
