"""`/knowledge`: what is searched for answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.body import Body, State
from bot.documents import Document, Part
from bot.errors import UserError
from bot.models.tasks import Task
from bot.request import Attachment, Channel, ChannelKind
from bot.settings import Scope
from bot.testing import SERVER, Testbed
from bot.web import WebPages
from tests.bot.words import WordEmbeddings

DM = Channel("dm-ana", None, ChannelKind.DM, "Ana")
THREAD = Channel("talk", SERVER, ChannelKind.THREAD, "talk", parent="general")
HANDBOOK = """# Handbook

## Leave

Everyone has thirty days of paid leave in each year.

## Travel

Journeys by train are booked in the second class.
"""


@pytest.fixture
async def bed(tmp_path: Path) -> AsyncIterator[Testbed]:
    async with Testbed(tmp_path) as bed:
        bed.use(Task.EMBEDDINGS, WordEmbeddings())
        yield bed


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The pages of the web, by address."""
    found: dict[str, str] = {}

    async def read(self: WebPages, url: str) -> Document:
        if url not in found:
            raise UserError("That page does not answer.")
        return Document("example.org", found[url], "A page", url, (Part(found[url]),))

    monkeypatch.setattr(WebPages, "read", read)
    return found


def attached(text: str = HANDBOOK, name: str = "handbook.md") -> Attachment:
    async def read() -> bytes:
        return text.encode()

    return Attachment(name, "text/markdown", len(text.encode()), read)


async def order(bed: Testbed, line: str, channel: str | Channel = "general", *choices: str) -> Body:
    return await bed.say(f"/knowledge {line}", person=bed.admin, channel=channel, choices=choices)


async def add(bed: Testbed, line: str = "", channel: str | Channel = "general", text: str = HANDBOOK) -> Body:
    line = f"/knowledge add {line}".strip()
    return await bed.say(line, person=bed.admin, channel=channel, attachments=[attached(text)])


def said(body: Body) -> tuple[str, str]:
    """The title and the text of the only card."""
    assert State.DONE is body.state
    (card,) = body.cards
    return card.title, card.text


async def test_an_admin_adds_a_file_and_everyone_finds_what_it_says(bed: Testbed) -> None:
    body = await add(bed)
    expected = "2 passages. Ask me about it, or use `/knowledge search`."
    assert ("Handbook is searched for answers everywhere in this server.", expected) == said(body)
    for channel in ("general", "random"):
        body = await bed.say("/knowledge search how many days of paid leave are there?", channel=channel)
        assert "**1.** Handbook, Leave\n> Everyone has thirty days of paid leave in each year." == body.text
    body = await bed.say("/knowledge search elephants")
    assert "I found nothing about that in 1 source; other words may help." == body.text


async def test_the_same_file_again_is_read_where_it_changed(bed: Testbed) -> None:
    await add(bed)
    assert "2 passages; nothing has changed." == said(await add(bed))[1]
    assert "2 passages, 1 of them new." == said(await add(bed, text=HANDBOOK.replace("thirty", "forty")))[1]


async def test_only_admins_change_what_is_known_and_everyone_asks(bed: Testbed) -> None:
    body = await bed.say("/knowledge add", attachments=[attached()])
    assert State.FAILED is body.state
    assert "is for admins of this server" in body.text
    body = await bed.say("/knowledge list")
    expected = "Nothing is searched here yet; an admin can have a file, a page or a channel searched"
    assert body.text.startswith(expected)
    assert (await bed.say("/knowledge search leave")).text.startswith(expected)


async def test_what_is_added_for_one_place_stays_there(bed: Testbed) -> None:
    assert "Handbook is searched for answers only in this channel." == said(await add(bed, "only_here:yes"))[0]
    assert "thirty days" in (await bed.say("/knowledge search paid leave", channel=THREAD)).text
    assert "Nothing is searched here yet" in (await bed.say("/knowledge search paid leave", channel="random")).text
    assert "only in this thread" in said(await add(bed, "only_here:yes", THREAD))[0]
    listed = (await order(bed, "list", "random")).text.splitlines()
    assert [
        "- `1` **Handbook**: file handbook.md, 2 passages, read Mon 09:30, only in #general",
        "- `2` **Handbook**: file handbook.md, 2 passages, read Mon 09:30, only in #talk",
    ] == listed
    assert "Nothing is searched here yet" in (await bed.say("/knowledge list", channel="random")).text


async def test_a_person_has_their_own_files_searched_in_private(bed: Testbed) -> None:
    body = await bed.say("/knowledge add", channel=DM, attachments=[attached()])
    assert "Handbook is searched for answers in this conversation." == said(body)[0]
    assert "thirty days" in (await bed.say("/knowledge search paid leave", channel=DM)).text
    assert "Nothing is searched here yet" in (await bed.say("/knowledge search paid leave")).text
    assert "you can have" in (await bed.say("/knowledge list", channel=DM, person=bed.admin)).text
    (file,) = (await bed.say("/profile export", channel=DM)).files
    assert b"thirty days of paid leave" in file.data
    await bed.say("/profile erase", channel=DM, choices=["Erase everything"])
    assert "Nothing is searched here yet" in (await bed.say("/knowledge search paid leave", channel=DM)).text


