"""The HTTP server on our own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI

from bot.config import Web
from bot.errors import ConfigError
from bot.platforms.web.server import Running, listen


@asynccontextmanager
async def broken(app: FastAPI) -> AsyncIterator[None]:
    raise LookupError("nothing to serve")
    yield


async def test_an_application_that_does_not_start_ends_no_process() -> None:
    running = Running(FastAPI(lifespan=broken), listen(Web(port=0)))
    with pytest.raises(ConfigError, match="the playground did not start"):
        await running.start()
    await running.stop()
