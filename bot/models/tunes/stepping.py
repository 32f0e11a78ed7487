"""Runs the network one token at a time, by numpy in the calling thread alone.

A token is a few small products. The libraries that train the network would spread each over all cores and wait for
them, which takes ten times as long when another model keeps a core busy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.models.tunes.place import BACK
from bot.models.tunes.tokens import FIRST_KEY, FIRST_NOTE

if TYPE_CHECKING:
    from bot.models.tunes.model import TunesModel

Vector: TypeAlias = NDArray[np.float32]


class Weights:
    """The network's weights as numpy has them.

    Args:
        model: The network.
    """

    def __init__(self, model: TunesModel) -> None:
        self.layers = model.config.layers
        self.size = model.config.hidden
        self._all = {name: weights.detach().float().cpu().numpy() for name, weights in model.named_parameters()}

    def row(self, table: str, number: int) -> Vector:
        """One row of an embedding."""
        return np.asarray(self._all[f"{table}.weight"][number], dtype=np.float32)

    def times(self, name: str, vector: Vector) -> Vector:
        """The matrix of this name times a vector."""
        # Not by `@`: that would spread it over all cores.
        return np.asarray(np.einsum("ij,j->i", self._all[name], vector), dtype=np.float32)

    def bias(self, name: str) -> Vector:
        """The vector of this name."""
        return np.asarray(self._all[name], dtype=np.float32)


class Network:
    """The network as a scorer; remembers the tune so far.

    Args:
        weights: What it has learnt.
    """

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._hidden = np.zeros((weights.layers, weights.size), dtype=np.float32)
        self._cells = np.zeros_like(self._hidden)

    def __call__(self, token: int, place: Sequence[int], heading: Sequence[int]) -> NDArray[np.float64]:
        """Scores of every token after this one; see `TunesModel.forward`."""
        weights, tonic = self._weights, heading[3] - FIRST_KEY
        entered = self._enter(token, place, heading, tonic)
        hidden = entered
        for layer in range(weights.layers):
            hidden = self._layer(layer, hidden)
        said = weights.times("leave.weight", np.concatenate((hidden, entered))) + weights.bias("leave.bias")
        scores = weights.times("token.weight", said) + weights.bias("bias")
        steps = weights.times("step.weight", said)
        first = 12 - tonic
        scores[FIRST_NOTE:] += steps[first : first + len(scores) - FIRST_NOTE]
        return scores.astype(np.float64)

    def _enter(self, token: int, place: Sequence[int], heading: Sequence[int], tonic: int) -> Vector:
        row, count = self._weights.row, len(BACK)
        notes, times = place[4 : 4 + count], place[4 + count :]
        about = [row("about", said) * (place[2] > 0) for said in heading[:3]]
        everything = np.concatenate((
            row("token", token) + row("step", _above(token, tonic)),
            *(row("heard", note) + row("heard_step", _above(note - 2, tonic)) for note in notes),
            *(row("heard_time", time) for time in times),
            *about,
            row("tick", place[0]), row("bar", place[1]), row("left", place[2]), row("part", place[3]),
        ))  # fmt: skip
        found = self._weights.times("enter.weight", everything) + self._weights.bias("enter.bias")
        return np.asarray(found * 0.5 * (1 + _erf(found / np.sqrt(np.float32(2)))), dtype=np.float32)

    def _layer(self, layer: int, below: Vector) -> Vector:
        weights = self._weights
        gates = weights.times(f"lstm.weight_ih_l{layer}", below) + weights.bias(f"lstm.bias_ih_l{layer}")
        gates += weights.times(f"lstm.weight_hh_l{layer}", self._hidden[layer]) + weights.bias(f"lstm.bias_hh_l{layer}")
        entry, forget, new, leave = np.split(gates, 4)
        self._cells[layer] = _sigmoid(forget) * self._cells[layer] + _sigmoid(entry) * np.tanh(new)
        self._hidden[layer] = _sigmoid(leave) * np.tanh(self._cells[layer])
        return np.asarray(self._hidden[layer])


def _above(token: int, tonic: int) -> int:
    """How far a token's note is above the lowest tonic, counted from 1; 0 for what is no note."""
    return token - FIRST_NOTE + 12 - tonic if token >= FIRST_NOTE else 0


def _sigmoid(vector: Vector) -> Vector:
    return np.asarray(1 / (1 + np.exp(-np.clip(vector, -60, 60))), dtype=np.float32)


def _erf(vector: Vector) -> Vector:
    """The error function, exact to seven digits (Abramowitz and Stegun, 7.1.26)."""
    size = np.abs(vector)
    share = 1 / (1 + 0.3275911 * size)
    powers = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
    series = sum(factor * share ** (number + 1) for number, factor in enumerate(powers))
    return np.asarray(np.sign(vector) * (1 - series * np.exp(-size * size)), dtype=np.float32)
