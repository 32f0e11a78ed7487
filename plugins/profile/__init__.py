"""`/profile`: the preferences that shape every answer, and the right to see and erase all that is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from bot import (
    Accounts,
    Button,
    Card,
    Choice,
    Fact,
    FactScope,
    File,
    Memories,
    Plugin,
    Profile,
    Profiles,
    Range,
    Request,
    UserError,
    count,
    find_zone,
    shortened,
)

from .accounts import account_called, joined_in_words, named
from .facts import FOR_OTHERS, fact_meant, newer, remembered, reworded
from .preferences import Name, preference
from .words import describe

plugin = Plugin("profile", "What I know about you: how answers should be, and what to remember.", group=True)

FORGET, KEEP = "Forget them", "Keep them"
REPLACE, BOTH = "Replace it", "Keep both"
REMEMBER, DROP = "Yes, remember it", "No"
LINK, LEAVE = "Both are mine: link them", "No"
ERASE, CANCEL = "Erase everything", "Keep it"


@plugin.command(private=True, examples=["/profile show", "what do you know about me?"], unlimited=True, repeatable=True)
async def show(profile: Profile, profiles: Profiles, memories: Memories, accounts: Accounts, request: Request) -> str:
    """Show your preferences, what I remember here, your linked accounts and what else I keep about you."""
    facts = await memories.all()
    return describe(profile, facts, await accounts.all(), await profiles.kept(), request)


@plugin.command(
    private=True,
    examples=[
        "/profile set name:language value:German",
        "/profile set name:zone value:Europe/Berlin",
        "/profile set name:tone value:friendly",
        "/profile set name:length value:short",
        "/profile set name:pictures value:watercolour",
        "/profile set name:quoted value:no",
    ],
    repeatable=True,
)
async def set_(name: Name, value: str, profiles: Profiles, request: Request) -> str:
    """Choose your language, time zone, how answers, summaries, pictures and music are, and whether you are quoted.

    Args:
        name: What to choose.
        value: A language, a zone or its city, a tone (plain, friendly, formal, playful), a length of answers or of
            summaries (short, medium, long), a format (auto, plain, bullets), a time for digests, whether summaries
            and digests for others may quote you (yes, no), a style of pictures or a taste of music in your own words;
            `none` goes back to the default.
    """
    wanted = value.strip()
    if wanted.casefold() == "none":
        return f"{preference(name, await profiles.set(name, None), request)}."
    if name == "zone":
        wanted = find_zone(wanted).key
    return f"{preference(name, await profiles.set(name, wanted), request)}."


@plugin.command(
    private=True,
    asks=lambda options: options["scope"] in FOR_OTHERS,
    examples=[
        "/profile remember I am vegetarian",
        "/profile remember fact:The release is on 4 June scope:channel",
        "remember that I work from Lisbon",
    ],
)
async def remember(
    fact: Annotated[str, Range(1, 1000)], memories: Memories, request: Request, scope: FactScope = "here"
) -> AsyncIterator[str | Card | Choice]:
    """Keep a fact, for answers to you in this server or conversation, or for whom you say.

    Args:
        fact: In your own words.
        scope: Where it holds: `here` for you in this server or conversation, `person` for you everywhere, `channel` for
            everyone in this channel, `server` for everyone in this server (admins).
    """
    others_words = reworded(fact, request)
    if others_words and (yield Choice(f"Shall I remember “{fact}”?", (REMEMBER, DROP))) != REMEMBER:
        yield "Nothing was remembered: the person said no."
        return
    older = await memories.near(fact, scope)
    instead = None
    if older is not None:
        picked = yield Choice(newer(older), (REPLACE, BOTH))
        instead = older.id if picked == REPLACE else None
    kept = await memories.remember(fact, scope, instead=instead, confirmed=others_words)
    yield f"{remembered(kept, request)} `/profile forget` takes it back."
    if older is not None and instead is not None:
        yield Card(f"Forgotten: “{shortened(older.text, 60)}”", buttons=(_undo(older),))


@plugin.command(
    private=True, examples=["/profile forget 2", "/profile forget I am vegetarian", "/profile forget"], unlimited=True
)
async def forget(memories: Memories, fact: str | None = None) -> AsyncIterator[str | Card | Choice]:
    """Forget one fact, or everything of your own that I remember here.

    Args:
        fact: Its number in `/profile show`, or its words; without it, everything of your own here.
    """
    facts = await memories.all()
    if fact is not None:
        gone = [await memories.forget(fact_meant(fact, facts).id)]
        yield f"Forgotten: “{gone[0].text}”."
    else:
        own = [each for each in facts if each.scope in ("person", "here")]
        if not own:
            raise UserError("I remember nothing for you here.")
        everything = "the one fact" if len(own) == 1 else f"all {len(own)} facts"
        if (yield Choice(f"Forget {everything} I remember for you here?", (FORGET, KEEP))) != FORGET:
            yield "Nothing was forgotten."
            return
        gone = list(await memories.forget_all())
        yield f"Forgotten: {count(len(gone), 'fact')}."
    if gone:
        yield Card("For a day you can take it back", buttons=(_undo(gone[0]),))


@plugin.command(private=True, hidden=True, unlimited=True)
async def restore(fact: str, memories: Memories) -> str:
    """Remember again what was just forgotten.

    Args:
        fact: One of the facts that were forgotten.
    """
    back = await memories.restore(fact)
    return "\n".join(f"I remember again: “{each.text}”." for each in back)


@plugin.command(private=True, asks=True, examples=["/profile link", "/profile link code:ABCD-EFGH"])
async def link(accounts: Accounts, code: str | None = None) -> AsyncIterator[str | Choice]:
    """Make your accounts on Discord and Slack one person, with the same preferences and facts.

    Args:
        code: What `/profile link` told your other account; without it I give you one.
    """
    if code is None:
        offered = await accounts.offer()
        yield (
            f"Your code is `{offered}`. Within ten minutes, write `/profile link code:{offered}` with your other "
            "account. Show it to nobody: who uses it shares your preferences and facts with you."
        )
        return
    giver = await accounts.whose(code)
    picked = yield Choice(
        f"Link this account with {named(giver)}? Only if both are yours: each then knows the preferences and facts of "
        "the other, and can export and erase all that is kept about both. `/profile unlink` parts them again.",
        (LINK, LEAVE),
    )
    yield joined_in_words(await accounts.join(code)) if picked == LINK else "Nothing was linked."


@plugin.command(private=True, asks=True, examples=["/profile unlink", "/profile unlink slack"])
async def unlink(accounts: Accounts, account: str | None = None) -> str:
    """Part this account, or another linked one, from the rest; facts stated from it go with it.

    Args:
        account: Its name or platform, as `/profile show` has it; without it, the one you are using.
    """
    wanted = None if account is None else account_called(account, await accounts.all()).id
    left = await accounts.leave(wanted)
    return (
        f"{named(left)} is a person of its own again. It has a copy of the preferences, and the facts that were stated "
        "from it."
    )


@plugin.command(private=True, examples=["/profile export"], unlimited=True, repeatable=True)
async def export(profiles: Profiles) -> AsyncIterator[str | File]:
    """Give you everything kept about you, in every server, as a file."""
    data = await profiles.export()
    text = await asyncio.to_thread(json.dumps, data, ensure_ascii=False, indent=2, default=str)
    yield "Everything kept about you, in every server:"
    yield File("profile.json", text.encode(), "application/json", alt="Everything Atelier keeps about you")


@plugin.command(private=True, examples=["/profile erase"], unlimited=True)
async def erase(profiles: Profiles) -> AsyncIterator[str | Choice]:
    """Delete everything kept about you, in every server."""
    picked = yield Choice(
        "Delete everything kept about you, in every server and of every account you linked: preferences (also whether "
        "you are quoted), facts, kept messages, what plugins keep, digests and reminders, and the record of what you "
        "used? It cannot be undone; `/profile export` first gives you a copy.",
        (ERASE, CANCEL),
    )
    if picked != ERASE:
        yield "Nothing was erased."
        return
    quoted = (await profiles.get()).quoted
    rows = await profiles.erase()
    if rows:
        yield f"Everything kept about you is erased: {count(rows, 'entry', 'entries')} went."
        if not quoted:
            yield (
                " That you do not want to be quoted is forgotten, too; `/profile set name:quoted value:no` keeps just "
                "that."
            )
    else:
        yield "There was nothing kept about you."


def _undo(fact: Fact) -> Button:
    return Button("Undo", f"/profile restore {fact.id}")
