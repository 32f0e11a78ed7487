from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count

import httpx
import httpx2
import pytest
from langchain_core.language_models import BaseChatModel, FakeListChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from pydantic import JsonValue, SecretStr

from bot.config import ChatSource
from bot.errors import UserError
from bot.models.admission import Admission
from bot.models.engines import served_turns
from bot.models.engines.served import connect, explain
from bot.models.engines.served_turns import ByTurns
from tests.servers.loopback import closed_port
from tests.servers.ollama import OllamaServer, ollama_server
from tests.servers.openai import OpenAIServer, openai_server


@pytest.fixture
def openai() -> Iterator[OpenAIServer]:
    with openai_server() as server:
        yield server


@pytest.fixture
def ollama() -> Iterator[OllamaServer]:
    with ollama_server() as server:
        yield server


def at_openai(url: str | None, **changes: object) -> ChatSource:
    return ChatSource.model_validate({"provider": "openai", "model": "small", "base_url": url, **changes})


def at_ollama(url: str, **changes: object) -> ChatSource:
    return ChatSource.model_validate({"provider": "ollama", "model": "qwen3:1.7b", "base_url": url, **changes})


@asynccontextmanager
async def connected(source: ChatSource) -> AsyncIterator[BaseChatModel]:
    served = connect(source)
    try:
        yield served.model
    finally:
        await served.close()


async def stream(source: ChatSource) -> list[AIMessageChunk]:
    async with connected(source) as model:
        return [chunk async for chunk in model.astream("What does the fox do?")]


async def drain(model: BaseChatModel) -> None:
    async for _ in model.astream("What does the fox do?"):
        pass


