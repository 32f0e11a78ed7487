from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import torch
from pydantic import JsonValue
from safetensors.torch import load_file, save_file

from bot.errors import UserError
from bot.models import files
from bot.models.catalog import named
from bot.models.engines import embeddings as engine
from bot.models.engines import hardware
from bot.models.engines.checkpoint import Checkpoint
from bot.models.engines.embeddings import LocalEmbeddings
from tests.bot.models import checkpoints

TEXTS = [
    "The budget for the offsite was approved on Monday.",
    "",
    "Lunch?",
    "el zorro en la nieve 🦊",
    "a very long message " * 200,
    "Who writes the release notes for version 2.1?",
]


def starter() -> Path:
    entry = named("minilm-l6")
    assert entry is not None
    return files.path(entry, Path())


@pytest.fixture
async def embeddings() -> AsyncIterator[LocalEmbeddings]:
    model = LocalEmbeddings("minilm-l6", starter(), lambda: None)
    yield model
    await model.resident.close()


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return checkpoints.make(tmp_path / "tiny")


async def test_vectors_equal_those_of_sentence_transformers(embeddings: LocalEmbeddings) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(starter()), device="cpu")
    expected = torch.tensor(reference.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False))

    actual = torch.tensor(await embeddings.aembed_documents(TEXTS))

    torch.testing.assert_close(actual, expected, atol=1e-5, rtol=0)


async def test_texts_that_mean_the_same_are_nearer_than_texts_that_do_not(embeddings: LocalEmbeddings) -> None:
    query = torch.tensor(await embeddings.aembed_query("how much money do we have?"))
    budget, lunch = torch.tensor(await embeddings.aembed_documents(["the budget is 4,000 euros", "lunch is at noon"]))

    assert query @ budget > query @ lunch


async def test_the_sync_calls_say_the_same_as_the_async_ones(embeddings: LocalEmbeddings) -> None:
    documents = await embeddings.aembed_documents(["a fox", "in the snow"])

    assert documents == embeddings.embed_documents(["a fox", "in the snow"])
    assert documents == (await embeddings.arows(["a fox", "in the snow"])).tolist()
    assert embeddings.embed_query("a fox") == pytest.approx(documents[0], abs=1e-5)


async def test_nothing_to_embed_loads_nothing(tmp_path: Path) -> None:
    model = LocalEmbeddings("none", tmp_path / "absent", lambda: None)

    assert await model.aembed_documents([]) == []
    assert model.embed_documents([]) == []
    assert not model.resident.loaded
    await model.resident.close()


