"""What a decoder computes for the beams of several texts at once.

The beams of a text lie one after the other, each in a row; what was read of the text is there once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    import torch
    from transformers import EncoderDecoderCache, LogitsProcessorList, PreTrainedModel
    from transformers.modeling_outputs import BaseModelOutput, Seq2SeqLMOutput

NEAR = 1 << 18
"""Probabilities that a processor goes over at once: fewer stay in its cache, and need no fresh memory each time."""

BLOCK = 64
"""Scores of which the highest is found first."""

Beam: TypeAlias = tuple[float, list[int]]
"""A beginning: the logarithms of its tokens' probabilities, summed, and the tokens."""

Candidate: TypeAlias = tuple[float, int, int]
"""A way to go on: the sum that it leads to, which beam of the text, and its next token."""


class Rows:
    """What was read of texts, and what was computed for the beams of each, one row after the other.

    Args:
        model: An encoder with a decoder.
        encoded: What the encoder made: its last states, (texts, tokens, width).
        mask: Where there are tokens, (texts, tokens).
        cache: What the decoder keeps; empty.
        banned: Tokens that are never chosen.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        encoded: BaseModelOutput,
        mask: torch.Tensor,
        cache: EncoderDecoderCache,
        banned: Sequence[int] = (),
    ) -> None:
        self._model = model
        self._encoded = encoded
        self._mask = mask
        self._cache = cache
        self._banned = list(banned)
        self._rows = len(mask)

    def keep(self, texts: Sequence[int], rows: Sequence[int]) -> None:
        """Forget all but some texts and rows; rows may come several times."""
        import torch

        device = self._mask.device
        if len(texts) < len(self._mask):
            kept = torch.tensor(texts, device=device)
            # Some families look in it for more than these.
            self._encoded = type(self._encoded)(self._encoded[0][kept])
            self._mask = self._mask[kept]
            self._cache.cross_attention_cache.batch_select_indices(kept)
        if list(rows) != list(range(self._rows)):
            self._cache.self_attention_cache.batch_select_indices(torch.tensor(rows, device=device))
            self._rows = len(rows)

    def candidates(
        self, beams: Sequence[Sequence[Beam]], start: int, processors: LogitsProcessorList, count: int
    ) -> list[list[Candidate]]:
        """The best ways to go on for each text, the best first.

        Args:
            beams: Of each text.
            start: The token that every text starts with.
            processors: What changes the probabilities of the next token.
            count: How many.
        """
        import torch

        device = self._mask.device
        ids = torch.tensor([[start, *tokens] for text in beams for _, tokens in text], device=device)
        process = cast("Callable[[torch.Tensor, torch.Tensor], torch.Tensor]", processors)
        sums = torch.tensor([[log] for text in beams for log, _ in text], device=device)
        compute = cast("Callable[..., Seq2SeqLMOutput]", self._model)
        logits = compute(
            encoder_outputs=self._encoded,
            attention_mask=self._mask,
            decoder_input_ids=ids[:, -1:],
            past_key_values=self._cache,
            use_cache=True,
        ).logits
        assert logits is not None
        width = len(beams[0])
        texts = max(1, NEAR // (width * logits.shape[-1])) if device.type == "cpu" else len(beams)
        best: list[list[Candidate]] = []
        for begin in range(0, len(ids), texts * width):
            part = slice(begin, begin + texts * width)
            scores = torch.log_softmax(logits[part, -1], -1, dtype=torch.float32)
            scores[:, self._banned] = -torch.inf
            values, words = _best(process(ids[part], scores), count)
            values, places = (values + sums[part]).view(-1, values.shape[1] * width).topk(values.shape[1])
            chosen = words.view(len(places), -1).gather(1, places)
            origins = (places // words.shape[1]).tolist()
            best += [
                list(zip(*one, strict=True)) for one in zip(values.tolist(), origins, chosen.tolist(), strict=True)
            ]
        return best


def _best(scores: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The highest scores of each row, the highest first, and where they are; at most `count`.

    Looking for the blocks with the highest ones first takes a processor a fifth of the time of `topk` alone.
    """
    import torch

    length = scores.shape[1]
    blocks = length // BLOCK
    if blocks <= count:
        return scores.topk(min(count, length))
    blockwise = scores[:, : blocks * BLOCK].reshape(-1, blocks, BLOCK).amax(-1)
    inside = torch.arange(BLOCK, device=scores.device)
    places = (blockwise.topk(count).indices[:, :, None] * BLOCK + inside).flatten(1)
    rest = torch.arange(blocks * BLOCK, length, device=scores.device).expand(len(scores), -1)
    places = torch.cat([places, rest], 1)
    values, found = scores.gather(1, places).topk(count)
    return values, places.gather(1, found)
