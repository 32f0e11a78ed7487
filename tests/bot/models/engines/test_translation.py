"""Translation by local models."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from bot.errors import UserError
from bot.models.catalog import Entry
from bot.models.engines import hardware
from bot.models.engines import translation as engine
from bot.models.engines.gathering_parts import Gone
from bot.models.engines.translation import LocalTranslator, open_model
from bot.models.tasks import Task, Translation
from tests.bot.models import translations

PAIRS: Mapping[str, tuple[str, str]] = {
    "pair": ("de", "en"),
    "many": ("de", "fr"),
    "m2m": ("de", "fr"),
    "nllb": ("de", "fr"),
    "madlad": ("de", "fr"),
}
"""A pair of languages that each tiny checkpoint translates between."""

SENTENCE = "Guten Morgen, wie geht es dir heute?"


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("translation")
    targets, sources = ["en", "fr", "pt_br", "cmn_Hans", "xxx_zzq"], ["de", "en", "fr"]
    return {
        "pair": translations.marian(folder / "pair"),
        "many": translations.marian(folder / "many", None, None, targets=targets, sources=sources),
        "m2m": translations.m2m(folder / "m2m"),
        "nllb": translations.nllb(folder / "nllb"),
        "madlad": translations.madlad(folder / "madlad"),
    }


@pytest.fixture(autouse=True)
def exact_numbers() -> Iterator[None]:
    """With fewer digits two words can be equally good, and either be chosen."""
    hardware.prefer("float32")
    yield
    hardware.prefer("auto")


async def translated(folder: Path, *texts: str, source: str, target: str) -> list[Translation]:
    model = LocalTranslator("tiny", folder, lambda: None)
    try:
        return await model.translate(texts, source, target)
    finally:
        await model.resident.close()


def by_the_library(folder: Path, family: str, text: str) -> tuple[str, float]:
    """What `generate` makes of a text, and the geometric mean of the probabilities that it tells."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    options: dict[str, int | list[int]] = {}
    match family:
        case "many":
            text = f">>fr<< {text}"
        case "madlad":
            text = f"<2fr> {text}"
        case "m2m":
            tokenizer.src_lang = "de"
            options["forced_bos_token_id"] = tokenizer.get_lang_id("fr")
        case "nllb":
            tokenizer.src_lang = "deu_Latn"
            options["forced_bos_token_id"] = tokenizer.convert_tokens_to_ids("fra_Latn")
    inputs = tokenizer(text, return_tensors="pt")
    length = min(511 if family == "madlad" else 63, 2 * inputs["input_ids"].shape[1] + 32)
    out = model.generate(
        **inputs, **options, max_new_tokens=length, do_sample=False, return_dict_in_generate=True, output_scores=True
    )
    beams = getattr(out, "beam_indices", None)
    scores = model.compute_transition_scores(out.sequences, out.scores, beams, normalize_logits=beams is None)[0]
    skip = 1 if options else 0
    kept = out.sequences[0][1 + skip :]
    said = [score for score, token in zip(scores[skip:], kept, strict=False) if token != tokenizer.pad_token_id]
    return str(tokenizer.decode(kept, skip_special_tokens=True)).strip(), float(torch.stack(said).mean().exp())


@pytest.mark.parametrize("family", PAIRS)
async def test_every_family_says_what_the_library_says_as_surely(checkpoints: Mapping[str, Path], family: str) -> None:
    source, target = PAIRS[family]
    text, confidence = by_the_library(checkpoints[family], family, SENTENCE)

    [actual] = await translated(checkpoints[family], SENTENCE, source=source, target=target)

    assert text == actual.text
    assert confidence == pytest.approx(actual.confidence, rel=0.05)


async def test_many_texts_become_what_each_becomes_alone(checkpoints: Mapping[str, Path]) -> None:
    texts = [SENTENCE, "Bis morgen am Bahnhof, wo der Fuchs im Schnee schläft", f"Danke, {SENTENCE}"]

    together = await translated(checkpoints["many"], *texts, source="de", target="en")
    alone = [(await translated(checkpoints["many"], text, source="de", target="en"))[0] for text in texts]

    assert [one.text for one in alone] == [one.text for one in together]


async def test_lines_and_what_is_no_language_stay_where_they_were(checkpoints: Mapping[str, Path]) -> None:
    text = "Guten Morgen. Danke!\n\n  42 %1 😀\n- Bis morgen"

    [actual] = await translated(checkpoints["many"], text, source="de", target="fr")
    [first, second, third] = await translated(
        checkpoints["many"], "Guten Morgen.", "Danke!", "- Bis morgen", source="de", target="fr"
    )

    assert f"{first.text} {second.text}\n\n  42 %1 😀\n{third.text}" == actual.text