async def test_however_many_ask_it_is_verified_and_loaded_once(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    loads: list[Checkpoint] = []
    load = engine._load

    def counted(found: Checkpoint) -> object:
        loads.append(found)
        return load(found)

    monkeypatch.setattr(engine, "_load", counted)
    model = LocalEmbeddings("tiny", tiny, lambda: verified.append("once"))
    assert not model.resident.loaded

    vectors = await asyncio.gather(model.resident.load(), *(model.aembed_query("a fox") for _ in range(20)))

    assert [len(verified), len(loads)] == [1, 1]
    assert model.resident.loaded
    assert all(vector == vectors[1] for vector in vectors[1:])
    await model.resident.close()
    assert not model.resident.loaded


async def test_files_that_are_not_as_published_are_never_loaded(tiny: Path) -> None:
    def refuse() -> None:
        raise UserError("altered")

    model = LocalEmbeddings("tiny", tiny, refuse)

    with pytest.raises(UserError, match="altered"):
        await model.aembed_query("a fox")
    assert not model.resident.loaded
    await model.resident.close()


async def test_a_model_that_could_not_be_loaded_is_tried_again(tiny: Path) -> None:
    weights = (tiny / "model.safetensors").read_bytes()
    (tiny / "model.safetensors").write_bytes(b"garbage")
    model = LocalEmbeddings("tiny", tiny, lambda: None)

    with pytest.raises(UserError, match=r"^The model tiny cannot be loaded: [^\n]+$"):
        await model.resident.load()
    (tiny / "model.safetensors").write_bytes(weights)
    await model.resident.load()

    assert model.resident.loaded
    await model.resident.close()


async def test_weights_that_are_absent_are_not_made_up(tiny: Path) -> None:
    weights = load_file(tiny / "model.safetensors")
    del weights["encoder.layer.0.output.dense.weight"]
    save_file(weights, tiny / "model.safetensors", metadata={"format": "pt"})
    model = LocalEmbeddings("tiny", tiny, lambda: None)

    with pytest.raises(UserError, match=r"encoder\.layer\.0\.output\.dense\.weight is not among its weights"):
        await model.resident.load()
    await model.resident.close()


async def test_the_pooler_may_be_absent_for_it_is_not_used(tiny: Path) -> None:
    whole = LocalEmbeddings("tiny", tiny, lambda: None)
    expected = await whole.aembed_query("a fox")
    weights = {name: value for name, value in load_file(tiny / "model.safetensors").items() if "pooler" not in name}
    save_file(weights, tiny / "bare.safetensors", metadata={"format": "pt"})
    (tiny / "bare.safetensors").replace(tiny / "model.safetensors")
    bare = LocalEmbeddings("tiny", tiny, lambda: None)

    assert expected == await bare.aembed_query("a fox")
    await whole.resident.close()
    await bare.resident.close()


async def test_a_model_that_wants_to_run_its_own_code_is_refused(tiny: Path) -> None:
    checkpoints.write(tiny / "config.json", {"model_type": "odd", "auto_map": {"AutoModel": "modeling_odd.OddModel"}})
    (tiny / "modeling_odd.py").write_text("raise SystemExit('ran')")
    model = LocalEmbeddings("tiny", tiny, lambda: None)

    with pytest.raises(UserError, match="The model tiny cannot be loaded"):
        await model.resident.load()
    await model.resident.close()


async def test_prompts_of_the_checkpoint_come_before_queries_and_documents(tmp_path: Path) -> None:
    prompts: dict[str, JsonValue] = {"query": "query: ", "document": "passage: "}
    plain = LocalEmbeddings("plain", checkpoints.make(tmp_path / "plain"), lambda: None)
    asked = LocalEmbeddings("asked", checkpoints.make(tmp_path / "asked", prompts=prompts), lambda: None)

    assert await plain.aembed_query("query: a") == await asked.aembed_query("a")
    assert await plain.aembed_documents(["passage: a"]) == await asked.aembed_documents(["a"])
    await plain.resident.close()
    await asked.resident.close()


async def test_texts_are_cut_at_the_checkpoints_own_length(tmp_path: Path) -> None:
    folder = checkpoints.make(tmp_path / "short", settings={"max_seq_length": 4, "do_lower_case": True})
    model = LocalEmbeddings("short", folder, lambda: None)

    assert await model.aembed_query("a b c fox") == await model.aembed_query("A B snow lunch")
    await model.resident.close()


async def test_the_loop_goes_on_while_the_model_works(tiny: Path) -> None:
    at_work, go_on = threading.Event(), threading.Event()

    def verify() -> None:
        at_work.set()
        go_on.wait()

    model = LocalEmbeddings("tiny", tiny, verify)
    work = asyncio.create_task(model.aembed_query("a fox"))

    await asyncio.to_thread(at_work.wait)  # Only a loop that is free gets here.
    assert not work.done()
    go_on.set()

    assert len(await work) == 16
    await model.resident.close()


async def test_cancelled_work_stops_at_the_next_batch(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_work, go_on = threading.Event(), threading.Event()
    done: list[int] = []
    forward = engine._forward

    def held(*args: object) -> torch.Tensor:
        done.append(1)
        at_work.set()
        go_on.wait()
        return forward(*args)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(engine, "_forward", held)
    model = LocalEmbeddings("tiny", tiny, lambda: None)
    work = asyncio.create_task(model.aembed_documents(["fox"] * 1000))
    await asyncio.to_thread(at_work.wait)

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    go_on.set()
    await model.resident.close()

    assert done == [1]


async def test_a_closed_model_takes_no_more_work(tiny: Path) -> None:
    model = LocalEmbeddings("tiny", tiny, lambda: None)
    await model.resident.close()

    with pytest.raises(UserError, match="Atelier is stopping"):
        await model.aembed_query("a fox")


async def test_what_many_ask_at_once_goes_into_common_batches(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_work, go_on = threading.Event(), threading.Event()
    sizes: list[int] = []
    forward = engine._forward

    def held(loaded: engine._Loaded, rows: Sequence[engine.Rows]) -> torch.Tensor:
        sizes.append(len(rows))
        at_work.set()
        go_on.wait()
        return forward(loaded, rows)

    monkeypatch.setattr(engine, "_forward", held)
    model = LocalEmbeddings("tiny", tiny, lambda: None)
    texts = ["a fox", "snow", "lunch : a b c", "a"] * 4
    first = asyncio.create_task(model.aembed_query("a fox"))
    await asyncio.to_thread(at_work.wait)
    others = [asyncio.create_task(model.aembed_query(text)) for text in texts]
    await asyncio.sleep(0)
    go_on.set()
    together = await asyncio.gather(*others)
    alone = [await model.aembed_query(text) for text in texts]
    await first
    await model.resident.close()

    torch.testing.assert_close(torch.tensor(together), torch.tensor(alone), atol=1e-6, rtol=0)
    assert [1, 16] == sizes[:2]


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_fastest_device_is_chosen(monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, expected: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    assert torch.device(expected) == hardware.device()
