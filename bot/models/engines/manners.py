"""What is used of diffusers' pipelines, and how each family of them draws best."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from math import lcm
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

SHORT = 77
"""Tokens that the text models of Stable Diffusion read."""


class Drawn(Protocol):
    """What a pipeline gives back."""

    images: list[Image]


class Pipeline(Protocol):
    """What is used of diffusers' pipelines, which have no types of their own.

    Attributes:
        components: Its parts by name: networks, tokenizers, the scheduler.
        num_timesteps: The steps of the picture that is being drawn.
    """

    components: Mapping[str, Any]
    num_timesteps: int
    vae_scale_factor: int
    image_processor: Any
    scheduler: Any
    vae: Any

    def __call__(self, **arguments: object) -> Drawn:
        """Draw."""

    def to(self, where: torch.device) -> object:
        """Move all of it."""

    def set_progress_bar_config(self, **options: object) -> None:
        """Show its bar, or not."""

    def load_lora_weights(self, folder: Path, *, weight_name: str, local_files_only: bool) -> None:
        """Read an adapter."""

    def fuse_lora(self) -> None:
        """Work it into the weights."""

    def unload_lora_weights(self) -> None:
        """Forget it; what was worked in stays."""

    def enable_attention_slicing(self) -> None:
        """Take less memory at a time."""

    def enable_model_cpu_offload(self, *, device: torch.device) -> None:
        """Keep on the card only the part that works."""

    def enable_sequential_cpu_offload(self, *, device: torch.device) -> None:
        """Keep on the card only the layer that works."""

    def maybe_free_model_hooks(self) -> None:
        """Take off the card what is not kept there."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a pipeline draws best where nobody asks for anything else.

    Attributes:
        steps: How often a picture is refined.
        guidance: How closely it follows the text.
        negative: Whether it minds what a picture must not show.
        side: The side in pixels of the square it was made for.
        multiple: Both sides of a picture are multiples of it.
        tokens: How much of a text it reads.
    """

    steps: int
    guidance: float
    negative: bool
    side: int
    multiple: int
    tokens: int


def manner_of(pipe: Pipeline) -> Manner:
    """How a pipeline draws best, by its family: what its own files say of it, or what its makers recommend.

    Args:
        pipe: The pipeline.
    """
    defaults = inspect.signature(pipe.__call__).parameters
    usual = float(defaults["guidance_scale"].default)
    scheduler = pipe.scheduler.config
    kind = type(pipe.scheduler).__name__
    network = (pipe.components.get("unet") or pipe.components["transformer"]).config
    reads = SHORT
    if type(pipe).__name__.startswith("Flux"):
        # The quick one has its guidance built in, and was made with half as much text.
        quick = not network.guidance_embeds
        steps, guidance, negative, reads = (4, 0.0, False, 256) if quick else (28, usual, False, 512)
    elif "LCM" in kind:
        # One made for it is told its guidance as a number; one that an adapter made quick needs none.
        steps, guidance, negative = 4, usual if network.get("time_cond_proj_dim") else 1.0, False
    elif "Euler" in kind and scheduler.get("timestep_spacing") == "trailing":
        # So the Turbo models come: a step or two, without guidance.
        steps, guidance, negative = 2, 0.0, False
    else:
        steps, guidance, negative = 30, usual, True
    sample = getattr(pipe, "default_sample_size", None) or network.sample_size
    side = (sample if isinstance(sample, int) else max(sample)) * pipe.vae_scale_factor
    # Some refuse sizes that are no multiples of eight, whatever their parts can do.
    multiple = lcm(8, pipe.image_processor.config.vae_scale_factor)
    return Manner(steps, guidance, negative, side, multiple, reads)
