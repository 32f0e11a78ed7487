"""MusicGen: a transformer that writes the codes of a sound, token by token."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from bot.models.engines.hardware import device, dtype
from bot.models.engines.memory import require, require_room
from bot.models.engines.music import Sound
from bot.models.engines.weights import require_safe, require_words

if TYPE_CHECKING:
    import torch
    from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList

LONGEST = 30.0
"""Seconds; what it was trained on. Beyond that it loses the thread."""

USUAL = 10.0
"""Seconds of a piece when nobody says how long."""

_WORDS = 256
_CERTAIN = 1e4


class MusicGen:
    """A checkpoint of MusicGen in memory.

    Args:
        name: What to call it in an error.
        folder: The checkpoint, mono or stereo.

    Raises:
        UserError: It does not fit into memory.
    """

    longest = LONGEST
    usual = USUAL

    def __init__(self, name: str, folder: Path) -> None:
        import torch
        from transformers import AutoModelForTextToWaveform, AutoTokenizer

        from bot.models.engines.packing import lay_out

        where = device()
        require_safe(name, folder)
        require(name, folder, dtype(where).itemsize * 8, where)
        # They are read as they were published, and shortened after.
        require_room(name, sum(file.stat().st_size for file in folder.glob("*.safetensors")), torch.device("cpu"))
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        require_words(self._tokenizer)
        self._model, told = AutoModelForTextToWaveform.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype="auto",
            output_loading_info=True,
        )
        # The library makes up weights that are not in the file.
        if absent := sorted(told["missing_keys"]):
            raise ValueError(f"{absent[0]} is not among its weights.")
        self._model.to(where, dtype(where)).eval()
        # Short numbers would be heard as noise in what turns the codes into sound.
        self._model.audio_encoder.float()
        lay_out(self._model.decoder, where, dtype(where))

    def play(self, text: str, seconds: float, seed: int, step: Callable[[float], None]) -> Sound:
        """Compose a piece.

        Args:
            text: What it should sound like.
            seconds: How long it is.
            seed: The same one makes the same piece.
            step: Told after each token how much is done, from 0 to 1; what it raises stops the work.
        """
        import torch
        from transformers import LogitsProcessorList

        audio = self._model.config.audio_encoder
        decoder = self._model.config.decoder
        # Each codebook of a channel comes one token after the one before it.
        tokens = ceil(seconds * audio.frame_rate) + decoder.num_codebooks // decoder.audio_channels
        inputs = self._tokenizer([text], truncation=True, max_length=_WORDS, return_tensors="pt")
        draw = _Draw(self._model.generation_config, seed, tokens, step)
        with torch.inference_mode():
            made = self._model.generate(
                **inputs.to(self._model.device),
                do_sample=True,
                max_new_tokens=tokens,
                logits_processor=LogitsProcessorList([draw]),
            )
        samples = made[0, :, : round(seconds * audio.sampling_rate)].T.float().cpu().numpy()
        return Sound(samples, audio.sampling_rate)


class _Draw:
    """Draws each token by a seed of its own: the library draws by the state of the whole process.

    Args:
        generation: How the checkpoint wants to be sampled.
        seed: The same one draws the same tokens.
        tokens: How many are drawn.
        step: Told after each how much is done.
    """

    def __init__(self, generation: GenerationConfig, seed: int, tokens: int, step: Callable[[float], None]) -> None:
        import torch

        self._warpers = _warpers(generation)
        # On the processor, so that a seed means the same on every device.
        self._generator = torch.Generator().manual_seed(seed)
        self._tokens = tokens
        self._step = step
        self._drawn = 0

    def __call__(self, ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.Tensor:
        """Scores that leave only one token possible in each row, also after the library's own guidance."""
        import torch

        chances = torch.softmax(self._warpers(ids, scores.float()), dim=-1).cpu()
        token = torch.multinomial(chances, 1, generator=self._generator).to(scores.device)
        self._drawn += 1
        self._step(self._drawn / self._tokens)
        # With guidance there are two rows for each token: with the words, and without.
        rows = token.repeat(len(scores) // len(token), 1)
        return torch.zeros_like(scores).scatter(1, rows, _CERTAIN)


def _warpers(generation: GenerationConfig) -> LogitsProcessorList:
    from transformers import (
        ClassifierFreeGuidanceLogitsProcessor,
        LogitsProcessorList,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    found = LogitsProcessorList()
    if (generation.guidance_scale or 1.0) > 1:
        guided: Callable[[float], LogitsProcessor] = ClassifierFreeGuidanceLogitsProcessor
        found.append(guided(generation.guidance_scale))
    if generation.temperature not in {None, 1.0}:
        found.append(TemperatureLogitsWarper(generation.temperature))
    # The library's own default, where a checkpoint does not say otherwise.
    if top := 50 if generation.top_k is None else generation.top_k:
        found.append(TopKLogitsWarper(top))
    if generation.top_p not in {None, 1.0}:
        found.append(TopPLogitsWarper(generation.top_p))
    return found
