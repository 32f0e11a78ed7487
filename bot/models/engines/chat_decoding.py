"""Lets a causal language model write, token by token."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from threading import get_ident
from typing import TYPE_CHECKING, Any, Literal

from pydantic import JsonValue

from bot.models.engines.chat_choosing import Sampling, no_memory, processors, room, settings
from bot.models.engines.resident import stop

if TYPE_CHECKING:
    import torch
    from transformers import GenerationConfig, PreTrainedConfig, PreTrainedTokenizerBase

    from bot.models.engines.chat_loading import Loaded

PART = 256
"""Tokens of a prompt that are read at once."""

PART_COUNTS = 8
"""Tokens that reading a part counts as where others wait for their turn."""


@dataclass(frozen=True, slots=True)
class Written:
    """How an answer ended.

    Attributes:
        tokens: How many were made.
        reason: Whether it is at its end, or was cut at the length permitted.
    """

    tokens: int
    reason: Literal["stop", "length"]


class Text:
    """Makes text of tokens as they come: a character that takes several is whole or not there yet.

    Args:
        tokenizer: The model's.
        drop: Tokens that are no text.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, drop: frozenset[int]) -> None:
        self._tokenizer = tokenizer
        self._drop = drop
        # What was given out is decoded again with the next token: some tokens are written otherwise at the beginning.
        self._given: list[int] = []
        self._waiting: list[int] = []

    def add(self, token: int) -> str:
        """The text that is complete with the token; often empty."""
        if token in self._drop:
            return ""
        self._waiting.append(token)
        text = self._new()
        # Tokens that make no character at all shall not hold up what comes after them.
        if text.endswith("\ufffd") and len(self._waiting) < 8:
            return ""
        return self._give(text)

    def rest(self) -> str:
        """What is left when no token comes any more."""
        return self._give(self._new())

    def _give(self, text: str) -> str:
        self._given, self._waiting = self._waiting or self._given, []
        return text

    def _new(self) -> str:
        before = self._decode(self._given)
        return self._decode([*self._given, *self._waiting])[len(before) :]

    def _decode(self, tokens: list[int]) -> str:
        text = self._tokenizer.decode(tokens, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return str(text)


def write(
    loaded: Loaded,
    prompt: Sequence[int],
    sampling: Sampling,
    take: Callable[[int], bool],
    stopped: Callable[[], bool],
    form: dict[str, JsonValue] | None = None,
) -> Written:
    """Write on from a prompt.

    Args:
        loaded: The model.
        prompt: Its tokens.
        sampling: How tokens are chosen.
        take: Handed each token that belongs to the answer; says whether to go on.
        stopped: Asked between tokens, and between the parts of a long prompt.
        form: The JSON schema that the answer has to follow, if any.

    Returns:
        How it ended.

    Raises:
        UserError: The prompt is too long, the work was stopped, or the memory did not suffice.
    """
    import torch
    from transformers import LogitsProcessorList, StoppingCriteriaList

    from bot.models.engines.memory import ran_out

    most = room(loaded, prompt, sampling)
    relay = _Relay(take, frozenset(loaded.ends), stopped)
    generate: Callable[..., object] = getattr(loaded.model, "generate")  # noqa: B009  # the library does not say its type
    ids = torch.tensor([list(prompt)], device=loaded.model.device)
    try:
        with torch.inference_mode(), _asking_between_parts(loaded, stopped):
            generate(
                ids,
                attention_mask=torch.ones_like(ids),
                generation_config=_in_parts(loaded, settings(loaded, most), len(prompt)),
                logits_processor=LogitsProcessorList(processors(loaded, sampling, form)),
                stopping_criteria=StoppingCriteriaList([relay]),
                streamer=relay,
            )
    except RuntimeError as error:
        if ran_out(error):
            raise no_memory() from error
        raise
    if relay.stopped:
        raise stop()
    return Written(relay.count, "length" if relay.count >= most and not relay.ended else "stop")


def _in_parts(loaded: Loaded, config: GenerationConfig, length: int) -> GenerationConfig:
    """Have a long prompt read in parts, where the model remembers all that it needs of those before."""
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

    model = loaded.model
    # Some remember nothing, or in a way of their own, as RWKV.
    if config.use_cache is False or "past_key_values" not in signature(model.forward).parameters:
        return config
    try:
        layers = DynamicCache(config=model.config).layers
    except (AttributeError, KeyError, TypeError, ValueError):
        return config  # Not a transformer as the library knows them.
    # Some layers that sum up what was read, as in Mamba, begin anew with each part.
    kept = {type(layer) for layer in layers} <= {DynamicLayer, DynamicSlidingWindowLayer}
    if kept and _same_places(model.config.get_text_config(decoder=True), length):
        config.prefill_chunk_size = PART
    return config


def _same_places(config: PreTrainedConfig, length: int) -> bool:
    """Whether the parts of a prompt tell places as the whole does: with LongRoPE those of a long one do not."""
    told: dict[str, Any] = getattr(config, "rope_parameters", None) or {}
    # Each kind of layers may have its own way.
    ways = [told, *(way for way in told.values() if isinstance(way, dict))]
    return all(way.get("rope_type") != "longrope" or length <= way["original_max_position_embeddings"] for way in ways)


@contextmanager
def _asking_between_parts(loaded: Loaded, stopped: Callable[[], bool]) -> Iterator[None]:
    """Ask whether to go on before each part of a prompt but the first."""
    begun, here = False, get_ident()

    def ask(model: object, inputs: object, options: dict[str, torch.Tensor]) -> None:
        nonlocal begun
        # Another answer may be written while this one waits for its turn.
        if get_ident() != here:
            return
        read = options.get("input_ids")
        if begun and read is not None and read.shape[1] > 1 and any(stopped() for _ in range(PART_COUNTS)):
            raise stop()
        begun = True

    hook = loaded.model.register_forward_pre_hook(ask, with_kwargs=True)
    try:
        yield
    finally:
        hook.remove()


class _Relay:
    """Hands on each token as `generate` makes it, and ends it when nobody wants more."""

    def __init__(self, take: Callable[[int], bool], ends: frozenset[int], stopped: Callable[[], bool]) -> None:
        self._take = take
        self._ends = ends
        self._ask = stopped
        self._prompted = False
        self.count = 0
        self.ended = False
        self.stopped = False

    def put(self, value: torch.Tensor) -> None:
        if not self._prompted:  # The prompt comes first.
            self._prompted = True
            return
        # Asked once for each token: by that it is counted when others have their turn.
        self.stopped = not self.ended and self._ask()
        if self.ended or self.stopped:
            return
        token = int(value.flatten()[0])
        self.count += 1
        self.ended = token in self._ends or not self._take(token)

    def end(self) -> None:
        """There is nothing left to hand on."""

    def __call__(self, ids: torch.Tensor, scores: object, **options: object) -> torch.Tensor:
        import torch

        return torch.full((ids.shape[0],), self.ended or self.stopped, device=ids.device)
