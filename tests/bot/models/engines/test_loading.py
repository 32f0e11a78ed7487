"""What becomes of checkpoints that are not what they should be, and of machines that are too small."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

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


CPU, CUDA, MPS = (torch.device(name) for name in ("cpu", "cuda", "mps"))


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


@pytest.mark.parametrize(("bits", "library"), [("int8", "torchao"), ("int4", "bitsandbytes")])
async def test_rounding_without_its_library_says_what_to_install(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, bits: str, library: str
) -> None:
    monkeypatch.setattr(chat_loading, "find_spec", lambda name: None if name == library else object())

    assert f"needs {library}; run `pip install {library}`" in await refusal(tiny, quantize=bits)


@pytest.mark.parametrize("bits", ["int8", "int4"])
async def test_rounding_that_nothing_does_on_the_machine_is_refused(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, bits: str
) -> None:
    monkeypatch.setattr(chat_loading, "device", lambda: MPS)

    assert f"cannot be rounded to {bits} on this machine" in await refusal(tiny, quantize=bits)


@pytest.mark.parametrize(("bits", "where", "four"), [("int8", CUDA, False), ("int4", CUDA, True), ("int4", CPU, True)])
def test_weights_are_rounded_by_bitsandbytes_on_a_card_and_to_four_bits_anywhere(
    monkeypatch: pytest.MonkeyPatch, bits: Literal["int8", "int4"], where: torch.device, four: bool
) -> None:
    monkeypatch.setattr(chat_loading, "find_spec", lambda name: object())

    rounding = chat_loading._rounding("tiny", bits, where, torch.bfloat16)

    assert rounding is not None
    told = rounding.to_dict()
    assert (four, not four) == (told["load_in_4bit"], told["load_in_8bit"])
    if four:
        assert ("nf4", "bfloat16") == (told["bnb_4bit_quant_type"], told["bnb_4bit_compute_dtype"])


@pytest.mark.parametrize(("bits", "library"), [("int8", "torchao"), ("int4", "bitsandbytes")])
async def test_a_rounded_model_says_nearly_the_same_in_less_memory(tmp_path: Path, bits: str, library: str) -> None:
    pytest.importorskip(library)
    hardware.prefer("bfloat16")
    folder = make_chat(tmp_path / "tiny", layers=1, width=128)
    scores: list[torch.Tensor] = []
    for quantize in ("none", bits):
        resident = open_model(entry(quantize=quantize), folder, lambda: None)[1]
        loaded = await resident.run(lambda loaded, stopped: loaded)
        network = cast("torch.nn.Module", loaded.model)
        with torch.inference_mode():
            scores.append(network(torch.arange(20)[None]).logits.float().flatten())
        kind = type(network.get_submodule("model.layers.0.mlp.up_proj").weight).__name__
        assert (kind == "Parameter") is (quantize == "none")
        await resident.close()

    assert torch.nn.functional.cosine_similarity(scores[0], scores[1], dim=0) > 0.9


def test_a_tokenizer_that_grammars_cannot_be_made_for_is_one_line() -> None:
    loaded = Loaded("tiny", cast("PreTrainedTokenizerBase", object()), *[None] * 3)  # type: ignore[arg-type]  # unused

    with pytest.raises(UserError, match="The model tiny cannot be held to a form"):
        _ = loaded.grammar_tokens


@pytest.mark.parametrize(
    ("can", "expected"),
    [
        ("flags : fpu avx512_bf16 sse\n", torch.bfloat16),
        ("Features : fp asimd bf16\n", torch.bfloat16),
        ("flags : avx2\n", torch.float32),
    ],
)
def test_a_processor_uses_short_numbers_where_it_computes_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can: str, expected: torch.dtype
) -> None:
    (tmp_path / "cpuinfo").write_text(can)
    monkeypatch.setattr(hardware, "CPUINFO", tmp_path / "cpuinfo")

    assert expected == hardware.dtype(CPU)
    assert expected.itemsize == hardware.width("cpu", "auto")


def test_other_systems_are_asked_what_the_processor_can_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hardware, "CPUINFO", tmp_path / "none")
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"bf16": True, "cpu_name": "M9"})

    assert hardware.dtype(CPU) == torch.bfloat16


@pytest.mark.parametrize(
    ("tool", "device", "system", "expected"),
    [
        ("/usr/bin/nvidia-smi", CUDA, ("linux", "x86_64"), "cuda"),
        ("/usr/bin/nvidia-smi", CPU, ("linux", "x86_64"), "cpu"),
        (None, CPU, ("darwin", "arm64"), "mps"),
        (None, CPU, ("linux", "x86_64"), "cpu"),
    ],
)
def test_where_models_run_is_told_by_what_is_there(
    monkeypatch: pytest.MonkeyPatch, tool: str | None, device: torch.device, system: tuple[str, str], expected: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: tool)
    monkeypatch.setattr(hardware, "device", lambda: device)
    monkeypatch.setattr("sys.platform", system[0])
    monkeypatch.setattr("platform.machine", lambda: system[1])

    assert expected == hardware.kind()


def test_the_owners_numbers_have_their_width_everywhere() -> None:
    assert [4, 2, 2, 2] == [
        hardware.width("cuda", "float32"),
        hardware.width("cpu", "bfloat16"),
        hardware.width("cpu", "float16"),
        hardware.width("mps", "auto"),
    ]


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
