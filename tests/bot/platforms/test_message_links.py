from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.message_links import for_elsewhere, is_in, message_at, message_link, seen_by, without_begun
from bot.request import Person

ANA = Person("local:ana", "Ana Ruiz")
HERE = "http://127.0.0.1:8080"
IDS = st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(IDS, IDS)
def test_the_address_of_a_message_leads_back_to_it(channel: str, message: str) -> None:
    link = message_link(channel, message)

    assert (channel, message) == message_at(link)
    assert not set(" ()<>\n") & set(link)


@pytest.mark.parametrize(
    "other",
    [
        "/",
        "/login",
        "/?channel=general",
        "/?channel=general&message=",
        "/?channel=general&message=m&as=dana",
        "//evil.example/?channel=general&message=m",
        "https://evil.example/?channel=general&message=m",
        "/?channel=general&message=m#x",
        "/?channel=general&message=m\n",
    ],
)
def test_another_address_is_no_messages(other: str) -> None:
    assert message_at(other) is None


def test_the_address_tells_who_looks_where_that_matters() -> None:
    assert "/?channel=dm:ana&message=m&as=ana" == seen_by(message_link("dm:ana", "m"), ANA)


def test_outside_the_playground_links_are_whole_addresses() -> None:
    text = "[07:15](/?channel=general&message=m-1), [[1]](/?channel=dm:ana&message=m-2), [a](https://example.org)"

    told = for_elsewhere(text, HERE, ANA)

    assert (
        f"[07:15]({HERE}/?channel=general&message=m-1&as=ana), [[1]]({HERE}/?channel=dm:ana&message=m-2&as=ana), "
        "[a](https://example.org)"
    ) == told
    assert is_in(f"{HERE}/?channel=general&message=m-1&as=ana", HERE)
    assert not is_in("https://example.org", HERE)
    assert not is_in("http://127.0.0.1:80801/?channel=general&message=m-1", HERE)
    assert not is_in("/?channel=general&message=m-1", None)


def test_without_a_playground_the_words_stay() -> None:
    text = r"[07:15](/?channel=general&message=m-1), [[1]](/?channel=a&message=b), [a \[b\]](/?channel=a&message=b)"

    assert r"07:15, [1], a \[b\]" == for_elsewhere(text, None, ANA)
    assert "[a](https://example.org)" == for_elsewhere("[a](https://example.org)", None, ANA)


@pytest.mark.parametrize("playground", [HERE, None])
def test_an_escaped_bracket_begins_no_link(playground: str | None) -> None:
    text = r"\[07:15](/?channel=general&message=m-1)"

    assert text == for_elsewhere(text, playground, ANA)


@pytest.mark.parametrize("written", range(1, len("[[07:15]](/?channel=general&message=m-1)")))
def test_a_link_is_shown_once_it_is_whole(written: int) -> None:
    link = "[[07:15]](/?channel=general&message=m-1)"

    assert "Ana " == without_begun(f"Ana {link[:written]}")
    assert f"Ana {link} " == without_begun(f"Ana {link} ")


@pytest.mark.parametrize("text", ["", "- [x] done\nnext", "a[0] = 1", "[open\nline", "f(x)"])
def test_what_is_no_link_is_shown_at_once(text: str) -> None:
    assert text == without_begun(text)