async def test_sentences_of_chinese_are_joined_without_a_space(checkpoints: Mapping[str, Path]) -> None:
    [actual] = await translated(checkpoints["many"], "Danke! Danke!", source="de", target="zh")
    [one] = await translated(checkpoints["many"], "Danke!", source="de", target="zh")

    assert one.text * 2 == actual.text


async def test_what_is_empty_or_has_no_words_is_not_given_to_the_model(checkpoints: Mapping[str, Path]) -> None:
    done = await translated(checkpoints["pair"], "", "1,000 …", source="de", target="en")

    assert [Translation("", 1.0), Translation("1,000 …", 1.0)] == done


async def test_a_sentence_longer_than_the_window_is_read_in_parts(checkpoints: Mapping[str, Path]) -> None:
    [actual] = await translated(checkpoints["pair"], "Guten Morgen und Danke " * 60, source="de", target="en")

    assert actual.text
    assert 0 < actual.confidence <= 1


async def test_unknown_words_make_a_translation_doubtful(tmp_path: Path) -> None:
    folder = translations.marian(tmp_path / "sure", doubtful_below=0.0)

    known, unknown = await translated(folder, "Danke", "Danke 日本", source="de", target="en")

    assert (False, True) == (known.doubtful, unknown.doubtful)


async def test_a_checkpoint_says_from_when_on_it_is_in_doubt(tmp_path: Path) -> None:
    folder = translations.marian(tmp_path / "unsure", doubtful_below=1.0)

    [actual] = await translated(folder, "Danke", source="de", target="en")

    assert actual.doubtful


@pytest.mark.parametrize(
    ("family", "source", "target", "serves"),
    [
        ("pair", "de", "en", True),
        ("pair", "de-AT", "en-GB", True),
        ("pair", "en", "de", False),
        ("pair", "de", "fr", False),
        ("many", "en-US", "pt-BR", True),
        ("many", "de", "zh", True),
        ("many", "de", "zh-Hant", True),
        ("many", "es", "fr", False),
        ("many", "fr", "fr-CA", False),
        ("m2m", "uk", "nb", True),
        ("m2m", "de", "tlh", False),
        ("nllb", "ar", "zh-TW", True),
        ("madlad", "ja", "pt-PT", True),
        ("madlad", "de", "es", False),
    ],
)
async def test_a_checkpoint_knows_which_languages_it_translates(
    checkpoints: Mapping[str, Path], family: str, source: str, target: str, serves: bool
) -> None:
    model = LocalTranslator("tiny", checkpoints[family], lambda: None)
    if family == "madlad" and source == "ja":
        source = "en"

    assert serves == (await model.way(source, target) is not None)
    await model.resident.close()


async def test_a_pair_that_it_does_not_know_is_refused_in_words(checkpoints: Mapping[str, Path]) -> None:
    with pytest.raises(UserError, match="The model tiny does not translate from Japanese to English"):
        await translated(checkpoints["pair"], "はい", source="ja", target="en")


async def test_the_engine_opens_what_the_catalog_names(checkpoints: Mapping[str, Path]) -> None:
    entry = Entry(name="ours", task=Task.TRANSLATION, kind="folder", source=str(checkpoints["pair"]))
    model, resident = open_model(entry, checkpoints["pair"], lambda: None)

    assert await model.way("de", "en") is not None
    assert not resident.loaded
    await resident.load()
    assert resident.loaded
    await resident.close()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [("config.json", "The model tiny cannot be loaded"), ("source.spm", "The model tiny cannot be loaded")],
)
async def test_a_checkpoint_with_a_missing_file_is_one_line(tmp_path: Path, broken: str, reason: str) -> None:
    folder = translations.marian(tmp_path / "tiny")
    (folder / broken).unlink()

    with pytest.raises(UserError, match=rf"^{reason}: [^\n]+$"):
        await translated(folder, "Danke", source="de", target="en")


async def test_weights_that_could_carry_code_are_refused(tmp_path: Path) -> None:
    folder = translations.marian(tmp_path / "tiny")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    with pytest.raises(UserError, match=r"^The model tiny has no safetensors weights"):
        await translated(folder, "Danke", source="de", target="en")


