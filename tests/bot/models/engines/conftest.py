"""A small model that several people can ask at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.models.engines import hardware
from bot.models.engines.chat_loading import Loaded, load
from bot.models.engines.resident import Resident
from tests.bot.models.chat_checkpoints import make_chat
from tests.bot.models.engines.answers import entry


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_chat(tmp_path_factory.mktemp("batching") / "llama", "llama")


@pytest.fixture(scope="module")
def llama(folder: Path) -> Iterator[Loaded]:
    hardware.prefer("float32")
    loaded = load(entry(folder), folder)
    # What the batch makes must not depend on chance alone: an answer of full length shows most.
    loaded.ends = []
    yield loaded
    hardware.prefer("auto")


@pytest.fixture
def resident(llama: Loaded) -> Iterator[Resident[Loaded]]:
    made = Resident("tiny", lambda: None, lambda: llama)
    yield made
    asyncio.run(made.close())
