"""The network that writes tunes: an LSTM over tokens that is shown where in the tune it stands.

Torch and transformers are imported here: import this module only where a model is loaded.
"""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel

from bot.models.tunes.notation import DURATIONS, HIGHEST, LOWEST
from bot.models.tunes.place import BACK, MOST_BARS, MOST_LEFT, MOST_PARTS, MOST_TICKS
from bot.models.tunes.tokens import FIRST_KEY, FIRST_NOTE, NAMES

State: TypeAlias = tuple[Tensor, Tensor]

ABOVE = HIGHEST - LOWEST + 12
"""How many places a note can have above the lowest tonic, plus one for what is no note."""

HEARD = 2
"""By how much tokens are moved among what was heard before; see `place`."""


class TunesConfig(PreTrainedConfig):  # type: ignore[no-untyped-call]  # transformers does not type it
    """The size of the network.

    Attributes:
        vocab_size: How many tokens there are.
        embedding: Numbers for a token.
        hidden: Numbers in each layer's state.
        layers: How many layers.
        dropout: The share that is left out in training.
    """

    model_type = "atelier_tunes"

    vocab_size: int = len(NAMES)
    embedding: int = 128
    hidden: int = 384
    layers: int = 2
    dropout: float = 0.4


class TunesModel(PreTrainedModel):  # type: ignore[no-untyped-call]  # as above
    """Says what comes next in a tune.

    A note is represented by its pitch and by its distance from the tonic, so that what is learnt in one key holds in
    every other.
    """

    config_class = TunesConfig
    base_model_prefix = "tunes"
    config: TunesConfig

    def __init__(self, config: TunesConfig) -> None:
        super().__init__(config)
        width = config.embedding
        self.token = nn.Embedding(config.vocab_size, width)
        self.step = nn.Embedding(ABOVE + 1, width)
        self.heard = nn.Embedding(config.vocab_size + HEARD, width // 2)
        self.heard_step = nn.Embedding(ABOVE + 1, width // 2)
        self.heard_time = nn.Embedding(len(DURATIONS) + 1, width // 8)
        self.about = nn.Embedding(config.vocab_size, width // 4)
        self.tick = nn.Embedding(MOST_TICKS, width // 4)
        self.bar = nn.Embedding(MOST_BARS, width // 4)
        self.left = nn.Embedding(MOST_LEFT, width // 4)
        self.part = nn.Embedding(MOST_PARTS, width // 8)
        size = width + len(BACK) * (width // 2 + width // 8) + 6 * (width // 4) + width // 8
        self.enter = nn.Linear(size, config.hidden // 2)
        self.blur = nn.Dropout(config.dropout / 2)
        self.drop = nn.Dropout(config.dropout)
        self.lstm = nn.LSTM(config.hidden // 2, config.hidden, config.layers, batch_first=True, dropout=config.dropout)
        self.leave = nn.Linear(config.hidden + config.hidden // 2, width)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.post_init()  # type: ignore[no-untyped-call]  # as above

    def forward(
        self, tokens: Tensor, places: Tensor, heading: Tensor, state: State | None = None
    ) -> tuple[Tensor, State]:
        """Scores for the token after each.

        Args:
            tokens: Token ids, batch by time.
            places: Features of the place after each token, batch by time by features.
            heading: The first four tokens of each tune; until they have been read the tonic alone counts, and only
                for notes.
            state: What the last call left, to go on from there.

        Returns:
            Scores, batch by time by vocabulary, and the state after the last token.
        """
        tonic = heading[:, 3] - FIRST_KEY
        seen = self.token(tokens) + self.step(above(tokens, tonic))
        count = len(BACK)
        notes, times = places[..., 4 : 4 + count], places[..., 4 + count :]
        heard = self.heard(notes) + self.heard_step(above(notes - HEARD, tonic))
        at = (self.tick(places[..., 0]), self.bar(places[..., 1]), self.left(places[..., 2]), self.part(places[..., 3]))
        # Bars are left from the heading's fifth token on: before, the network has to guess what the heading says.
        about = self.about(heading[:, None, :3]).flatten(-2) * (places[..., 2:3] > 0)
        everything = torch.cat((seen, heard.flatten(-2), self.heard_time(times).flatten(-2), about, *at), -1)
        entered = nn.functional.gelu(self.enter(self.blur(everything)))
        hidden, after = self.lstm(entered, state)
        said = self.leave(self.drop(torch.cat((hidden, entered), -1)))
        scores = said @ self.token.weight.T + self.bias
        # A note's score has a share of its own and one of its distance from the tonic.
        steps = (said @ self.step.weight.T).gather(-1, self._steps(tonic, tokens.shape[1]))
        return scores + nn.functional.pad(steps, (FIRST_NOTE, 0)), after

    def _steps(self, tonic: Tensor, length: int) -> Tensor:
        notes = torch.arange(FIRST_NOTE, self.config.vocab_size, device=tonic.device)
        return above(notes.expand(len(tonic), -1), tonic)[:, None].expand(-1, length, -1)


def above(tokens: Tensor, tonic: Tensor) -> Tensor:
    """How far each token's note is above the lowest tonic, counted from 1; 0 for what is no note."""
    shape = (-1,) + (1,) * (tokens.dim() - 1)
    distance = tokens - FIRST_NOTE + 12 - tonic.view(shape)
    return torch.where(tokens >= FIRST_NOTE, distance, 0)
