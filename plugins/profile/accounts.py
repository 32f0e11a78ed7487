"""A person's accounts in words, and which one they mean."""

from __future__ import annotations

from collections.abc import Sequence

from bot import Account, Joined, UserError, count, unmarked


def named(account: Account) -> str:
    """An account with its platform: `Ana on Discord`."""
    return f"{unmarked(account.name)} on {account.platform.capitalize()}"


def all_named(accounts: Sequence[Account]) -> str:
    """Every account, the one that asks marked as such."""
    return ", ".join(named(each) + (" (this one)" if each.here else "") for each in accounts)


def account_called(text: str, accounts: Sequence[Account]) -> Account:
    """The account that a name or platform means.

    Raises:
        UserError: None is meant, or several are.
    """
    wanted = text.strip().casefold()
    found = [each for each in accounts if wanted in (each.id.casefold(), each.platform, each.name.casefold())]
    found = found or [each for each in accounts if wanted == named(each).casefold()]
    if len(found) != 1:
        which = "None" if not found else "More than one"
        raise UserError(f"{which} of your accounts is called “{text}”; there are: {all_named(accounts)}.")
    return found[0]


def joined_in_words(joined: Joined) -> str:
    """What became one by linking."""
    lines = [f"Linked: {all_named(joined.accounts)} are one person now."]
    lines += [
        f"- Your {each.name} is {each.kept}, which you chose later than {each.dropped}." for each in joined.settled
    ]
    if not joined.settled:
        lines.append("- Your preferences hold on all of them.")
    if joined.facts:
        lines.append(f"- I remember {count(joined.facts, 'fact')} of yours; each holds where it held before.")
    return "\n".join([*lines, "", "`/profile show` shows everything, and `/profile unlink` parts them again."])
