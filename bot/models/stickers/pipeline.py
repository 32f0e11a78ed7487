"""Latent diffusion of stickers, as a diffusers pipeline.

The network sees a draft of what it draws beside the noise, as cascades do (Ho et al. 2022): the draft says what goes
where, which noise alone hardly teaches a small network.

Torch and diffusers are imported here: import this module only where a model is loaded.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import cast

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from torch import Tensor

from bot.models.stickers.drawing import fold, unfold
from bot.models.stickers.manner import GUIDANCE, STEPS
from bot.models.stickers.words import Read


class StickerPipeline(DiffusionPipeline):
    """Draws latents by flow matching: the network says which way leads from noise to the picture.

    Args:
        vae: Between pictures and latents.
        unet: Says the way; it is shown the latents, those of a draft, the caption's tokens and its meaning.
        scheduler: Takes the steps.
    """

    vae: AutoencoderKL
    unet: UNet2DConditionModel
    scheduler: FlowMatchEulerDiscreteScheduler

    def __init__(
        self, vae: AutoencoderKL, unet: UNet2DConditionModel, scheduler: FlowMatchEulerDiscreteScheduler
    ) -> None:
        super().__init__()
        self.register_modules(vae=vae, unet=unet, scheduler=scheduler)  # type: ignore[no-untyped-call]  # diffusers does not type it

    @torch.inference_mode()
    def __call__(
        self,
        read: Read,
        noise: Tensor,
        start: Tensor | None = None,
        *,
        draft: Tensor | None = None,
        strength: float = 1.0,
        steps: int = STEPS,
        guidance: float = GUIDANCE,
        each: Callable[[int, int], None] = lambda step, steps: None,
    ) -> Tensor:
        """Draw latents.

        Args:
            read: What they are to show; without words a picture follows its `start` alone.
            noise: Numbers of a normal distribution, one latent for each caption.
            start: Latents to start from.
            draft: Latents to follow, such as the GAN drew; without them the caption is all there is to follow.
            strength: How much of `start` is changed, from 0 to 1.
            steps: How often they are refined.
            guidance: How closely they follow the caption; 1 leaves them free.
            each: Told the steps done and the steps in all; stops the work by raising.
        """
        where = self.unet.device
        # Its own: between its steps others may be drawn.
        scheduler = copy.deepcopy(self.scheduler)
        highest = 1.0 if start is None else strength
        scheduler.set_timesteps(sigmas=[highest * (1 - step / steps) for step in range(steps)], device=where)
        latents = noise.to(where)
        if start is not None:
            latents = highest * latents + (1 - highest) * start.to(where)
        guided = guidance != 1 and read.says
        states, meaning = read.states.to(where), read.meaning.to(where)
        draft = torch.zeros_like(latents) if draft is None else draft.to(where)
        if guided:
            draft = torch.cat((torch.zeros_like(draft), draft))
            states = torch.cat((torch.zeros_like(states), states))
            meaning = torch.cat((torch.zeros_like(meaning), meaning))
        advance = cast("Callable[..., tuple[Tensor]]", scheduler.step)
        for step, time in enumerate(scheduler.timesteps):
            seen = torch.cat((latents, latents)) if guided else latents
            way = self._way(beside(seen, draft), time, states, meaning)
            if guided:
                free, told = way.chunk(2)
                way = free + guidance * (told - free)
            [latents] = advance(way, time, latents, return_dict=False)
            each(step + 1, steps)
        return latents

    def _way(self, seen: Tensor, time: Tensor, states: Tensor, meaning: Tensor) -> Tensor:
        numbers = self.unet.dtype
        made = self.unet(
            seen.to(numbers),
            time,
            encoder_hidden_states=states.to(numbers),
            class_labels=meaning.to(numbers),
            return_dict=False,
        )
        return cast("Tensor", made[0].float())


def beside(latents: Tensor, draft: Tensor) -> Tensor:
    """What the network is shown: latents, then those of a draft, as further channels.

    Args:
        latents: With their noise.
        draft: As many; zeros where there is none.
    """
    return torch.cat((latents, draft), 1).contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
def encode(vae: AutoencoderKL, values: Tensor) -> Tensor:
    """Latents of pictures, with a mean of 0 and a spread of 1 over all pictures.

    Args:
        vae: The autoencoder.
        values: Pictures as `drawing.to_values` makes them.
    """
    config = vae.config
    latents = vae.encode(fold(values.to(vae.device, vae.dtype))).latent_dist.mode()
    return cast("Tensor", (latents.float() - config["shift_factor"]) * config["scaling_factor"])


@torch.inference_mode()
def decode(vae: AutoencoderKL, latents: Tensor) -> Tensor:
    """The pictures of latents, in 32 bits.

    Args:
        vae: The autoencoder.
        latents: As `encode` makes them.
    """
    plain = latents / vae.config["scaling_factor"] + vae.config["shift_factor"]
    return unfold(vae.decode(plain.to(vae.device, vae.dtype)).sample.float())
