"""Which languages checkpoints say they translate."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from bot.models.engines.tongues import Tongues, Way, read_tongues


def read(
    kind: str,
    name: str = "x",
    *,
    source: str | None = None,
    target: str | None = None,
    words: Sequence[str] = (),
    listed: Sequence[str] | None = None,
) -> Tongues:
    """The languages of a checkpoint that says this about itself."""
    config: Any = SimpleNamespace(model_type=kind, source_languages=listed)
    vocabulary = dict.fromkeys(words, 0)
    tokenizer: Any = SimpleNamespace(source_lang=source, target_lang=target, get_vocab=lambda: vocabulary)
    return read_tongues(name, config, tokenizer)


def test_a_pair_is_told_by_the_tokenizer() -> None:
    assert Way() == read("marian", source="eng", target="deu").way("en", "de")


@pytest.mark.parametrize("name", ["Helsinki-NLP/opus-mt-en-de", "opus-mt-en-de/", "x/opus-mt-tc-big-en-de"])
def test_older_checkpoints_are_told_by_their_name(name: str) -> None:
    tongues = read("marian", name)

    assert tongues.way("en", "de") == Way()
    assert tongues.way("de", "en") is None


def test_one_of_many_targets_is_told_by_a_token() -> None:
    tongues = read("marian", source="en", target="ROMANCE", words=[">>fr<<", ">>pt_BR<<", "fr", ">>bad code<<"])

    assert Way(prefix=">>pt_BR<< ") == tongues.way("en", "pt")
    assert tongues.way("en", "ro") is None


@pytest.mark.parametrize(
    ("group", "reads", "not_read"),
    [("ROMANCE", "it", "de"), ("gem", "sv", "fr"), ("sla", "uk", "fi"), ("mul", "ja", "en")],
)
def test_a_group_stands_for_its_languages(group: str, reads: str, not_read: str) -> None:
    tongues = read("marian", source=group, target="en")

    assert Way() == tongues.way(reads, "en")
    assert tongues.way(not_read, "en") is None


def test_the_configuration_may_list_what_is_read() -> None:
    tongues = read("marian", listed=["en", "de"], words=[">>en<<", ">>de<<"])

    assert Way(prefix=">>de<< ") == tongues.way("en", "de")
    assert tongues.way("fr", "de") is None
    assert tongues.way("de", "de-AT") is None


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("marian", "it does not say which languages it translates"),
        ("t5", "names no languages"),
        ("m2m_100", "its tokenizer names no languages"),
        ("bart", "bart is no kind of translation model"),
    ],
)
def test_a_checkpoint_that_does_not_say_is_refused(kind: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(kind)
