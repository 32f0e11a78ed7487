"""Markdown as Discord shows it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from bot.text.dialect import Dialect, write

_SPECIAL = re.compile(r"[\\*_~`|<\[\]]")
_LINE_START = re.compile(r"(?:^|(?<=\n))(\s*)(#{1,3}(?=\s)|-#(?=\s)|[-+•](?=\s)|>|\d+(?=[.)]\s))")
_LANGUAGE = re.compile(r"[^\w+#.-]")
_PING = re.compile(
    r"@(?=everyone|here|[!&]?\d)"  # people and roles; the server does not care what is before it
    r"|<(?=#\d|/[^\n>]*:\d|a?:\w+:\d|t:-?\d|id:\w)",  # channels, commands, emoji, times, places of the server
    re.IGNORECASE,
)
_APART = "\u200b"


def to_discord(text: str, *, mentions: Collection[str] = (), embeds: bool = False) -> str:
    """Markdown in Discord's own form.

    What people and models write mentions nobody: it is shown as it is written, with a character of no width in it.

    Args:
        text: Markdown.
        mentions: What may be mentioned after all, as Discord writes it: `<@80351110224678912>`, `@here`.
        embeds: Whether Discord shows previews of links.
    """
    written = write(text, _WITH_EMBEDS if embeds else _PLAIN)
    for mention in mentions:
        written = written.replace(_escaped(mention, False), mention)
    allowed = re.compile("|".join(re.escape(mention) for mention in sorted(mentions, key=len, reverse=True)) or r"(?!)")
    done, parts = 0, []
    for found in allowed.finditer(written):
        parts += [_defused(written[done : found.start()]), found[0]]
        done = found.end()
    return "".join([*parts, _defused(written[done:])])


def _defused(text: str) -> str:
    return _PING.sub(lambda found: found[0] + _APART, text)


def _escaped(text: str, is_first: bool) -> str:
    if is_first:
        text = _LINE_START.sub(lambda found: f"{found[1]}\0{found[2]}", text)
    text = _SPECIAL.sub(lambda found: f"\\{found[0]}", text)
    # A number is no mark that could be escaped, but the point after it is.
    return re.sub(r"\0(\d+)", r"\1\\", text).replace("\0", "\\")


def _mark(kind: str, inside: str, before: str, after: str) -> str:
    if kind == "em":
        # `_` cannot be taken for a part of `**`, but does nothing within a word.
        mark = "*" if before.isalnum() or after.isalnum() or before == "_" else "_"
    else:
        mark = {"strong": "**", "s": "~~"}[kind]
    return f"{mark}{inside}{mark}"


def _code(code: str) -> str:
    # Three ticks begin a block, also within a line: so there are never two beside each other that need three around.
    code = re.sub("`(?=`)", f"`{_APART}", code)
    ticks = "``" if "`" in code else "`"
    space = " " if code.startswith("`") or code.endswith("`") or not code.strip() else ""
    return f"{ticks}{space}{code}{space}{ticks}"


def _block(code: str, language: str) -> str:
    code = code.replace("```", f"``{_APART}`")
    return f"```{_LANGUAGE.sub('', language)}\n{code or ' '}\n```"


def _link(address: str, label: str) -> str:
    return f"[{_escaped(label, False)}](<{address}>)" if label else f"<{address}>"


def _link_with_embed(address: str, label: str) -> str:
    safe = address.replace("(", "%28").replace(")", "%29")
    return f"[{_escaped(label, False)}]({safe})" if label else safe


def _heading(level: int, text: str) -> str:
    return f"{'#' * level} {text}" if level <= 3 else f"**{text}**"


_PLAIN = Dialect(
    text=_escaped,
    mark=_mark,
    code=_code,
    block=_block,
    link=_link,
    heading=_heading,
    bullets=("-",),
    quoted_code=True,
    bold_headings=4,
)
_WITH_EMBEDS = replace(_PLAIN, link=_link_with_embed)
