from __future__ import annotations

import pytest

from plugins.summarize.terms import personal, terms


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("I think we know what you mean, yeah.", set()),
        ("The remote controls need a remote control button.", {"remote", "contro", "button"}),
        ("Wir machen das mit den Sensoren und der CPU.", {"sensor", "cpu"}),
        ("It's the developers’ API!", {"develo", "api"}),
        ("我们讨论预算", {"我们", "们讨", "讨论", "论预", "预算"}),
        ("🎉 42", set()),
    ],
)
def test_what_a_sentence_is_about_is_in_its_telling_words(sentence: str, expected: set[str]) -> None:
    assert expected == terms(sentence)


def test_people_speak_of_themselves_and_each_other() -> None:
    assert 0.5 == personal("I told you everything.")
    assert 0 == personal("The oven is broken.")
    assert 0 == personal("")
    assert 1 >= personal("I I I")
