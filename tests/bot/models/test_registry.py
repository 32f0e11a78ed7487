from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import torch
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel

from bot.config import ModelsConfig
from bot.errors import ConfigError, ModelMissing, UserError
from bot.models import files
from bot.models.catalog import Catalog, catalog
from bot.models.engines import hardware
from bot.models.engines.memory import weight
from bot.models.fitting import Place
from bot.models.registry import ChannelModels, ModelRegistry
from bot.models.tasks import Fit, ModelStatus, Task
from bot.settings import ChannelSettings
from tests.bot.models import chat_checkpoints, checkpoints
from tests.bot.models.stickers.checkpoints import make as make_stickers
from tests.servers.ollama import OllamaServer, ollama_server

HERE = ChannelSettings()


@pytest.fixture
def ollama() -> Iterator[OllamaServer]:
    with ollama_server() as server:
        yield server


def config(tmp_path: Path, **keys: object) -> ModelsConfig:
    return ModelsConfig.model_validate({"dir": tmp_path / "models", **keys})


def with_chat(tmp_path: Path, url: str) -> ModelsConfig:
    return config(tmp_path, chat={"provider": "ollama", "model": "qwen3:1.7b", "base_url": url})


def pulled(tmp_path: Path, source: str = "someone/tiny") -> Path:
    """A model as a pull leaves it."""
    folder = checkpoints.make(files.home(source, tmp_path / "models"))
    hashes = {"model.safetensors": files.sha256(folder / "model.safetensors")}
    record = files.Record(source=source, revision="c" * 40, licence="mit", files=hashes)
    (folder / files.RECORD).write_text(record.model_dump_json())
    return folder


@pytest.fixture
async def starter(tmp_path: Path) -> AsyncIterator[ModelRegistry]:
    registry = ModelRegistry(config(tmp_path))
    yield registry
    await registry.close()


async def embed(registry: ModelRegistry, settings: ChannelSettings = HERE) -> list[float]:
    model = await registry.provide(Task.EMBEDDINGS, settings)
    assert isinstance(model, Embeddings)
    return await model.aembed_query("a fox")


def row(registry: ModelRegistry, name: str, settings: ChannelSettings = HERE) -> ModelStatus:
    return next(status for status in registry.statuses(settings) if status.name == name)


async def test_the_starter_embeds_without_any_configuration(starter: ModelRegistry) -> None:
    assert len(await embed(starter)) == 384


async def test_everyone_is_handed_the_same_model(starter: ModelRegistry) -> None:
    first, second = await asyncio.gather(*(starter.provide(Task.EMBEDDINGS, HERE) for _ in range(2)))

    assert first is second


async def test_without_a_language_model_one_line_names_the_command_and_the_size(starter: ModelRegistry) -> None:
    with pytest.raises(ModelMissing) as caught:
        await starter.provide(Task.CHAT, HERE)

    line = str(caught.value)
    assert "\n" not in line
    assert "`atelier models pull qwen3-1.7b` (4.1 GB)" in line
    assert "[models.chat]" in line


async def test_a_task_without_a_model_names_the_easiest_one(starter: ModelRegistry) -> None:
    with pytest.raises(ModelMissing, match=r"run `atelier models pull distilbart-cnn` \(1\.2 GB\)\.$"):
        await starter.provide(Task.SUMMARIES, HERE)