async def test_a_checkpoint_that_does_not_fit_into_memory_is_refused(
    checkpoints: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.models.engines.memory.free_memory", lambda where: 1000)

    with pytest.raises(UserError, match=r"of memory and 1\.0 kB is free; choose a smaller one"):
        await translated(checkpoints["pair"], "Danke", source="de", target="en")


async def test_weights_that_are_absent_are_not_made_up(tmp_path: Path) -> None:
    folder = translations.marian(tmp_path / "tiny")
    weights = load_file(folder / "model.safetensors")
    del weights["model.decoder.layers.0.fc1.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(UserError, match=r"model\.decoder\.layers\.0\.fc1\.weight is not among its weights"):
        await translated(folder, "Danke", source="de", target="en")


async def test_cancelled_work_stops_at_the_next_token(
    checkpoints: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = LocalTranslator("tiny", checkpoints["m2m"], lambda: None)
    await model.resident.load()
    loaded = model.resident._model
    assert loaded is not None
    forward = loaded.model.model.decoder.forward
    at_work, go_on = threading.Event(), threading.Event()
    steps: list[int] = []

    def held(*args: object, **options: object) -> object:
        steps.append(1)
        if len(steps) == 3:
            at_work.set()
            go_on.wait()
        return forward(*args, **options)

    monkeypatch.setattr(loaded.model.model.decoder, "forward", held)
    work = asyncio.create_task(model.translate([SENTENCE] * 100, "de", "fr"))
    await asyncio.to_thread(at_work.wait)

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    go_on.set()
    await model.resident.close()

    assert len(steps) == 3


async def test_what_many_ask_at_once_is_translated_together_as_each_alone(
    checkpoints: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"Guten Morgen {'und Danke ' * number}" for number in range(8)]
    model = LocalTranslator("tiny", checkpoints["pair"], lambda: None)
    alone = [(await model.translate([text], "de", "en"))[0] for text in texts]
    sizes: list[int] = []
    together = await at_once(model, texts, sizes, monkeypatch)
    await model.resident.close()

    assert [one.text for one in alone] == [one.text for one in together]
    assert [one.confidence for one in alone] == pytest.approx([one.confidence for one in together], rel=1e-3)
    assert [1, len(texts)] == sizes


async def test_languages_that_are_forced_differently_are_not_mixed(
    checkpoints: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = LocalTranslator("tiny", checkpoints["m2m"], lambda: None)
    alone = [(await model.translate([SENTENCE], "de", target))[0].text for target in ("fr", "en")]
    sizes: list[int] = []
    together = await at_once(model, [SENTENCE] * 2, sizes, monkeypatch, targets=("fr", "en"))
    await model.resident.close()

    assert alone == [one.text for one in together]
    assert [1, 1, 1] == sizes


async def at_once(
    model: LocalTranslator,
    texts: Sequence[str],
    sizes: list[int],
    monkeypatch: pytest.MonkeyPatch,
    targets: Sequence[str] = (),
) -> list[Translation]:
    """What each of several people is answered who all ask while the model is at work; notes how large batches are."""
    at_work, go_on = threading.Event(), threading.Event()
    work = model._gathering._shift._work

    def held(loaded: engine._Loaded, batch: Sequence[engine._Sentence], gone: Gone) -> Sequence[engine._Said]:
        sizes.append(len(batch))
        at_work.set()
        go_on.wait()
        return work(loaded, batch, gone)

    monkeypatch.setattr(model._gathering._shift, "_work", held)
    wanted = targets or ["en"] * len(texts)
    first = asyncio.create_task(model.translate(texts[:1], "de", wanted[0]))
    await asyncio.to_thread(at_work.wait)
    others = [
        asyncio.create_task(model.translate([text], "de", target)) for text, target in zip(texts, wanted, strict=True)
    ]
    for _ in range(4):  # Each looks first whether the model knows the languages.
        await asyncio.sleep(0)
    go_on.set()
    found = await asyncio.gather(*others)
    await first
    return [one for [one] in found]


async def test_who_leaves_ends_only_their_sentence(checkpoints: Mapping[str, Path]) -> None:
    model = LocalTranslator("tiny", checkpoints["pair"], lambda: None)
    [alone] = await model.translate([SENTENCE], "de", "en")
    loaded = model.resident._model
    assert loaded is not None
    ids = loaded.tokenizer([SENTENCE, "Danke " * 12])["input_ids"]
    asked: list[int] = []

    def gone() -> list[bool]:
        asked.append(1)
        return [False, len(asked) > 2]

    stays, _ = engine._generate(loaded, [engine._Sentence(one, None) for one in ids], gone)
    steps = len(asked)
    asked.clear()
    nobody = engine._generate(loaded, [engine._Sentence(one, None) for one in ids], lambda: [True, True])
    await model.resident.close()

    assert alone.text == stays.text
    assert steps > 3
    assert ["", ""] == [one.text for one in nobody]
