"""Accounts of one person on several platforms."""

from __future__ import annotations

import re

import pytest

from bot.body import State
from bot.request import Channel, ChannelKind, Person
from bot.store.personal import about
from bot.testing import Testbed
from plugins.profile import LEAVE, LINK
from plugins.profile.words import KEPT

SLACK = Person("slack:ana", "Ana_M")
DM = Channel("dm-ana", None, ChannelKind.DM, "Ana")


async def code(atelier: Testbed) -> str:
    told = (await atelier.say("/profile link", channel=DM)).text
    found = re.search(r"`/profile link code:([A-Z2-9]{4}-[A-Z2-9]{4})`", told)
    assert found is not None
    return found[1]


async def test_a_code_links_two_accounts_after_a_yes_and_unlink_parts_them(atelier: Testbed) -> None:
    await atelier.say("/profile set tone formal", channel=DM)
    await atelier.say("/profile remember I sing scope:person", channel=DM)
    offered = await code(atelier)
    asked = f"/profile link code:{offered}"
    assert (await atelier.say(asked, person=SLACK, channel=DM, choices=(LEAVE,))).text == "Nothing was linked."
    linked = (await atelier.say(asked, person=SLACK, channel=DM, choices=(LINK,))).text
    assert "Linked: Ana\\_M on Slack (this one), Ana on Test are one person now." in linked
    assert "I remember 1 fact of yours" in linked
    shown = (await atelier.say("/profile show", person=SLACK, channel=DM)).text
    assert "**Your accounts**: Ana\\_M on Slack (this one), Ana on Test" in shown
    assert "Tone: formal" in shown
    assert "1. I sing" in shown
    assert "None of your accounts is called “web”" in (await atelier.say("/profile unlink web", channel=DM)).text
    parted = (await atelier.say("/profile unlink slack", channel=DM)).text
    assert parted.startswith("Ana\\_M on Slack is a person of its own again.")
    assert "I sing" not in (await atelier.say("/profile show", person=SLACK, channel=DM)).text
    alone = await atelier.say("/profile unlink", channel=DM)
    assert (State.FAILED, True) == (alone.state, alone.text.startswith("No other account is linked"))


async def test_preferences_that_differ_are_told(atelier: Testbed) -> None:
    await atelier.say("/profile set tone playful", person=SLACK, channel=DM)
    await atelier.say("/profile set tone formal", channel=DM)
    linked = await atelier.say(f"/profile link {await code(atelier)}", person=SLACK, channel=DM, choices=(LINK,))
    assert "- Your tone is formal, which you chose later than playful." in linked.text


@pytest.mark.parametrize("line", ["/profile link", "/profile link code:AAAA-AAAA", "/profile unlink"])
async def test_nobody_else_sees_any_of_it(atelier: Testbed, line: str) -> None:
    await atelier.say(line)
    assert {address.private_to for address in atelier.platform.addresses.values()} == {"test:ana"}


async def test_erasing_a_linked_person_forgets_every_account(atelier: Testbed) -> None:
    await atelier.say("/profile remember I sing scope:person", channel=DM)
    await atelier.say(f"/profile link {await code(atelier)}", person=SLACK, channel=DM, choices=(LINK,))
    await atelier.say("/profile erase", person=SLACK, channel=DM, choices=("Erase everything",))
    shown = (await atelier.say("/profile show", channel=DM)).text
    assert "I sing" not in shown
    assert "Your accounts" not in shown


def test_everything_that_is_kept_has_words() -> None:
    assert {table.__tablename__ for table in about(None, [])} == set(KEPT)