async def test_a_task_that_the_catalog_has_no_model_for_says_so(
    starter: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.models.registry.catalog", lambda: Catalog(models=(), presets={"small": {}}))

    with pytest.raises(ModelMissing, match="This version of Atelier has no model for summaries yet"):
        await starter.provide(Task.SUMMARIES, HERE)


async def test_a_configured_language_model_answers(tmp_path: Path, ollama: OllamaServer) -> None:
    registry = ModelRegistry(with_chat(tmp_path, ollama.url))

    model = await registry.provide(Task.CHAT, HERE)

    assert isinstance(model, BaseChatModel)
    assert (await model.ainvoke("What does the fox do?")).text == "The fox sleeps."
    await registry.close()


async def test_a_model_that_is_not_pulled_names_the_pull_and_its_size(tmp_path: Path) -> None:
    registry = ModelRegistry(config(tmp_path, use={"embeddings": "minilm-l12"}))

    with pytest.raises(ModelMissing, match=r"run `atelier models pull minilm-l12` \(135 MB\)"):
        await registry.provide(Task.EMBEDDINGS, HERE)
    assert "minilm-l12" in str(registry.missing(Task.EMBEDDINGS))


async def test_a_pulled_model_is_used_when_the_configuration_names_it(tmp_path: Path) -> None:
    pulled(tmp_path)
    registry = ModelRegistry(config(tmp_path, use={"embeddings": "someone/tiny"}))

    assert len(await embed(registry)) == 16
    await registry.close()


async def test_a_pulled_model_that_was_altered_is_not_loaded(tmp_path: Path) -> None:
    (pulled(tmp_path) / "model.safetensors").write_bytes(b"tampered")
    registry = ModelRegistry(config(tmp_path, use={"embeddings": "someone/tiny"}))

    with pytest.raises(UserError, match="is not what was published"):
        await embed(registry)
    await registry.close()


async def test_a_folder_of_the_owners_is_used_when_the_configuration_names_it(tmp_path: Path) -> None:
    folder = checkpoints.make(tmp_path / "mine")
    registry = ModelRegistry(config(tmp_path, use={"embeddings": str(folder)}))

    assert len(await embed(registry)) == 16
    await registry.close()


async def test_a_channel_may_choose_another_installed_model(tmp_path: Path) -> None:
    pulled(tmp_path)
    registry = ModelRegistry(config(tmp_path))
    there = ChannelSettings(models={Task.EMBEDDINGS: "someone/tiny"})

    assert len(await embed(registry)) == 384
    assert len(await embed(registry, there)) == 16
    assert (row(registry, "someone/tiny", there).chosen, row(registry, "someone/tiny").chosen) == (True, False)
    await registry.close()


async def test_a_pulled_model_draws_pictures_in_place_of_the_emoji(tmp_path: Path) -> None:
    assert "emoji" == ModelRegistry(config(tmp_path)).name(Task.PICTURES, HERE)
    drawing = [entry for entry in catalog().models if entry.task is Task.PICTURES and entry.kind == "hub"]

    pulled(tmp_path, drawing[-1].source)

    assert drawing[-1].name == ModelRegistry(config(tmp_path)).name(Task.PICTURES, HERE)


@pytest.mark.parametrize("name", ["/etc", "someone/else", "nonsense"])
async def test_a_channel_cannot_bring_in_a_model_that_the_owner_did_not(starter: ModelRegistry, name: str) -> None:
    there = ChannelSettings(models={Task.EMBEDDINGS: name})

    with pytest.raises(ModelMissing, match=f"The model {name}, chosen for embeddings here, is not available"):
        await starter.provide(Task.EMBEDDINGS, there)


async def test_a_channel_cannot_choose_another_language_model_at_the_owners_cost(tmp_path: Path) -> None:
    registry = ModelRegistry(with_chat(tmp_path, "http://127.0.0.1:1"))

    assert registry.names(Task.CHAT)[0] == "qwen3:1.7b"
    assert "dear" not in registry.names(Task.CHAT)
    with pytest.raises(ModelMissing, match="The model dear, chosen for chat here"):
        await registry.provide(Task.CHAT, ChannelSettings(models={Task.CHAT: "dear"}))


def test_the_names_to_choose_from_are_the_catalogs_and_what_was_pulled(tmp_path: Path) -> None:
    pulled(tmp_path)
    registry = ModelRegistry(config(tmp_path))

    assert registry.names(Task.EMBEDDINGS) == ["minilm-l6", "minilm-l12", "minilm-multilingual", "someone/tiny"]
    assert "qwen3-1.7b" in registry.names(Task.CHAT)


async def test_statuses_tell_what_is_installed_chosen_and_loaded(starter: ModelRegistry) -> None:
    assert not row(starter, "minilm-l6").loaded

    await embed(starter)

    status = row(starter, "minilm-l6")
    assert (status.installed, status.chosen, status.loaded, status.licence) == (True, True, True, "Apache-2.0")
    other = row(starter, "minilm-l12")
    assert (other.installed, other.chosen, other.loaded, other.disk) == (False, False, False, 135_000_000)


def test_a_pulled_models_status_has_its_own_licence_and_true_size(tmp_path: Path) -> None:
    folder = pulled(tmp_path)

    status = row(ModelRegistry(config(tmp_path)), "someone/tiny")

    assert (status.licence, status.disk) == ("mit", files.size(folder))


async def test_statuses_are_by_task_and_name_and_tell_who_serves_the_language_model(tmp_path: Path) -> None:
    registry = ModelRegistry(with_chat(tmp_path, "http://user:secret@127.0.0.1:1"))

    rows = await ChannelModels(registry, HERE).all()

    assert [(status.task, status.name) for status in rows] == sorted((status.task, status.name) for status in rows)
    served = row(registry, "qwen3:1.7b")
    assert (served.installed, served.chosen, served.disk, served.note) == (True, True, None, "served by Ollama")
    assert not row(registry, "qwen3:1.7b", ChannelSettings(models={Task.CHAT: "gone"})).chosen


@pytest.mark.parametrize("names", [["embeddings"], ["minilm-l6"]])
async def test_preloading_brings_a_model_into_memory(tmp_path: Path, names: list[str]) -> None:
    registry = ModelRegistry(config(tmp_path, preload=names))

    assert await registry.preload() == []

    assert row(registry, "minilm-l6").loaded
    await registry.close()
    assert not row(registry, "minilm-l6").loaded


async def test_preloading_a_task_loads_what_serves_it_though_another_model_is_called_so(tmp_path: Path) -> None:
    folder = make_stickers(tmp_path / "mine")
    registry = ModelRegistry(config(tmp_path, use={"stickers": str(folder)}, preload=["stickers"]))

    assert await registry.preload() == []

    assert (True, False) == (row(registry, "mine").loaded, row(registry, "stickers").loaded)
    await registry.close()


async def test_preloading_the_language_model_makes_it_ready(tmp_path: Path, ollama: OllamaServer) -> None:
    settings = with_chat(tmp_path, ollama.url).model_copy(update={"preload": ["chat"]})
    registry = ModelRegistry(settings)

    assert await registry.preload() == []
    assert ollama.requests == []
    await registry.close()


async def test_a_model_that_cannot_be_preloaded_is_reported(tmp_path: Path) -> None:
    registry = ModelRegistry(config(tmp_path, preload=["minilm-l12", "minilm-l6"]))

    failed = await registry.preload()

    assert ["minilm-l12" in str(error) for error in failed] == [True]
    assert row(registry, "minilm-l6").loaded
    await registry.close()


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"use": {"chat": "qwen3"}}, r"^models\.use\.chat: no model for chat is called “qwen3”; .*qwen3-1\.7b"),
        ({"use": {"poems": "x"}}, r"^models\.use\.poems: there is no such task; there are chat, embeddings, "),
        ({"use": {"embeddings": "x"}}, r"^models\.use\.embeddings: no model for embeddings is called “x”; .*minilm-l6"),
        ({"use": {"chat": "minilm-l6"}}, r"^models\.use\.chat: no model for chat is called “minilm-l6”"),
        ({"preload": ["x"]}, r"^models\.preload: no task or model is called “x”\.$"),
    ],
)
def test_a_configuration_that_cannot_be_meant_stops_the_start(
    tmp_path: Path, keys: dict[str, object], line: str
) -> None:
    with pytest.raises(ConfigError, match=line):
        ModelRegistry(config(tmp_path, **keys))


