"""An answer that is written beside others.

Imported at the first answer, never at start: PyTorch costs time.
"""

from __future__ import annotations

import torch

from bot.models.engines.batching_line import Answer
from bot.models.engines.chat_choosing import Choice
from bot.models.engines.chat_decoding import Written
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.chat_turn import Draft


class Writing:
    """An answer that is being written.

    Args:
        draft: Reads what is written.
        loaded: The model.
        job: What was asked for.

    Attributes:
        job: What was asked for.
        tokens: The prompt and what was written.
        read: How many of them are in memory.
        had: Tokens written since it got its row.
        spent: Tokens computed for it in this turn.
        kept: Its memory while it has no row.
        short: How often there was too little memory for it since it wrote last.

    Raises:
        UserError: The prompt leaves no room for an answer.
    """

    def __init__(self, draft: Draft, loaded: Loaded, job: Answer) -> None:
        self.job = job
        self.tokens = list(draft.ids)
        self.choose = Choice(loaded, draft.ids, draft.sampling, draft.form)
        self.read = 0
        self.had = 0
        self.spent = 0
        self.kept: torch.Tensor | None = None
        self.short = 0
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
        self.short = 0
        count = len(self.tokens) - len(self._draft.ids)
        ended = token in self._ends or not self._draft.take(token)
        if ended or count >= self.choose.most:
            self._draft.finish(Written(count, "stop" if ended else "length"))
            return False
        return True
