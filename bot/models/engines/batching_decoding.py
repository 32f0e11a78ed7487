"""Lets a causal language model write several answers at once: they join and leave between two tokens.

Imported at the first answer, never at start: transformers costs time.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import torch

from bot.errors import UserError
from bot.models.engines.batching_beginnings import Beginnings
from bot.models.engines.batching_rows import Rows
from bot.models.engines.chat_choosing import Choice, no_memory
from bot.models.engines.chat_decoding import Written
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.chat_turn import Draft
from bot.models.engines.hardware import free_memory
from bot.models.engines.memory import ran_out

CHUNK = 256
"""Tokens of prompts that are read at most between two tokens of the answers that are being written."""

AHEAD = 32
"""Tokens that there must be memory for when an answer joins."""

SHARE = 4
"""What part of the free memory the rows may take; to grow they need as much again for a moment."""


class Writing:
    """An answer that is being written.

    Args:
        draft: Reads what is written.
        loaded: The model.
        future: Is done when the answer is.

    Attributes:
        tokens: The prompt and what was written.
        read: How many of them are in memory.
        had: Tokens written since it got its row.
        spent: Tokens computed for it in this turn.
        kept: Its memory while it has no row.

    Raises:
        UserError: The prompt leaves no room for an answer.
    """

    def __init__(self, draft: Draft, loaded: Loaded, future: Future[None]) -> None:
        self.future = future
        self.tokens = list(draft.ids)
        self.choose = Choice(loaded, draft.ids, draft.sampling, draft.form)
        self.read = 0
        self.had = 0
        self.spent = 0
        self.kept: torch.Tensor | None = None
        self._draft = draft
        self._ends = frozenset(loaded.ends)

    @property
    def ready(self) -> bool:
        """Whether all but the last token is in memory."""
        return self.read == len(self.tokens) - 1

    @property
    def fresh(self) -> bool:
        """Whether nothing is written yet."""
        return len(self.tokens) == len(self._draft.ids)

    def write(self, token: int) -> bool:
        """Take the next token; says whether the answer goes on, and finishes it if not.

        Raises:
            UserError: What was written cannot be read.
        """
        self.tokens.append(token)
        self.had += 1
        count = len(self.tokens) - len(self._draft.ids)
        ended = token in self._ends or not self._draft.take(token)
        if ended or count >= self.choose.most:
            self._draft.finish(Written(count, "stop" if ended else "length"))
            return False
        return True


class Decoder:
    """Writes several answers at once.

    Each has a row of the memory, without gaps. At most the last is still being read.

    Args:
        loaded: The model.
        ended: Told of each answer that has come to its end or failed, once it has left.
    """

    def __init__(self, loaded: Loaded, ended: Callable[[Writing, BaseException | None], object]) -> None:
        model = loaded.model
        budget = free_memory(model.device) // SHARE
        self.running: list[Writing] = []
        self._loaded = loaded
        self._ended = ended
        self._rows = Rows(model.config, model.dtype, model.device, budget)
        self._beginnings = Beginnings(self._rows, budget // 4)
        self._keeps = budget // 2
        self._kept = 0

    def fits(self, writing: Writing | None = None) -> bool:
        """Whether there is memory for what runs to go on, and for one answer more if it is given."""
        runs = [*self.running, writing] if writing else self.running
        return self._rows.fits(len(runs), max((len(one.tokens) for one in runs), default=0) + AHEAD)

    def join(self, writing: Writing) -> None:
        """Let an answer go on, or begin; `read` has to be called until it is ready.

        Raises:
            RuntimeError: The memory does not suffice.
        """
        row = len(self.running)
        # First, so that it is the one that fails when the memory does not suffice.
        self.running.append(writing)
        longest = max(len(one.tokens) for one in self.running)
        self._rows.reserve(row + 1, min(longest + AHEAD, self._loaded.context))
        if writing.kept is not None:
            self._rows.put(row, writing.kept, writing.read)
            self.forget(writing)
        else:
            writing.read = self._beginnings.put(row, writing.tokens)
        writing.had = 0

    def leave(self, writing: Writing, *, keep: bool = False) -> None:
        """Free the row of an answer.

        Args:
            writing: The answer.
            keep: Whether it will go on later.
        """
        row = self.running.index(writing)
        if keep:
            size = writing.read * self._rows.token_bytes
            if self._kept + size <= self._keeps:
                writing.kept = self._rows.take(row, writing.read)
                self._kept += size
            else:
                writing.read = 0  # It is read once more.
        last = len(self.running) - 1
        # The one that is still being read stays the last.
        filler = last if self.running[last].ready else max(last - 1, row)
        self._move(filler, row)
        self._move(last, filler)
        self.running.pop()
        if not self.running:
            self._rows.clear()

    def forget(self, writing: Writing) -> None:
        """Let the memory go that an answer without a row has."""
        if writing.kept is not None:
            self._kept -= writing.read * self._rows.token_bytes
            writing.kept = None

    def read(self, most: int) -> int:
        """Read on in the prompt of what joined last.

        Args:
            most: How many tokens at most.

        Returns:
            How many were read; 0 when it is ready.

        Raises:
            RuntimeError: The memory does not suffice, or the model failed.
        """
        if not self.running or self.running[-1].ready:
            return 0
        writing, row = self.running[-1], len(self.running) - 1
        start = writing.read
        end = min(start + most, len(writing.tokens) - 1)
        device = self._loaded.model.device
        positions = torch.arange(start, end, device=device)
        mask = None
        if start:
            mask = (torch.arange(end, device=device) <= positions[:, None])[None, None]
        self._rows.reading(row, start, end)
        with torch.inference_mode():
            self._loaded.model.base_model(
                torch.tensor([writing.tokens[start:end]], device=device),
                position_ids=positions[None],
                attention_mask=mask,
                past_key_values=self._rows.cache,
                use_cache=True,
            )
        writing.read = end
        writing.spent += end - start
        if writing.ready and writing.fresh:
            self._beginnings.keep(row, writing.tokens, end)
        return end - start

    def step(self) -> int:
        """Write one token of each answer that is ready.

        Returns:
            How many answers were.

        Raises:
            RuntimeError: The memory does not suffice, or the model failed; then the step can be tried again.
        """
        ready = [writing for writing in self.running if writing.ready]
        if not ready:
            return 0
        longest = max(len(writing.tokens) for writing in ready)
        device = self._loaded.model.device
        self._rows.reserve(len(self.running), longest)
        positions = torch.tensor([writing.read for writing in ready], device=device)
        self._rows.stepping(positions, longest)
        with torch.inference_mode():
            scores = (
                self._loaded.model(
                    torch.tensor([writing.tokens[-1:] for writing in ready], device=device),
                    position_ids=positions[:, None],
                    attention_mask=(torch.arange(longest, device=device) <= positions[:, None])[:, None, None],
                    past_key_values=self._rows.cache,
                    use_cache=True,
                )
                .logits[:, -1]
                .float()
            )
            likeliest = scores.argmax(-1).tolist()
        for writing in ready:
            writing.read += 1
            writing.spent += 1
        for row, writing in enumerate(ready):
            self._write(writing, likeliest[row], scores[row : row + 1])
        return len(ready)

    def fail(self, error: Exception) -> bool:
        """Let go of what cannot go on after the model failed.

        Args:
            error: What it raised.

        Returns:
            Whether there was too little memory: then only what joined last is let go.
        """
        short = ran_out(error)
        gone = self.running[-1:] if short else self.running[::-1]
        told = no_memory() if short else UserError(f"The language model {self._loaded.name} failed; ask again.")
        told.__cause__ = error
        for writing in gone:
            self.leave(writing)
            self.forget(writing)
            self._ended(writing, told)
        return short

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
