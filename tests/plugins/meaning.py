"""The starter embeddings, loaded once for a module."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config import ModelsConfig
from bot.models.registry import ModelRegistry
from bot.models.tasks import Embeddings, Task
from bot.settings import ChannelSettings


@pytest.fixture(scope="module")
def meaning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embeddings]:
    """Tells meanings apart, really."""
    registry = ModelRegistry(ModelsConfig(dir=Path(tmp_path_factory.mktemp("models"))))
    model = asyncio.run(registry.provide(Task.EMBEDDINGS, ChannelSettings()))
    assert hasattr(model, "aembed_documents")
    yield model  # type: ignore[misc]  # the registry promises it by the task
    asyncio.run(registry.close())
