"""Which language a text is in."""

from __future__ import annotations

import pytest

from bot.languages import Detected, detect_language


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Guten Morgen, wie geht es dir?", "de"),
        ("Can you review my PR?", "en"),
        ("Merci beaucoup", "fr"),
        ("La nueva versión sale mañana", "es"),
        ("ciao ragazzi come va", "it"),
        ("Привет, как дела?", "ru"),
        ("你好", "zh"),
        ("これはペンです", "ja"),
        ("Hyvää huomenta kaikille", "fi"),
        ("Cześć, co słychać?", "pl"),
        ("The release is on Friday, and we will ship it without dark mode because nobody finished it.", "en"),
    ],
)
def test_a_language_is_recognised(text: str, tag: str) -> None:
    assert Detected(tag, sure=True) == detect_language(text)


@pytest.mark.parametrize("text", ["ok", "danke", "no", "hi", "asdf qwer", "hola"])
def test_a_few_words_are_not_enough_to_be_sure(text: str) -> None:
    assert not detect_language(text).sure


@pytest.mark.parametrize("text", ["", "  ", "42", "🎉 :)"])
def test_what_has_no_letters_is_in_no_language(text: str) -> None:
    assert Detected(None, sure=False) == detect_language(text)


def test_a_text_in_several_languages_is_in_none_for_sure() -> None:
    found = detect_language(
        "Das ist ein Test für dich, mein Freund. And this is something in English that I wrote yesterday. "
        "Et voilà du français pour toi, mon ami."
    )

    assert not found.sure
    assert {"de", "en", "fr"} == {found.tag, *found.others}


def test_a_language_that_is_likely_here_is_recognised_in_fewer_words() -> None:
    assert Detected("sv", sure=True) == detect_language("vi ses i morgon då", likely=("sv-SE",))


def test_letters_that_the_common_languages_do_not_use_give_a_guess() -> None:
    assert "cs" == detect_language("Ahoj, jak se máš?").tag
