"""What people write in Slack, as plain Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping

_TOKEN = re.compile(r"<([^<>\s][^<>]*)>")
_MENTIONED = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


def mentioned(text: str) -> Iterator[str]:
    """The ids of the people that are mentioned."""
    return (match[1] for match in _MENTIONED.finditer(text))


def without_bot(text: str, bot: str) -> str:
    """A message without the mention of the bot."""
    return re.sub(rf"\s*<@{re.escape(bot)}(?:\|[^>]*)?>[:,]?\s*", " ", text).strip()


def typed(text: str) -> str:
    """A command's arguments: mentions stay as they are, so that it is sure who is meant; links become addresses."""
    return _replace(text, lambda inner: f"<{inner}>" if inner[0] in "@#" else _special(inner, {}, links=False))


def markdown(text: str, names: Mapping[str, str]) -> str:
    """A message as people read it.

    Args:
        text: In Slack's form.
        names: Who is mentioned, by id.
    """
    return _replace(text, lambda inner: _special(inner, names, links=True))


def _replace(text: str, special: Callable[[str], str]) -> str:
    parts: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        parts += [html.unescape(text[end : match.start()]), special(match[1])]
        end = match.end()
    return "".join([*parts, html.unescape(text[end:])])


def _special(inner: str, names: Mapping[str, str], *, links: bool) -> str:
    target, _, label = (html.unescape(part) for part in inner.partition("|"))
    match target[:1]:
        case "@":
            return f"@{names.get(target[1:]) or label or target[1:]}"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            return label or f"@{target[1:].partition('^')[0]}"
    bare = target.removeprefix("mailto:")
    if not links or not label or label in {bare, bare.partition("://")[2], bare.partition("://")[2].rstrip("/")}:
        return bare
    return f"[{label}]({target})"