async def test_what_is_removed_comes_back_by_the_button(bed: Testbed) -> None:
    (remove,) = (await add(bed)).cards[0].buttons
    assert ("Remove", "/knowledge remove 1") == (remove.label, remove.line)
    body = await bed.say(remove.line, person=bed.admin)
    assert "Handbook is no longer searched for answers." == said(body)[0]
    assert "Nothing is searched here yet" in (await bed.say("/knowledge search paid leave")).text
    (undo,) = body.cards[0].buttons
    assert "Undo" == undo.label
    assert "for admins" in (await bed.say(undo.line)).text
    assert (
        "Handbook is searched for answers everywhere in this server again."
        == said(await bed.say(undo.line, person=bed.admin))[0]
    )
    assert "thirty days" in (await bed.say("/knowledge search paid leave")).text
    assert "can no longer come back" in (await bed.say(undo.line, person=bed.admin)).text


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("leave.md", "Leave is no longer searched"),
        ("TRAVEL", "Travel is no longer searched"),
        ("tra", "Travel is no longer searched"),
        ("3", "Nothing called “3” is searched here"),
        ("l", "Several are called so; say the number: Leave (`1`), Luggage (`3`)."),
    ],
)
async def test_a_source_is_removed_by_its_number_name_or_how_it_begins(bed: Testbed, which: str, expected: str) -> None:
    for name in ("Leave", "Travel", "Luggage"):
        if which != "3" or name != "Luggage":
            file = attached(f"# {name}\n\nThis is about {name} and more.", f"{name.lower()}.md")
            await bed.say("/knowledge add", person=bed.admin, attachments=[file])
    body = await order(bed, f"remove which:{which}")
    assert expected in (body.text or said(body)[0])


async def test_a_page_is_added_cited_and_read_anew(bed: Testbed, pages: dict[str, str]) -> None:
    pages["https://example.org/leave"] = "Everyone has thirty days of paid leave."
    await order(bed, "add url:https://example.org/leave")
    text = (await bed.say("/knowledge search paid leave")).text
    assert "**1.** [A page](https://example.org/leave)\n> Everyone has thirty days of paid leave." == text
    assert "[A page](https://example.org/leave)**: page, 1 passage," in (await order(bed, "list")).text
    assert "- **A page**: 0 new passages" == (await order(bed, "refresh")).text.strip()
    pages["https://example.org/leave"] = "Everyone has forty days of paid leave."
    assert "- **A page**: 1 new passage" == (await order(bed, "refresh 1")).text.strip()
    assert "forty" in (await bed.say("/knowledge search paid leave")).text
    del pages["https://example.org/leave"]
    assert "- **A page** stays as it was. That page does not answer." == (await order(bed, "refresh")).text.strip()


async def test_only_pages_are_read_anew(bed: Testbed) -> None:
    assert "There is no page to read anew" in (await order(bed, "refresh")).text
    await add(bed)
    assert "Only pages are read anew" in (await order(bed, "refresh handbook")).text


async def test_one_thing_is_added_at_a_time(bed: Testbed) -> None:
    assert "Add one thing at a time" in (await order(bed, "add")).text
    assert "Add one thing at a time" in (await add(bed, "url:https://example.org")).text


async def test_a_channel_is_searched_in_itself_unless_somebody_there_shares_it(bed: Testbed) -> None:
    await bed.post("general", bed.ana, "Nothing is kept before an admin says so.")
    assert "No messages are kept in #general" in (await order(bed, "add channel:general")).text
    await bed.say("/settings history on:yes", person=bed.admin)
    await bed.post("general", bed.ana, "Everyone has thirty days of paid leave.")
    title, text = said(await order(bed, "add channel:general", "random"))
    assert "#general is searched for answers only in #general." == title
    assert "1 passage." in text
    assert "what is deleted is not any more" in text
    await bed.post("general", bed.ana, "Journeys by train are booked in the second class.")
    found = (await bed.say("/knowledge search booking train journeys")).text
    assert "**1.** [\\#general](https://chat.test/general/2), Ana\n> Journeys by train" in found
    assert "Nothing is searched" in (await bed.say("/knowledge search train", channel="random")).text
    assert "say this again in #general" in (await order(bed, "add channel:general only_here:no", "random")).text
    body = await order(bed, "add channel:general only_here:no", "general", "Leave it as it is")
    assert "Nothing was changed." == said(body)[0]
    body = await order(bed, "add channel:general only_here:no", "general", "Share it with everyone")
    assert "#general is searched for answers everywhere in this server." == said(body)[0]
    assert "thirty days" in (await bed.say("/knowledge search paid leave", channel="random")).text


async def test_what_is_no_longer_kept_is_no_longer_searched(bed: Testbed) -> None:
    await bed.say("/settings history on:yes days:1", person=bed.admin)
    await bed.post("general", bed.ana, "Everyone has thirty days of paid leave.")
    await order(bed, "add channel:general")
    bed.clock.advance(timedelta(days=2))
    await bed.app.store.prune()
    assert "I found nothing" in (await bed.say("/knowledge search paid leave")).text
    await bed.post("general", bed.ana, "Everyone has forty days of paid leave.")
    assert "forty" in (await bed.say("/knowledge search paid leave")).text
    await bed.app.store.settings.for_request(bed.request("", person=bed.admin)).set_history(False, None, Scope.CHANNEL)
    assert "I found nothing" in (await bed.say("/knowledge search paid leave")).text


async def test_names_mean_nothing_in_what_is_said_about_them(bed: Testbed) -> None:
    file = attached("---", "[x](y)_*.md")
    body = await bed.say("/knowledge add", person=bed.admin, attachments=[file])
    assert r"There is no text in \[x\](y)\_\*.md, so there is nothing to find in it." == body.text
    assert r"Nothing called “\*x\*” is searched here" in (await order(bed, "remove which:*x*")).text
