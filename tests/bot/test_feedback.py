"""After several poor answers a person is asked, alone and once, whether something is to change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot import Person, Plugin
from bot.body import Body
from bot.testing import Testbed


@pytest_asyncio.fixture
async def bed(tmp_path: Path) -> AsyncIterator[Testbed]:
    plugin = Plugin("writer", "Writes.")

    @plugin.command(again=True)
    async def write() -> str:
        """Write."""
        return "Something."

    async with Testbed(tmp_path, plugin) as bed:
        yield bed


async def rate(bed: Testbed, mark: str = "👎", person: Person | None = None) -> Body:
    """Have an answer written, and say what one thinks of it."""
    answer = await bed.say("/write", person=person)
    return await bed.say(next(each.line for each in answer.buttons if each.label == mark), person=person)


def offered(body: Body) -> dict[str, str]:
    return {button.label: button.line for card in body.cards for button in card.buttons}


async def test_only_after_several_poor_answers_it_is_asked_and_then_not_again_for_long(bed: Testbed) -> None:
    assert [{}, {}, {}] == [offered(await rate(bed, mark)) for mark in ("👎", "👍", "👎")]
    body = await rate(bed)
    assert ["Shorter", "Longer", "More formal", "Nothing"] == list(offered(body))
    assert body.text.startswith("Thank you: noted as a poor answer.")
    assert {} == offered(await rate(bed))
    bed.clock.advance(timedelta(days=31))
    assert "Nothing" in offered(await rate(bed))


async def test_what_others_find_poor_counts_for_them_alone(bed: Testbed) -> None:
    await rate(bed)
    await rate(bed)
    assert {} == offered(await rate(bed, person=bed.admin))
    assert {"test:ana", "test:admin"} == {
        each.private_to for each in bed.platform.addresses.values() if each.private_to
    }


async def preferences(bed: Testbed) -> list[str]:
    lines = (await bed.say("/profile show")).text.splitlines()
    return [line for line in lines if line.startswith(("- Length", "- Tone", "- Format", "- Language"))]


@pytest.mark.parametrize(
    ("label", "changed", "before"),
    [
        ("Shorter", "- Length: short", "- Length: medium"),
        ("Longer", "- Length: long", "- Length: medium"),
        ("More formal", "- Tone: formal", "- Tone: plain"),
    ],
)
async def test_only_what_is_pressed_changes_and_it_can_be_undone(
    bed: Testbed, label: str, changed: str, before: str
) -> None:
    asked = [await rate(bed) for _ in range(3)][-1]
    profile = await preferences(bed)
    assert before in ";".join(profile)
    said = await bed.say(offered(asked)[label])
    assert "`/profile set` changes it again" in said.text
    assert changed in ";".join(await preferences(bed))
    await bed.say(offered(said)["Undo"])
    assert profile == await preferences(bed)


async def test_nothing_changes_nothing(bed: Testbed) -> None:
    asked = [await rate(bed) for _ in range(3)][-1]
    profile = await preferences(bed)
    assert "Nothing was changed." in (await bed.say(offered(asked)["Nothing"])).text
    assert profile == await preferences(bed)


async def test_what_cannot_go_further_is_not_offered(bed: Testbed) -> None:
    await bed.say("/profile set length short")
    await bed.say("/profile set tone formal")
    asked = [await rate(bed) for _ in range(3)][-1]
    assert ["Longer", "Nothing"] == list(offered(asked))
    await bed.say("/profile set length long", person=bed.admin)
    asked = [await rate(bed, person=bed.admin) for _ in range(3)][-1]
    assert ["Shorter", "More formal", "Nothing"] == list(offered(asked))
