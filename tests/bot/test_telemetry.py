"""Logs: for people on a terminal, as JSON elsewhere, and never with people's words in them."""

from __future__ import annotations

import json
import logging
import sys
from typing import Literal

import pytest
import structlog

from bot.config import Log
from bot.telemetry import configure_logging

pytestmark = pytest.mark.usefixtures("logging_as_before")


def crash() -> None:
    words = "a person's secret"
    try:
        raise LookupError("what went wrong")
    except LookupError:
        structlog.get_logger("bot.test").exception("request failed", request="01X", size=len(words))


def test_json_lines_tell_what_happened_and_where(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Log(format="json"))
    crash()
    logging.getLogger("another.package").warning("another's words")
    ours, theirs = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (ours["event"], ours["level"], ours["request"]) == ("request failed", "error", "01X")
    assert ours["exception"][0]["exc_value"] == "what went wrong"
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("another's words", "warning", "another.package")


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_trace_never_shows_values(style: Literal["json", "console"], capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Log(format=style))
    crash()
    shown = capsys.readouterr().err
    assert "LookupError" in shown
    assert "secret" not in shown.replace('words = "a person', "")


def test_below_the_level_nothing_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Log(level="warning"))
    structlog.get_logger("bot.test").info("too quiet")
    logging.getLogger("apscheduler").info("noise")
    assert capsys.readouterr().err == ""


def test_by_itself_it_looks_where_standard_error_goes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    configure_logging(Log())
    structlog.get_logger("bot.test").info("hello")
    assert not capsys.readouterr().err.startswith("{")
