"""Tiny sticker models of the real architectures: real weights, though they mean nothing."""

from __future__ import annotations

from pathlib import Path

KNOWN = ("fox", "cool fox", "cat", "castle", "ship")
"""The captions that they say they learned."""

NAMES = {"🚢": "ship", "❤": "red heart", "🏰\u200d🚢": "castle", "\U0001fae8": "shaking face"}
"""What they say emoji are called."""


def make(folder: Path) -> Path:
    """Write a pipeline with its GAN into `folder`, as the training does."""
    import torch
    from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler

    from bot.models.stickers import known
    from bot.models.stickers.gan import StickerGan
    from bot.models.stickers.pipeline import StickerPipeline
    from training.stickers.diffusion import DiffusionRecipe
    from training.stickers.diffusion import build as build_unet
    from training.stickers.latents import words
    from training.stickers.vae import VaeRecipe
    from training.stickers.vae import build as build_vae

    torch.manual_seed(1)
    vae = build_vae(VaeRecipe(channels=(8, 8, 8)))
    vae.register_to_config(shift_factor=0.1, scaling_factor=1.5)  # type: ignore[no-untyped-call]
    unet = build_unet(DiffusionRecipe(channels=(16, 16, 16), heads=2))
    scheduler = FlowMatchEulerDiscreteScheduler()
    for network in (vae, unet):
        torch.nn.Module.to(network, torch.float16)
    StickerPipeline(vae, unet, scheduler).save_pretrained(folder)
    known.write(folder, KNOWN, words().read(KNOWN).meaning, NAMES)
    gan = StickerGan(channels=(16, 16, 16), chance=8, width=16)
    gan.to(torch.float16).save_pretrained(folder / "gan")
    return folder
