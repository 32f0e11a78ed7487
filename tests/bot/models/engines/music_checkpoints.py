"""Makes tiny checkpoints of the models that compose: real weights, though what they play is noise."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import T5Config, T5Tokenizer

WORDS = ("a", "slow", "merry", "waltz", "jig", "in", "D", "low", "quality", ".")


def musicgen(folder: Path, *, channels: int = 1) -> Path:
    """Write a MusicGen that plays 320 samples a frame, 50 frames a second."""
    import torch
    from transformers import EncodecConfig, GenerationConfig, MusicgenConfig, MusicgenForConditionalGeneration
    from transformers.models.musicgen.configuration_musicgen import MusicgenDecoderConfig

    torch.manual_seed(1)
    tokenizer().save_pretrained(folder)
    decoder = MusicgenDecoderConfig(
        vocab_size=16,
        max_position_embeddings=64,
        num_hidden_layers=1,
        ffn_dim=16,
        num_attention_heads=2,
        hidden_size=16,
        num_codebooks=2 * channels,
        audio_channels=channels,
        pad_token_id=None,
        bos_token_id=None,
    )
    # Two books of four bits, fifty times a second.
    audio = EncodecConfig(
        target_bandwidths=[0.4],
        sampling_rate=16_000,
        hidden_size=8,
        num_filters=2,
        upsampling_ratios=[8, 5, 4, 2],
        codebook_size=16,
        codebook_dim=8,
        num_lstm_layers=1,
    )
    model = MusicgenForConditionalGeneration(
        MusicgenConfig(text_encoder=t5().to_dict(), audio_encoder=audio.to_dict(), decoder=decoder.to_dict())
    )
    # As the published checkpoints say.
    said: Callable[..., GenerationConfig] = GenerationConfig
    model.generation_config = said(
        do_sample=True, guidance_scale=3.0, pad_token_id=16, bos_token_id=16, decoder_start_token_id=16
    )
    model.save_pretrained(folder)
    return folder


def stable_audio(folder: Path) -> Path:
    """Write a Stable Audio that plays at most 4 seconds at 1,024 samples a second."""
    import torch
    from transformers import T5EncoderModel

    diffusers: Any = import_module("diffusers")  # it has no types of its own
    torch.manual_seed(1)
    pipeline = diffusers.StableAudioPipeline(
        vae=diffusers.AutoencoderOobleck(
            encoder_hidden_size=4,
            downsampling_ratios=[4, 4],
            decoder_channels=2,
            decoder_input_channels=2,
            audio_channels=2,
            channel_multiples=[1, 2],
            sampling_rate=1024,
        ),
        text_encoder=T5EncoderModel(t5()),
        projection_model=diffusers.StableAudioProjectionModel(
            text_encoder_dim=16, conditioning_dim=16, min_value=0, max_value=8
        ),
        tokenizer=tokenizer(),
        transformer=diffusers.StableAudioDiTModel(
            sample_size=256,
            in_channels=2,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=2,
            num_key_value_attention_heads=2,
            out_channels=2,
            cross_attention_dim=16,
            time_proj_dim=8,
            global_states_input_dim=32,
            cross_attention_input_dim=16,
        ),
        scheduler=diffusers.CosineDPMSolverMultistepScheduler(
            solver_order=2, prediction_type="v_prediction", sigma_data=1.0, sigma_schedule="exponential"
        ),
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def tokenizer() -> T5Tokenizer:
    """Knows a few words."""
    from transformers import T5Tokenizer

    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -10.0), *((f"▁{word}", -2.0) for word in WORDS)]
    return T5Tokenizer(vocab=vocabulary, extra_ids=0, model_max_length=16)


def t5() -> T5Config:
    """An encoder of one layer."""
    from transformers import T5Config

    return T5Config(vocab_size=32, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
