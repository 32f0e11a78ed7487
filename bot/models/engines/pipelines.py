"""Loads diffusers pipelines from folders."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import JsonValue, TypeAdapter, ValidationError

from bot.errors import UserError
from bot.models.engines.hardware import device, dtype, free_memory
from bot.models.engines.manners import Manner, Pipeline, manner_of
from bot.models.engines.memory import parameters_in, require_room, weights
from bot.models.engines.weights import require_words
from bot.models.fitting import DRAWING

if TYPE_CHECKING:
    import torch


@dataclass
class Loaded:
    """A pipeline in memory; drawing from a picture shares its weights."""

    pipe: Pipeline
    manner: Manner
    _others: dict[str, Pipeline] = field(default_factory=dict)

    def pipeline(self, kind: Literal["text", "image", "mask"]) -> Pipeline:
        """A pipeline that draws from a text, from a picture, or inside a mask: with the same networks, for one picture.

        Between its steps another picture may be drawn, so where it is in its steps is its own.

        Raises:
            UserError: There is none for this kind of model.
        """
        from diffusers import AutoPipelineForImage2Image, AutoPipelineForInpainting

        if kind == "text":
            return own(self.pipe)
        if kind not in self._others:
            auto = AutoPipelineForImage2Image if kind == "image" else AutoPipelineForInpainting
            try:
                other: Pipeline = auto.from_pipe(self.pipe)
            except ValueError as error:
                what = "start from a picture" if kind == "image" else "draw inside a mask"
                raise UserError(f"This model cannot {what}; another one for pictures may.") from error
            other.set_progress_bar_config(disable=True)
            self._others[kind] = other
        return own(self._others[kind])

    @cached_property
    def tokenizer(self) -> object:
        """What counts the tokens of a text: the tokenizer that reads most of it."""
        found = [part for name, part in self.pipe.components.items() if name.startswith("tokenizer") and part]
        return max(found, key=lambda each: each.model_max_length, default=None)


def own(pipe: Pipeline) -> Pipeline:
    """A pipeline for one piece of work: with the same networks, and steps of its own."""
    made = copy(pipe)
    made.scheduler = deepcopy(pipe.scheduler)
    return made


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
    require_fit(name, folder, numbers.itemsize)
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
    check_whole(folder, pipe)
    network = pipe.components.get("unet")
    if network is not None and network.config.in_channels != pipe.vae.config.latent_channels:
        raise ValueError("it can only draw inside a mask; choose one that also draws from a text alone.")
    settle(pipe, where)
    return Loaded(pipe, manner_of(pipe))


def placement(sizes: list[int], free: int) -> Literal["whole", "parts", "layers"]:
    """How much of a pipeline is on the card at a time: all of it, a part, or a layer.

    Args:
        sizes: Bytes of each part.
        free: Bytes that are free on the card.
    """
    if sum(sizes) * DRAWING <= free:
        return "whole"
    return "parts" if max(sizes) * DRAWING <= free else "layers"


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


def settle(pipe: Pipeline, where: torch.device, least: Literal["parts", "layers"] = "layers") -> None:
    """Move a pipeline to where it works; a card that is too small for it holds a part, or a layer, at a time.

    Args:
        pipe: The pipeline, in the machine's memory.
        where: The device.
        least: What it can be taken apart into.
    """
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
        case "layers" if least == "layers":
            pipe.enable_sequential_cpu_offload(device=where)
        case _:
            pipe.enable_model_cpu_offload(device=where)
    if hasattr(pipe.vae, "use_tiling"):
        pipe.vae.enable_tiling()


def _index(name: str, folder: Path) -> Mapping[str, JsonValue]:
    """What the folder says it holds."""
    try:
        index = TypeAdapter(dict[str, JsonValue]).validate_json((folder / "model_index.json").read_bytes())
    except FileNotFoundError as error:
        raise UserError(f"The model {name} is no diffusers pipeline: model_index.json is missing.") from error
    except (OSError, ValidationError) as error:
        raise UserError(f"The model {name} cannot be read: its model_index.json is broken.") from error
    if not any(weights(part) for part in _parts(folder)):
        raise UserError(f"The model {name} has no safetensors weights; other formats can carry code and are refused.")
    return index


def _parts(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()]


def require_fit(name: str, folder: Path, bytes_each: int, exact: Collection[str] = ()) -> None:
    """Refuse a pipeline that is too large: its weights pass through the machine's memory, also on their way to a card.

    Args:
        name: What to call it.
        folder: As diffusers saves it.
        bytes_each: Of each of its numbers once loaded.
        exact: The parts whose numbers have four bytes all the same.

    Raises:
        UserError: It does not fit.
    """
    import torch

    needed = sum(_count(part) * (4 if part.name in exact else bytes_each) for part in _parts(folder))
    require_room(name, needed, torch.device("cpu"))


def _count(part: Path) -> int:
    """How many numbers the weights of a part are."""
    return sum(map(parameters_in, weights(part)))


def check_whole(folder: Path, pipe: Pipeline) -> None:
    """Refuse what the library takes in silence: it makes up weights that are not in the file.

    Args:
        folder: What was loaded.
        pipe: What came of it.

    Raises:
        ValueError: Weights, or the words of a tokenizer, are missing.
    """
    from torch.nn import Module

    for name, part in pipe.components.items():
        if name.startswith("tokenizer") and part is not None:
            require_words(part)
        if isinstance(part, Module) and _count(folder / name) < sum(each.numel() for each in part.parameters()):
            raise ValueError(f"weights of its {name} are missing.")
