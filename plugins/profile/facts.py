"""Facts in words, and which one a person means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from datetime import tzinfo

from bot import ChannelKind, Fact, Request, UserError, unmarked

HEADINGS = {
    "person": "**What I remember for you**, everywhere",
    "here": "**What I remember for you**, in {place} only",
    "channel": "**What I remember for everyone** in this {channel}",
    "server": "**What I remember for everyone** in this server",
}
"""Above the facts of each scope."""

FOR_OTHERS = ("channel", "server")
"""The scopes of facts that serve answers to others, too."""


def listed(facts: Sequence[Fact], request: Request, zone: tzinfo) -> list[str]:
    """The facts under headings, numbered throughout, with when and where each was stated."""
    lines: list[str] = []
    scope = ""
    for number, fact in enumerate(facts, 1):
        if fact.scope != scope:
            scope = fact.scope
            heading = HEADINGS[scope].format(place=place(request), channel=_channel(request))
            lines += [*([""] if lines else []), heading]
        lines.append(f"{number}. {' '.join(fact.text.split())} ({_source(fact, zone)})")
    return lines


def remembered(fact: Fact, request: Request) -> str:
    """What was kept, where it holds, and who will see it used."""
    direct = request.channel.kind is ChannelKind.DM
    match fact.scope:
        case "person":
            where = "everywhere"
            use = "I use it whenever I answer you, also where others read along."
        case "channel":
            where, use = f"for this {_channel(request)}", "I use it when I answer anyone here, and everyone can see it."
        case "server":
            where, use = "for this server", "I use it when I answer anyone here, and everyone can see it."
        case _ if direct:
            where, use = "in this conversation", "I use it when we talk directly."
        case _ if request.channel.server is None:
            where, use = "in this conversation", "I use it when I answer you here, where others may read along."
        case _:
            where, use = "in this server", "I use it when I answer you in this server, where others may read along."
    return f"I will remember {where}: “{fact.text}”. {use}"


def newer(older: Fact) -> str:
    """The question whether a fact takes the place of an older one."""
    return f"I remember: “{older.text}” ({older.stated:%-d %B %Y}). Does this take its place?"


def reworded(fact: str, request: Request) -> bool:
    """Whether the words are not the person's own, but of what ran the command for them."""
    # Without a text, it was given as an option by the person.
    return bool(request.text) and _plain(fact) not in _plain(request.text)


def place(request: Request) -> str:
    """Where the person is, as far as their own facts go."""
    return "this conversation" if request.channel.server is None else "this server"


def fact_meant(text: str, facts: Sequence[Fact]) -> Fact:
    """The fact that a number or words mean.

    Raises:
        UserError: None is meant, or several are.
    """
    wanted = text.strip().casefold()
    number = wanted.rstrip(".")
    if number.isdecimal() and 1 <= int(number) <= len(facts):
        return facts[int(number) - 1]
    exact = [fact for fact in facts if wanted in (fact.id.casefold(), fact.text.casefold())]
    found = exact or [fact for fact in facts if wanted and wanted in fact.text.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"“{text}” is in {len(found)} facts; give the number that `/profile show` shows.")
    near = difflib.get_close_matches(text, [fact.text for fact in facts], n=1)
    hint = f"Did you mean “{near[0]}”?" if near else "`/profile show` lists what I remember."
    if number.isdecimal():
        raise UserError(f"There is no fact {number} here; {hint}")
    raise UserError(f"I remember nothing like “{text}”. {hint}")


def _source(fact: Fact, zone: tzinfo) -> str:
    who = f"{unmarked(fact.by)}, " if fact.by else ""
    where = f", in {fact.where}" if fact.where else ""
    sure = ", which you confirmed" if fact.confirmed and not fact.by else ""
    return f"{who}{fact.stated.astimezone(zone):%-d %B %Y}{where}{sure}"


def _channel(request: Request) -> str:
    return "thread" if request.channel.kind is ChannelKind.THREAD else "channel"


def _plain(text: str) -> str:
    """The words alone: how they are quoted and set apart is nobody's saying."""
    return " ".join(("", *re.findall(r"\w+", text.casefold()), ""))
