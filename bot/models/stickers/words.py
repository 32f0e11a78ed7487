"""Captions as the sticker models read them: the starter embeddings' token states.

Torch and transformers are imported here: import this module only where a model is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import normalize, pad
from transformers import AutoModel, AutoTokenizer

from bot.models.engines import weights

TOKENS = 20
"""Of a caption; the rest is not read."""

WIDTH = 384
"""Numbers of a token's state."""


@dataclass(frozen=True, slots=True)
class Read:
    """Captions as numbers.

    Attributes:
        states: Captions by `TOKENS` by `WIDTH`; zero where a caption has no more tokens.
        meaning: Captions by `WIDTH`: their states' mean, with a spread of about 1.
    """

    states: Tensor
    meaning: Tensor

    @property
    def says(self) -> bool:
        """Whether anything is said at all."""
        return bool(self.states.any())

    def to(self, where: torch.device) -> Read:
        """The same on a device."""
        return Read(self.states.to(where), self.meaning.to(where))


@dataclass(frozen=True, slots=True)
class Heard:
    """How much of a caption is read.

    Attributes:
        text: What is read of it: as many whole words as there is room for.
        whole: Whether that is all of it.
        strange: What in it stands for a word that is not known, such as one in another script.
        nothing: Whether no word is known.
    """

    text: str
    whole: bool
    strange: tuple[str, ...]
    nothing: bool


class Words:
    """Reads captions with a sentence-transformers checkpoint.

    Args:
        folder: The checkpoint.
        numbers: What it computes in.
        where: The device.

    Raises:
        ValueError: Weights are missing, or it is of another width.
    """

    def __init__(self, folder: Path, numbers: torch.dtype, where: torch.device) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        self._model = weights.read(AutoModel.from_pretrained, folder, numbers, where, computed="pooler.")
        if self._model.config.hidden_size != WIDTH:
            raise ValueError(f"the embeddings have {self._model.config.hidden_size} numbers a token, not {WIDTH}.")

    @torch.inference_mode()
    def read(self, captions: Sequence[str]) -> Read:
        """What captions say, in 32 bits on the processor; an empty one says nothing: zeros."""
        encoded = self._tokenizer(
            list(captions), truncation=True, max_length=TOKENS, padding=True, return_tensors="pt"
        ).to(self._model.device)
        hidden = self._model(**encoded).last_hidden_state.float().cpu()
        mask = encoded["attention_mask"].unsqueeze(-1).cpu()
        states = hidden * mask * torch.tensor([bool(one.strip()) for one in captions]).view(-1, 1, 1)
        meaning = normalize(states.sum(1), dim=1) * WIDTH**0.5
        return Read(pad(states, (0, 0, 0, TOKENS - states.shape[1])), meaning)

    def heard(self, caption: str) -> Heard:
        """How much of a caption `read` reads."""
        encoded = self._tokenizer(caption, add_special_tokens=False, return_offsets_mapping=True)
        numbers, places, belong = encoded["input_ids"], encoded["offset_mapping"], encoded.word_ids()
        room = TOKENS - self._tokenizer.num_special_tokens_to_add()
        unknown = self._tokenizer.unk_token_id
        strange: list[str] = []
        last = 0
        for number, (start, end) in zip(numbers[:room], places, strict=False):
            if number == unknown:
                # Of some scripts each character is a token.
                joined = strange.pop() if strange and last == start else ""
                strange.append(joined + caption[start:end])
                last = end
        whole = len(numbers) <= room
        text = caption
        if not whole:
            text = caption[: places[room - 1][1]]
            if belong[room] == belong[room - 1]:
                # A word of which only a part is read.
                text = text.rpartition(" ")[0] or text
        nothing = all(number == unknown for number in numbers[:room])
        return Heard(text.strip(), whole, tuple(strange), nothing)
