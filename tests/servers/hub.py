"""A model hub: serves the files of a folder the way the Hugging Face Hub does, and keeps which were fetched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.servers.loopback import serve


@dataclass
class HubServer:
    """One model and its files; those that end in `.safetensors` are large files there.

    `offered` are the files of a pull request by `offered_by`; `refuse` answers every question with a status and the
    Hub's name for the error; `alter` sends these bytes for a file instead of its own.
    """

    url: str = ""
    model: str = "someone/tiny"
    commit: str = "c0ffee" + "0" * 34
    licence: str | None = "mit"
    files: dict[str, bytes] = field(default_factory=dict)
    alter: dict[str, bytes] = field(default_factory=dict)
    refuse: tuple[int, str] | None = None
    fetched: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    offered: dict[str, bytes] | None = None
    offered_by: str = "SFconvertbot"

    async def info(self, request: Request) -> Response:
        """What the model is and which files it has."""
        revision = request.path_params["revision"]
        self.asked.append(revision)
        if revision == "refs/pr/1" and self.offered is not None:
            # From here on it is what everybody sees: no test asks for both.
            self.files = self.offered
        if refusal := self._refusal(revision):
            return refusal
        siblings: list[JsonValue] = [self._described(name, "rfilename", "blobId") for name in self.files]
        card: JsonValue = {"license": self.licence} if self.licence else None
        return JSONResponse({"id": self.model, "sha": self.commit, "siblings": siblings, "cardData": card})

    async def discussions(self, request: Request) -> Response:
        """What was offered to its owner."""
        offer: JsonValue = {
            "title": "Adding `safetensors` variant of this model",
            "num": 1,
            "author": {"name": self.offered_by},
            "createdAt": "2023-01-01T00:00:00.000Z",
            "status": "open",
            "repo": {"name": self.model, "type": "model"},
            "isPullRequest": True,
        }
        offers: list[JsonValue] = [] if self.offered is None else [offer]
        return JSONResponse({"discussions": offers, "count": len(offers), "start": 0})

    async def tree(self, request: Request) -> Response:
        """The files again, as the library asks for them."""
        return JSONResponse([{"type": "file", **self._described(name, "path", "oid")} for name in self.files])

    async def resolve(self, request: Request) -> Response:
        """One file."""
        name = request.path_params["name"]
        data = self.alter.get(name, self.files[name])
        if request.method == "GET":
            self.fetched.append(name)
        headers = {"ETag": f'"{self._etag(name)}"', "X-Repo-Commit": self.commit}
        return Response(data, headers=headers, media_type="application/octet-stream")

    def _refusal(self, revision: str) -> Response | None:
        status, code = self.refuse or (0, "")
        if self.refuse is None and revision not in {"main", self.commit, "refs/pr/1"}:
            status, code = 404, "RevisionNotFound"
        return JSONResponse({"error": code}, status, {"X-Error-Code": code}) if status else None

    def _etag(self, name: str) -> str:
        if name.endswith(".safetensors"):
            return hashlib.sha256(self.files[name]).hexdigest()
        return blob(self.files[name])

    def _described(self, name: str, path: str, oid: str) -> dict[str, JsonValue]:
        data = self.files[name]
        described: dict[str, JsonValue] = {path: name, "size": len(data), oid: blob(data)}
        if name.endswith(".safetensors"):
            digest = hashlib.sha256(data).hexdigest()
            lfs: Mapping[str, JsonValue] = {"size": len(data), "oid": digest, "sha256": digest, "pointerSize": 100}
            described["lfs"] = dict(lfs)
        return described


def blob(data: bytes) -> str:
    """What git calls these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@contextmanager
def hub_server() -> Iterator[HubServer]:
    """Serve until the block ends; `url` is the endpoint."""
    server = HubServer()
    routes = [
        Route(f"/api/models/{server.model}/revision/{{revision:path}}", server.info),
        Route(f"/api/models/{server.model}/discussions", server.discussions),
        Route(f"/api/models/{server.model}/tree/{{revision:path}}", server.tree),
        Route(f"/{server.model}/resolve/{{revision}}/{{name:path}}", server.resolve, methods=["GET", "HEAD"]),
    ]
    with serve(Starlette(routes=routes)) as address:
        server.url = address
        yield server
