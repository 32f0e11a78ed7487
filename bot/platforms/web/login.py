"""The password in front of a playground that others can reach."""

from __future__ import annotations

import hmac
import secrets
import time
from collections import deque
from collections.abc import Callable

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.platforms.web.fragments import document
from bot.platforms.web.server import is_loopback

COOKIE = "atelier_session"
DAYS = 30 * 24 * 3600
GUESSES = 5
PER_SECONDS = 60

_OPEN = frozenset({"/healthz", "/login"})
_FROM_HERE = frozenset({"/readyz", "/metrics"})


class Login:
    """Lets nobody in without the password.

    The signing secret is made anew at every start, so a restart ends all sessions.

    Args:
        app: What is guarded.
        password: What people must type.
        clock: Seconds, for counting wrong guesses.
    """

    def __init__(self, app: ASGIApp, password: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self._password = password
        self._clock = clock
        self._signer = TimestampSigner(secrets.token_hex(32))
        self._wrong: dict[str, deque[float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with the login page."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        path = connection.url.path
        if path == "/login" and scope["type"] == "http":
            response = await self._login(Request(scope, receive))
        elif self._may_pass(connection, path):
            await self.app(scope, receive, send)
            return
        elif scope["type"] == "http" and "text/html" in connection.headers.get("accept", ""):
            response = RedirectResponse(f"/login{_asked(connection)}" if path == "/" else "/login", 303)
        else:
            response = PlainTextResponse("Log in first", 401)
        await response(scope, receive, send)

    def _may_pass(self, connection: HTTPConnection, path: str) -> bool:
        if path in _OPEN or (path in _FROM_HERE and is_loopback(_address(connection))):
            return True
        try:
            self._signer.unsign(connection.cookies.get(COOKIE, ""), max_age=DAYS)
        except BadSignature:
            return False
        return True

    async def _login(self, request: Request) -> Response:
        if request.method != "POST":
            return _page("")
        async with request.form(max_files=0, max_fields=4) as form:
            given = form.get("password")
        # From here nothing waits, so that many guesses at once are counted one by one.
        wrong = self._guesses(_address(request))
        if len(wrong) >= GUESSES:
            return _page("Too many wrong passwords. Wait a minute and try again.", 429)
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), self._password.encode()):
            wrong.append(self._clock())
            return _page("That is not the password.", 401)
        wrong.clear()
        response = RedirectResponse(f"/{_asked(request)}", 303)
        response.set_cookie(
            COOKIE,
            self._signer.sign("in").decode(),
            max_age=DAYS,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return response

    def _guesses(self, address: str) -> deque[float]:
        """When this address guessed wrong in the last minute; addresses that did not are forgotten."""
        since = self._clock() - PER_SECONDS
        for guesses in self._wrong.values():
            while guesses and guesses[0] < since:
                guesses.popleft()
        self._wrong = {name: guesses for name, guesses in self._wrong.items() if guesses}
        return self._wrong.setdefault(address, deque())


def _address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


def _asked(connection: HTTPConnection) -> str:
    """What of the page was asked for, such as a message; it outlasts the login."""
    return f"?{connection.url.query}" if connection.url.query else ""


def _page(problem: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(document("login.html", problem=problem), status, {"cache-control": "no-store"})
