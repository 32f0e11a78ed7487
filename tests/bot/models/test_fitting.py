"""What models take in memory, and which of them fit."""

from __future__ import annotations

import sys

import pytest

from bot.config import ModelsConfig
from bot.models import fitting
from bot.models.catalog import Entry, catalog
from bot.models.fitting import LIBRARIES, Place, fit, memory
from bot.models.tasks import Fit, Task

GB = 10**9


def entry(**more: object) -> Entry:
    return Entry.model_validate({"name": "x", "task": Task.CHAT, "kind": "folder", "source": "/x", **more})


def known(name: str) -> Entry:
    found = catalog().find(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("more", "bytes_each", "expected"),
    [
        ({"parameters": 100}, 4, 440),
        ({"parameters": 100}, 2, 220),
        ({"parameters": 100, "exact": 50}, 2, 330),
        ({"parameters": 100, "exact": 100}, 2, 440),
        ({"parameters": 100, "task": "pictures"}, 2, 260),
        ({"parameters": 100, "quantize": "int8"}, 2, 110),
        ({"parameters": 1600, "quantize": "int4"}, 2, 990),
    ],
)
def test_memory_is_reckoned_from_the_numbers_of_the_weights(
    more: dict[str, object], bytes_each: int, expected: int
) -> None:
    assert expected + LIBRARIES == memory(entry(**more), bytes_each)


def test_what_was_measured_is_taken_where_nothing_can_be_reckoned() -> None:
    assert memory(entry(memory=7), 2) == 7
    assert memory(entry(), 2) is None
    assert fit(entry(), Place("cpu", 4, 2, 10 * GB, 10 * GB)) is None


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("qwen3-8b", Place("cpu", 2, 2, 19 * GB, 19 * GB), Fit.WHOLE),
        ("qwen3-8b", Place("cpu", 4, 2, 19 * GB, 19 * GB), Fit.NOT),
        ("qwen3-8b", Place("cuda", 4, 2, 24 * GB, 1 * GB), Fit.WHOLE),
        ("qwen3-8b", Place("cuda", 4, 2, 12 * GB, 64 * GB), Fit.NOT),
        ("qwen3-8b", Place("mps", 4, 2, 24 * GB, 24 * GB), Fit.WHOLE),
        ("flux-schnell", Place("cuda", 4, 2, 24 * GB, 64 * GB), Fit.PARTS),
        ("flux-schnell", Place("cuda", 4, 2, 24 * GB, 32 * GB), Fit.NOT),
        ("flux-schnell", Place("cuda", 4, 2, 48 * GB, 64 * GB), Fit.WHOLE),
        ("flux-schnell", Place("mps", 4, 2, 32 * GB, 32 * GB), Fit.NOT),
    ],
)
def test_a_model_fits_by_the_device_that_models_run_on(name: str, place: Place, expected: Fit) -> None:
    assert expected is fit(known(name), place)


def test_this_machine_is_told_without_the_libraries_that_run_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr("shutil.which", lambda name: None)

    here = Place.here(ModelsConfig(dtype="float32"))

    assert ("cpu", 4, 4) == (here.kind, here.processor, here.card)
    assert here.free == here.beside > 0


def test_what_models_may_take_is_no_more_than_the_owner_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "kind", lambda: "cpu")
    monkeypatch.setattr(fitting, "room", lambda: 8 * 2**30)

    free = [Place.here(ModelsConfig(memory_gib=allowed)).free for allowed in (None, 2.0, 16.0)]

    assert [8 * 2**30, 2 * 2**30, 8 * 2**30] == free


def test_a_card_has_memory_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "kind", lambda: "cuda")
    monkeypatch.setattr(fitting, "room", lambda: 5)
    monkeypatch.setattr(fitting, "free_memory", lambda where: 9)
    monkeypatch.setattr(fitting, "width", lambda where, numbers: 2 if where == "cuda" else 4)

    assert Place("cuda", 4, 2, 5, 9) == Place.here(ModelsConfig())
