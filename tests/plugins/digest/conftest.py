"""Digests without the plugin that writes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.testing import Testbed
from tests.plugins.telling import Telling, telling_testbed


@pytest.fixture
async def bed(tmp_path: Path) -> AsyncIterator[tuple[Testbed, Telling]]:
    """A whole Atelier, and what is to be told there."""
    async with telling_testbed(tmp_path) as both:
        yield both


@pytest.fixture
def atelier(bed: tuple[Testbed, Telling]) -> Testbed:
    return bed[0]


@pytest.fixture
def telling(bed: tuple[Testbed, Telling]) -> Telling:
    return bed[1]
