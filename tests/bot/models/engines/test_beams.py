"""Beam search for several texts at once, beside the library's own for each alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForSeq2SeqLM, PreTrainedModel

from bot.models.engines import beams_attention, beams_rows
from bot.models.engines.beams import Found, loop
from bot.models.engines.gathering_parts import Gone
from tests.bot.models import translations

TEXTS = [[5, 9, 14, 22, 0], [7, 3, 0], [30, 31, 8, 5, 44, 12, 19, 3, 60, 0], [11, 12, 13, 14, 0], [50, 0]]
LIMITS = [9, 30, 14, 40, 6]
FORCED = 4


def read(folder: Path) -> PreTrainedModel:
    model: PreTrainedModel = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32).eval()
    return model


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("beams")
    return {
        "marian": translations.marian(folder / "marian"),
        "m2m": translations.m2m(folder / "m2m"),
        "t5": translations.madlad(folder / "t5"),
    }


def alone(model: Any, ids: Sequence[int], limit: int, forced: int | None, settings: Mapping[str, object]) -> list[int]:
    """What `generate` makes of one text."""
    inputs = torch.tensor([ids])
    with torch.inference_mode():
        out = model.generate(
            input_ids=inputs,
            attention_mask=torch.ones_like(inputs),
            do_sample=False,
            forced_bos_token_id=forced,
            max_new_tokens=limit,
            **settings,
        )
    written: list[int] = out[0, 1:].tolist()
    return written


def together(
    model: Any, forced: int | None = None, gone: Gone | None = None, settings: Mapping[str, object] | None = None
) -> list[Found]:
    """What becomes of all texts."""
    longest = max(map(len, TEXTS))
    mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids in TEXTS])
    with torch.inference_mode():
        found: list[Found] = model.generate(
            input_ids=torch.tensor([[*ids, *[0] * (longest - len(ids))] for ids in TEXTS]),
            attention_mask=mask,
            do_sample=False,
            forced_bos_token_id=forced,
            max_new_tokens=max(LIMITS) + 1,
            custom_generate=loop(LIMITS, gone or (lambda: [False] * len(TEXTS)), 0 if forced is None else 1),
            **(settings or {}),
        )
    return found


@pytest.mark.parametrize(
    ("family", "forced", "settings"),
    [
        ("marian", None, {"num_beams": 4}),
        ("marian", None, {"num_beams": 1}),
        ("marian", None, {"num_beams": 4, "early_stopping": True}),
        ("marian", None, {"num_beams": 3, "early_stopping": "never", "length_penalty": 2.0}),
        ("marian", None, {"num_beams": 5, "length_penalty": 0.0, "renormalize_logits": True}),
        ("marian", None, {"num_beams": 4, "no_repeat_ngram_size": 2}),
        ("marian", None, {"num_beams": 4, "forced_eos_token_id": 0, "bad_words_ids": [[7], [9, 12]]}),
        ("marian", None, {"num_beams": 4, "eos_token_id": [0, 17]}),
        ("m2m", FORCED, {"num_beams": 4}),
        ("m2m", FORCED, {"num_beams": 5, "early_stopping": True, "forced_eos_token_id": [2]}),
        ("t5", None, {"num_beams": 4}),
        ("t5", None, {"num_beams": 1}),
    ],
)
def test_each_text_becomes_what_the_library_makes_of_it_alone(
    folders: Mapping[str, Path], family: str, forced: int | None, settings: Mapping[str, object]
) -> None:
    plain, prepared = read(folders[family]), read(folders[family])
    beams_attention.prepare(prepared)

    wanted = [alone(plain, ids, limit, forced, settings) for ids, limit in zip(TEXTS, LIMITS, strict=True)]

    assert wanted == [one.tokens for one in together(prepared, forced, settings=settings)]


def test_what_is_never_to_be_chosen_is_left_out_as_the_library_does(folders: Mapping[str, Path]) -> None:
    plain, prepared = read(folders["marian"]), read(folders["marian"])
    beams_attention.prepare(prepared)
    settings: dict[str, object] = {"num_beams": 4}
    chosen = together(prepared, settings=settings)[0].tokens[0]

    settings["bad_words_ids"] = [[chosen]]
    found = [one.tokens for one in together(prepared, settings=settings)]

    assert [alone(plain, ids, limit, None, settings) for ids, limit in zip(TEXTS, LIMITS, strict=True)] == found
    assert all(chosen not in tokens for tokens in found)


def test_what_is_forced_counts_for_nothing(folders: Mapping[str, Path]) -> None:
    model = read(folders["m2m"])
    beams_attention.prepare(model)

    found = together(model, FORCED, settings={"forced_eos_token_id": 2})

    full = [len(one.tokens) == limit for one, limit in zip(found, LIMITS, strict=True)]
    assert any(full)
    assert [len(one.tokens) - 1 - at_limit for one, at_limit in zip(found, full, strict=True)] == [
        one.chosen for one in found
    ]
    assert all(one.log < 0 for one in found)


def test_who_is_done_or_gone_leaves_the_others(folders: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = read(folders["marian"])
    beams_attention.prepare(model)
    whole = together(model)
    sizes: list[int] = []
    decode: Callable[..., object] = model.model.decoder.forward

    def counting(*, input_ids: torch.Tensor, **named: object) -> object:
        sizes.append(len(input_ids))
        return decode(input_ids=input_ids, **named)

    monkeypatch.setattr(model.model.decoder, "forward", counting)
    found = together(model, gone=lambda: [len(sizes) >= 2, *[False] * (len(TEXTS) - 1)])

    assert [Found(), *whole[1:]] == found
    beams = 2
    assert [len(TEXTS), len(TEXTS) * beams, (len(TEXTS) - 1) * beams] == sizes[:3]
    assert sizes[-1] == beams
    assert max(len(one.tokens) for one in whole[1:]) == len(sizes)


def test_numbers_that_overflowed_find_nothing(folders: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = read(folders["marian"])
    beams_attention.prepare(model)
    monkeypatch.setattr(model, "final_logits_bias", torch.full_like(model.final_logits_bias, torch.nan))

    assert [Found()] * len(TEXTS) == together(model)


@given(st.integers(1, 2000), st.integers(1, 12), st.integers(0, 2**31))
def test_the_best_are_those_of_the_library(length: int, count: int, seed: int) -> None:
    scores = torch.randn(3, length, generator=torch.Generator().manual_seed(seed))
    count = min(count, length)

    values, places = beams_rows._best(scores, count)

    assert scores.topk(count).values.tolist() == values.tolist()
    assert scores.gather(1, places).tolist() == values.tolist()
