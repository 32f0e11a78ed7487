"""Lets a causal language model write several answers at once: they join and leave between two tokens.

Imported at the first answer, never at start: transformers costs time.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from bot.models.engines.batching_attention import prepare
from bot.models.engines.batching_beginnings import Beginnings
from bot.models.engines.batching_rows import Part, Rows
from bot.models.engines.batching_writing import Writing
from bot.models.engines.chat_choosing import no_memory
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.hardware import free_memory
from bot.models.engines.memory import ran_out

CHUNK = 256
"""Tokens of a prompt that are read at most with each token of the answers that are being written."""

READ = 4 * CHUNK
"""Tokens of a prompt that are read in one turn while others wait: each time it gives way, what was read is copied."""

AHEAD = 32
"""Tokens that there must be memory for when an answer joins."""

TRIES = 3
"""How often an answer is begun for which there is too little memory while others are written."""

SHARE = 4
"""What part of the free memory the rows may take; to grow they need as much again for a moment."""


class Decoder:
    """Writes several answers at once.

    Each has a row of the memory, without gaps. At most the last is still being read.

    Args:
        loaded: The model.
        ended: Told of each answer that has come to its end or failed, once it has left.

    Attributes:
        running: The answers that have a row.
    """

    def __init__(self, loaded: Loaded, ended: Callable[[Writing, BaseException | None], object]) -> None:
        model = loaded.model
        prepare(model)
        budget = free_memory(model.device) // SHARE
        self.running: list[Writing] = []
        self._loaded = loaded
        self._ended = ended
        self._rows = Rows(model.config, model.dtype, model.device, budget)
        self._beginnings = Beginnings(self._rows, budget // 4)
        self._keeps = budget // 2
        self._parked: set[Writing] = set()

    @property
    def reading(self) -> bool:
        """Whether a prompt is still being read: until it is, no other one can be."""
        return bool(self.running) and not self.running[-1].ready

    @property
    def read_enough(self) -> bool:
        """Whether the prompt that is being read had enough of a turn, and what was read of it can be kept."""
        return self.reading and self.running[-1].spent >= READ and self._keepable(self.running[-1])

    def fits(self, writing: Writing | None = None) -> bool:
        """Whether there is memory for what runs to go on, and for one answer more if it is given."""
        runs = [*self.running, writing] if writing else self.running
        return self._rows.fits(len(runs), max((len(one.tokens) for one in runs), default=0) + AHEAD)

    def join(self, writing: Writing) -> None:
        """Let an answer go on, or begin.

        Raises:
            RuntimeError: The memory does not suffice.
        """
        row = len(self.running)
        # First, so that it is the one that fails when the memory does not suffice.
        self.running.append(writing)
        longest = max(len(one.tokens) for one in self.running)
        self._rows.reserve(row + 1, min(longest + AHEAD, self._loaded.context))
        if (kept := writing.kept) is not None:
            read = writing.read
            self._rows.put(row, kept, read)
            self.forget(writing)
            writing.read = read
        else:
            writing.read = self._beginnings.put(row, writing.tokens)
        writing.had = 0

    def leave(self, writing: Writing, *, keep: bool = False) -> None:
        """Free the row of an answer.

        Args:
            writing: The answer.
            keep: Whether its memory is kept, because it will go on later; otherwise it would be read once more.
        """
        row = self.running.index(writing)
        if writing.kept is not None:  # It could not be given a row after all.
            self.forget(writing)
        if not (keep and self._keep(row, writing)):
            writing.read = 0
        last = len(self.running) - 1
        # The one that is still being read stays the last.
        filler = max(last - 1, row) if self.reading else last
        self._move(filler, row)
        self._move(last, filler)
        self.running.pop()
        if not self.running:
            self._rows.clear()

    def forget(self, writing: Writing) -> None:
        """Let the memory go that an answer without a row has: it would be read once more."""
        self._parked.discard(writing)
        writing.kept = None
        writing.read = 0

    def forget_all(self) -> None:
        """Do so with all answers that have no row."""
        for writing in list(self._parked):
            self.forget(writing)

    def step(self) -> int:
        """Write one token of each answer that is ready, and read on in the prompt of the one that is not.

        With the last token of a prompt, the first of its answer is written.

        Returns:
            How many tokens were computed.

        Raises:
            RuntimeError: The memory does not suffice, or the model failed; then the step can be tried again.
        """
        ready = [writing for writing in self.running if writing.ready]
        part, new = self._part()
        read = self.running[-1] if part and part.end == len(self.running[-1].tokens) else None
        scores = self._compute(
            [writing.read for writing in ready], [writing.tokens[-1] for writing in ready], part, new
        )
        likeliest = scores.max(-1).indices.tolist()  # Twice as fast as `argmax`.
        if part and read and read.fresh:
            self._beginnings.keep(part.row, read.tokens, part.end)
        # From here on nothing can fail that would have to be tried again.
        for writing in ready:
            writing.read += 1
            writing.spent += 1
        if part:
            self.running[-1].read = part.end
            self.running[-1].spent += len(new)
        for place, writing in enumerate([*ready, read] if read else ready):
            self._write(writing, likeliest[place], scores[place : place + 1])
        return len(ready) + len(new)

    def retreat(self, error: Exception) -> Writing | None:
        """Let go of what joined last, after the memory did not suffice.

        Args:
            error: What the model raised.

        Returns:
            What may be tried once more when there is more room; None if it failed.
        """
        last = self.running[-1]
        last.short += 1
        again = len(self.running) > 1 and last.short < TRIES
        self.leave(last)
        if again:
            return last
        told = no_memory()
        told.__cause__ = error
        self._ended(last, told)
        return None

    def _keepable(self, writing: Writing) -> bool:
        """Whether what is in memory of an answer may be kept while it has no row."""
        kept = sum(one.read for one in [*self._parked, writing])
        return kept * self._rows.token_bytes <= self._keeps

    def _keep(self, row: int, writing: Writing) -> bool:
        """Keep what is in memory of an answer; returns whether there was room for it."""
        if not self._keepable(writing):
            return False
        try:
            writing.kept = self._rows.take(row, writing.read)
        except Exception as error:  # Of the devices, each has its own.
            if ran_out(error):
                return False
            raise
        self._parked.add(writing)
        return True

    def _part(self) -> tuple[Part | None, list[int]]:
        """What is read next, and its tokens."""
        if not self.reading:
            return None, []
        row, last = len(self.running) - 1, self.running[-1]
        end = min(last.read + CHUNK, len(last.tokens))
        return Part(row, last.read, end), last.tokens[last.read : end]

    def _compute(self, places: list[int], tokens: list[int], part: Part | None, new: list[int]) -> torch.Tensor:
        """Scores of the next token of each answer, answers × words."""
        device = self._loaded.model.device
        self._rows.reserve(len(self.running), max([*places, part.end - 1 if part else 0]) + 1)
        positions = self._rows.aim(places, part)
        heard = list(range(len(tokens)))
        if part and part.end == len(self.running[-1].tokens):
            heard.append(len(tokens) + len(new) - 1)
        with torch.inference_mode():
            told = self._loaded.model(
                torch.tensor([tokens + new], device=device),
                position_ids=positions[None],
                attention_mask=self._rows.seen,
                past_key_values=self._rows.cache,
                use_cache=True,
                logits_to_keep=torch.tensor(heard, dtype=torch.long, device=device),
                rows=self._rows,
            )
        scores: torch.Tensor = told.logits[0]
        return scores.float()

    def _write(self, writing: Writing, likeliest: int, scores: torch.Tensor) -> None:
        try:
            token = likeliest if writing.choose.plain else writing.choose(writing.tokens, scores)
            goes_on = writing.write(token)
        except Exception as error:  # Whatever one answer does must not end the others.
            self.leave(writing)
            self._ended(writing, error)
            return
        if not goes_on:
            self.leave(writing)
            self._ended(writing, None)

    def _move(self, source: int, target: int) -> None:
        if source != target:
            moved = self.running[source]
            self._rows.move(source, target, moved.read)
            self.running[target] = moved
