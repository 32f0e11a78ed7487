"""What admins decide for a server or a channel, and that it holds."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from bot.body import Body, State
from bot.models import files
from bot.request import ADMIN, Channel, ChannelKind, Person
from bot.testing import SERVER, Testbed
from plugins.settings import DELETE, KEEP

GUEST = Person("test:gil", "Gil", roles=frozenset({"guests"}))
DM = Channel("dm-ana", None, ChannelKind.DM, "Ana")


class Shown(BaseModel):
    """The fields of the settings card."""

    off: str
    messages: str
    models: str
    limits: str
    rules: str


async def order(atelier: Testbed, line: str, channel: str | Channel = "general", choices: tuple[str, ...] = ()) -> Body:
    return await atelier.say(f"/settings {line}", person=atelier.admin, channel=channel, choices=choices)


async def shown(atelier: Testbed, channel: str = "general") -> Shown:
    [card] = (await order(atelier, "show", channel)).cards
    return Shown(**dict(zip(Shown.model_fields, (value for _, value in card.fields), strict=True)))


async def test_a_fresh_server_has_the_configurations_settings(atelier: Testbed) -> None:
    assert await shown(atelier) == Shown(
        off="none",
        messages="Not kept",
        models="as configured",
        limits="In a minute: as configured\nIn a day: as configured",
        rules="none: everyone may use every command",
    )


@pytest.mark.parametrize(
    "line",
    [
        "show",
        "plugin name:chat on:no",
        "history on:yes",
        "model task:chat name:none",
        "limits",
        "allow chat",
        "deny chat",
    ],
)
async def test_only_admins_may_use_it(atelier: Testbed, line: str) -> None:
    body = await atelier.say(f"/settings {line}")
    assert body.state is State.FAILED
    assert "for admins" in body.text


async def test_only_the_admin_sees_the_answer(atelier: Testbed) -> None:
    await order(atelier, "show")
    assert [address.private_to for address in atelier.platform.addresses.values()] == ["test:admin"]


async def test_a_plugin_is_switched_off_in_one_channel(atelier: Testbed) -> None:
    body = await order(atelier, "plugin name:models on:no")
    assert body.text == "`models` is switched off in #general."
    assert "switched off" in (await atelier.say("/models")).text
    assert (await atelier.say("/models", channel="random")).state is State.DONE
    assert (await shown(atelier)).off == "`models`"


async def test_a_plugin_is_switched_off_in_the_whole_server_and_on_again(atelier: Testbed) -> None:
    body = await order(atelier, "plugin name:/Models on:off scope:server")
    assert body.text == "`models` is switched off in this whole server."
    assert (await atelier.say("/models", channel="random")).state is State.FAILED
    await order(atelier, "plugin name:models on:on scope:server")
    assert (await atelier.say("/models", channel="random")).state is State.DONE


async def test_settings_cannot_switch_themselves_off(atelier: Testbed) -> None:
    body = await order(atelier, "plugin name:settings on:no")
    assert "stays on" in body.text
    assert (await shown(atelier)).off == "none"


async def test_a_plugin_that_is_misspelt_brings_the_nearest(atelier: Testbed) -> None:
    assert "Did you mean `digest`?" in (await order(atelier, "plugin name:digets on:no")).text
    assert "There are `answers`, `catchup`, `chat`" in (await order(atelier, "plugin name:zzzz on:no")).text


async def test_messages_are_kept_from_then_on_and_deleted_when_it_ends(atelier: Testbed) -> None:
    await atelier.post("general", atelier.ana, "Before.")
    body = await order(atelier, "history on:yes days:30")
    assert body.text == "Messages are kept in #general from now on, for 30 days."
    assert (await shown(atelier)).messages == "Kept for 30 days"
    for text in ("One.", "Two."):
        await atelier.post("general", atelier.ana, text)
    body = await order(atelier, "history on:no", choices=(DELETE,))
    assert body.text == "Messages are no longer kept in #general; 2 messages were deleted."
    assert (await shown(atelier)).messages == "Not kept"


async def test_one_message_is_said_as_one(atelier: Testbed) -> None:
    await order(atelier, "history on:yes days:1")
    assert (await shown(atelier)).messages == "Kept for 1 day"
    await atelier.post("general", atelier.ana, "One.")
    assert (await order(atelier, "history on:no", choices=(DELETE,))).text.endswith("; 1 message was deleted.")


async def test_nothing_is_deleted_before_the_admin_says_so(atelier: Testbed) -> None:
    await order(atelier, "history on:yes")
    await atelier.post("general", atelier.ana, "One.")
    assert (await order(atelier, "history on:no", choices=(KEEP,))).text == "Nothing was changed."
    assert (await shown(atelier)).messages == "Kept for 90 days"
    assert "1 message was deleted" in (await order(atelier, "history on:no", choices=(DELETE,))).text


async def test_a_model_is_chosen_and_given_back(atelier: Testbed) -> None:
    body = await order(atelier, "model task:embeddings name:MiniLM-L6")
    assert body.text == "`minilm-l6` now serves embeddings in #general."
    assert (await shown(atelier)).models == "embeddings: `minilm-l6`"
    body = await order(atelier, "model task:embeddings name:none")
    assert body.text == "The model for embeddings in #general is again the one of the configuration."
    assert (await shown(atelier)).models == "as configured"


async def test_each_servers_admin_picks_models_for_that_server_alone(atelier: Testbed) -> None:
    source = "sentence-transformers/all-MiniLM-L12-v2"
    folder = files.home(source, atelier.config.models.dir)
    folder.mkdir(parents=True)
    record = files.Record(source=source, revision="c" * 40, licence="apache-2.0", files={})
    (folder / files.RECORD).write_text(record.model_dump_json())
    elsewhere = Channel("lobby", "test:elsewhere", ChannelKind.CHANNEL, "lobby")

    await order(atelier, "model task:embeddings name:minilm-l12 scope:server")

    for channel, used in (("general", "minilm-l12"), ("random", "minilm-l12"), (elsewhere, "minilm-l6")):
        assert f"- `{used}` — in use here" in (await atelier.say("/models", channel=channel)).text


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("task:embeddings name:minilm-l7", "Did you mean `minilm-l6`?"),
        ("task:embeddings name:minilm-l12", "`atelier models pull minilm-l12` installs it"),
        ("task:music name:anything", "There are `musicgen-small`"),
        ("task:poetry name:anything", "`task` is one of"),
    ],
)
async def test_a_model_that_cannot_serve_is_refused_with_what_to_do(atelier: Testbed, line: str, answer: str) -> None:
    body = await order(atelier, f"model {line}")
    assert body.state is State.FAILED
    assert answer in body.text
    assert (await shown(atelier)).models == "as configured"


async def test_limits_hold_for_each_person(atelier: Testbed) -> None:
    body = await order(atelier, "limits per_minute:2 per_day:0")
    assert body.text == ("Each person may make 2 requests in a minute and any number of requests in a day in #general.")
    assert (await shown(atelier)).limits == "In a minute: 2 requests\nIn a day: no limit"
    states = [(await atelier.say("/models")).state for _ in range(3)]
    assert states == [State.DONE, State.DONE, State.FAILED]


async def test_limits_go_back_to_the_configurations(atelier: Testbed) -> None:
    await order(atelier, "limits per_minute:1")
    assert "as many requests as configured in a minute" in (await order(atelier, "limits")).text
    assert (await shown(atelier)).limits == "In a minute: as configured\nIn a day: as configured"


async def test_a_rule_forbids_a_role_a_command_until_it_is_removed(atelier: Testbed) -> None:
    body = await order(atelier, "deny command:/models role:@guests")
    assert body.text == "@guests may not use `models` in #general."
    assert "You may not use `/models` here" in (await atelier.say("/models", person=GUEST)).text
    assert (await atelier.say("/models")).state is State.DONE
    assert (await shown(atelier)).rules == "@guests may not use `models`"
    body = await order(atelier, "unrule command:models role:guests")
    assert body.text == "The rule for `models` and @guests in #general is removed."
    assert (await atelier.say("/models", person=GUEST)).state is State.DONE


async def test_a_rule_may_open_what_another_closes(atelier: Testbed) -> None:
    body = await order(atelier, "deny command:profile scope:server")
    assert body.text == "Nobody but admins may use `profile` in this whole server."
    body = await order(atelier, "allow command:profile show role:everyone")
    assert body.text == "Everyone may use `profile show` in #general."
    assert (await atelier.say("/profile show")).state is State.DONE
    assert (await atelier.say("/profile export")).state is State.FAILED
    await order(atelier, "deny command:*")
    assert "Nobody but admins may use any command" in (await shown(atelier)).rules


async def test_a_rule_may_be_about_a_plugin_that_is_switched_off(atelier: Testbed) -> None:
    await order(atelier, "plugin name:digest on:no")
    assert (await order(atelier, "deny command:digest role:guests")).state is State.DONE


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("allow command:modles", "Did you mean `models`?"),
        ("deny command:models role:@", "Name a role"),
        ("unrule command:models role:guests", "There is no rule for `models` and @guests in #general"),
        ("unrule command:*", "There is no rule for any command and everyone in #general"),
    ],
)
async def test_a_rule_that_cannot_be_is_refused_with_what_to_do(atelier: Testbed, line: str, answer: str) -> None:
    body = await order(atelier, line)
    assert body.state is State.FAILED
    assert answer in body.text


async def test_a_direct_message_has_settings_of_its_own_but_no_server(atelier: Testbed) -> None:
    body = await atelier.say("/settings plugin name:models on:no scope:server", channel=DM)
    assert body.text == "There is no server in a direct message; use `scope:channel`."
    body = await atelier.say("/settings plugin name:models on:no", channel=DM)
    assert body.text == "`models` is switched off in this conversation."


async def test_a_setting_made_in_a_thread_says_that_it_holds_in_the_whole_channel(atelier: Testbed) -> None:
    thread = Channel("thread-1", SERVER, ChannelKind.THREAD, "Release", parent="general")
    everywhere = "in the channel of this thread and all its threads"
    assert everywhere in (await order(atelier, "plugin name:models on:no", thread)).text
    assert everywhere in (await order(atelier, "show", thread)).cards[0].title
    [card] = (await order(atelier, "show")).cards
    assert card.fields[0] == ("Plugins switched off", "`models`")


async def test_another_server_is_not_touched(atelier: Testbed) -> None:
    await order(atelier, "plugin name:models on:no scope:server")
    elsewhere = Channel("lobby", "test:other", ChannelKind.CHANNEL, "lobby")
    other = Person("test:oda", "Oda", roles=frozenset({ADMIN}))
    [card] = (await atelier.say("/settings show", person=other, channel=elsewhere)).cards
    assert card.fields[0] == ("Plugins switched off", "none")
