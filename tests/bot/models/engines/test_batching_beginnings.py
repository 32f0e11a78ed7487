from __future__ import annotations

import pytest
import torch
from transformers import LlamaConfig

from bot.models.engines.batching_beginnings import Beginnings
from bot.models.engines.batching_rows import STEP, Part, Rows

CONFIG = LlamaConfig(hidden_size=8, num_attention_heads=2, num_key_value_heads=1, num_hidden_layers=2)


def rows(budget: int = 2**30) -> Rows:
    return Rows(CONFIG, torch.float32, torch.device("cpu"), budget)


@pytest.fixture
def memory() -> Rows:
    made = rows()
    made.reserve(2, 100)
    return made


def write(memory: Rows, row: int, prompt: list[int]) -> None:
    """Remember the tokens themselves, in every layer."""
    memory.aim([], Part(row, 0, len(prompt)))
    numbers = torch.tensor(prompt, dtype=torch.float32)[None, None, :, None].expand(1, 1, -1, 4)
    for layer in range(2):
        memory.write(layer, numbers, numbers)


def read(memory: Rows, row: int, length: int) -> list[int]:
    return memory.take(row, length)[1, 0, 0, :, 0].int().tolist()


def test_the_longest_beginning_that_is_shared_is_put_in_its_row(memory: Rows) -> None:
    beginnings = Beginnings(memory, 2**30)
    for prompt in (list(range(20)), list(range(40)), [7, *range(30)]):
        write(memory, 0, prompt)
        beginnings.keep(0, prompt, len(prompt))
    wanted = [*range(35), 99, 98]

    assert beginnings.put(1, wanted) == 35
    assert wanted[:35] == read(memory, 1, 35)


def test_the_last_token_is_always_read(memory: Rows) -> None:
    beginnings = Beginnings(memory, 2**30)
    prompt = list(range(30))
    write(memory, 0, prompt)
    beginnings.keep(0, prompt, 30)

    assert beginnings.put(1, prompt) == 29


def test_a_few_tokens_are_read_again(memory: Rows) -> None:
    beginnings = Beginnings(memory, 2**30)
    write(memory, 0, list(range(30)))
    beginnings.keep(0, list(range(30)), 30)
    beginnings.keep(0, [5] * 8, 8)

    assert beginnings.put(1, [*range(12), 99]) == 0
    assert beginnings.put(1, [5] * 9) == 0


def test_what_is_known_longer_is_not_kept_twice(memory: Rows) -> None:
    beginnings = Beginnings(memory, 2**30)
    for length in (50, 20, 30, 20, 25):
        write(memory, 0, list(range(length)))
        beginnings.keep(0, list(range(length)), length)

    assert beginnings.put(1, list(range(60))) == 50
    assert len(beginnings._known) == 1


def test_beginnings_keep_to_their_budget(memory: Rows) -> None:
    beginnings = Beginnings(memory, 4 * 20 * memory.token_bytes)
    write(memory, 0, list(range(50)))
    beginnings.keep(0, list(range(50)), 50)

    assert beginnings.put(1, list(range(50))) == 20


def test_rows_grow_and_keep_what_they_hold() -> None:
    memory = rows()
    memory.reserve(1, 10)
    write(memory, 0, list(range(10)))
    memory.reserve(3, 2 * STEP)

    assert list(range(10)) == read(memory, 0, 10)
    assert memory._all.shape[2:5] == (3, 1, 2 * STEP)


def test_rows_that_nobody_uses_make_room_for_longer_ones() -> None:
    memory = rows(4 * STEP * rows().token_bytes)
    memory.reserve(4, STEP)
    write(memory, 0, [1, 2, 3])

    assert not memory.fits(4, 2 * STEP)
    memory.reserve(2, 2 * STEP)
    assert [1, 2, 3] == read(memory, 0, 3)
    assert memory._all.shape[2] == 2


def test_a_long_row_that_nobody_uses_any_more_makes_room_for_many_short_ones() -> None:
    memory = rows(4 * STEP * rows().token_bytes)
    memory.reserve(1, 4 * STEP)
    write(memory, 0, [1, 2, 3])

    assert memory.fits(4, STEP)
    memory.reserve(4, STEP)
    write(memory, 3, [4, 5, 6])
    assert ([1, 2, 3], [4, 5, 6]) == (read(memory, 0, 3), read(memory, 3, 3))
