"""Everything the playground serves: the page, its files, health and metrics."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response

from bot.config import Web
from bot.platforms.web.conversation import Conversation
from bot.platforms.web.fragments import document
from bot.platforms.web.login import Login
from bot.platforms.web.messages import file_kind
from bot.platforms.web.server import guard
from bot.request import Channel, Person

_HERE = Path(__file__).parent
_ASSETS = {"style.css": "text/css", "playground.js": "text/javascript", "icon.svg": "image/svg+xml"}


def build_site(
    config: Web,
    conversation: Conversation,
    ready: Callable[[], Awaitable[dict[str, bool]]] | None,
    metrics: Callable[[], Awaitable[str]] | None,
) -> FastAPI:
    """The application that the server runs.

    Args:
        config: The password and the hosts that may be named.
        conversation: What the pages show and take.
        ready: What `/readyz` answers.
        metrics: What `/metrics` answers.
    """
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _routes(site, conversation, ready, metrics)
    _pages(site, conversation)
    if config.password and (password := config.password.get_secret_value()):
        site.add_middleware(Login, password=password)
    guard(site, config)
    return site


def _routes(
    site: FastAPI,
    conversation: Conversation,
    ready: Callable[[], Awaitable[dict[str, bool]]] | None,
    metrics: Callable[[], Awaitable[str]] | None,
) -> None:
    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_request: Request) -> Response:
        parts = await ready() if ready else {}
        return JSONResponse({"ready": all(parts.values()), "parts": parts}, 200 if all(parts.values()) else 503)

    async def metrics_page(_request: Request) -> Response:
        return PlainTextResponse(await metrics() if metrics else "", media_type="text/plain; version=0.0.4")

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _ASSETS:
            return PlainTextResponse("Not found", 404)
        return FileResponse(_HERE / name, media_type=_ASSETS[name], headers={"cache-control": "no-cache"})

    async def file(request: Request) -> Response:
        found = conversation.file_at(request.path_params["token"])
        if found is None:
            return PlainTextResponse("This file is no longer kept", 404)
        shown = file_kind(found) != "document" and "save" not in request.query_params
        headers = {
            "content-disposition": "inline" if shown else "attachment",
            "content-security-policy": "default-src 'none'; sandbox",
            "cache-control": "private, no-store",
        }
        return Response(
            found.data, media_type=found.media_type if shown else "application/octet-stream", headers=headers
        )

    site.add_route("/healthz", healthz)
    site.add_route("/readyz", readyz)
    site.add_route("/metrics", metrics_page)
    site.add_route("/assets/{name}", asset)
    site.add_route("/files/{token}", file)


def _pages(site: FastAPI, conversation: Conversation) -> None:
    """Mount NiceGUI, which keeps its application for the whole process."""
    # NiceGUI looks for its storage, which nothing here uses, in the working directory unless told otherwise.
    os.environ.setdefault("NICEGUI_STORAGE_PATH", str(_HERE / "no-storage"))
    from nicegui import Client, core, run, ui

    from bot.platforms.web.page import Page

    workspace = conversation.workspace
    core.app.middleware_stack = None  # built anew: a second start in one process adds its middleware again
    core.app.user_middleware.clear()
    core.app.add_exception_handler(404, _missing)
    run.process_pool_start_method = "spawn"

    @ui.page("/")
    async def page(client: Client, request: Request) -> None:
        asked = request.query_params
        person = workspace.people.get(f"local:{asked.get('as', '')}") or next(iter(workspace.people.values()))
        channel = _open(person, asked.get("channel", ""))
        await Page(conversation, person, channel, asked.get("message", "")).build(client)

    def _open(person: Person, name: str) -> Channel:
        found = workspace.dm(person) if name == "dm" else workspace.channel(name)
        if found is None or not workspace.readable_by(person, found):
            return next(iter(workspace.sample.channels.values()))
        return found

    ui.run_with(
        site,
        title="Atelier",
        favicon=_HERE / "icon.svg",
        dark=None,
        language="en-US",
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=5,
        gzip_middleware_factory=None,
    )


async def _missing(request: Request, _error: Exception) -> Response:
    """What stands where nothing is; only people get a page."""
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(document("missing.html"), 404)
    return PlainTextResponse("Not found", 404)
