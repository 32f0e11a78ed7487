"""Which command a request means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import Attachment, Plugin, PluginError, UserError
from bot.router import Router
from tests.bot.path import Path


async def nothing() -> bytes:
    return b""


FILE = Attachment("a.txt", "text/plain", 0, nothing)
OTHER = Attachment("b.txt", "text/plain", 0, nothing)


def made() -> Plugin:
    plugin = Plugin("made", "…")

    @plugin.command(free_text=True)
    async def chat(message: str) -> str:
        return message

    @plugin.command
    async def draw(what: str, size: int = 1, file: Attachment | None = None) -> str:
        return what

    @plugin.menu("Count words")
    async def count() -> str:
        return "3"

    return plugin


def music() -> Plugin:
    plugin = Plugin("music", "…", group=True)

    @plugin.command
    async def compose(what: str) -> str:
        return what

    @plugin.command
    async def prompt(what: str) -> str:
        return what

    return plugin


PATH = Path(made(), music())
ROUTER = PATH.dispatcher.router


@pytest.mark.parametrize(
    ("text", "command", "options"),
    [
        ("hello there", "chat", {"message": "hello there"}),
        ("", "chat", {}),
        ("/draw a fox size:3", "draw", {"what": "a fox", "size": "3"}),
        ("/DRAW a fox", "draw", {"what": "a fox"}),
        (" /music compose a jig in D", "music compose", {"what": "a jig in D"}),
        ("/draw\na fox", "draw", {"what": "a fox"}),
    ],
)
def test_a_line_means_a_command(text: str, command: str, options: dict[str, str]) -> None:
    request = PATH.request(text)
    match = ROUTER.resolve(request)
    assert (command, options) == (match.command.name, dict(match.options(request)))


def test_a_named_command_keeps_its_options_and_gets_the_files() -> None:
    request = PATH.request(command="draw", options={"what": "x"}, attachments=(FILE, OTHER))
    assert ROUTER.resolve(request).options(request) == {"what": "x", "file": FILE}


def test_a_file_that_was_chosen_stays() -> None:
    request = PATH.request(command="draw", options={"what": "x", "file": OTHER}, attachments=(FILE,))
    assert ROUTER.resolve(request).options(request)["file"] == OTHER


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/drew a fox", "There is no command `/drew`. Did you mean `/draw`?"),
        ("/qqq", "There is no command `/qqq`. `/help` lists what I can do."),
        ("/", "There is no command `/`"),
        ("/music", "`/music` needs one of: `/music compose`, `/music prompt`."),
        ("/music compoze x", "`/music` needs one of"),
    ],
)
def test_what_is_no_command_says_what_comes_near(text: str, says: str) -> None:
    with pytest.raises(UserError) as error:
        ROUTER.resolve(PATH.request(text))
    assert says in str(error.value)


def test_an_unknown_named_command_is_refused() -> None:
    with pytest.raises(UserError, match="no command `/gone`"):
        ROUTER.resolve(PATH.request(command="gone"))


def test_a_menu_is_no_slash_command_but_can_be_named() -> None:
    assert ROUTER.resolve(PATH.request(command="Count words")).command.name == "Count words"
    with pytest.raises(UserError):
        ROUTER.resolve(PATH.request("/Count words"))


def test_without_a_command_for_free_text_it_says_so() -> None:
    with pytest.raises(UserError, match="Nothing here answers plain messages"):
        Router().resolve(PATH.request("hello"))


def test_a_name_cannot_be_taken_twice_and_nothing_of_the_second_plugin_stays() -> None:
    router = Router()
    first, second = made(), Plugin("second", "…")

    async def extra() -> str:
        return ""

    async def draw() -> str:
        return ""

    second.command(extra)
    second.command(draw)
    router.add(first.commands.values())
    with pytest.raises(PluginError, match="the plugin made already has /draw"):
        router.add(second.commands.values())
    assert router.get("extra") is None
    router.remove(second.commands.values())
    assert first.commands["draw"] is router.get("/draw")


def test_a_command_and_a_group_cannot_share_a_name() -> None:
    bare = Plugin("bare", "…")

    @bare.command(free_text=True)
    async def music_() -> str:
        return ""

    router = Router()
    router.add(music().commands.values())
    with pytest.raises(PluginError, match="/music is a group already"):
        router.add(bare.commands.values())
    router = Router()
    router.add(bare.commands.values())
    with pytest.raises(PluginError, match="/music is a command already"):
        router.add(music().commands.values())
    with pytest.raises(PluginError, match="/music already answers plain messages"):
        router.add(made().commands.values())


def test_removed_commands_are_gone() -> None:
    router = Router()
    plugins = [made(), music()]
    for plugin in plugins:
        router.add(plugin.commands.values())
    for plugin in plugins:
        router.remove(plugin.commands.values())
    assert router.all() == []
    with pytest.raises(UserError, match="no command `/music`"):
        router.resolve(PATH.request("/music"))
    with pytest.raises(UserError, match="plain messages"):
        router.resolve(PATH.request("hi"))


@given(st.text())
def test_no_text_breaks_the_router(text: str) -> None:
    try:
        request = PATH.request(text)
        match = ROUTER.resolve(request)
        match.options(request)
    except UserError:
        return
    assert match.command in ROUTER.all()