async def complaint(source: ChatSource) -> str:
    """What the person is told when an answer fails."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which library's it is, is what explain finds out
        await stream(source)
    told = explain(caught.value, source)
    assert isinstance(told, UserError)
    assert "\n" not in str(told)
    return str(told)


async def test_an_openai_compatible_server_streams_its_answer(openai: OpenAIServer) -> None:
    chunks = await stream(at_openai(openai.url))

    assert [chunk.text for chunk in chunks if chunk.text] == ["The", " fox", " sleeps."]


async def test_an_openai_compatible_server_is_asked_as_configured(openai: OpenAIServer) -> None:
    await stream(at_openai(openai.url, temperature=0.25, api_key="its key"))

    asked = openai.requests[0]
    assert (asked["model"], asked["temperature"], asked["stream"]) == ("small", 0.25, True)
    assert openai.keys == ["Bearer its key"]


async def test_both_tell_how_many_tokens_an_answer_took(openai: OpenAIServer, ollama: OllamaServer) -> None:
    for source in (at_openai(openai.url), at_ollama(ollama.url)):
        usages = [chunk.usage_metadata for chunk in await stream(source) if chunk.usage_metadata]

        assert [(usage["input_tokens"], usage["output_tokens"]) for usage in usages] == [(7, 3)]


async def test_both_answer_in_one_piece_too(openai: OpenAIServer, ollama: OllamaServer) -> None:
    for source in (at_openai(openai.url), at_ollama(ollama.url)):
        async with connected(source) as model:
            answer = await model.ainvoke("What does the fox do?")
            assert isinstance(answer, AIMessage)
            assert answer.usage_metadata
            assert ("The fox sleeps.", 10) == (answer.text, answer.usage_metadata["total_tokens"])


async def test_both_know_how_long_a_conversation_may_be(openai: OpenAIServer, ollama: OllamaServer) -> None:
    for source in (at_openai(openai.url, context_tokens=4096), at_ollama(ollama.url, context_tokens=4096)):
        async with connected(source) as model:
            assert model.profile is not None
            assert model.profile["max_input_tokens"] == 4096


async def test_both_are_shown_pictures_where_the_model_sees(openai: OpenAIServer, ollama: OllamaServer) -> None:
    question = HumanMessage(
        [{"type": "text", "text": "What is it?"}, {"type": "image", "base64": "AAAA", "mime_type": "image/png"}]
    )
    for source in (at_openai(openai.url, images=True), at_ollama(ollama.url, images=True)):
        async with connected(source) as model:
            assert model.profile is not None
            assert model.profile["image_inputs"]
            await model.ainvoke([question])

    assert "data:image/png;base64,AAAA" in str(openai.requests[-1]["messages"])
    assert "'images': ['AAAA']" in str(ollama.requests[-1]["messages"])


async def test_a_key_of_the_environment_goes_to_no_server_of_ones_own(
    openai: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret of another")

    await stream(at_openai(openai.url))

    assert openai.keys == ["Bearer none"]


def test_openai_itself_wants_a_key_and_gets_it_only_from_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret of another")

    with pytest.raises(UserError, match="OpenAI needs a key: set ATELIER__MODELS__CHAT__API_KEY"):
        connect(at_openai(None))


async def test_with_a_key_openai_itself_is_the_server() -> None:
    async with connected(at_openai(None, api_key=SecretStr("key"))) as model:
        assert getattr(model, "openai_api_base", None) == "https://api.openai.com/v1"


async def test_ollama_streams_its_answer(ollama: OllamaServer) -> None:
    chunks = await stream(at_ollama(ollama.url))

    assert [chunk.text for chunk in chunks if chunk.text] == ["The", " fox", " sleeps."]


async def test_ollama_is_asked_as_configured_and_not_to_think_aloud(ollama: OllamaServer) -> None:
    await stream(at_ollama(ollama.url, temperature=0.25, context_tokens=2048, api_key="its key"))

    asked = ollama.requests[0]
    options = asked["options"]
    assert isinstance(options, dict)
    assert (options["temperature"], options["num_ctx"]) == (0.25, 2048)
    assert asked["think"] is False
    assert ollama.keys == ["Bearer its key"]


async def test_ollama_without_a_key_gets_none(ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OLLAMA_API_KEY", raising=False)

    await stream(at_ollama(ollama.url))

    assert ollama.keys == [None]


async def test_a_server_that_is_not_running_is_to_be_started() -> None:
    url = f"http://127.0.0.1:{closed_port()}"

    assert "start it with `ollama serve`, or correct models.chat.base_url" in await complaint(at_ollama(url))
    assert "does not answer; start it, or correct models.chat.base_url" in await complaint(at_openai(url))


async def test_a_wrong_key_is_to_be_set(openai: OpenAIServer) -> None:
    openai.key = "right"

    told = await complaint(at_openai(openai.url, api_key="wrong"))

    assert told == "The language model's server refused the key; set ATELIER__MODELS__CHAT__API_KEY to a valid one."


async def test_an_unknown_model_is_to_be_pulled_or_corrected(openai: OpenAIServer, ollama: OllamaServer) -> None:
    assert "run `ollama pull big`" in await complaint(at_ollama(ollama.url, model="big"))
    assert "does not know big; correct models.chat.model" in await complaint(at_openai(openai.url, model="big"))


async def test_a_server_that_is_not_ollama_is_to_be_corrected(openai: OpenAIServer) -> None:
    assert "correct models.chat.base_url" in await complaint(at_ollama(openai.url))


async def test_a_server_that_never_answers_is_given_up(openai: OpenAIServer, ollama: OllamaServer) -> None:
    openai.stall = ollama.stall = True

    for source in (at_openai(openai.url, timeout_seconds=0.2), at_ollama(ollama.url, timeout_seconds=0.2)):
        assert "did not answer within 0.2 seconds; try again" in await complaint(source)


async def test_a_busy_server_is_to_be_asked_later(openai: OpenAIServer, ollama: OllamaServer) -> None:
    openai.fault, ollama.fault = (429, {"message": "slow down"}), (503, "server busy, please try again")

    for source in (at_openai(openai.url), at_ollama(ollama.url)):
        assert "is busy or its quota is used up" in await complaint(source)


async def test_too_long_a_conversation_is_said_to_be_so(openai: OpenAIServer) -> None:
    complaints: list[dict[str, JsonValue]] = [
        {"message": "too many", "code": "context_length_exceeded"},
        {"message": "too many", "type": "exceed_context_size_error"},
        {"message": "This model's maximum context length is 4096 tokens."},
    ]
    for said in complaints:
        openai.fault = (400, said)

        assert "This is too long for the language model" in await complaint(at_openai(openai.url))


async def test_any_other_failure_is_told_in_the_servers_own_words(openai: OpenAIServer, ollama: OllamaServer) -> None:
    openai.fault = (500, {"message": "out of\nmemory " + "!" * 300})
    ollama.fault = (500, "model requires more system memory (5.6 GiB) than is available (4.0 GiB)")

    said = await complaint(at_openai(openai.url))
    assert "could not answer: out of memory !!" in said
    assert said.endswith("!…")
    assert "requires more system memory (5.6 GiB)" in await complaint(at_ollama(ollama.url))


async def test_a_failure_in_the_middle_of_an_answer_is_told(openai: OpenAIServer, ollama: OllamaServer) -> None:
    openai.fault_midway, ollama.fault_midway = {"message": "the runner died"}, "the runner died"

    for source in (at_openai(openai.url), at_ollama(ollama.url)):
        assert "could not answer: the runner died" in await complaint(source)


async def test_an_answer_that_breaks_off_is_to_be_asked_for_again(openai: OpenAIServer, ollama: OllamaServer) -> None:
    openai.break_off = ollama.break_off = True

    for source in (at_openai(openai.url), at_ollama(ollama.url)):
        assert "broke off its answer; try again" in await complaint(source)


ELSEWHERE = "http://example.org/page"


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a plugin's own"),
        ConnectionError("a plugin's own"),
        TimeoutError(),
        httpx.ReadTimeout("slow", request=httpx.Request("GET", ELSEWHERE)),
        httpx2.ReadTimeout("slow", request=httpx2.Request("GET", ELSEWHERE)),
        httpx.ReadError("gone", request=httpx.Request("GET", ELSEWHERE)),
        httpx2.ReadError("gone", request=httpx2.Request("GET", ELSEWHERE)),
        httpx.ReadError("gone"),
        httpx2.ReadError("gone"),
    ],
)
def test_errors_of_anything_else_are_not_explained(error: Exception) -> None:
    for source in (at_openai("http://127.0.0.1:1/v1"), at_ollama("http://127.0.0.1:1")):
        assert explain(error, source) is None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectTimeout("slow", request=httpx.Request("POST", "http://10.0.0.1:11434/api/chat")), "ollama serve"),
        (httpx.ReadTimeout("slow", request=httpx.Request("POST", "http://10.0.0.1:11434/api/chat")), "did not answer"),
    ],
)
def test_ollamas_errors_of_the_connection_are_told_apart(error: Exception, words: str) -> None:
    connect(at_ollama("http://10.0.0.1:11434"))  # before it, no error can be its
    told = explain(error, at_ollama("http://10.0.0.1:11434"))

    assert told is not None
    assert words in str(told)


async def test_a_stream_that_pauses_too_long_is_slow(openai: OpenAIServer) -> None:
    openai.pause = True

    assert "did not answer within 0.2 seconds" in await complaint(at_openai(openai.url, timeout_seconds=0.2))


async def test_only_so_many_are_asked_at_once_as_configured(openai: OpenAIServer, ollama: OllamaServer) -> None:
    openai.stall = ollama.stall = True
    for source, server in ((at_openai(openai.url, at_once=2), openai), (at_ollama(ollama.url, at_once=2), ollama)):
        async with connected(source) as model:
            asked = [asyncio.create_task(model.ainvoke("What does the fox do?")) for _ in range(4)]
            for _ in range(2):
                await asyncio.to_thread(server.came.acquire)
            assert 2 == len(server.requests)
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
            assert await asyncio.to_thread(server.left.wait, 20)


async def test_who_does_not_wait_any_more_closes_the_connection(openai: OpenAIServer, ollama: OllamaServer) -> None:
    openai.pause = ollama.stall = True
    for source, server in ((at_openai(openai.url), openai), (at_ollama(ollama.url), ollama)):
        async with connected(source) as model:
            asked = asyncio.create_task(drain(model))
            await asyncio.to_thread(server.came.acquire)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            assert await asyncio.to_thread(server.left.wait, 20)


async def test_an_answer_that_hardly_goes_on_does_not_keep_its_turn(
    openai: OpenAIServer, ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    openai.words = ollama.words = tuple("It never comes to its end.")
    for source in (at_openai(openai.url), at_ollama(ollama.url)):
        # No pause is longer than the 120 seconds that one may take.
        monkeypatch.setattr(served_turns, "monotonic", count(0, 100).__next__)
        with pytest.raises(UserError, match=r"answers too slowly; try again, or raise models\.chat\.timeout_seconds"):
            await stream(source)
    # Also where it is wanted whole: Ollama's is read in pieces then too.
    monkeypatch.setattr(served_turns, "monotonic", count(0, 100).__next__)
    async with connected(at_ollama(ollama.url)) as model:
        with pytest.raises(UserError, match="answers too slowly"):
            await model.ainvoke("What does the fox do?")


async def test_a_long_answer_of_a_slow_server_comes_to_its_end(
    openai: OpenAIServer, ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    openai.words = ollama.words = ("word ",) * 100
    for source in (at_openai(openai.url), at_ollama(ollama.url)):
        monkeypatch.setattr(served_turns, "monotonic", count(0, 10).__next__)
        assert "word " * 100 == "".join(chunk.text for chunk in await stream(source))


@pytest.mark.parametrize("dropped", [1, 2])
async def test_ollama_is_asked_once_more_if_the_connection_broke_before_anything_came(dropped: int) -> None:
    said = b'{"model":"qwen3:1.7b","message":{"role":"assistant","content":"Yes."},"done":true,"done_reason":"stop"}\n'
    asked = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
        if asked > dropped:
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + said)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        source = at_ollama(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        if dropped == 1:
            assert "Yes." == "".join(chunk.text for chunk in await stream(source))
        else:
            assert "broke off its answer; try again" in await complaint(source)

    assert 2 == asked


class Said(ByTurns, FakeListChatModel):
    """Answers without a server, in turns."""


def test_threads_ask_in_turns_too() -> None:
    model = Said(responses=["one", "two"])
    model.admit(Admission("far", 1))

    assert "one" == model.invoke("What does the fox do?").text
    assert "two" == "".join(chunk.text for chunk in model.stream("What does the fox do?"))


def test_explaining_imports_nothing() -> None:
    """An error of a plugin must not cost the seconds that LangChain takes to import."""
    program = (
        "import sys\n"
        "from bot.config import ChatSource\n"
        "from bot.models.engines.served import explain\n"
        "for provider in ('openai', 'ollama'):\n"
        "    assert explain(ValueError(), ChatSource(provider=provider, model='m')) is None\n"
        "print([name for name in ('langchain_core', 'openai', 'ollama', 'torch') if name in sys.modules])\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
