"""Lets a causal language model write, token by token."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from bot.errors import UserError
from bot.models.engines.resident import stop

if TYPE_CHECKING:
    import torch
    from llguidance import LLMatcher
    from transformers import PreTrainedTokenizerBase

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
        stopped: Asked between tokens.
        form: The JSON schema that the answer has to follow, if any.

    Returns:
        How it ended.

    Raises:
        UserError: The prompt is too long, the work was stopped, or the memory did not suffice.
    """
    import torch
    from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

    from bot.models.engines.memory import ran_out

    room = loaded.context - len(prompt)
    if room < 1:
        raise UserError(
            f"This is too long for the language model {loaded.name}: {len(prompt):,} tokens, and it reads "
            f"{loaded.context:,} at once; ask about less of it."
        )
    most = min(room, sampling.max_tokens or ANSWER)
    relay = _Relay(take, frozenset(loaded.ends), stopped)
    matcher = _matcher(loaded, form) if form is not None else None
    # Tokens are chosen by the last of the processors, with a generator of its own: other models work beside it.
    chosen = {"do_sample": False, "num_beams": 1, "temperature": None, "top_p": None, "top_k": None, "min_p": None}
    bounds = {"max_new_tokens": most, "max_length": None, "eos_token_id": loaded.ends or None}
    settings = GenerationConfig.from_dict(
        {**loaded.settings.to_dict(), **chosen, **bounds, "typical_p": None, "pad_token_id": _filler(loaded)}
    )
    generate: Callable[..., object] = getattr(loaded.model, "generate")  # noqa: B009  # the library does not say its type
    ids = torch.tensor([list(prompt)], device=loaded.model.device)
    try:
        with torch.inference_mode():
            generate(
                ids,
                attention_mask=torch.ones_like(ids),
                generation_config=settings,
                logits_processor=LogitsProcessorList(_processors(loaded, sampling, matcher)),
                stopping_criteria=StoppingCriteriaList([relay]),
                streamer=relay,
            )
    except RuntimeError as error:
        if ran_out(error):
            raise UserError("There is not enough memory for this answer; ask about less, or again later.") from error
        raise
    if stopped():
        raise stop()
    return Written(relay.count, "length" if relay.count >= most and not relay.ended else "stop")


class _Relay:
    """Hands on each token as `generate` makes it, and ends it when nobody wants more."""

    def __init__(self, take: Callable[[int], bool], ends: frozenset[int], stopped: Callable[[], bool]) -> None:
        self._take = take
        self._ends = ends
        self._stopped = stopped
        self._prompted = False
        self.count = 0
        self.ended = False

    def put(self, value: torch.Tensor) -> None:
        if not self._prompted:  # The prompt comes first.
            self._prompted = True
            return
        if self.ended or self._stopped():
            return
        token = int(value.flatten()[0])
        self.count += 1
        self.ended = token in self._ends or not self._take(token)

    def end(self) -> None:
        """There is nothing left to hand on."""

    def __call__(self, ids: torch.Tensor, scores: object, **options: object) -> torch.Tensor:
        import torch

        return torch.full((ids.shape[0],), self.ended or self._stopped(), device=ids.device)


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


def _processors(loaded: Loaded, sampling: Sampling, matcher: LLMatcher | None) -> list[Callable[..., torch.Tensor]]:
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    said = loaded.settings
    own = bool(said.do_sample)
    temperature = sampling.temperature
    if temperature is None:
        temperature = float(said.temperature or 1.0) if own else TEMPERATURE
    found: list[Callable[..., torch.Tensor]] = [] if matcher is None else [_Form(matcher)]
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
