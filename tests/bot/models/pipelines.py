"""Makes tiny diffusers pipelines of the real architectures: real weights, though they mean nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["plain", "turbo", "lcm", "xl", "flux", "mask"]

SIDE = 16
"""Pixels; their pictures are so wide and high."""

WORDS = ("<|startoftext|>", "<|endoftext|>", "fox</w>", "snow</w>", "a</w>", "in</w>", "the</w>")


def make(folder: Path, kind: Kind = "plain", *, filtered: bool = False) -> Path:
    """Write a pipeline into `folder`, such as the library itself saves it.

    Args:
        folder: Where to.
        kind: Its family: Stable Diffusion as it was first, Turbo, LCM, XL, FLUX, or one that only fills in a mask.
        filtered: Whether it comes with a filter for what not everybody should see.
    """
    import torch

    logging.getLogger("diffusers").setLevel(logging.ERROR)
    torch.manual_seed(1)
    match kind:
        case "flux":
            pipe = new("FluxPipeline", **_flux())
        case "xl":
            pipe = new("StableDiffusionXLPipeline", **_xl())
        case "mask":
            pipe = new("StableDiffusionInpaintPipeline", **_plain(kind, filtered=filtered))
        case _:
            pipe = new("StableDiffusionPipeline", **_plain(kind, filtered=filtered))
    assert hasattr(pipe, "save_pretrained")
    pipe.save_pretrained(folder)
    return folder


def adapt(folder: Path, name: str) -> None:
    """Write an adapter (LoRA) beside the pipeline in `folder`, called `name`."""
    import diffusers
    import torch
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    torch.manual_seed(2)
    read: Callable[..., Any] = diffusers.UNet2DConditionModel.from_pretrained
    unet = read(folder, subfolder="unet")
    unet.add_adapter(LoraConfig(r=2, target_modules=["to_q", "to_k"], init_lora_weights=False))
    diffusers.StableDiffusionPipeline.save_lora_weights(
        folder / "lora", unet_lora_layers=get_peft_model_state_dict(unet), weight_name=name
    )


def new(name: str, **options: object) -> object:
    """One of the library's classes, made with these options."""
    import diffusers

    build: Callable[..., object] = getattr(diffusers, name)
    return build(**options)


def _plain(kind: Kind, *, filtered: bool) -> dict[str, object]:
    from transformers import CLIPImageProcessor

    match kind:
        case "turbo":
            scheduler = new("EulerDiscreteScheduler", **BETAS, timestep_spacing="trailing", steps_offset=1)
        case "lcm":
            scheduler = new("LCMScheduler", **BETAS, steps_offset=1)
        case _:
            scheduler = new("DDIMScheduler", **BETAS, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    return {
        "vae": _vae(4),
        "text_encoder": _clip(),
        "tokenizer": _tokenizer(),
        "unet": _unet(time_cond_proj_dim=8 if kind == "lcm" else None, in_channels=9 if kind == "mask" else 4),
        "scheduler": scheduler,
        "safety_checker": _filter() if filtered else None,
        "feature_extractor": CLIPImageProcessor(size=30, crop_size=30) if filtered else None,
        "requires_safety_checker": filtered,
    }


def _xl() -> dict[str, object]:
    return {
        "vae": _vae(4),
        "text_encoder": _clip(),
        "text_encoder_2": _clip(projected=True),
        "tokenizer": _tokenizer(),
        "tokenizer_2": _tokenizer(),
        "unet": _unet(
            cross_attention_dim=64,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=80,
            transformer_layers_per_block=(1, 1),
        ),
        "scheduler": new("EulerDiscreteScheduler", **BETAS, steps_offset=1),
    }


def _flux() -> dict[str, object]:
    from transformers import T5Config, T5EncoderModel, T5Tokenizer

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁fox", -1.0), ("▁", -2.0), ("a", -3.0)]
    return {
        "scheduler": new("FlowMatchEulerDiscreteScheduler"),
        "vae": _vae(1, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06),
        "text_encoder": _clip(),
        "tokenizer": _tokenizer(),
        "text_encoder_2": T5EncoderModel(
            T5Config(vocab_size=200, d_model=32, d_kv=8, d_ff=37, num_layers=1, num_heads=2)
        ),
        "tokenizer_2": T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=512),
        "transformer": new(
            "FluxTransformer2DModel",
            patch_size=1,
            in_channels=4,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            axes_dims_rope=(4, 4, 8),
        ),
    }


BETAS: dict[str, object] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def _unet(**more: object) -> object:
    return new(
        "UNet2DConditionModel",
        **{
            "block_out_channels": (4, 8),
            "layers_per_block": 1,
            "sample_size": SIDE // 2,
            "in_channels": 4,
            "out_channels": 4,
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
            "cross_attention_dim": 32,
            "attention_head_dim": 2,
            "norm_num_groups": 2,
            **more,
        },
    )


def _vae(latents: int, **more: object) -> object:
    return new(
        "AutoencoderKL",
        block_out_channels=(4, 8),
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=latents,
        norm_num_groups=2,
        sample_size=SIDE,
        **more,
    )


def _clip(*, projected: bool = False) -> object:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=77,
        projection_dim=32,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return CLIPTextModelWithProjection(config) if projected else CLIPTextModel(config)


def _tokenizer() -> object:
    from transformers import CLIPTokenizer

    return CLIPTokenizer(vocab={word: number for number, word in enumerate(WORDS)}, merges=[], model_max_length=77)


def _filter() -> object:
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig

    vision = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 30,
        "patch_size": 15,
        "projection_dim": 16,
    }
    checker: Callable[..., object] = StableDiffusionSafetyChecker
    return checker(CLIPConfig(vision_config=vision, projection_dim=16))
