"""Slack: mentions, direct messages, threads, slash commands, shortcuts, buttons and the assistant pane."""

from __future__ import annotations

from bot.platforms.slack.manifest import manifest
from bot.platforms.slack.platform import Slack

__all__ = ["Slack", "manifest"]
