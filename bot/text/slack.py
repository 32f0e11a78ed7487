"""Markdown as Slack shows it in the text of a message: mrkdwn.

Blocks, which show more, are made by `bot.text.blocks`; this is for edits while text streams in, and for notifications.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from bot.text.dialect import Dialect, write

_APART = "\u200b"
# Slack has no escape for its marks; one that is followed by this does not open emphasis.
_OPENING = re.compile(r"(?<!\w)([*_~`])(?=\S)")
_MARKS = {"strong": "*", "em": "_", "s": "~"}


def to_slack(text: str, *, mentions: Collection[str] = ()) -> str:
    """Markdown as mrkdwn.

    Args:
        text: Markdown.
        mentions: What may be mentioned, as Slack writes it: `<@U024BE7LH>`, `<!here>`. Nothing else is.
    """
    written = write(text, _MRKDWN)
    for mention in mentions:
        written = written.replace(escape(mention), mention)
    return written


def escape(text: str) -> str:
    """Text without the three characters by which Slack knows mentions and links."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(text: str, is_first: bool) -> str:
    if is_first and text.startswith(">"):
        text = _APART + text
    return escape(_OPENING.sub(rf"\1{_APART}", text))


def _mark(kind: str, inside: str, before: str, after: str) -> str:
    mark = _MARKS[kind]
    # Within a word Slack knows no emphasis.
    start = _APART if before.isalnum() else ""
    end = _APART if after.isalnum() else ""
    return f"{start}{mark}{inside}{mark}{end}"


def _code(code: str) -> str:
    return f"`{escape(code).replace('`', 'ˋ')}`"


def _block(code: str, language: str) -> str:
    return f"```\n{escape(code).replace('```', f'``{_APART}`')}\n```"


def _link(address: str, label: str) -> str:
    return f"<{escape(address)}|{escape(label)}>" if label else f"<{escape(address)}>"


_MRKDWN = Dialect(
    text=_text,
    mark=_mark,
    code=_code,
    block=_block,
    link=_link,
    heading=lambda level, text: f"*{text}*",
    bullets=("•", "◦", "▪"),
    quoted_code=False,
    bold_headings=1,
)
