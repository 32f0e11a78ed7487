"""Text for Slack's native streaming, which takes Markdown and only ever adds to it.

What was sent cannot be taken back, so the end of the text is held back while it could still become a mention or a link.
"""

from __future__ import annotations

import re

from bot.text.links import is_disguised

# Only what Slack knows: code such as `<!DOCTYPE html>` stays as it is.
_MENTION = re.compile(
    r"<(?=[@#][A-Z0-9]|!(?:channel|here|everyone|group|subteam|date))|(?<=<)(?=(?:https?|mailto):[^<>|]*\|)",
    re.IGNORECASE,
)
_WIDE = re.compile(r"@(?=(?:channel|here|everyone)\b)", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\(\s*<?([^()\s<>]+)>?[^()\n]*\)")
_OPEN = re.compile(r"(?:<[^<>\n]{0,300}|@\w{0,8}|!?\[[^\[\]\n]{0,300}(?:\](?:\([^()\n]{0,1000})?)?)\Z")

GAP = "\u200b"
"""Stands between the characters that would make a mention; nobody sees it."""


def settled(markdown: str) -> str:
    """The beginning of a growing text that no further word can turn into something else."""
    return markdown[: found.start()] if (found := _OPEN.search(markdown)) else markdown


def defused(markdown: str) -> str:
    """Markdown in which nothing is a mention, and no link says it leads elsewhere than it does."""
    text = _LINK.sub(_honest, markdown)
    text = _MENTION.sub(lambda match: f"{match[0]}{GAP}", text)
    return _WIDE.sub(f"@{GAP}", text)


def _honest(match: re.Match[str]) -> str:
    label, target = match[1], match[2]
    return target if is_disguised(label, target) else match[0]
