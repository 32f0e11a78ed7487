"""The playground over HTTP, as browsers, proxies and attackers reach it."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import websockets
from pydantic import SecretStr

from bot.body import Body, File, State
from bot.config import Web
from bot.errors import ConfigError
from bot.platform import Address, Audience
from bot.platforms.web import login
from bot.platforms.web.playground import Playground
from bot.platforms.workspace import Workspace
from bot.request import ChannelKind, Event
from tests.bot.platforms.web.scripted import COMMANDS, png

SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"

Start = Callable[..., Awaitable[Playground]]


async def nothing(_event: Event) -> None:
    """Receive an event and do nothing."""


async def ready() -> dict[str, bool]:
    return {"store": True, "plugins": True}


async def half_ready() -> dict[str, bool]:
    return {"store": True, "plugins": False}


async def metrics() -> str:
    return "atelier_up 1\n"


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts playgrounds and stops them after the test."""
    running: list[Playground] = []

    async def start_one(
        readiness: Callable[[], Awaitable[dict[str, bool]]] | None = ready, **config: object
    ) -> Playground:
        playground = Playground(Web.model_validate({"port": 0, **config}), Workspace(), readiness, metrics)
        running.append(playground)
        await playground.start(nothing)
        return playground

    yield start_one
    for playground in running:
        await playground.stop()


async def get(playground: Playground, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=playground.url) as client:
        return await client.get(path, headers=headers)


async def test_the_page_is_served_without_the_web(start: Start) -> None:
    playground = await start()

    page = await get(playground, "/", accept="text/html")

    assert page.status_code == 200
    assert "<title>Atelier</title>" in page.text
    assert "https://" not in page.text.replace("https://example.org", "")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_it_can_be_started_again_in_the_same_process(start: Start) -> None:
    first = await start()
    await first.stop()
    second = await start()

    assert (await get(second, "/")).status_code == 200


async def test_health_readiness_and_metrics_are_told(start: Start) -> None:
    playground = await start()
    health, readiness, counted = [await get(playground, path) for path in ("/healthz", "/readyz", "/metrics")]

    assert (health.status_code, health.text) == (200, "ok")
    assert readiness.json() == {"ready": True, "parts": {"store": True, "plugins": True}}
    assert counted.text == "atelier_up 1\n"


async def test_what_is_not_ready_answers_503(start: Start) -> None:
    answer = await get(await start(half_ready), "/readyz")

    assert (answer.status_code, answer.json()["parts"]["plugins"]) == (503, False)


async def test_assets_are_served_and_nothing_beside_them(start: Start) -> None:
    playground = await start()

    assert (await get(playground, "/assets/style.css")).headers["content-type"].startswith("text/css")
    assert (await get(playground, "/assets/login.py")).status_code == 404
    assert (await get(playground, "/assets/..%2Flogin.py")).status_code == 404


async def test_files_are_served_so_that_none_can_act_as_a_page(start: Start) -> None:
    playground = await start()
    body = Body(files=(File("a.png", png(), "image/png"), File("a.html", b"<script>", "text/html")), state=State.DONE)
    await playground.post(Address("general"), body, "k")
    conversation = playground._conversation
    assert conversation is not None
    picture = await get(playground, conversation.file_url("general", "k", 0))
    page = await get(playground, conversation.file_url("general", "k", 1))
    saved = await get(playground, conversation.file_url("general", "k", 0) + "?save=1")
    made_up = await get(playground, "/files/made-up")

    assert (picture.content, picture.headers["content-type"]) == (png(), "image/png")
    assert picture.headers["content-disposition"] == "inline"
    assert page.headers["content-type"] == "application/octet-stream"
    assert page.headers["content-disposition"] == "attachment"
    assert "sandbox" in page.headers["content-security-policy"]
    assert saved.headers["content-disposition"] == "attachment"
    assert made_up.status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""])
async def test_another_host_name_is_refused(start: Start, host: str) -> None:
    answer = await get(await start(), "/healthz", host=host)

    assert answer.status_code == 400
    assert answer.text.endswith("If this is its address, add it to platforms.web.allowed_hosts.")
    assert "\n" not in answer.text


