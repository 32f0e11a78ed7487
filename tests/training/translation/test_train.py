"""Training a tiny translator."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bot.models.engines import hardware
from bot.models.engines.translation import LocalTranslator
from training.translation.samples import Pair, Samples
from training.translation.train import Recipe, Run, batches, pack, rate, train
from training.translation.vocabulary import Vocabulary

NOWHERE = Path("nowhere")
"""Only the phrasebook is trained on."""

TINY = Recipe(
    seed=3, steps=4, batch=6, warmup=2, words=220, texts=120, width=16, heads=2, inner=16, encoder=1, decoder=1,
    threads=1, check=4, keep=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("translator")
    train(TINY, folder / "work", folder / "out", NOWHERE)
    return folder


async def test_atelier_runs_what_was_trained(trained: Path) -> None:
    hardware.prefer("float32")
    model = LocalTranslator("starter", trained / "out", lambda: None)
    try:
        for source, target in (("en", "de"), ("es", "fr")):
            [one] = await model.translate(["Hello %1!"], source, target)
            assert 0 <= one.confidence <= 1
    finally:
        await model.resident.close()
        hardware.prefer("auto")


def test_the_weights_are_in_half_precision_and_safe(trained: Path) -> None:
    from safetensors.torch import load_file

    weights = load_file(trained / "out" / "model.safetensors")
    assert {torch.float16} == {one.dtype for one in weights.values()}


def test_the_tokenizer_says_the_same_as_training(trained: Path) -> None:
    from transformers import MarianTokenizer

    vocabulary = Vocabulary(trained / "work")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
        tokenizer = MarianTokenizer.from_pretrained(trained / "out")
    pair = Pair("en", "de", "Hello %1, I have 12 keys!", "Hallo %1, ich habe 12 Schlüssel!")
    assert tokenizer(">>de<< Hello %1, I have 12 keys!")["input_ids"] == vocabulary.source(pair)
    assert tokenizer(text_target="Hallo %1, ich habe 12 Schlüssel!")["input_ids"] == vocabulary.target(pair)
    assert tokenizer.decode(vocabulary.target(pair), skip_special_tokens=True) == "Hallo %1, ich habe 12 Schlüssel!"


def test_going_on_after_a_stop_comes_to_the_same(trained: Path, tmp_path: Path) -> None:
    vocabulary = Vocabulary(trained / "work")
    samples = Samples(TINY.seed, NOWHERE)
    torch.set_num_threads(1)

    def learned(state: Path, until: int) -> Run:
        if not state.exists():
            torch.manual_seed(TINY.seed)
        run = Run(TINY, vocabulary, state)
        for batch in batches(samples, vocabulary, replace(TINY, steps=until), run.step):
            run.learn(batch)
        run.keep()
        return run

    whole = learned(tmp_path / "whole.pt", 4)
    learned(tmp_path / "halves.pt", 2)
    halves = learned(tmp_path / "halves.pt", 4)
    assert halves.step == whole.step == 4
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, halves.model.state_dict()[name]), name


def test_another_recipe_does_not_go_on(trained: Path) -> None:
    with pytest.raises(SystemExit, match="another recipe"):
        Run(replace(TINY, rate=1.0), Vocabulary(trained / "work"), trained / "work" / "state.pt")


def test_a_batch_is_padded_and_shifted(trained: Path) -> None:
    vocabulary = Vocabulary(trained / "work")
    pairs = [
        Pair("en", "de", "Hello!", "Hallo!"),
        Pair("en", "de", "Good morning, Anna!", "Guten Morgen, Anna!", old=True),
    ]
    batch = pack(pairs, vocabulary)
    assert batch.sources.shape == batch.mask.shape
    assert batch.before.shape == batch.targets.shape
    assert batch.before[:, 0].tolist() == [vocabulary.filler] * 2
    assert batch.before[1, 1:].tolist() == batch.targets[1, :-1].tolist()
    assert batch.mask.sum(1).tolist() == [len(vocabulary.source(pair)) for pair in pairs]


def test_the_rate_rises_and_falls() -> None:
    rates = [rate(step, 100, 10) for step in range(100)]
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert max(rates) == 1.0
