"""What every test may use."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot.testing import Testbed
from bot.threads import share_processors

# Tests run beside each other.
share_processors()

# How fast examples are made and tried tells of the machine. A run that decides whether something lands is repeatable;
# at a desk each run looks elsewhere.
settings.register_profile(
    "atelier", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("atelier")


@pytest.fixture
async def atelier(tmp_path: Path) -> AsyncIterator[Testbed]:
    """A whole Atelier with the plugins that come with it."""
    async with Testbed(tmp_path) as bed:
        yield bed


@pytest.fixture
def modules_as_before() -> Iterator[None]:
    """Bring back the modules of plugins that a test unloads: other tests hold on to what is in them."""
    import plugins

    modules = {name: module for name, module in sys.modules.items() if name.startswith("plugins.")}
    yield
    sys.modules.update(modules)
    for name, module in modules.items():
        if name.count(".") == 1:
            setattr(plugins, name.removeprefix("plugins."), module)


@pytest.fixture
def logging_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what a test does to logging."""
    configure = structlog.configure

    def configured(**settings: Any) -> None:
        # What a logger remembers could not be undone: later tests would not see what it logs.
        configure(**{**settings, "cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", configured)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