@pytest.mark.parametrize(
    ("host", "named"),
    [("192.168.1.5:8080", "“192.168.1.5”"), ("[fe80::1]:80", "“[fe80::1]”"), ("<script>", "that name")],
)
async def test_the_refusal_names_the_host_that_was_asked_for(start: Start, host: str, named: str) -> None:
    playground = await start(host="0.0.0.0", password="correct horse")

    assert f"Atelier is not known as {named}." in (await get(playground, "/", host=host)).text


async def test_a_wrong_pattern_of_hosts_is_refused_at_the_start(start: Start) -> None:
    with pytest.raises(ConfigError, match=r"^platforms\.web\.allowed_hosts: “a\.\*” is no host name"):
        await start(allowed_hosts=["a.*"])


async def test_where_nothing_is_a_person_gets_a_plain_page(start: Start) -> None:
    playground = await start()
    page, other = await get(playground, "/nowhere", accept="text/html"), await get(playground, "/nowhere")

    assert (404, 404) == (page.status_code, other.status_code)
    assert "There is nothing at this address." in page.text
    assert "Go to the conversation" in page.text
    assert other.text == "Not found"


@pytest.mark.parametrize("host", ["localhost:1234", "127.0.0.1", "[::1]:80", "chat.example"])
async def test_this_machines_names_and_configured_ones_are_served(start: Start, host: str) -> None:
    answer = await get(await start(allowed_hosts=["chat.example"]), "/healthz", host=host)

    assert answer.status_code == 200


async def test_a_request_from_another_site_is_refused(start: Start) -> None:
    playground = await start(allowed_hosts=["chat.example"])

    assert (await get(playground, "/", origin="http://evil.example")).status_code == 403
    assert (await get(playground, "/", origin="null")).status_code == 403
    assert (await get(playground, "/", origin=playground.url)).status_code == 200
    assert (await get(playground, "/", origin="https://chat.example")).status_code == 200


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [("http://evil.example", "127.0.0.1", 403), (None, "evil.example", 400)],
)
async def test_another_sites_websocket_is_refused(start: Start, origin: str | None, host: str, status: int) -> None:
    port = httpx.URL((await start()).url).port
    connecting = websockets.connect(
        f"ws://{host}:{port}{SOCKET}",
        host="127.0.0.1",
        port=port,
        origin=websockets.Origin(origin) if origin else None,
    )

    with pytest.raises(websockets.InvalidStatus) as refused:
        await connecting

    assert refused.value.response.status_code == status


async def test_the_own_websocket_is_accepted(start: Start) -> None:
    playground = await start()
    address = playground.url.replace("http", "ws") + SOCKET

    async with websockets.connect(address, origin=websockets.Origin(playground.url)) as socket_:
        assert str(await socket_.recv()).startswith("0")


async def test_stopping_takes_no_longer_with_an_open_page(start: Start) -> None:
    playground = await start()
    address = playground.url.replace("http", "ws") + SOCKET

    async with websockets.connect(address):
        async with asyncio.timeout(3):
            await playground.stop()


async def test_signals_stay_with_the_application(start: Start) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    await start()

    assert before == (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT))


@pytest.mark.parametrize("password", [None, SecretStr("")])
async def test_others_are_not_let_in_without_a_password(start: Start, password: SecretStr | None) -> None:
    with pytest.raises(ConfigError, match=r"^platforms\.web\.host: 0\.0\.0\.0 lets others in; set .*PASSWORD"):
        await start(host="0.0.0.0", password=password)


async def test_a_port_in_use_is_told_in_one_line(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ConfigError, match=rf"^platforms\.web\.port: cannot listen on 127\.0\.0\.1:{port} \(.*in use"
        ):
            await start(port=port)


async def test_a_host_that_is_none_is_told_in_one_line(start: Start) -> None:
    with pytest.raises(ConfigError, match=r"^platforms\.web\.host: nowhere\.invalid is no address"):
        await start(host="nowhere.invalid", password="x")


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")],
)
def test_the_address_is_told_before_it_starts(host: str, url: str) -> None:
    assert Playground(Web(host=host, port=80), Workspace()).url == url


