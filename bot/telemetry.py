"""Structured logs on standard error, ours and the libraries' alike."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import Processor

from bot.config import Log

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

NOISY = ("apscheduler", "httpx", "httpcore", "uvicorn", "alembic", "watchfiles", "urllib3", "openai")
"""Libraries that tell at `info` what interests only their developers."""


def configure_logging(config: Log) -> None:
    """Send logs to standard error: for people on a terminal, as JSON lines elsewhere, unless configured."""
    console = config.format == "console" or (config.format == "auto" and sys.stderr.isatty())
    # A trace shows places, never values: those are people's messages and secrets.
    plain = structlog.dev.plain_traceback
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=plain) if console else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    tail: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not console:
        transform = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        tail.append(structlog.processors.ExceptionRenderer(transform))
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=[*tail, renderer]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(config.level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
