"""Fetches one page of the public web for a person, and nothing from the network that this machine stands in."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bot.errors import UserError
from bot.wording import size

from .addresses import is_public

if TYPE_CHECKING:
    from aiohttp import ClientResponse
    from yarl import URL

LARGEST = 5_000_000
"""Bytes of a page, unpacked."""

SECONDS = 20.0
"""How long fetching may take, from the first look-up to the last byte."""

REDIRECTS = 5
"""How often a page may send us on."""

USER_AGENT = "Mozilla/5.0 (compatible; Atelier; reads one page that a person asked for)"
"""Says what we are; the beginning is what servers expect of whoever reads pages for people."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)
_READABLE = re.compile(r"text/|application/(?:pdf|json|xml|.*\+(?:json|xml)|octet-stream|.*officedocument|msword|rtf)")
_MOVED = frozenset({301, 302, 303, 307, 308})

Address: TypeAlias = "tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]"
"""An address as `socket.getaddrinfo` gives it: family, type, protocol, name and where to connect to."""


@dataclass(frozen=True, slots=True)
class Page:
    """What was fetched.

    Attributes:
        url: Where it was in the end.
        name: The file's name, or the host's.
        media_type: Its kind as the server says it, with the encoding.
        data: The bytes, unpacked.
    """

    url: str
    name: str
    media_type: str
    data: bytes


class _PrivateAddressError(OSError):
    """An address is none of the public internet."""


async def fetch(url: str, allow: Collection[str] = (), *, seconds: float = SECONDS, largest: int = LARGEST) -> Page:
    """Fetch a page or a file by HTTP.

    The address is looked at when the connection is made, so that a name which leads elsewhere the second time gains
    nothing; so is that of every page which this one sends us on to.

    Args:
        url: Where it is, with or without a scheme.
        allow: Hosts that may lie in private networks, in lower case.
        seconds: How long it may take in all.
        largest: Bytes that are taken at most.

    Raises:
        UserError: It cannot be fetched; one line that says why.
    """
    from aiohttp import ClientError

    place = _parsed(url)
    try:
        async with asyncio.timeout(seconds):
            for _ in range(REDIRECTS + 1):
                found = await _once(place, allow, largest)
                if isinstance(found, Page):
                    return found
                place = found
    except TimeoutError:
        raise UserError(f"{place.host} did not answer in {seconds:.0f} seconds; try again later.") from None
    except (ClientError, OSError) as error:
        raise _failed(place, error) from error
    raise UserError(f"{place.host} sends me from one page to the next without end; give me another address.")


async def _once(place: URL, allow: Collection[str], largest: int) -> Page | URL:
    """The page, or where it has moved to."""
    from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

    connector = TCPConnector(socket_factory=None if place.host in allow else _public_socket, force_close=True)
    headers = {"User-Agent": USER_AGENT, "Accept": "text/html, */*;q=0.8", "Accept-Encoding": "gzip, deflate"}
    async with (
        ClientSession(
            connector=connector, headers=headers, timeout=ClientTimeout(total=None), cookie_jar=DummyCookieJar()
        ) as session,
        session.get(place, allow_redirects=False) as response,
    ):
        if response.status in _MOVED and (location := response.headers.get("Location")):
            return _parsed(location, place)
        if response.status != 200:
            raise UserError(_refusal(place, response.status))
        kind = response.content_type
        if "Content-Type" in response.headers and not _READABLE.match(kind):
            raise UserError(
                f"What {place.host} has there is no text ({kind}); I read pages, text, PDF and Office files."
            )
        data = await _read(response, place, largest)
        name = (place.name or str(place.host)) if "html" not in kind else str(place.host)
        return Page(str(place), name, response.headers.get("Content-Type", ""), data)


def _public_socket(address: Address) -> socket.socket:
    family, kind, protocol, _, place = address
    if not is_public(str(place[0])):
        raise _PrivateAddressError("no address of the public internet")
    return socket.socket(family, kind, protocol)


def _parsed(text: str, base: URL | None = None) -> URL:
    from yarl import URL

    # Slack and Discord put brackets around addresses, and Slack a label behind a bar.
    given = text.strip().removeprefix("<").removesuffix(">").partition("|")[0] if base is None else text.strip()
    wrong = UserError(f"“{given[:100]}” is no address of a web page; it looks like https://example.org/page.")
    if not given or any(mark.isspace() for mark in given):
        raise wrong
    try:
        url = base.join(URL(given)) if base else URL(given if _SCHEME.match(given) else f"https://{given}")
        host = url.host
    except ValueError:
        raise wrong from None
    if url.scheme not in {"http", "https"} or not host:
        raise wrong
    if url.user or url.password:
        raise UserError("I sign in nowhere; give me an address without a name and a password in it.")
    return url.with_fragment(None)


async def _read(response: ClientResponse, place: URL, largest: int) -> bytes:
    too_large = UserError(
        f"What {place.host} has there is larger than {size(largest)}; give me a part of it as a file."
    )
    if (response.content_length or 0) > largest:
        raise too_large
    pieces, total = [], 0
    async for piece in response.content.iter_chunked(1 << 16):
        total += len(piece)
        # Counted as it unfolds: a small answer can hold more than fits.
        if total > largest:
            raise too_large
        pieces.append(piece)
    return b"".join(pieces)


def _refusal(place: URL, status: int) -> str:
    if status in {404, 410}:
        return f"{place.host} has no such page ({status}); check the address."
    if status in {401, 402, 403, 407, 429, 451}:
        return f"{place.host} does not let me read that page ({status}); give me its text as a file."
    return f"{place.host} answered with an error ({status}); try again later."


def _failed(place: URL, error: Exception) -> UserError:
    from aiohttp import ClientConnectorDNSError, ClientConnectorError, ClientSSLError

    if isinstance(error, ClientConnectorDNSError):
        return UserError(f"I find no host called {place.host}; check the address.")
    if isinstance(error, ClientSSLError):
        return UserError(f"{place.host} does not prove that it is {place.host}, so I read nothing from it.")
    if isinstance(error, ClientConnectorError) and isinstance(error.os_error, _PrivateAddressError):
        return UserError(
            f"{place.host} is no place of the public web; an admin can permit it by `web.allow` in the configuration."
        )
    return UserError(f"{place.host} cannot be read right now; try again later.")