async def test_preloading_a_task_without_a_model_is_reported_not_fatal(tmp_path: Path) -> None:
    registry = ModelRegistry(config(tmp_path, preload=["chat"]))

    assert ["No language model" in str(error) for error in await registry.preload()] == [True]


async def test_an_error_of_the_language_model_is_explained(tmp_path: Path, ollama: OllamaServer) -> None:
    ollama.model = "another"
    registry = ModelRegistry(with_chat(tmp_path, ollama.url))
    model = await registry.provide(Task.CHAT, HERE)
    assert isinstance(model, BaseChatModel)

    with pytest.raises(Exception, match="not found") as caught:
        await model.ainvoke("hello")

    assert "run `ollama pull qwen3:1.7b`" in str(registry.explain(caught.value))
    await registry.close()


def pulled_chat(tmp_path: Path, source: str = "someone/talk") -> Path:
    """A chat model as a pull leaves it."""
    folder = chat_checkpoints.make_chat(files.home(source, tmp_path / "models"), context=64)
    record = files.Record(source=source, revision="c" * 40, licence="mit", files={})
    (folder / files.RECORD).write_text(record.model_dump_json())
    return folder


async def talk(registry: ModelRegistry, settings: ChannelSettings = HERE) -> tuple[str, str]:
    """Who answers, and what."""
    model = await registry.provide(Task.CHAT, settings)
    assert isinstance(model, BaseChatModel)
    said = await model.ainvoke("What does the fox do?")
    return said.response_metadata.get("model_name", "served"), said.text


