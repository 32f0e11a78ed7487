"""An Atelier that knows what facts mean by their words, without loading a model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.models.tasks import Task
from bot.testing import Testbed
from tests.bot.words import WordEmbeddings


@pytest.fixture
async def atelier(tmp_path: Path) -> AsyncIterator[Testbed]:
    """A whole Atelier with the plugins that come with it."""
    async with Testbed(tmp_path) as bed:
        bed.use(Task.EMBEDDINGS, WordEmbeddings())
        yield bed
