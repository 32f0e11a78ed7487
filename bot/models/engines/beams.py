"""Beam search for several texts at once, of which each leaves as soon as it is done.

It finds what `generate` of transformers finds for each text alone. That one goes on computing every text until the
longest is done, and with several beams it goes over the probabilities of the whole vocabulary many times.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from bot.models.engines.beams_rows import Beam, Candidate, Rows
from bot.models.engines.gathering_parts import Gone

if TYPE_CHECKING:
    import torch
    from transformers import EncoderDecoderCache, GenerationConfig, LogitsProcessorList, PreTrainedModel
    from transformers.modeling_outputs import BaseModelOutput


@dataclass(frozen=True, slots=True)
class Found:
    """What the search found best.

    Attributes:
        tokens: Without the one that every text starts with.
        log: The logarithms of the probabilities of the tokens that were not forced, summed.
        chosen: How many these are.
    """

    tokens: list[int] = field(default_factory=list)
    log: float = 0.0
    chosen: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """How is searched.

    Attributes:
        beams: How many beginnings are followed up.
        ends: The tokens that end a text.
        last: The token that is forced on a text at its limit; None where it may end with any.
        forced: How many tokens at the start are not chosen.
        length_penalty: The power of the length by which the sum of logarithms is divided.
        patience: The library's `early_stopping`.
    """

    beams: int
    ends: frozenset[int]
    last: int | None
    forced: int
    length_penalty: float
    patience: bool | str

    @property
    def candidates(self) -> int:
        """How many ways to go on are looked at, so that enough of them do not end."""
        return max(2, 1 + len(self.ends)) * self.beams


@dataclass(slots=True)
class Search:
    """The search for one text.

    Attributes:
        place: Which of the texts.
        limit: The most tokens.
        beams: What is followed up, the best first.
        found: The best that have ended: their score, and what they are.
        over: Whether nothing better can be found.
    """

    place: int
    limit: int
    beams: list[Beam] = field(default_factory=lambda: [(0.0, [])])
    found: list[tuple[float, Found]] = field(default_factory=list)
    over: bool = False

    @property
    def full(self) -> bool:
        """Whether the next token is the last one."""
        return not self.over and len(self.beams[0][1]) + 1 >= self.limit

    def step(self, rules: Rules, candidates: Sequence[Candidate]) -> list[int]:
        """Go on by a token.

        Args:
            rules: How is searched.
            candidates: The best ways to go on, the best first.

        Returns:
            The beams that were continued, for each of the new ones.
        """
        length, full = len(self.beams[0][1]) + 1, self.full
        divisor = float(length**rules.length_penalty)
        forced = rules.forced + (full and rules.last is not None)
        best: list[Beam] = []
        origins: list[int] = []
        for rank, (log, beam, token) in enumerate(candidates):
            if full or token in rules.ends:
                # The further ones are only looked at so that enough are left to go on with.
                if rank < rules.beams and log > -math.inf:
                    tokens = [*self.beams[beam][1], token]
                    self.found.append((log / divisor, Found(tokens, log, max(0, length - forced))))
            elif len(best) < rules.beams:
                best.append((log, [*self.beams[beam][1], token]))
                origins.append(beam)
        self.found = sorted(self.found, key=lambda one: -one[0])[: rules.beams]
        self.beams = best
        self.over = not best or (len(self.found) == rules.beams and not self._hopeful(rules, length))
        return origins

    def _hopeful(self, rules: Rules, length: int) -> bool:
        """Whether a beam may become better than the worst that was found, as the library estimates it."""
        if rules.patience is True or rules.beams == 1:
            return False
        if rules.patience == "never" and rules.length_penalty > 0:
            length = self.limit
        return self.beams[0][0] / float(length**rules.length_penalty) > self.found[-1][0]


def loop(limits: Sequence[int], gone: Gone, forced: int) -> Callable[..., list[Found]]:
    """What `generate` calls as its `custom_generate`, for a model that `beams_attention` has prepared.

    Args:
        limits: The most tokens of each text; `generate` is to be told more, for what it forces at its limit is forced
            here at that of each text.
        gone: Asked before each step; a text that nobody waits for is left, and empty.
        forced: How many tokens at the start are not chosen.
    """

    def search(
        model: PreTrainedModel,
        input_ids: torch.Tensor,
        logits_processor: LogitsProcessorList,
        generation_config: GenerationConfig,
        **handed: object,
    ) -> list[Found]:
        # Were these parameters by name, the library would keep them from the encoder.
        encoded = cast("BaseModelOutput", handed["encoder_outputs"])
        mask = cast("torch.Tensor", handed["attention_mask"])
        cache = cast("EncoderDecoderCache", handed["past_key_values"])
        beams = cast("int", generation_config.num_beams)
        last = _tokens(generation_config.forced_eos_token_id)
        rules = Rules(
            beams,
            frozenset(_tokens(generation_config.eos_token_id)),
            last[0] if last else None,
            forced,
            cast("float", generation_config.length_penalty),
            cast("bool | str", generation_config.early_stopping),
        )
        # The library hands over each text once for each beam.
        banned, processors = _apart(logits_processor)
        rows = Rows(model, type(encoded)(encoded[0][::beams]), mask[::beams], cache, banned)
        return _search(rules, rows, processors, int(input_ids[0, 0]), limits, gone)

    return search


def _search(
    rules: Rules, rows: Rows, processors: LogitsProcessorList, start: int, limits: Sequence[int], gone: Gone
) -> list[Found]:
    found = [Found() for _ in limits]
    searches = [Search(place, limit) for place, limit in enumerate(limits)]
    origins = [[0] for _ in searches]
    width = 1
    while True:
        left, alive = gone(), []
        for number, search in enumerate(searches):
            if rules.last is not None and search.full:
                search.step(rules, [(log, beam, rules.last) for beam, (log, _) in enumerate(search.beams)])
            if not search.over and not left[search.place]:
                alive.append(number)
            elif search.found and not left[search.place]:
                found[search.place] = search.found[0][1]
        if not alive:
            return found
        rows.keep(alive, [number * width + origin for number in alive for origin in origins[number]])
        searches = [searches[number] for number in alive]
        width = len(searches[0].beams)
        candidates = rows.candidates([search.beams for search in searches], start, processors, rules.candidates)
        origins = [search.step(rules, best) for search, best in zip(searches, candidates, strict=True)]


def _apart(processors: LogitsProcessorList) -> tuple[list[int], LogitsProcessorList]:
    """The tokens that are never chosen, and the processors that do more than forbid these.

    The library's own goes over the probabilities of the whole vocabulary four times for it.
    """
    from transformers import LogitsProcessorList, NoBadWordsLogitsProcessor

    banned, others = list[int](), LogitsProcessorList()
    for one in processors:
        words = list(one.sequence_bias) if isinstance(one, NoBadWordsLogitsProcessor) else []
        if words and all(len(word) == 1 for word in words):
            banned += [word[0] for word in words]
        else:
            others.append(one)
    return banned, others


def _tokens(given: object) -> list[int]:
    """The tokens that a setting of the library names: none, one or several."""
    if given is None:
        return []
    return [given] if isinstance(given, int) else list(cast("Sequence[int]", given))
