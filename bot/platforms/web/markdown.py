"""Markdown as safe HTML: what people and models write never becomes a tag, and no picture is fetched from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup, escape

from bot.platforms.message_links import message_at, seen_by
from bot.request import Person

_MENTION = re.compile(r"(?<![\w@/])@[A-Za-z]\w*")
_MARKS = re.compile(r"[*_`#>|~]+")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
_SCHEME = re.compile(r"[a-z][a-z\d+.-]*:", re.ASCII | re.IGNORECASE)


def to_html(text: str, viewer: Person | None = None) -> Markup:
    """Render Markdown.

    Args:
        text: As written; a code fence that is still open, as there is while an answer streams, ends with the text.
        viewer: For whom links to messages open in a new tab.
    """
    return _render(text, viewer)


def to_line(text: str, width: int = 120) -> str:
    """The beginning of a text in one line without its marks, for a quotation."""
    words = " ".join(_MARKS.sub("", _LINK.sub(r"\1", text)).split())
    return words if len(words) <= width else words[: width - 1].rstrip() + "…"


@lru_cache(maxsize=2048)
def _render(text: str, viewer: Person | None) -> Markup:
    return Markup(_reader().render(text, {"viewer": viewer}))  # noqa: S704 - the reader escapes every tag in the text


class _Reader(MarkdownIt):
    """Knows as links what has a scheme, and the addresses of messages: a path like any other leads nowhere here."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - as the parser calls it
        return message_at(url) is not None or (_SCHEME.match(url) is not None and super().validateLink(url))


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    reader = _Reader("js-default", {"html": False, "linkify": True, "breaks": True, "highlight": _code_block})
    linkify = reader.linkify
    assert linkify is not None, "the preset comes with linkify"
    # Only what is written as an address: "README.md" names a file, and no stranger's website.
    linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    for scheme in ("ftp:", "mailto:", "//"):
        linkify.add(scheme, None)
    reader.core.ruler.push("atelier", _rewrite)
    return reader


def _rewrite(state: StateCore) -> None:
    for token in state.tokens:
        if token.children:
            token.children = [new for old in token.children for new in _inline(old, state.env["viewer"])]


def _inline(token: Token, viewer: Person | None) -> Iterator[Token]:
    match token.type:
        case "image":
            # A link instead: looking at a message must not make the browser call another server.
            label = token.content or str(token.attrGet("src") or "")
            yield _led(Token("link_open", "a", 1, attrs={"href": token.attrGet("src") or ""}), viewer)
            yield Token("text", "", 0, content=f"🖼 {label}")
            yield Token("link_close", "a", -1)
        case "link_open":
            yield _led(token, viewer)
        case "text":
            yield from _mentions(token.content)
        case _:
            yield token


def _led(link: Token, viewer: Person | None) -> Token:
    """A link with what a click on it does: it goes to a message in this tab, and elsewhere in a new one."""
    address = str(link.attrGet("href"))
    if (place := message_at(address)) is None:
        link.attrSet("target", "_blank")
        link.attrSet("rel", "noopener noreferrer nofollow")
        return link
    channel, message = place
    link.attrs |= {"data-act": "open", "data-value": channel, "data-id": message}
    if viewer is not None:
        link.attrSet("href", seen_by(address, viewer))
    return link


def _mentions(text: str) -> Iterator[Token]:
    end = 0
    for found in _MENTION.finditer(text):
        yield Token("text", "", 0, content=text[end : found.start()])
        yield Token("mention_open", "span", 1, attrs={"class": "mention"})
        yield Token("text", "", 0, content=found[0])
        yield Token("mention_close", "span", -1)
        end = found.end()
    yield Token("text", "", 0, content=text[end:])


def _code_block(code: str, language: str, _attributes: str) -> str:
    """A code block with its colours and a button that copies it."""
    return Markup(
        '<pre class="code"><button type="button" class="copy" data-act="copy" aria-label="Copy this code">Copy</button>'
        "<code>{}</code></pre>"
    ).format(_coloured(code, language))


def _coloured(code: str, language: str) -> Markup:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language or "text")
    except ClassNotFound:
        return escape(code)
    return Markup(highlight(code, lexer, HtmlFormatter(nowrap=True)))  # noqa: S704 - Pygments escapes the code
