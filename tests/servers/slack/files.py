"""The bytes of files: sent to where Slack says, and fetched with the token."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from tests.servers.slack.web_api import WebApi
from tests.servers.slack.workspace import Json


@dataclass(frozen=True)
class Files:
    """Takes and gives bytes.

    Attributes:
        api: Knows the workspace, the token and what that may do.
    """

    api: WebApi

    def share(self, folder: str, name: str, data: bytes, media_type: str) -> Json:
        """A person's file, as messages show it; `folder` is where it can be fetched."""
        file = self.api.workspace.next_file()
        self.api.workspace.files[file] = data
        return {"id": file, "name": name, "mimetype": media_type, "size": len(data), "url_private": f"{folder}{file}"}

    async def upload(self, request: web.Request) -> web.Response:
        """Take what the app uploads."""
        files, file = self.api.workspace.files, request.match_info["file"]
        if file not in files:
            return web.Response(status=404)
        files[file] = await request.read()
        return web.Response(text=f"OK - {len(files[file])}")

    async def download(self, request: web.Request) -> web.Response:
        """Give a file; without the token and the scope there is a page to sign in instead, as at Slack."""
        signed_in = request.headers.get("Authorization") == f"Bearer {self.api.bot_token}"
        if not signed_in or "files:read" not in self.api.scopes:
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        return web.Response(body=self.api.workspace.files[request.match_info["file"]])

    async def avatar(self, request: web.Request) -> web.Response:
        """Give a person's picture: to anybody, from another house than Slack's, where the token has no business."""
        data = self.api.workspace.files.get(f"avatar {request.match_info['user']}")
        if data is None or "Authorization" in request.headers:
            return web.Response(status=404)
        return web.Response(body=data, content_type="image/png")
