"""`/profile`: the preferences that shape every answer, and the right to see and erase all that is kept."""

from __future__ import annotations

import difflib
import json
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from bot import ChannelKind, Choice, Fact, File, Plugin, Profile, Profiles, Range, Request, UserError, find_zone
from plugins.profile.words import describe, set_to

plugin = Plugin("profile", "What I know about you: how answers should be, and what to remember.", group=True)

FORGET, KEEP = "Forget them", "Keep them"
ERASE, CANCEL = "Erase everything", "Keep it"


@plugin.command(private=True, examples=["/profile show", "what do you know about me?"], unlimited=True, repeatable=True)
async def show(profile: Profile, request: Request) -> str:
    """Show your preferences and what I remember for you here."""
    return describe(profile, request)


@plugin.command(
    private=True,
    examples=[
        "/profile set name:language value:German",
        "/profile set name:zone value:Europe/Berlin",
        "/profile set name:tone value:friendly",
        "/profile set name:length value:short",
    ],
    repeatable=True,
)
async def set_(
    name: Literal["language", "zone", "tone", "length"], value: str, profiles: Profiles, request: Request
) -> str:
    """Choose your language, time zone, tone or length of answers.

    Args:
        name: What to choose.
        value: A language, a zone or its city, a tone (plain, friendly, formal, playful), a length (short, medium,
            long); `none` goes back to the default.
    """
    wanted = value.strip()
    if wanted.casefold() == "none":
        return set_to(name, await profiles.set(name, None), request)
    if name == "zone":
        wanted = find_zone(wanted).key
    return set_to(name, await profiles.set(name, wanted), request)


@plugin.command(private=True, examples=["/profile remember I am vegetarian", "remember that I work from Lisbon"])
async def remember(fact: Annotated[str, Range(1, 1000)], profiles: Profiles, request: Request) -> str:
    """Keep a fact about you, for answers to you in this server or conversation only.

    Args:
        fact: In your own words.
    """
    kept = await profiles.remember(fact)
    use = "I use it when we talk directly."
    if request.channel.kind is not ChannelKind.DM:
        use = "I use it when I answer you in this server, where others may read along."
    return f"I will remember {_here(request)}: “{kept.text}”. {use} `/profile forget` takes it back."


@plugin.command(
    private=True, examples=["/profile forget 2", "/profile forget I am vegetarian", "/profile forget"], unlimited=True
)
async def forget(
    profile: Profile, profiles: Profiles, request: Request, fact: str | None = None
) -> AsyncIterator[str | Choice]:
    """Forget one fact, or everything you asked me to remember in this server.

    Args:
        fact: Its number in `/profile show`, or its words; without it, everything here.
    """
    if not profile.facts:
        raise UserError(f"I remember nothing for you {_here(request)}.")
    if fact is not None:
        gone = await profiles.forget(_find(fact, profile.facts).id)
        yield "\n".join(f"Forgotten: “{each.text}”." for each in gone)
        return
    count = len(profile.facts)
    everything = "the one fact" if count == 1 else f"all {count} facts"
    picked = yield Choice(f"Forget {everything} I remember for you {_here(request)}?", (FORGET, KEEP))
    if picked == FORGET:
        gone = await profiles.forget(None)
        yield f"Forgotten: {len(gone)} {'fact' if len(gone) == 1 else 'facts'}."
    else:
        yield "Nothing was forgotten."


@plugin.command(private=True, examples=["/profile export"], unlimited=True, repeatable=True)
async def export(profiles: Profiles) -> AsyncIterator[str | File]:
    """Give you everything kept about you, in every server, as a file."""
    data = await profiles.export()
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
    yield "Everything kept about you, in every server:"
    yield File("profile.json", text.encode(), "application/json", alt="Everything Atelier keeps about you")


@plugin.command(private=True, examples=["/profile erase"], unlimited=True)
async def erase(profiles: Profiles) -> AsyncIterator[str | Choice]:
    """Delete everything kept about you, in every server."""
    picked = yield Choice(
        "Delete everything kept about you, in every server: preferences, facts, kept messages, what plugins keep, "
        "digests you switched on, and the record of what you used? It cannot be undone; `/profile export` first "
        "gives you a copy.",
        (ERASE, CANCEL),
    )
    if picked != ERASE:
        yield "Nothing was erased."
        return
    rows = await profiles.erase()
    if rows:
        yield f"Everything kept about you is erased: {rows} {'entry' if rows == 1 else 'entries'} went."
    else:
        yield "There was nothing kept about you."


def _here(request: Request) -> str:
    return "in this conversation" if request.channel.server is None else "in this server"


def _find(text: str, facts: tuple[Fact, ...]) -> Fact:
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
    raise UserError(f"I remember nothing like “{text}”. {hint}")
