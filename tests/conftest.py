"""What every test may use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.testing import Testbed


@pytest.fixture
async def atelier(tmp_path: Path) -> AsyncIterator[Testbed]:
    """A whole Atelier with the plugins that come with it."""
    async with Testbed(tmp_path) as bed:
        yield bed
