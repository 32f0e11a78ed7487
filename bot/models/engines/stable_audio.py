"""Stable Audio Open: a diffusion transformer over the latents of a sound."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import UserError
from bot.models.engines.hardware import device, dtype
from bot.models.engines.music import Sound
from bot.models.engines.pipelines import check_whole, own, require_fit, settle

if TYPE_CHECKING:
    import torch

STEPS = 100
"""Steps from noise to sound; more take longer and are hardly heard."""

UNWANTED = "Low quality."
"""What the checkpoint is to keep away from, as its authors do."""

USUAL = 30.0
"""Seconds of a piece when nobody says how long."""


class StableAudio:
    """A checkpoint of Stable Audio Open in memory.

    Args:
        name: What to call it in an error.
        folder: The checkpoint, as diffusers saves it.

    Raises:
        UserError: It does not fit into memory, or a package that it needs is not installed.
    """

    usual = USUAL

    def __init__(self, name: str, folder: Path) -> None:
        if find_spec("torchsde") is None:
            raise UserError(f"The model {name} needs the package torchsde; install it with `pip install torchsde`.")
        import torch
        from diffusers import StableAudioPipeline
        from diffusers.utils.logging import disable_progress_bar

        where = device()
        require_fit(name, folder, dtype(where).itemsize, exact={"vae"})
        disable_progress_bar()
        open_: Callable[..., Any] = StableAudioPipeline.from_pretrained
        _hush()
        self._pipeline = open_(
            folder,
            local_files_only=True,
            use_safetensors=True,
            # Short numbers would be heard as noise in what turns the latents into sound.
            dtype={"default": dtype(where), "vae": torch.float32},
        )
        check_whole(folder, self._pipeline)
        # Layer by layer is more than the old kind of normalized weights in its decoder can bear.
        settle(self._pipeline, where, least="parts")
        self._pipeline.set_progress_bar_config(disable=True)
        vae = self._pipeline.vae
        self._rate = vae.config.sampling_rate
        self.longest = self._pipeline.transformer.config.sample_size * vae.hop_length / self._rate

    def play(self, text: str, seconds: float, seed: int, step: Callable[[float], None]) -> Sound:
        """Compose a piece.

        Args:
            text: What it should sound like.
            seconds: How long it is.
            seed: The same one makes the same piece.
            step: Told after each step how much is done, from 0 to 1; what it raises stops the work.
        """
        import torch

        try:
            _hush()
            # Between its steps another piece may be composed.
            pipe: Any = own(self._pipeline)
            with torch.inference_mode():
                latents = pipe(
                    text,
                    negative_prompt=UNWANTED,
                    audio_end_in_s=seconds,
                    num_inference_steps=STEPS,
                    # On the processor, so that a seed means the same on every device.
                    generator=torch.Generator().manual_seed(seed),
                    callback=partial(_tell, step),
                    output_type="latent",
                ).audios
                sound = self._pipeline.vae.decode(latents.float()).sample
        finally:
            self._pipeline.maybe_free_model_hooks()
        return Sound(sound[0, :, : int(seconds * self._rate)].T.cpu().numpy(), self._rate)


def _hush() -> None:
    """Keep what the libraries warn each other of out of people's terminals.

    For good: what is ignored is the whole process's, and pieces that are composed in turns end in any order.
    """
    warnings.filterwarnings("ignore", r"`torch\.nn\.utils\.weight_norm` is deprecated", FutureWarning)
    # The first and last step lie a rounding error outside of the times that noise is drawn for.
    warnings.filterwarnings("ignore", r"Should have t[ab][<>]=t[01]", UserWarning)


def _tell(step: Callable[[float], None], number: int, timestep: int, latents: torch.Tensor) -> None:
    step((number + 1) / STEPS)