async def test_it_is_the_workspaces_platform(start: Start) -> None:
    playground = await start()
    await playground.publish(COMMANDS)
    ref = await playground.post(Address("general"), Body("one"), "k")
    await playground.edit(ref, Body("two", state=State.DONE))
    said = await playground.history("general", None, 1)
    await playground.delete(ref)
    await playground.forget("local:dana")
    person, channel = await playground.find_person("ana", None), await playground.find_channel("#design", None)

    assert [message.text for message in said] == ["two"]
    assert (await playground.history("general", None, 1))[0].text != "two"
    assert person is not None
    assert channel is not None
    assert (playground.name, person.id, channel.id) == ("local", "local:ana", "design")
    assert channel in await playground.channels(None)
    assert playground.workspace.channel("design") == await playground.place("design")
    assert await playground.readable("design", Audience(channel="general"))
    assert [] == await playground.threads("design", datetime.now(UTC) + timedelta(days=1))
    assert ChannelKind.DM is (await playground.direct("local:ana")).kind


class TestPassword:
    """A playground with a password."""

    @pytest.fixture
    async def client(self, start: Start) -> AsyncIterator[httpx.AsyncClient]:
        playground = await start(password="correct horse")
        async with httpx.AsyncClient(base_url=playground.url) as client:
            yield client

    async def test_pages_lead_to_the_login(self, client: httpx.AsyncClient) -> None:
        page = await client.get("/", headers={"accept": "text/html"})
        other = await client.get("/assets/style.css")

        assert (page.status_code, page.headers["location"], other.status_code) == (303, "/login", 401)
        assert "Password" in (await client.get("/login")).text

    async def test_the_login_leads_to_what_was_asked_for(self, client: httpx.AsyncClient) -> None:
        link = "?channel=general&message=general-5&as=ana"
        page = await client.get(f"/{link}", headers={"accept": "text/html"})
        wrong = await client.post(page.headers["location"], data={"password": "wrong"})
        right = await client.post(page.headers["location"], data={"password": "correct horse"})

        assert (f"/login{link}", f"/{link}") == (page.headers["location"], right.headers["location"])
        assert "action=" not in wrong.text

    async def test_the_password_opens_everything(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/login", data={"password": "correct horse"})
        page = await client.get("/", headers={"accept": "text/html"})

        assert (answer.status_code, page.status_code) == (303, 200)
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert "SameSite=lax" in answer.headers["set-cookie"]

    async def test_a_wrong_password_opens_nothing(self, client: httpx.AsyncClient) -> None:
        wrong = await client.post("/login", data={"password": "wrong"})
        missing = await client.post("/login", data={})

        assert (wrong.status_code, missing.status_code) == (401, 401)
        assert "That is not the password." in wrong.text
        assert (await client.get("/")).status_code == 401

    async def test_a_made_up_session_opens_nothing(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/", headers={"cookie": f"{login.COOKIE}=in.abc.def"})).status_code == 401

    async def test_a_websocket_needs_the_session_too(self, client: httpx.AsyncClient) -> None:
        address = str(client.base_url).replace("http", "ws") + SOCKET

        with pytest.raises(websockets.InvalidStatus) as refused:
            async with websockets.connect(address):
                pass

        assert refused.value.response.status_code == 401

    async def test_guessing_is_slowed_down(self, client: httpx.AsyncClient) -> None:
        for _ in range(login.GUESSES):
            await client.post("/login", data={"password": "wrong"})
        answer = await client.post("/login", data={"password": "correct horse"})

        assert (answer.status_code, "Wait a minute" in answer.text) == (429, True)

    async def test_health_is_open_and_the_rest_from_this_machine_only(self, client: httpx.AsyncClient) -> None:
        far = {"x-forwarded-for": "203.0.113.7"}  # as a proxy on this machine tells it

        assert (await client.get("/healthz", headers=far)).status_code == 200
        assert (await client.get("/metrics")).status_code == 200
        assert (await client.get("/metrics", headers=far)).status_code == 401
        assert (await client.get("/readyz", headers=far)).status_code == 401


async def test_after_a_minute_one_may_guess_again() -> None:
    now = 0.0
    guarded = login.Login(httpx.ASGITransport, "right", clock=lambda: now)  # type: ignore[arg-type] # never reached
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guarded), base_url="http://here") as client:
        statuses = [(await client.post("/login", data={"password": "wrong"})).status_code for _ in range(6)]
        now = 61.0
        statuses.append((await client.post("/login", data={"password": "right"})).status_code)

    assert statuses == [401, 401, 401, 401, 401, 429, 303]