async def test_a_folder_of_the_owners_talks_when_the_configuration_names_it(tmp_path: Path) -> None:
    folder = chat_checkpoints.make_chat(tmp_path / "mine", context=64)
    registry = ModelRegistry(config(tmp_path, use={"chat": str(folder)}))

    assert (await talk(registry))[0] == "mine"  # where it lies is told to nobody
    assert row(registry, "mine").chosen
    assert row(registry, "mine").loaded
    assert str(tmp_path) not in str(registry.statuses(HERE))
    await registry.close()


async def test_a_folder_stands_for_the_model_that_it_is_called_like(tmp_path: Path) -> None:
    folder = chat_checkpoints.make_chat(tmp_path / "qwen3-8b", context=64)
    registry = ModelRegistry(config(tmp_path, use={"chat": str(folder)}, preload=[str(folder)]))

    assert await registry.preload() == []

    assert row(registry, "qwen3-8b").loaded
    assert registry.names(Task.CHAT).count("qwen3-8b") == 1
    await registry.close()


def test_a_folder_that_is_gone_is_told_by_its_last_part(tmp_path: Path) -> None:
    registry = ModelRegistry(config(tmp_path, use={"chat": str(tmp_path / "gone")}))

    assert str(registry.missing(Task.CHAT)) == "There is no model in the folder gone."


async def test_a_folder_that_is_for_another_task_is_refused_in_words(tmp_path: Path) -> None:
    folder = chat_checkpoints.make_chat(tmp_path / "mine", context=64, layers=1)
    registry = ModelRegistry(config(tmp_path, use={"summaries": str(folder)}))

    with pytest.raises(UserError, match=r"^The model mine cannot be used for summaries: it is one for chat\.$"):
        await registry.provide(Task.SUMMARIES, ChannelSettings())
    await registry.close()


async def test_a_model_named_for_chat_wins_over_a_served_one(tmp_path: Path, ollama: OllamaServer) -> None:
    folder = str(chat_checkpoints.make_chat(tmp_path / "mine", context=64))
    chat = {"provider": "ollama", "model": "qwen3:1.7b", "base_url": ollama.url}
    registry = ModelRegistry(config(tmp_path, use={"chat": folder}, chat=chat))

    assert (await talk(registry))[0] == "mine"
    served = await talk(registry, ChannelSettings(models={Task.CHAT: "qwen3:1.7b"}))
    assert served[1] == "The fox sleeps."
    await registry.close()


async def test_a_served_language_model_wins_over_the_presets(tmp_path: Path, ollama: OllamaServer) -> None:
    chat = {"provider": "ollama", "model": "qwen3:1.7b", "base_url": ollama.url}
    registry = ModelRegistry(config(tmp_path, preset="large", chat=chat))

    assert (await talk(registry))[1] == "The fox sleeps."
    await registry.close()


async def test_a_channel_may_choose_a_pulled_language_model(tmp_path: Path, ollama: OllamaServer) -> None:
    pulled_chat(tmp_path)
    registry = ModelRegistry(with_chat(tmp_path, ollama.url))

    assert (await talk(registry, ChannelSettings(models={Task.CHAT: "someone/talk"})))[0] == "someone/talk"
    await registry.close()


async def test_a_model_of_the_catalog_that_was_pulled_serves_a_task_nobody_chose_one_for(tmp_path: Path) -> None:
    pulled_chat(tmp_path, "Qwen/Qwen3-0.6B")
    registry = ModelRegistry(config(tmp_path))

    assert row(registry, "qwen3-0.6b").chosen
    assert (await talk(registry))[0] == "qwen3-0.6b"
    await registry.close()


@pytest.mark.parametrize("preset", ["small", "large"])
def test_a_preset_chooses_a_model_for_every_task_at_once(tmp_path: Path, preset: str) -> None:
    registry = ModelRegistry(config(tmp_path, preset=preset))

    chosen = {status.task: status.name for status in registry.statuses(HERE) if status.chosen}

    assert dict(catalog().presets[preset]).items() <= chosen.items()
    assert {Task.CHAT, Task.EMBEDDINGS, Task.SUMMARIES, Task.TRANSLATION, Task.PICTURES, Task.MUSIC} <= set(chosen)
    assert "atelier models pull" in str(registry.missing(Task.CHAT))


