"""A modal for a command's options."""

from __future__ import annotations

import json
from datetime import date, time
from typing import Annotated, Any, Literal

from bot import Attachment, ChannelRef, Language, Multiline, Plugin, Range, User
from bot.platforms.slack.form import form, kept_in, options_in, wants_form
from bot.platforms.slack.payloads_interactions import Submission

plugin = Plugin("probe", "…")


@plugin.command
async def all_kinds(
    text: Annotated[str, Range(1, 50)],
    size: Literal["s", "m"],
    person: User,
    where: ChannelRef,
    day: date,
    hour: time,
    count: Annotated[int, Range(1, 9)],
    share: Annotated[float, Range(0.5)] = 0.5,
    loud: bool = False,
    language: Language | None = None,
    file: Attachment | None = None,
    more: Annotated[str, Multiline()] = "",
) -> None:
    """Take everything.

    Args:
        text: What to say.
    """


@plugin.command
async def upload(file: Attachment) -> None: ...


@plugin.command
async def easy(text: str = "") -> None: ...


def test_each_option_has_the_input_of_its_kind() -> None:
    view: Any = form(plugin.commands["all-kinds"], channel="C1", response_url="https://x.example")
    elements = {block["block_id"]: block["element"] for block in view["blocks"]}
    assert {
        "text": "plain_text_input",
        "size": "static_select",
        "person": "users_select",
        "where": "conversations_select",
        "day": "datepicker",
        "hour": "timepicker",
        "count": "number_input",
        "share": "number_input",
        "loud": "static_select",
        "language": "plain_text_input",
        "more": "plain_text_input",
    } == {name: element["type"] for name, element in elements.items()}
    assert (1, 50) == (elements["text"]["min_length"], elements["text"]["max_length"])
    assert ("1", "9") == (elements["count"]["min_value"], elements["count"]["max_value"])
    assert "0.5" == elements["share"]["min_value"]
    assert [False, True] == [elements[name]["multiline"] for name in ("text", "more")]
    assert ["s", "m"] == [option["value"] for option in elements["size"]["options"]]
    assert [False] * 7 + [True] * 4 == [block["optional"] for block in view["blocks"]]
    assert "What to say." == view["blocks"][0]["hint"]["text"]


def test_a_form_is_for_commands_that_need_something_that_can_be_typed() -> None:
    assert [True, False, False] == [wants_form(command) for command in plugin.commands.values()]


def test_what_was_filled_in_comes_back_by_option() -> None:
    values = {
        "text": {"text": {"value": "hello"}},
        "size": {"size": {"selected_option": {"value": "m"}}},
        "person": {"person": {"selected_user": "U1"}},
        "where": {"where": {"selected_conversation": "C2"}},
        "day": {"day": {"selected_date": "2026-03-02"}},
        "hour": {"hour": {"selected_time": "08:30"}},
        "more": {"more": {"value": None}},
        "empty": {},
    }
    view = {"private_metadata": json.dumps({"command": "x", "channel": "C1"}), "state": {"values": values}}
    base = {"team": {"id": "T1"}, "user": {"id": "U1"}, "trigger_id": "1"}
    sent = Submission.model_validate({**base, "view": view})
    assert {
        "text": "hello",
        "size": "m",
        "person": "<@U1>",
        "where": "<#C2>",
        "day": "2026-03-02",
        "hour": "08:30",
    } == options_in(sent)
    assert "C1" == kept_in(sent)["channel"]
