"""What every test may use."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from bot.testing import Testbed


@pytest.fixture
async def atelier(tmp_path: Path) -> AsyncIterator[Testbed]:
    """A whole Atelier with the plugins that come with it."""
    async with Testbed(tmp_path) as bed:
        yield bed


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """Undo what a test does to logging."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
