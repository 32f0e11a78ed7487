"""The files of an answer, when it is corrected later."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.body import Body, File, State
from bot.errors import UserError
from bot.platform import Address, MessageRef
from tests.bot.platforms.slack.conftest import Client
from tests.bot.platforms.slack.test_answer import PARAGRAPHS, asked, shown


async def test_an_answer_is_corrected_days_later_and_its_picture_stays(client: Client) -> None:
    picture = File("activity.png", b"picture", "image/png", alt="Activity", caption="Last week")
    address = asked(client)
    ref = await client.platform.post(address, Body("One. Two.", (picture,), state=State.DONE, request_id="R1"), "key")
    there = replace(picture, data=b"")
    correction = Body("One.", (there,), state=State.DONE, request_id="R1", files_stay=True)
    # What only the process knew that posted it is forgotten; a message and its file are all there is.
    client.platform._answers._known.clear()
    assert ref == await client.platform.edit(MessageRef(ref.channel, ref.id, ref.more), correction)
    assert ["One.", "Last week"] == [message.text for message in shown(client)]
    assert {ref.more[0]: b"picture"} == client.slack.workspace.files
    assert ref == await client.platform.edit(ref, replace(correction, text="Nothing."))
    assert 1 == len(client.slack.api.called("files.completeUploadExternal"))
    await client.platform.delete(ref)
    assert [] == shown(client)


async def test_the_files_of_a_long_answer_stand_below_all_of_it(client: Client) -> None:
    picture = File("a.png", b"picture", "image/png", caption="Last week")
    body = Body(PARAGRAPHS[:9_000], (picture,), state=State.DONE)
    await client.platform.post(Address("CGENERAL"), body, "key")
    *texts, last = shown(client)
    assert body.text.split() == "\n\n".join(message.text for message in texts).split()
    assert "Last week" == last.text
    assert [] == client.slack.api.called("chat.update")


async def test_a_correction_goes_into_the_file_that_has_all_of_a_long_answer(client: Client) -> None:
    picture = File("a.png", b"picture", "image/png")
    ref = await client.platform.post(asked(client), Body(PARAGRAPHS, (picture,), state=State.DONE), "key")
    correction = Body(f"Corrected. {PARAGRAPHS[100:]}", state=State.DONE, files_stay=True)
    grown = await client.platform.edit(ref, correction)
    kept, whole = (client.slack.workspace.files[each] for each in grown.more if "." not in each)
    assert (b"picture", correction.text.encode()) == (kept, whole)
    await client.platform.edit(grown, replace(correction, text="Short."))
    assert {"Short."} == {message.text for message in shown(client) if message.text}
    assert [b"picture"] == [*client.slack.workspace.files.values()]


async def test_where_it_cannot_be_told_which_file_has_all_of_it_the_correction_fails(client: Client) -> None:
    picture = File("a.png", b"picture", "image/png")
    ref = await client.platform.post(asked(client), Body(PARAGRAPHS, (picture,), state=State.DONE), "key")
    correction = Body("Short.", state=State.DONE, files_stay=True)
    client.slack.api.scopes.discard("files:read")
    with pytest.raises(UserError, match="files:read"):
        await client.platform.edit(ref, correction)
    client.slack.api.scopes.add("files:read")
    client.slack.workspace.files = {
        id_: data for id_, data in client.slack.workspace.files.items() if data != b"picture"
    }
    await client.platform.edit(ref, correction)
    assert {} == client.slack.workspace.files


def drawn(data: bytes, *, draft: bool) -> File:
    return File("fox.png", data, "image/png", caption="A draft" if draft else "A fox", draft=draft)


async def test_a_draft_is_seen_until_the_picture_takes_its_place(client: Client) -> None:
    files = client.slack.workspace.files
    ref = await client.platform.post(asked(client), Body(files=(drawn(b"1", draft=True),), request_id="R1"), "key")
    assert [b"1"] == [*files.values()]
    # Only the first is shown: Slack changes no file, and each would be one more message.
    ref = await client.platform.edit(ref, Body("Soon.", (drawn(b"2", draft=True),), request_id="R1"))
    assert [b"1"] == [*files.values()]
    final = Body("Here.", (drawn(b"3", draft=False),), state=State.DONE, request_id="R1")
    ref = await client.platform.edit(ref, final)
    assert ["Here.", "A fox"] == [message.text for message in shown(client)]
    assert [b"3"] == [*files.values()]
    assert [*files] == [each for each in ref.more if "." not in each]


async def test_a_draft_stays_where_nothing_takes_its_place(client: Client) -> None:
    draft = drawn(b"1", draft=True)
    ref = await client.platform.post(asked(client), Body("Soon.", (draft,), request_id="R1"), "key")
    ref = await client.platform.edit(ref, Body("Stopped.", (draft,), state=State.CANCELLED, request_id="R1"))
    assert ["Stopped.", "A draft"] == [message.text for message in shown(client)]
    assert 1 == len(client.slack.api.called("files.completeUploadExternal"))
    await client.platform.delete(ref)
    assert ([], {}) == (shown(client), client.slack.workspace.files)


async def test_a_draft_of_before_a_restart_goes_with_the_answer(client: Client) -> None:
    draft, done = drawn(b"1", draft=True), drawn(b"2", draft=False)
    ref = await client.platform.post(asked(client), Body("Soon.", (draft,), request_id="R1"), "key")
    client.platform._answers._known.clear()
    await client.platform.edit(ref, Body("Here.", (done,), state=State.DONE, request_id="R1"))
    assert [b"2"] == [*client.slack.workspace.files.values()]


async def test_a_draft_that_slack_does_not_take_keeps_nothing_from_going_on(client: Client) -> None:
    client.slack.api.scopes.discard("files:write")
    draft, done = drawn(b"1", draft=True), drawn(b"2", draft=False)
    ref = await client.platform.post(asked(client), Body("Soon.", (draft,), request_id="R1"), "key")
    client.slack.api.scopes.add("files:write")
    await client.platform.edit(ref, Body("Soon!", (draft,), request_id="R1"))
    # It is not tried again and again.
    assert (1, {}) == (len(shown(client)), client.slack.workspace.files)
    await client.platform.edit(ref, Body("Here.", (done,), state=State.DONE, request_id="R1"))
    assert ["Here.", "A fox"] == [message.text for message in shown(client)]


async def test_a_draft_that_cannot_be_removed_is_no_error(client: Client) -> None:
    draft, done = drawn(b"1", draft=True), drawn(b"2", draft=False)
    ref = await client.platform.post(asked(client), Body("Soon.", (draft,), request_id="R1"), "key")
    client.slack.api.scopes.discard("files:read")
    await client.platform.edit(ref, Body("Here.", (done,), state=State.DONE, request_id="R1"))
    assert ["Here.", "A draft", "A fox"] == [message.text for message in shown(client)]
