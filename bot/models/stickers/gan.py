"""The generator that draws a sticker's latent in one step.

Torch and diffusers are imported here: import this module only where a model is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn.functional import interpolate, scaled_dot_product_attention, silu

from bot.models.stickers.words import WIDTH, Read


class StickerGan(ModelMixin, ConfigMixin):
    """Draws latents of 16 by 16 from captions and chance.

    Args:
        channels: At 4, 8 and 16 places across.
        chance: Numbers that decide what the caption leaves open. In training the first few say how a picture was
            moved, so that it need not be guessed.
        latents: Channels of a latent.
        width: Numbers of the style, which every layer is told.
    """

    config_name = "config.json"  # type: ignore[assignment]  # diffusers wants a name here, and types it as none

    @register_to_config  # type: ignore[untyped-decorator]  # diffusers does not type it
    def __init__(
        self, channels: tuple[int, ...] = (256, 192, 128), chance: int = 64, latents: int = 8, width: int = 256
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # as above
        self.style = nn.Sequential(nn.Linear(chance + WIDTH, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.start = nn.Linear(width, channels[0] * 16)
        widths = (channels[0], *channels)
        self.layers = nn.ModuleList(
            Layer(before, after, width, attends=number < len(channels) - 1)
            for number, (before, after) in enumerate(zip(widths, channels, strict=False))
        )
        self.norm = nn.GroupNorm(8, channels[-1])
        self.last = nn.Conv2d(channels[-1], latents, 3, 1, 1)

    def forward(self, read: Read, chance: Tensor) -> Tensor:
        """Latents.

        Args:
            read: What they are to show.
            chance: Captions by numbers from -1 to 1.
        """
        style = self.style(torch.cat((read.meaning, chance), 1))
        values = self.start(style).view(len(style), -1, 4, 4)
        for number, layer in enumerate(self.layers):
            if number:
                values = interpolate(values, scale_factor=2.0)
            values = layer(values, style, read.states)
        return cast("Tensor", self.last(silu(self.norm(values))))

    @torch.inference_mode()
    def draft(self, read: Read, seeds: Sequence[int]) -> Tensor:
        """Latents by seeds.

        Args:
            read: What they are to show.
            seeds: Decide what the captions leave open, one for each.
        """
        # On the processor, for every device counts its chance in another way.
        count = self.config["chance"]
        drawn = [torch.rand(count, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        chance = torch.stack(drawn) * 2 - 1
        # The first number would mirror the picture, but it learned from none that was.
        chance[:, 0] = 1
        return cast("Tensor", self(read.to(self.device), chance.to(self.device)))


class Layer(nn.Module):
    """Two convolutions that follow a style, and a look at the caption's tokens.

    Args:
        before: Channels that come in.
        after: Channels that go out.
        style: Numbers of the style.
        attends: Whether it looks at the tokens.
    """

    def __init__(self, before: int, after: int, style: int, *, attends: bool) -> None:
        super().__init__()
        self.norms = nn.ModuleList((nn.GroupNorm(8, before), nn.GroupNorm(8, after)))
        self.convolutions = nn.ModuleList((nn.Conv2d(before, after, 3, 1, 1), nn.Conv2d(after, after, 3, 1, 1)))
        self.styles = nn.ModuleList((nn.Linear(style, 2 * before), nn.Linear(style, 2 * after)))
        self.skip = nn.Conv2d(before, after, 1) if before != after else nn.Identity()
        self.ask = nn.Linear(after, after) if attends else None
        self.told = nn.Linear(WIDTH, 2 * after) if attends else None
        self.answer = nn.Linear(after, after) if attends else None

    def forward(self, values: Tensor, style: Tensor, states: Tensor) -> Tensor:
        """Values of the same size with `after` channels."""
        made = values
        for norm, convolution, change in zip(self.norms, self.convolutions, self.styles, strict=True):
            scale, shift = change(style)[..., None, None].chunk(2, 1)
            made = convolution(silu(norm(made) * (1 + scale) + shift))
        made = made + self.skip(values)
        if self.ask is None or self.told is None or self.answer is None:
            return cast("Tensor", made)
        places = made.flatten(2).transpose(1, 2)
        keys, said = self.told(states).chunk(2, -1)
        seen = self.answer(scaled_dot_product_attention(self.ask(places), keys, said))
        return cast("Tensor", made + seen.transpose(1, 2).view_as(made))
