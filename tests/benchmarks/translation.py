"""Translation: 16 callers of one sentence each beside one sentence after the other.

The weights are random, in the shape of OPUS-MT's: left alone, no sentence would end before it is cut at more than twice
its length, which favours neither but is not what people see. So each ends when it has as many tokens as what was read,
of which there are 5 to 25 as in everyday messages. Both run in turns in one process, for the machine may be busy
otherwise.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import Cache, MarianConfig, MarianMTModel, MarianTokenizer, PreTrainedModel
from transformers.modeling_outputs import Seq2SeqLMOutput

from bot.asking import ASKING, Asking, Owner, Priority
from bot.models.engines.translation import LocalTranslator
from bot.threads import in_thread
from tests.bot.models.translations import LINES, pieces

CALLERS = 16
REPEATS = 5
VOCABULARY = 58101
BEAMS = 4
END = 0
SURE = 100.0
WORDS = re.findall(r"\w+", " ".join(LINES[1::4]))


def _build(folder: Path) -> None:
    model, words = pieces(folder)
    known = ["</s>", "<unk>", *(word for word in words if word not in {"<unk>", "<s>", "</s>"})]
    vocabulary = [*known, *(f"▁{number}" for number in range(VOCABULARY - len(known) - 1)), "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({word: place for place, word in enumerate(vocabulary)}))
    MarianTokenizer(
        source_spm=str(model),
        target_spm=str(model),
        vocab=str(folder / "vocab.json"),
        source_lang="de",
        target_lang="en",
        model_max_length=512,
    ).save_pretrained(folder)
    config = MarianConfig(
        vocab_size=VOCABULARY,
        d_model=512,
        encoder_layers=6,
        decoder_layers=6,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
        encoder_ffn_dim=2048,
        decoder_ffn_dim=2048,
        max_position_embeddings=512,
        pad_token_id=VOCABULARY - 1,
        eos_token_id=END,
        decoder_start_token_id=VOCABULARY - 1,
        forced_eos_token_id=None,
    )
    torch.manual_seed(1)
    network = MarianMTModel(config)
    network.generation_config.num_beams = BEAMS
    network.generation_config.bad_words_ids = [[VOCABULARY - 1]]
    network.save_pretrained(folder)


def _let_end(network: PreTrainedModel) -> None:
    """Make each sentence end when it has as many tokens as what was read."""
    compute = network.forward

    def ending(*, attention_mask: torch.Tensor, past_key_values: Cache, **named: object) -> Seq2SeqLMOutput:
        told: Seq2SeqLMOutput = compute(attention_mask=attention_mask, past_key_values=past_key_values, **named)
        assert told.logits is not None
        ends = attention_mask.sum(1) <= past_key_values.get_seq_length()
        beams = len(told.logits) // len(ends)
        told.logits[:, -1, END] = torch.where(ends, SURE, -SURE).repeat_interleave(beams).to(told.logits)
        return told

    network.forward = ending


def _sentences() -> list[str]:
    """A sentence for each caller, of about 5 to 25 tokens."""
    return [" ".join(random.choices(WORDS, k=2 + number // 3)) for number in range(CALLERS)]


async def _ask(model: LocalTranslator, person: str, sentence: str) -> None:
    ASKING.set(Asking(Owner("home", person), Priority.INTERACTIVE, lambda waiting: None))
    await model.translate([sentence], "de", "en")


async def _together(model: LocalTranslator, sentences: Sequence[str]) -> float:
    """Sentences a second."""
    began = time.perf_counter()
    callers = (_ask(model, f"person {number}", sentence) for number, sentence in enumerate(sentences))
    await asyncio.gather(*(asyncio.create_task(caller) for caller in callers))
    return len(sentences) / (time.perf_counter() - began)


async def _in_turn(model: LocalTranslator, sentences: Sequence[str]) -> float:
    """Sentences a second."""
    began = time.perf_counter()
    for sentence in sentences:
        await _ask(model, "person", sentence)
    return len(sentences) / (time.perf_counter() - began)


async def measure(repeats: int = REPEATS) -> dict[str, float]:
    """Sentences per second.

    Args:
        repeats: How often each is measured; the median counts.
    """
    with tempfile.TemporaryDirectory() as name:
        await in_thread(_build, Path(name))
        model = LocalTranslator("measured", Path(name), lambda: None)
        await model.translate(["Guten Morgen"], "de", "en")
        loaded = model.resident._model
        assert loaded is not None
        _let_end(loaded.model)
        together, alone = [], []
        for _ in range(repeats):
            sentences = _sentences()
            together.append(await _together(model, sentences))
            alone.append(await _in_turn(model, sentences))
        await model.resident.close()
    many, one = statistics.median(together), statistics.median(alone)
    return {
        f"sentences/s translated, {CALLERS} callers of one sentence": many,
        "sentences/s translated, one at a time": one,
        f"× one at a time, {CALLERS} callers": many / one,
    }
