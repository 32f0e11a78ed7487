"""Tools of other servers, with a real one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest
from langchain_core.tools import Tool
from pydantic import ValidationError
from structlog.testing import capture_logs

from bot import Command, Done, Person, UserError
from plugins.chat import servers as servers_module
from plugins.chat.agent_servers import ServerTool, of_servers
from plugins.chat.config import ChatConfig, Source
from plugins.chat.servers import Servers, _connection
from tests.plugins.chat.caller import Caller

SERVER = str(Path(__file__).with_name("weather_server.py"))
WEATHER = Source(command=sys.executable, args=(SERVER,), env=("WEATHER_KEY",))
MODEL = Caller("Hello.")


class Consent:
    """Says the same whatever it is asked."""

    def __init__(self, answer: bool | UserError = True) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.begun = 0

    def offered(self) -> Sequence[Command]:
        return []

    async def run(self, name: str, options: Mapping[str, object]) -> Done:
        raise NotImplementedError

    async def begin(self) -> None:
        self.begun += 1

    async def confirm(self, what: str) -> bool:
        self.asked.append(what)
        if isinstance(self.answer, UserError):
            raise self.answer
        return self.answer


@pytest.fixture
async def servers(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Servers]:
    monkeypatch.setenv("WEATHER_KEY", "the key")
    monkeypatch.setenv("OTHER_KEY", "a secret")
    held = Servers()
    yield held
    await held.close()


async def tools(servers: Servers, source: Source, actions: Consent) -> dict[str, ServerTool]:
    offers = await of_servers(servers, {"weather": source}, actions, MODEL)
    return {offer.tool.name: offer.tool for offer in offers if isinstance(offer.tool, ServerTool)}


async def run(tool: ServerTool, **options: object) -> Done:
    message = await tool.ainvoke({"type": "tool_call", "id": "1", "name": tool.name, "args": options})
    assert isinstance(message.artifact, Done)
    return message.artifact


async def test_a_server_is_started_asked_and_started_anew(servers: Servers) -> None:
    actions = Consent()
    offered = await tools(servers, WEATHER, actions)
    assert ["weather_crash", "weather_forecast", "weather_storm"] == sorted(offered)
    assert "Tell the weather of a place." == offered["weather_forecast"].description

    told = await run(offered["weather_forecast"], place="Köln")
    failed = await run(offered["weather_storm"])
    broken = await run(offered["weather_forecast"], where="Köln")

    assert Done("Rain in Köln, says the key, nobody.") == told
    assert ("The server weather could not do it.", True) == (failed.error, "no wind" in failed.text)
    assert "The server weather could not do it." == broken.error
    assert 'weather: forecast place:"Köln"' == actions.asked[0]
    assert 3 == actions.begun

    await run(offered["weather_forecast"], place="x" * 1000, mode="evil")
    assert "(802 more characters)" in actions.asked[-1]
    assert actions.asked[-1].endswith('mode:"evil"')

    with capture_logs() as logs:
        gone = await run(offered["weather_crash"])
    assert Done(error="The server weather does not answer.") == gone
    assert "tool of a server failed" in [entry["event"] for entry in logs]

    again = await tools(servers, WEATHER.model_copy(update={"trusted": True}), Consent(answer=False))
    # What still calls the one that is gone does not end its successor.
    assert Done(error="The server weather does not answer.") == await run(offered["weather_forecast"], place="Bonn")
    assert "Rain in Bonn, says the key, nobody." == (await run(again["weather_forecast"], place="Bonn")).text

    for answer, error in ((False, "the person said no"), (UserError("No answer came."), "No answer came.")):
        denied = Consent(answer)
        refused = await tools(servers, WEATHER, denied)
        assert Done(error=error) == await run(refused["weather_forecast"], place="Bonn")
        assert 0 == denied.begun


def test_a_tool_has_a_name_that_every_server_of_models_takes() -> None:
    odd = Tool(name="files/read.all " + "x" * 60, description="Reads.", args_schema={"type": "object"}, func=str)

    tool = ServerTool(odd, "disk-1", WEATHER, Servers(), Consent(), 100)

    assert "disk-1_files_read_all_" + "x" * 42 == tool.name


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (Source(command="/nowhere/server"), "FileNotFoundError"),
        (Source(command=sys.executable, env=("UNSET_KEY",)), "UNSET_KEY is not set"),
        (Source(url="http://127.0.0.1:9/mcp", token="UNSET_KEY"), "UNSET_KEY is not set"),
        (Source(command=sys.executable, args=("-c", "")), "closed"),
    ],
)
async def test_a_server_that_does_not_start_is_left_out_and_told_of_once(
    servers: Servers, source: Source, reason: str
) -> None:
    with capture_logs() as logs:
        assert {} == await servers.tools({"weather": source})
        assert {} == await servers.tools({"weather": source})

    assert [True] == [reason in entry["error"] for entry in logs]


async def test_a_server_that_takes_too_long_is_left_out(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asyncio.Event()

    async def never(*details: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr(servers_module, "START_SECONDS", 0.01)
    monkeypatch.setattr(servers_module, "_hold", never)

    with capture_logs() as logs:
        assert {} == await servers.tools({"weather": WEATHER})

    assert ["TimeoutError: "] == [entry["error"] for entry in logs]
    assert ended.is_set()


def test_a_token_goes_to_the_server_that_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEATHER_KEY", "the key")

    with_token = _connection(Source(url="https://example.org/mcp", token="WEATHER_KEY"))
    without = _connection(Source(url="https://example.org/mcp"))

    assert {"Authorization": "Bearer the key"} == with_token.get("headers")
    assert {} == without.get("headers")


def test_a_source_is_reached_in_one_way_and_serves_those_it_is_told_to() -> None:
    for odd in ({}, {"command": "a", "url": "b"}):
        with pytest.raises(ValidationError, match="either command or url"):
            Source.model_validate(odd)
    with pytest.raises(ValidationError):
        ChatConfig.model_validate({"mcp": {"Not a name": {"command": "a"}}})
    some, every, none = (Source(command="a", people=people) for people in (("test:ana",), ("*",), ()))
    config = ChatConfig(mcp={"some": some, "every": every, "none": none})

    assert ["some", "every"] == list(config.sources_for(Person("test:ana", "Ana")))
    assert ["every"] == list(config.sources_for(Person("test:ben", "Ben")))
    # Whoever administers a server need not be the one who set the other program up.
    assert ["every"] == list(config.sources_for(Person("test:adam", "Adam", roles=frozenset({"admin"}))))
