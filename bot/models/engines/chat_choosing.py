"""Chooses the tokens of an answer as it was asked for: the likeliest, by chance, or as a form demands."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from bot.errors import UserError

if TYPE_CHECKING:
    import torch
    from llguidance import LLMatcher
    from transformers import GenerationConfig, LogitsProcessorList

    from bot.models.engines.chat_loading import Loaded

ANSWER = 1024
"""The most tokens of an answer when nobody says."""

TEMPERATURE = 0.7
"""What a checkpoint samples with that says nothing itself."""


class Sampling(BaseModel):
    """How tokens are chosen; None leaves it to the checkpoint.

    Attributes:
        temperature: 0 takes the likeliest each time.
        top_p: Of the likeliest, those that make up this share.
        top_k: Of the likeliest, so many.
        max_tokens: How long the answer gets at most.
        seed: The same one makes the same answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None


def room(loaded: Loaded, prompt: Sequence[int], sampling: Sampling) -> int:
    """How many tokens an answer may have.

    Args:
        loaded: The model.
        prompt: The tokens before it.
        sampling: How tokens are chosen.

    Raises:
        UserError: The prompt leaves no room for any.
    """
    left = loaded.context - len(prompt)
    if left < 1:
        raise UserError(
            f"This is too long for the language model {loaded.name}: {len(prompt):,} tokens, and it reads "
            f"{loaded.context:,} at once; ask about less of it."
        )
    return min(left, sampling.max_tokens or ANSWER)


def no_memory() -> UserError:
    """What is said when the memory did not suffice for an answer."""
    return UserError("There is not enough memory for this answer; ask about less, or again later.")


class Choice:
    """Chooses the tokens of one answer as `generate` does.

    Args:
        loaded: The model.
        prompt: The tokens before the answer.
        sampling: How tokens are chosen.
        form: The JSON schema that the answer has to follow, if any.

    Raises:
        UserError: The prompt leaves no room for an answer.
    """

    def __init__(
        self, loaded: Loaded, prompt: Sequence[int], sampling: Sampling, form: dict[str, JsonValue] | None
    ) -> None:
        import torch
        from transformers import LogitsProcessorList

        self.most = room(loaded, prompt, sampling)
        # Not public, and the only way to what `generate` makes of a checkpoint's own settings.
        build: Callable[..., LogitsProcessorList] = getattr(loaded.model, "_get_logits_processor")  # noqa: B009
        self._processors = build(
            settings(loaded, self.most),
            input_ids_seq_length=len(prompt),
            encoder_input_ids=torch.tensor([list(prompt)], device=loaded.model.device),
            logits_processor=LogitsProcessorList(processors(loaded, sampling, form)),
            device=loaded.model.device,
        )

    @property
    def plain(self) -> bool:
        """Whether the likeliest token is always taken."""
        return not self._processors

    def __call__(self, tokens: Sequence[int], scores: torch.Tensor) -> int:
        """The next token.

        Args:
            tokens: All before it.
            scores: Of each token of the vocabulary, 1 × words.
        """
        import torch

        ids = cast("torch.LongTensor", torch.tensor([list(tokens)], device=scores.device))
        return int(self._processors(ids, scores).argmax(-1))


class _Draw:
    """Chooses a token by chance, with a generator of its own."""

    def __init__(self, seed: int | None) -> None:
        import torch

        self._generator = torch.Generator()
        if seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(seed)

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        import torch

        chances = scores.softmax(-1).cpu()
        chosen = torch.multinomial(chances, 1, generator=self._generator).to(scores.device)
        return torch.full_like(scores, -torch.inf).scatter(1, chosen, 0.0)


class _Form:
    """Leaves only the tokens that a grammar permits next."""

    def __init__(self, matcher: LLMatcher) -> None:
        self._matcher = matcher
        self._read: int | None = None

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        import torch

        if self._read is not None:
            self._matcher.consume_tokens(ids[0, self._read :].tolist())
        self._read = ids.shape[1]
        permitted = torch.frombuffer(bytearray(self._matcher.compute_logit_bias()), dtype=torch.uint8)
        barred = permitted[: scores.shape[1]].to(scores.device) == 0
        return scores.masked_fill(barred, -torch.inf)


def _matcher(loaded: Loaded, form: dict[str, JsonValue]) -> LLMatcher:
    from llguidance import LLMatcher

    # Without whitespace between its parts a small model cannot lose itself in it.
    grammar = LLMatcher.grammar_from_json_schema(json.dumps(form), overrides={"whitespace_flexible": False})
    matcher = LLMatcher(loaded.grammar_tokens, grammar, log_level=0)
    if matcher.is_error():
        raise ValueError(matcher.get_error())
    return matcher


def settings(loaded: Loaded, most: int) -> GenerationConfig:
    """What `generate` is told.

    Args:
        loaded: The model.
        most: How many tokens the answer may have.
    """
    from transformers import GenerationConfig

    # Tokens are chosen by the last of the processors, with a generator of its own: other models work beside it.
    chosen = {"do_sample": False, "num_beams": 1, "temperature": None, "top_p": None, "top_k": None, "min_p": None}
    bounds = {"max_new_tokens": most, "max_length": None, "eos_token_id": loaded.ends or None}
    more = {"typical_p": None, "pad_token_id": _filler(loaded)}
    return GenerationConfig.from_dict({**loaded.settings.to_dict(), **chosen, **bounds, **more})


def processors(
    loaded: Loaded, sampling: Sampling, form: dict[str, JsonValue] | None
) -> list[Callable[..., torch.Tensor]]:
    """What is done to the scores of the tokens until one is left, beside what the checkpoint itself wants.

    Args:
        loaded: The model.
        sampling: How tokens are chosen.
        form: The JSON schema that the answer has to follow, if any.
    """
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    said = loaded.settings
    own = bool(said.do_sample)
    temperature = sampling.temperature
    if temperature is None:
        temperature = float(said.temperature or 1.0) if own else TEMPERATURE
    found: list[Callable[..., torch.Tensor]] = [] if form is None else [_Form(_matcher(loaded, form))]
    if temperature < 1e-3:
        return found
    top_k = sampling.top_k or (said.top_k if own else None)
    top_p = sampling.top_p or (said.top_p if own else None)
    found.append(TemperatureLogitsWarper(temperature))
    if top_k:
        found.append(TopKLogitsWarper(top_k))
    if top_p and top_p < 1:
        found.append(TopPLogitsWarper(top_p))
    return [*found, _Draw(sampling.seed)]


def _filler(loaded: Loaded) -> int:
    said = loaded.tokenizer.pad_token_id
    return said if said is not None else (loaded.ends or [0])[0]
