"""What becomes of checkpoints that are not what they should be, and of machines that are too small."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import torch
from pydantic import JsonValue
from safetensors.torch import load_file, save_file

from bot.errors import UserError
from bot.models.catalog import Entry
from bot.models.engines import chat_loading, hardware, memory
from bot.models.engines.chat import open_model
from bot.models.engines.chat_loading import Loaded, context_of
from bot.models.engines.resident import Resident
from bot.models.tasks import Task
from tests.bot.models import checkpoints
from tests.bot.models.chat_checkpoints import make_chat

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def entry(**more: object) -> Entry:
    return Entry.model_validate({"name": "tiny", "task": Task.CHAT, "kind": "folder", "source": "here", **more})


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return make_chat(tmp_path / "tiny", layers=1)


@pytest.fixture(autouse=True)
def own_numbers() -> Iterator[None]:
    yield
    hardware.prefer("auto")


async def refusal(folder: Path, **more: object) -> str:
    """The line that loading ends in."""
    resident: Resident[Loaded] = open_model(entry(**more), folder, lambda: None)[1]
    with pytest.raises(UserError) as caught:
        await resident.load()
    await resident.close()
    assert "\n" not in str(caught.value)
    assert str(folder) not in str(caught.value)
    return str(caught.value)


async def test_a_model_without_a_chat_template_is_refused(tmp_path: Path) -> None:
    assert "has no chat template" in await refusal(make_chat(tmp_path / "bare", template="", layers=1))


async def test_weights_that_could_carry_code_are_refused(tiny: Path) -> None:
    (tiny / "model.safetensors").rename(tiny / "pytorch_model.bin")

    assert "no safetensors weights" in await refusal(tiny)


async def test_weights_that_are_absent_are_not_made_up(tiny: Path) -> None:
    weights = load_file(tiny / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, tiny / "model.safetensors", metadata={"format": "pt"})

    assert await refusal(tiny) == "The model tiny cannot be loaded: model.norm.weight is not among its weights."


@pytest.mark.parametrize("damage", [b"", b"short", b"\xff" * 64, (8).to_bytes(8, "little") + b'{"a": 1}'])
async def test_a_damaged_file_is_one_line(tiny: Path, damage: bytes) -> None:
    (tiny / "model.safetensors").write_bytes(damage)

    assert await refusal(tiny) == "The model tiny cannot be loaded: model.safetensors is damaged."


async def test_settings_that_are_damaged_are_one_line_that_does_not_tell_where_they_lie(tiny: Path) -> None:
    (tiny / "config.json").write_text("{")
    line = await refusal(tiny)

    assert line.startswith("The model tiny cannot be loaded: ")
    assert "'config.json'" in line


async def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    assert "no safetensors weights" in await refusal(tmp_path / "gone")


async def test_a_model_that_is_too_large_for_the_machine_is_not_loaded(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda where: 1000)

    assert "of memory and 1.0 kB is free; choose a smaller one" in await refusal(tiny)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
async def test_memory_that_runs_out_while_loading_is_one_line(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(chat_loading, "read", full)

    assert "The model tiny does not fit into memory; choose a smaller one" in await refusal(tiny)


def test_parameters_are_counted_without_reading_them(tiny: Path) -> None:
    weights = load_file(tiny / "model.safetensors")

    assert sum(weight.numel() for weight in weights.values()) == memory.parameters(tiny)


def test_the_context_is_the_smaller_of_what_is_known(tmp_path: Path) -> None:
    settings = tmp_path / "config.json"

    assert context_of(entry(), tmp_path) == 8192
    checkpoints.write(settings, {"max_position_embeddings": 2048})
    assert (context_of(entry(), tmp_path), context_of(entry(context=512), tmp_path)) == (2048, 512)
    checkpoints.write(settings, {"text_config": {"max_position_embeddings": 131072}})
    assert (context_of(entry(), tmp_path), context_of(entry(context=16384), tmp_path)) == (8192, 16384)
    odds: list[JsonValue] = [[], {"max_position_embeddings": "many"}, {"text_config": 3}]
    for odd in odds:
        checkpoints.write(settings, odd)
        assert context_of(entry(), tmp_path) == 8192


async def test_a_turn_ends_at_the_templates_mark_though_no_file_says_so(tmp_path: Path) -> None:
    template = "{% for message in messages %}<|im_start|>{{ message.content }}<|im_end|>{% endfor %}"
    folder = make_chat(tmp_path / "marks", template=template, layers=1)
    (folder / "generation_config.json").unlink()
    resident = open_model(entry(), folder, lambda: None)[1]

    loaded = await resident.run(lambda model, stopped: model)

    names = {str(loaded.tokenizer.convert_ids_to_tokens(token)) for token in loaded.ends}
    assert {"<|eot_id|>", "<|im_end|>"} == names
    await resident.close()


@pytest.mark.skipif(find_spec("torchao") is not None, reason="the library is installed here")
async def test_rounding_without_its_library_says_what_to_install(tiny: Path) -> None:
    assert "needs torchao; run `pip install torchao`" in await refusal(tiny, quantize="int8")


async def test_rounding_that_nothing_does_on_the_machine_is_refused(tiny: Path) -> None:
    assert "cannot be rounded to int4 on this machine" in await refusal(tiny, quantize="int4")


@pytest.mark.parametrize(("bits", "four"), [("int8", False), ("int4", True)])
def test_a_graphics_card_rounds_by_bitsandbytes(monkeypatch: pytest.MonkeyPatch, bits: str, four: bool) -> None:
    monkeypatch.setattr(chat_loading, "find_spec", lambda name: object())

    rounding = chat_loading._rounding("tiny", "int4" if four else "int8", torch.device("cuda"))

    assert rounding is not None
    assert (four, not four) == (rounding.to_dict()["load_in_4bit"], rounding.to_dict()["load_in_8bit"])


def test_a_tokenizer_that_grammars_cannot_be_made_for_is_one_line() -> None:
    loaded = Loaded("tiny", cast("PreTrainedTokenizerBase", object()), *[None] * 3)  # type: ignore[arg-type]  # unused

    with pytest.raises(UserError, match="The model tiny cannot be held to a form"):
        _ = loaded.grammar_tokens


CPU, CUDA, MPS = (torch.device(name) for name in ("cpu", "cuda", "mps"))


@pytest.mark.parametrize(
    ("can", "expected"),
    [({"avx512_bf16": True}, torch.bfloat16), ({"bf16": True}, torch.bfloat16), ({"avx2": True}, torch.float32)],
)
def test_a_processor_uses_short_numbers_where_it_computes_with_them(
    monkeypatch: pytest.MonkeyPatch, can: dict[str, bool], expected: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)

    assert expected == hardware.dtype(CPU)


@pytest.mark.parametrize(("supported", "expected"), [(True, torch.bfloat16), (False, torch.float16)])
def test_a_graphics_card_uses_the_short_numbers_it_has(
    monkeypatch: pytest.MonkeyPatch, supported: bool, expected: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: supported)

    assert (hardware.dtype(CUDA), hardware.dtype(MPS)) == (expected, torch.float16)


def test_the_owners_numbers_hold_everywhere() -> None:
    for name in ("float32", "bfloat16", "float16"):
        hardware.prefer(name)
        assert {hardware.dtype(where) for where in (CPU, CUDA, MPS)} == {getattr(torch, name)}


def test_free_memory_is_the_devices_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda where: (5, 8))
    monkeypatch.setattr(hardware, "device", lambda: CUDA)

    assert hardware.free_memory(CUDA) == 5
    assert hardware.free_memory(CPU) > 5
    for tool, expected in (("/usr/bin/nvidia-smi", True), (None, False)):
        monkeypatch.setattr("shutil.which", lambda name, tool=tool: tool)
        assert (hardware.room() == 5) is expected
