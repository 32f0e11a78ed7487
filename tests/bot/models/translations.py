"""Makes tiny translation checkpoints of each family: real classes and tokenizers, weights that mean nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LINES = (
    "Good morning, how are you today? The fox sleeps in the snow.",
    "Guten Morgen, wie geht es dir heute? Der Fuchs schläft im Schnee.",
    "Bonjour, comment vas-tu aujourd'hui ? Le renard dort dans la neige.",
    "Buenos días, ¿cómo estás hoy? El zorro duerme en la nieve.",
    "See you tomorrow at the station. Thank you for your help!",
    "Bis morgen am Bahnhof. Danke für deine Hilfe!",
)

WORDS = 120
"""Pieces of the vocabulary."""


def pieces(folder: Path) -> tuple[Path, list[str]]:
    """A SentencePiece model trained on a few lines, and its pieces."""
    import sentencepiece

    model = folder / "tiny.model"
    folder.mkdir(parents=True, exist_ok=True)
    with model.open("wb") as stream:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(LINES * 4),
            model_writer=stream,
            vocab_size=WORDS,
            hard_vocab_limit=False,
            character_coverage=1.0,
            minloglevel=2,
        )
    spm = sentencepiece.SentencePieceProcessor(model_file=str(model))
    return model, [spm.id_to_piece(place) for place in range(spm.get_piece_size())]


def marian(
    folder: Path,
    source: str | None = "de",
    target: str | None = "en",
    *,
    targets: Sequence[str] = (),
    sources: Sequence[str] = (),
    beams: int = 2,
    doubtful_below: float | None = None,
) -> Path:
    """As OPUS-MT's; with `targets` it is told the target by a token, with `sources` it lists what it reads."""
    import torch
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    model, words = pieces(folder)
    known = [word for word in words if word not in {"<unk>", "<s>", "</s>"}]
    vocabulary = ["</s>", "<unk>", *known, *(f">>{code}<<" for code in targets), "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({word: place for place, word in enumerate(vocabulary)}))
    tokenizer = MarianTokenizer(
        source_spm=str(model),
        target_spm=str(model),
        vocab=str(folder / "vocab.json"),
        source_lang=source,
        target_lang=target,
        model_max_length=64,
    )
    tokenizer.save_pretrained(folder)
    filler = len(vocabulary) - 1
    config = MarianConfig(
        vocab_size=len(vocabulary),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=64,
        init_std=0.15,
        pad_token_id=filler,
        eos_token_id=0,
        decoder_start_token_id=filler,
        forced_eos_token_id=None,
    )
    more: dict[str, object] = {}
    if sources:
        more["source_languages"] = list(sources)
    if doubtful_below is not None:
        more["doubtful_below"] = doubtful_below
    config.update(more)
    torch.manual_seed(3)
    network = MarianMTModel(config)
    # Else weights that mean nothing would hardly ever end a sentence.
    network.final_logits_bias[0, 0] = 1.5
    network.generation_config.num_beams = beams
    network.generation_config.max_length = 64
    network.generation_config.bad_words_ids = [[filler]]
    network.save_pretrained(folder)
    return folder


def m2m(folder: Path) -> Path:
    """As M2M100's: a language is a token that the tokenizer puts before the text."""
    from transformers import M2M100Tokenizer

    model, words = pieces(folder)
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", *(word for word in words if word not in {"<unk>", "<s>", "</s>"})]
    (folder / "vocab.json").write_text(json.dumps({word: place for place, word in enumerate(vocabulary)}))
    tokenizer = M2M100Tokenizer(
        vocab_file=str(folder / "vocab.json"), spm_file=str(model), model_max_length=64, num_madeup_words=0
    )
    tokenizer.save_pretrained(folder)
    return _many(folder, len(vocabulary) + len(tokenizer.lang_code_to_token))


def nllb(folder: Path) -> Path:
    """As NLLB-200's: the same network, another tokenizer."""
    from tokenizers import Tokenizer
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import Metaspace
    from tokenizers.trainers import BpeTrainer
    from transformers import NllbTokenizer

    trained = Tokenizer(BPE(unk_token="<unk>"))
    trained.pre_tokenizer = Metaspace(replacement="▁", prepend_scheme="always", split=True)
    trainer = BpeTrainer(vocab_size=WORDS, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], show_progress=False)
    trained.train_from_iterator(LINES, trainer)
    learned = json.loads(trained.to_str())["model"]
    merges: Any = [tuple(merge) for merge in learned["merges"]]
    tokenizer = NllbTokenizer(vocab=learned["vocab"], merges=merges, model_max_length=64)
    tokenizer.save_pretrained(folder)
    return _many(folder, len(tokenizer))


def madlad(folder: Path, codes: Sequence[str] = ("de", "en", "fr", "pt", "zh", "translate")) -> Path:
    """As MADLAD-400's: a T5 that is told the target language by a token in the text."""
    import sentencepiece
    import torch
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    model, words = pieces(folder)
    spm = sentencepiece.SentencePieceProcessor(model_file=str(model))
    scores = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    scores += [(word, spm.get_score(place)) for place, word in enumerate(words) if not word.startswith("<")]
    tokenizer = T5Tokenizer(vocab=scores, extra_ids=0)
    tokenizer.add_tokens([f"<2{code}>" for code in codes], special_tokens=True)
    tokenizer.save_pretrained(folder)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=16,
        d_ff=32,
        num_layers=1,
        num_heads=2,
        feed_forward_proj="gated-gelu",
        initializer_factor=3.0,
        pad_token_id=0,
        eos_token_id=1,
    )
    config.update({"tie_word_embeddings": False, "decoder_start_token_id": 0})
    torch.manual_seed(4)
    T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


def _many(folder: Path, size: int) -> Path:
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    config = M2M100Config(
        vocab_size=size,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=64,
        init_std=0.4,
    )
    torch.manual_seed(5)
    network = M2M100ForConditionalGeneration(config)
    network.generation_config.max_length = 40
    network.generation_config.num_beams = 3
    network.save_pretrained(folder)
    return folder
