"""Loads diffusers pipelines from folders."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import JsonValue, TypeAdapter, ValidationError

from bot.errors import UserError
from bot.models.engines.hardware import device, dtype, free_memory
from bot.models.engines.manners import Manner, Pipeline, manner_of
from bot.models.engines.memory import BESIDE, parameters_in
from bot.models.engines.weights import require_words
from bot.wording import size

if TYPE_CHECKING:
    import torch

WORKING_ROOM = 1.3
"""How much memory a model takes while it draws, as a multiple of its weights."""


@dataclass
class Loaded:
    """A pipeline in memory; drawing from a picture shares its weights."""

    pipe: Pipeline
    manner: Manner
    _others: dict[str, Pipeline] = field(default_factory=dict)

    def pipeline(self, kind: Literal["text", "image", "mask"]) -> Pipeline:
        """The pipeline that draws from a text, from a picture, or inside a mask.

        Raises:
            UserError: There is none for this kind of model.
        """
        from diffusers import AutoPipelineForImage2Image, AutoPipelineForInpainting

        if kind == "text":
            return self.pipe
        if kind not in self._others:
            auto = AutoPipelineForImage2Image if kind == "image" else AutoPipelineForInpainting
            try:
                other: Pipeline = auto.from_pipe(self.pipe)
            except ValueError as error:
                what = "start from a picture" if kind == "image" else "draw inside a mask"
                raise UserError(f"This model cannot {what}; another one for pictures may.") from error
            other.set_progress_bar_config(disable=True)
            self._others[kind] = other
        return self._others[kind]

    @cached_property
    def tokenizer(self) -> object:
        """What counts the tokens of a text: the tokenizer that reads most of it."""
        found = [part for name, part in self.pipe.components.items() if name.startswith("tokenizer") and part]
        return max(found, key=lambda each: each.model_max_length, default=None)


def load(name: str, folder: Path) -> Loaded:
    """Bring the pipeline in `folder` into memory, where and in which numbers this machine computes it best.

    Args:
        name: What to call it in an error.
        folder: As diffusers saves a pipeline; only safetensors are read. Adapters lie in `lora` below it.

    Raises:
        UserError: It is no such folder, or too large for the memory.
    """
    import torch
    from diffusers import AutoPipelineForText2Image
    from diffusers.utils.logging import disable_progress_bar

    index = _index(name, folder)
    where = device()
    numbers = dtype(where)
    if numbers is torch.float16 and str(index.get("_class_name")).startswith("Flux"):
        # Its text model counts further than float16 does; the pictures would be black.
        numbers = torch.bfloat16
    _check_room(name, folder, numbers.itemsize)
    # Its warnings quote what people ask for, and what is wrong is told to them.
    logging.getLogger("diffusers").setLevel(logging.CRITICAL)
    disable_progress_bar()
    # A filter that was left out of the folder is left out; one that is there is used.
    filters = ("safety_checker", "feature_extractor")
    absent = {part: None for part in filters if part in index and not (folder / part).is_dir()}
    open_: Callable[..., Pipeline] = AutoPipelineForText2Image.from_pretrained
    pipe = open_(
        folder,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=numbers,
        variant="fp16" if any(folder.glob("*/*.fp16*.safetensors")) else None,
        **absent,
        **({"requires_safety_checker": False} if "safety_checker" in absent else {}),
    )
    pipe.set_progress_bar_config(disable=True)
    _adapt(folder, pipe)
    _check(folder, pipe)
    _settle(pipe, where)
    return Loaded(pipe, manner_of(pipe))


def placement(sizes: list[int], free: int) -> Literal["whole", "parts", "layers"]:
    """How much of a pipeline is on the card at a time: all of it, a part, or a layer.

    Args:
        sizes: Bytes of each part.
        free: Bytes that are free on the card.
    """
    if sum(sizes) * WORKING_ROOM <= free:
        return "whole"
    return "parts" if max(sizes) * WORKING_ROOM <= free else "layers"


def _adapt(folder: Path, pipe: Pipeline) -> None:
    """Work the adapters (LoRA) of the folder `lora` into the weights; one of LCM brings its scheduler."""
    from diffusers import LCMScheduler

    scheduler: Callable[..., object] = LCMScheduler.from_config
    for file in sorted((folder / "lora").glob("*.safetensors")):
        pipe.load_lora_weights(file.parent, weight_name=file.name, local_files_only=True)
        pipe.fuse_lora()
        pipe.unload_lora_weights()
        if "lcm" in file.stem.lower():
            pipe.scheduler = scheduler(pipe.scheduler.config)


def _settle(pipe: Pipeline, where: torch.device) -> None:
    import torch

    if where.type != "cuda":
        pipe.to(where)
        if where.type == "mps":
            pipe.enable_attention_slicing()
        return
    parts = [part for part in pipe.components.values() if isinstance(part, torch.nn.Module)]
    sizes = [sum(each.numel() * each.element_size() for each in part.parameters()) for part in parts]
    match placement(sizes, free_memory(where)):
        case "whole":
            pipe.to(where)
            return
        case "parts":
            pipe.enable_model_cpu_offload(device=where)
        case "layers":
            pipe.enable_sequential_cpu_offload(device=where)
    pipe.vae.enable_tiling()


def _index(name: str, folder: Path) -> Mapping[str, JsonValue]:
    """What the folder says it holds."""
    try:
        index = TypeAdapter(dict[str, JsonValue]).validate_json((folder / "model_index.json").read_bytes())
    except FileNotFoundError as error:
        raise UserError(f"The model {name} is no diffusers pipeline: model_index.json is missing.") from error
    except (OSError, ValidationError) as error:
        raise UserError(f"The model {name} cannot be read: its model_index.json is broken.") from error
    if not any(_weights(part) for part in _parts(folder)):
        raise UserError(f"The model {name} has no safetensors weights; other formats can carry code and are refused.")
    return index


def _parts(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()]


def _weights(part: Path) -> list[Path]:
    """The files of weights that are loaded: those in half precision, where there are such."""
    files = list(part.glob("*.safetensors"))
    return [file for file in files if ".fp16" in file.name] or files


def _check_room(name: str, folder: Path, bytes_each: int) -> None:
    """Weights pass through the machine's memory, also on their way to a card."""
    import torch

    needed = int(sum(map(_count, _parts(folder))) * bytes_each * BESIDE)
    free = free_memory(torch.device("cpu"))
    if needed > free:
        raise UserError(
            f"The model {name} needs about {size(needed)} of memory and {size(free)} is free; choose a smaller one."
        )


def _count(part: Path) -> int:
    """How many numbers the weights of a part are."""
    return sum(map(parameters_in, _weights(part)))


def _check(folder: Path, pipe: Pipeline) -> None:
    """Refuse what the library takes in silence: it makes up weights that are not in the file."""
    from torch.nn import Module

    for name, part in pipe.components.items():
        if name.startswith("tokenizer") and part is not None:
            require_words(part)
        if isinstance(part, Module) and _count(folder / name) < sum(each.numel() for each in part.parameters()):
            raise ValueError(f"weights of its {name} are missing.")
    network = pipe.components.get("unet")
    if network is not None and network.config.in_channels != pipe.vae.config.latent_channels:
        raise ValueError("it can only draw inside a mask; choose one that also draws from a text alone.")
