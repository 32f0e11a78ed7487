"""A profile in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import Account, Fact, Kept, Profile, Request, count, zone_of

from .accounts import all_named
from .facts import listed, place
from .preferences import preferences

KEPT: Mapping[str, tuple[str, str] | None] = {
    "digest_subscriptions": ("digest that you switched on", "digests that you switched on"),
    "reminders": ("reminder", "reminders"),
    "knowledge_sources": ("document to look things up in", "documents to look things up in"),
    "messages": ("message of yours, where a channel's history is kept", "messages, where a channel's history is kept"),
    "recaps": ("summary of a long conversation", "summaries of long conversations"),
    "cited_pieces": (
        "passage of a summary that tells what you wrote",
        "passages of summaries that tell what you wrote",
    ),
    "requests": ("answer whose buttons work", "answers whose buttons work"),
    "ratings": ("answer that was rated", "answers that were rated"),
    "settings": ("setting of our direct messages", "settings of our direct messages"),
    "usage": ("use of a command", "uses of commands"),
    # Told above, part of what is told, or not for long.
    "people": None,
    "identities": None,
    "preferences": None,
    "persona_choices": None,
    "memories": None,
    "memory_vectors": None,
    "links": None,
    "plugin_storage": None,
    "digest_runs": None,
    "knowledge_passages": None,
    "knowledge_vectors": None,
    "message_vectors": None,
    "recap_messages": None,
    "cited_answers": None,
    "cited_sources": None,
    "inbox": None,
    "listening": None,
}
"""What the entries of each table are, one and several of them; None for those that nobody would miss here."""


def describe(profile: Profile, facts: Sequence[Fact], accounts: Sequence[Account], kept: Kept, request: Request) -> str:
    """Everything kept about a person, with how to change it.

    Args:
        profile: The preferences.
        facts: All that hold here.
        accounts: The person's, the one that asks first.
        kept: How much there is of everything else.
        request: Where it is shown, and when.
    """
    lines = ["**How I answer you**, everywhere", *(f"- {line}" for line in preferences(profile, request)), ""]
    if facts:
        lines += listed(facts, request, zone_of(profile))
    else:
        lines.append(f"I remember no facts for you in {place(request)}; `/profile remember` adds one.")
    if len(accounts) > 1:
        lines += ["", f"**Your accounts**: {all_named(accounts)}"]
    if others := _others(kept, facts):
        lines += ["", "**What else I keep about you**, in every server", *(f"- {line}" for line in others)]
    linking = "" if len(accounts) > 1 else "; `/profile link` joins your accounts on Discord and Slack"
    hints = "`/profile set` changes how I answer; `/profile export` gives you all I keep; `/profile erase` deletes it"
    return "\n".join([*lines, "", f"{hints}{linking}."])


def _others(kept: Kept, facts: Sequence[Fact]) -> list[str]:
    elsewhere = kept.rows.get("memories", 0) - sum(not fact.by for fact in facts)
    more = count(elsewhere, "more fact", "more facts")
    told = [f"{more}, of other servers and conversations or just forgotten"] if elsewhere > 0 else []
    for table, number in kept.rows.items():
        names = KEPT.get(table, (table, table))
        if names is not None:
            told.append(count(number, *names))
    return told + [f"{count(number, 'thing')} of `{plugin}`" for plugin, number in kept.plugins.items()]
