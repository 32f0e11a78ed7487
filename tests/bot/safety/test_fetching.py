"""Fetching pages from a server on this machine, which has to be permitted by name."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import UserError
from bot.safety.fetching import fetch
from tests.servers.loopback import closed_port

HERE = "127.0.0.1"
PERMITTED = {HERE}


class Site:
    """A site that answers as its paths say; its address is without the path."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.sent: dict[str, str] = {}
        self.released = asyncio.Event()
        self.url = ""
        self.port = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        self.sent = dict(request.headers)
        match request.path.strip("/").split("/", 1):
            case ["round"]:
                return web.Response(status=301, headers={"Location": "/round#again"})
            case ["status", status]:
                return web.Response(status=int(status))
            case ["to", place]:
                return web.Response(status=302, headers={"Location": place.replace("PORT", str(self.port))})
            case ["kind", kind]:
                return web.Response(body=b"data", headers={"Content-Type": kind})
            case ["packed", size]:
                body = gzip.compress(bytes(int(size)))
                return web.Response(body=body, headers={"Content-Encoding": "gzip", "Content-Type": "text/plain"})
            case ["untold", size]:
                response = web.StreamResponse(headers={"Content-Type": "text/plain"})
                response.enable_chunked_encoding()
                await response.prepare(request)
                await response.write(b"x" * int(size))
                return response
            case ["slow"]:
                await self.released.wait()
            case ["nameless"]:
                return web.Response(status=200, headers={"Content-Type": ""})
        return web.Response(text=f"This is {request.path}.", content_type="text/html", charset="utf-8")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    server = TestServer(app, host=HERE)
    await server.start_server()
    site.port = server.port or 0
    site.url = f"http://{HERE}:{site.port}"
    yield site
    site.released.set()
    await server.close()


async def refusal(url: str, *, allow: set[str] | None = None, seconds: float = 20, largest: int = 5_000_000) -> str:
    with pytest.raises(UserError) as refused:
        await fetch(url, PERMITTED if allow is None else allow, seconds=seconds, largest=largest)
    said = str(refused.value)
    assert "\n" not in said
    return said


async def test_a_page_is_fetched_and_we_say_who_asks(site: Site) -> None:
    page = await fetch(f"<{site.url}/news/today#top|the news>", PERMITTED)

    assert (f"{site.url}/news/today", HERE, b"This is /news/today.") == (page.url, page.name, page.data)
    assert page.media_type == "text/html; charset=utf-8"
    assert "Atelier" in site.sent["User-Agent"]
    assert "Cookie" not in site.sent


async def test_a_file_is_called_by_its_name(site: Site) -> None:
    assert (await fetch(f"{site.url}/kind/application/pdf", PERMITTED)).name == "pdf"
    assert (await fetch(f"{site.url}/kind/text/plain/", PERMITTED)).name == HERE


@pytest.mark.parametrize("host", [HERE, "localhost", "0x7f.1", "0.0.0.0", "[::ffff:127.0.0.1]"])
async def test_what_lies_on_this_machine_is_refused_by_whatever_name(site: Site, host: str) -> None:
    said = await refusal(f"http://{host}:{site.port}/", allow=set())

    assert "is no place of the public web; an admin can permit it by `web.allow`" in said
    assert not site.asked


async def test_a_name_that_leads_into_a_private_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def led(host: str, port: int, *rest: object, **options: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", led)

    assert "public.example is no place of the public web" in await refusal("https://public.example/", allow=set())


async def test_a_page_that_sends_us_there_is_refused(site: Site) -> None:
    said = await refusal(f"{site.url}/to/http://localhost:PORT/secret")

    assert "localhost is no place of the public web" in said
    assert ["/to/http://localhost:PORT/secret"] == site.asked


async def test_a_page_that_has_moved_is_followed(site: Site) -> None:
    assert (await fetch(f"{site.url}/to/../there", PERMITTED)).data == b"This is /there."


async def test_pages_that_send_us_round_and_round_are_given_up(site: Site) -> None:
    assert "sends me from one page to the next without end" in await refusal(f"{site.url}/round")
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("status/404", f"{HERE} has no such page (404); check the address."),
        ("status/403", f"{HERE} does not let me read that page (403); give me its text as a file."),
        ("status/500", f"{HERE} answered with an error (500); try again later."),
        ("status/302", f"{HERE} answered with an error (302); try again later."),
        ("kind/image/png", f"What {HERE} has there is no text (image/png); I read pages, text, PDF and Office files."),
        ("to/ftp://a.example/x", "“ftp://a.example/x” is no address of a web page"),
        ("to/http://[x", "“http://[x” is no address of a web page"),
    ],
)
async def test_what_cannot_be_read_says_why(site: Site, path: str, says: str) -> None:
    assert (await refusal(f"{site.url}/{path}")).startswith(says)


@pytest.mark.parametrize("path", ["packed/2000000", "untold/2000", "kind/text/html"])
async def test_what_is_too_large_is_left_where_it_is(site: Site, path: str) -> None:
    largest = 3 if path.startswith("kind") else 1000

    assert f"What {HERE} has there is larger than" in await refusal(f"{site.url}/{path}", largest=largest)


async def test_who_does_not_answer_in_time_is_given_up(site: Site) -> None:
    assert f"{HERE} did not answer in 0 seconds; try again later." == await refusal(f"{site.url}/slow", seconds=0.3)


async def test_a_host_that_does_not_prove_who_it_is_is_not_read(site: Site) -> None:
    assert "does not prove" in await refusal(f"https://{HERE}:{site.port}/")


async def test_a_host_that_is_down_or_not_there_is_named() -> None:
    assert f"{HERE} cannot be read right now; try again later." == await refusal(f"http://{HERE}:{closed_port()}/")
    assert "I find no host called nowhere.invalid; check the address." == await refusal("nowhere.invalid/page")


@pytest.mark.parametrize(
    "text", ["", "two words", "file:///etc/passwd", "javascript:alert(1)", "https://", "http://[", "http://a:b:c/"]
)
async def test_what_is_no_address_of_a_page_is_refused(text: str) -> None:
    assert "is no address of a web page; it looks like https://example.org/page." in await refusal(text)


async def test_nobody_is_signed_in_for() -> None:
    assert "I sign in nowhere" in await refusal("https://ana:secret@a.example/")