def test_a_status_tells_what_a_model_takes_and_whether_it_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place("cpu", 4, 2, 10**10, 10**10)
    monkeypatch.setattr(Place, "here", lambda config: place)
    registry = ModelRegistry(config(tmp_path, quantize="int8"))

    large, small, tunes = (row(registry, name) for name in ("madlad400-3b", "opus-mt-de-en", "tunes"))
    assert (large.memory or 0) > 13 * 10**9 > (large.card or 0)
    assert [Fit.NOT, Fit.WHOLE, Fit.WHOLE] == [large.fits, small.fits, tunes.fits]
    assert tunes.card is None
    # What is rounded takes a byte for each number.
    assert row(registry, "qwen3-8b").memory == row(registry, "qwen3-8b").card == 9_509_808_896


async def test_what_is_in_memory_fits(starter: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    await embed(starter)
    monkeypatch.setattr(Place, "here", lambda config: Place("cpu", 4, 2, 0, 0))

    assert [Fit.WHOLE, Fit.NOT] == [row(starter, name).fits for name in ("minilm-l6", "minilm-l12")]


async def test_a_folder_may_serve_two_tasks(tmp_path: Path) -> None:
    registry = ModelRegistry(config(tmp_path, use={"chat": str(tmp_path), "summaries": str(tmp_path)}))

    found = {status.task for status in registry.statuses(HERE) if status.name == tmp_path.name}

    assert {Task.CHAT, Task.SUMMARIES} == found


async def test_the_owner_decides_on_the_numbers_and_how_they_are_rounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "_wanted", "auto")
    monkeypatch.setattr("bot.models.engines.chat_loading.find_spec", lambda name: None)
    folder = chat_checkpoints.make_chat(tmp_path / "mine", context=64)
    registry = ModelRegistry(config(tmp_path, use={"chat": str(folder)}, dtype="float32", quantize="int8"))

    with pytest.raises(UserError, match=r"run `pip install .*`, or set models\.quantize to none"):
        await talk(registry)

    assert hardware.dtype(hardware.device()) is torch.float32
    await registry.close()


async def test_a_folder_of_weights_that_are_rounded_needs_as_much_less_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "_wanted", "auto")
    monkeypatch.setattr("bot.models.engines.chat_loading.find_spec", lambda name: None)
    folder = chat_checkpoints.make_chat(tmp_path / "mine", context=64)
    memory = (weight(folder, 8) + 1) / 2**30
    registry = ModelRegistry(config(tmp_path, use={"chat": str(folder)}, quantize="int8", memory_gib=memory))

    # There is room: what is lacking is the library that rounds them.
    with pytest.raises(UserError, match=r"run `pip install .*`"):
        await talk(registry)
    await registry.close()


async def test_a_model_makes_room_for_another_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_wanted", "auto")
    talks = chat_checkpoints.make_chat(tmp_path / "talks", context=64)
    embeds = checkpoints.make(tmp_path / "embeds")
    most = max(weight(folder, 32) for folder in (talks, embeds))
    memory = (most + 1) / 2**30
    use = {"chat": str(talks), "embeddings": str(embeds)}
    registry = ModelRegistry(config(tmp_path, use=use, memory_gib=memory, dtype="float32"))

    await embed(registry)
    assert (True, False) == (row(registry, "embeds").loaded, row(registry, "talks").loaded)
    await talk(registry)
    assert (False, True) == (row(registry, "embeds").loaded, row(registry, "talks").loaded)
    await embed(registry)
    assert (True, False) == (row(registry, "embeds").loaded, row(registry, "talks").loaded)
    await registry.close()


async def test_a_model_that_is_too_large_for_what_models_may_take_says_so(tmp_path: Path) -> None:
    registry = ModelRegistry(config(tmp_path, memory_gib=0.05))

    with pytest.raises(UserError, match=r"minilm-l6 needs .* may take 54 MB here; .* raise models\.memory_gib\.$"):
        await embed(registry)
    await registry.close()


def test_other_errors_are_not_explained(tmp_path: Path, starter: ModelRegistry) -> None:
    plain = UserError("Say which day.")

    assert starter.explain(ValueError("a plugin's own")) is None
    assert starter.explain(plain) is plain
    assert ModelRegistry(with_chat(tmp_path, "http://127.0.0.1:1")).explain(ValueError("a plugin's own")) is None


def test_importing_the_registry_imports_no_heavy_library() -> None:
    program = (
        "import sys, bot.models.registry\n"
        "heavy = ('torch', 'transformers', 'langchain_core', 'huggingface_hub', 'openai', 'ollama')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
