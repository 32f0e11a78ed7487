from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from bot import Choices, Complete, Message, Multiline, Plugin, Range
from bot.platforms.discord.commands import application_commands, chosen, suggestions, unchanged
from tests.servers.discord.errors import check_commands


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def plugin() -> Plugin:
    paint = Plugin("paint", "Paints things, " * 20, group=True)

    @paint.command
    async def house(
        colour: Colour,
        size: Annotated[int, Range(1, 2**60)] = 3,
        name: Annotated[str, Range(2, 9000)] = "ab",
        share: Annotated[float, Range(0.5, 1)] = 1.0,
        when: date | None = None,
        street: Annotated[str, Complete(lambda typed: [f"{typed} Street", "x" * 101, ""])] = "",
        number: Annotated[int, Choices(*range(40))] = 1,
        wet: bool = False,
    ) -> str:
        """Paint a house.

        Args:
            colour: Which colour.
        """
        return "done"

    @paint.command(admin=True)
    async def over() -> str:
        """Paint everything over."""
        return "done"

    @paint.command(internal=True)
    async def secretly() -> str:
        """Paint in the dark."""
        return "done"

    @paint.menu("Paint this")
    async def this(message: Message) -> str:
        return "done"

    return paint


def guard() -> Plugin:
    guard = Plugin("guard", "Guards.")

    @guard.command(admin=True)
    async def lock(door: str, why: str = "") -> str:
        """Lock a door."""
        return door

    return guard


def test_commands_become_what_discord_takes() -> None:
    commands = [*plugin().commands.values(), *guard().commands.values()]
    payload = application_commands(commands)
    check_commands(payload)
    by_name = {command["name"]: command for command in payload}
    assert {"paint", "lock", "Paint this"} == set(by_name)
    assert 3 == by_name["Paint this"]["type"]
    assert "32" == by_name["lock"]["default_member_permissions"]
    assert "default_member_permissions" not in by_name["paint"]
    leaves = by_name["paint"]["options"]
    assert isinstance(leaves, list)
    assert ["house", "over"] == [leaf["name"] for leaf in leaves]
    options = {option["name"]: option for option in leaves[0]["options"]}
    assert [{"name": "red", "value": "red"}, {"name": "blue", "value": "blue"}] == options["colour"]["choices"]
    assert (4, 1, 2**53) == tuple(options["size"][key] for key in ("type", "min_value", "max_value"))
    assert (3, 2, 6000) == tuple(options["name"][key] for key in ("type", "min_length", "max_length"))
    assert (10, 0.5) == tuple(options["share"][key] for key in ("type", "min_value"))
    assert [3, 5] == [options["when"]["type"], options["wet"]["type"]]
    assert options["street"]["autocomplete"] is options["number"]["autocomplete"] is True


def test_what_discord_adds_is_no_change_but_every_word_of_ours_is() -> None:
    ours = application_commands(list(plugin().commands.values()))
    added = {"id": "1", "version": "2", "nsfw": False, "default_member_permissions": None, "contexts": None}
    theirs = [{**added, "description": "", **command} for command in reversed(ours)]
    assert unchanged(ours, theirs)
    assert not unchanged(ours, theirs[:-1])
    changed = [{**command, "name": "painting"} if command["name"] == "paint" else command for command in theirs]
    assert not unchanged(ours, changed)


def test_a_subcommand_is_read_with_its_options_and_what_is_being_typed() -> None:
    data = {
        "name": "paint",
        "options": [
            {
                "name": "house",
                "type": 1,
                "options": [
                    {"name": "colour", "type": 3, "value": "red"},
                    {"name": "street", "type": 3, "value": "Ma", "focused": True},
                ],
            }
        ],
    }
    assert ("paint house", {"colour": "red", "street": "Ma"}, "street") == chosen(data)


def test_what_is_offered_everywhere_comes_along_with_people_unless_it_is_for_admins() -> None:
    ours = application_commands([*plugin().commands.values(), *guard().commands.values()], everywhere=True)
    check_commands(ours)
    where = {command["name"]: (command["integration_types"], command["contexts"]) for command in ours}
    anywhere = [0, 1], [0, 1, 2]
    assert {"paint": anywhere, "Paint this": anywhere, "lock": ([0], [0, 1])} == where
    assert unchanged(ours, [dict(command) for command in ours])
    assert not unchanged(ours, [{**command, "contexts": None} for command in ours])


def test_a_text_of_several_lines_can_be_left_out_for_a_form_asks_for_it() -> None:
    letters = Plugin("letters", "Letters.")

    @letters.command
    async def write(text: Annotated[str, Multiline()], to: str) -> str:
        """Write a letter."""
        return text

    (command,) = application_commands(list(letters.commands.values()))
    check_commands([command])
    options = command["options"]
    assert isinstance(options, list)
    assert [("to", True), ("text", False)] == [(option["name"], option["required"]) for option in options]


async def test_suggestions_are_few_short_and_fit_what_is_typed() -> None:
    options = {option.name: option for option in plugin().commands["paint house"].options}
    assert ["Main Street"] == await suggestions(options["street"], "Main")
    assert 25 == len(await suggestions(options["number"], ""))
    assert [3, 13, 23, *range(30, 40)] == await suggestions(options["number"], "3")
    assert [] == await suggestions(options["size"], "1")
