"""Drawing latents by flow matching."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler

from bot.models.stickers.manner import LATENTS
from bot.models.stickers.pipeline import StickerPipeline
from bot.models.stickers.words import TOKENS, WIDTH, Read
from training.stickers import diffusion

NOTHING = Read(torch.zeros(1, TOKENS, WIDTH), torch.zeros(1, WIDTH))


@pytest.fixture(scope="module")
def pipe() -> StickerPipeline:
    torch.manual_seed(1)
    unet = diffusion.build(diffusion.DiffusionRecipe(channels=(16, 16, 16), heads=2)).eval()
    make: Callable[[], FlowMatchEulerDiscreteScheduler] = FlowMatchEulerDiscreteScheduler
    return StickerPipeline(AutoencoderKL(block_out_channels=(8,), norm_num_groups=8), unet, make())


def test_guidance_leads_away_from_what_would_be_drawn_without_words(pipe: StickerPipeline) -> None:
    chance = torch.Generator().manual_seed(2)
    words = Read(torch.randn(1, TOKENS, WIDTH, generator=chance), torch.randn(1, WIDTH, generator=chance))
    noise, draft = (torch.randn((1, *LATENTS), generator=chance) for _ in range(2))

    # In a single step a latent is the noise and a multiple of the way: what guidance does to the way shows in it.
    free = pipe(NOTHING, noise, steps=1, guidance=1)
    told = pipe(words, noise, draft=draft, steps=1, guidance=1)
    guided = pipe(words, noise, draft=draft, steps=1, guidance=3)

    assert (told - free).abs().mean() > 0.01
    assert torch.allclose(free + 3 * (told - free), guided, atol=1e-4)


def test_a_draft_lies_beside_the_latents_and_is_left_out_with_the_words(pipe: StickerPipeline) -> None:
    chance = torch.Generator().manual_seed(2)
    words = Read(torch.randn(1, TOKENS, WIDTH, generator=chance), torch.randn(1, WIDTH, generator=chance))
    noise, draft = (torch.randn((1, *LATENTS), generator=chance) for _ in range(2))
    seen: list[torch.Tensor] = []

    with pipe.unet.register_forward_pre_hook(lambda network, given: seen.append(given[0])):
        pipe(words, noise, draft=draft, steps=1)

    [free, told] = seen[0]
    assert torch.equal(torch.cat((noise[0], torch.zeros_like(draft[0]))), free)
    assert torch.equal(torch.cat((noise[0], draft[0])), told)


def test_without_words_there_is_nothing_to_be_guided_by(pipe: StickerPipeline) -> None:
    noise = torch.randn((1, *LATENTS), generator=torch.Generator().manual_seed(2))

    assert torch.equal(pipe(NOTHING, noise, steps=2, guidance=1), pipe(NOTHING, noise, steps=2, guidance=7))
