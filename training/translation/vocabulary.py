"""The shared vocabulary: SentencePiece, as OPUS-MT's checkpoints have it."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterable
from pathlib import Path

import sentencepiece

from training.translation.lexicon import TONGUES, Tongue
from training.translation.samples import OLD, PLACES, Pair

MAX_LENGTH = 256
"""Tokens of a text."""


def train_vocabulary(texts: Iterable[str], folder: Path, size: int) -> None:
    """Write `source.spm`, `target.spm`, `vocab.json` and what a `MarianTokenizer` is loaded with.

    Args:
        texts: In all languages.
        folder: Where the files go.
        size: Of the vocabulary; fewer if the texts do not have as many pieces.
    """
    from transformers import MarianTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "source.spm"
    with model.open("wb") as stream:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=stream,
            vocab_size=size,
            hard_vocab_limit=False,
            character_coverage=0.9999,
            split_digits=True,
            user_defined_symbols=[OLD, *(f"%{number}" for number in range(1, PLACES + 1))],
            num_threads=2,
            minloglevel=2,
        )
    shutil.copy(model, folder / "target.spm")
    spm = sentencepiece.SentencePieceProcessor(model_file=str(model))
    pieces = [spm.id_to_piece(place) for place in range(spm.get_piece_size())]
    words = [piece for piece in pieces if piece not in {"<unk>", "<s>", "</s>"}]
    vocabulary = ["</s>", "<unk>", *words, *(f">>{tongue}<<" for tongue in TONGUES), "<pad>"]
    told = json.dumps({word: place for place, word in enumerate(vocabulary)}, ensure_ascii=False, indent=0)
    (folder / "vocab.json").write_text(told, encoding="utf-8")
    with warnings.catch_warnings():
        # It recommends a package whose work nothing here asks for.
        warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
        MarianTokenizer(
            source_spm=str(model),
            target_spm=str(folder / "target.spm"),
            vocab=str(folder / "vocab.json"),
            model_max_length=MAX_LENGTH,
        ).save_pretrained(folder)


class Vocabulary:
    """Turns texts into token numbers, as the tokenizer does but faster."""

    def __init__(self, folder: Path) -> None:
        self._spm = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
        self._numbers: dict[str, int] = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        self.size = len(self._numbers)
        self.end, self.filler = self._numbers["</s>"], self._numbers["<pad>"]

    def source(self, pair: Pair) -> list[int]:
        """What the encoder reads: the target language, the text, the end."""
        return [
            self._tongue(pair.target_tongue),
            *self._ids(f"{OLD} {pair.source}" if pair.old else pair.source),
            self.end,
        ]

    def target(self, pair: Pair) -> list[int]:
        """What the decoder writes: the text and the end."""
        return [*self._ids(pair.target), self.end]

    def _tongue(self, tongue: Tongue) -> int:
        return self._numbers[f">>{tongue}<<"]

    def _ids(self, text: str) -> list[int]:
        unknown = self._numbers["<unk>"]
        return [self._numbers.get(piece, unknown) for piece in self._spm.encode_as_pieces(text)]
