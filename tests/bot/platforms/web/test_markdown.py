from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.web.markdown import to_html, to_line
from bot.request import Person

ALLOWED = frozenset(
    "p br hr em strong s code pre span button a ul ol li blockquote h1 h2 h3 h4 h5 h6 "
    "table thead tbody tr th td".split()
)


class Tags(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_markdown_becomes_html() -> None:
    assert to_html("**bold** and `code`") == "<p><strong>bold</strong> and <code>code</code></p>\n"


def test_html_stays_text() -> None:
    assert to_html("<b onclick=x>hi</b>") == "<p>&lt;b onclick=x&gt;hi&lt;/b&gt;</p>\n"


def test_a_line_break_is_kept() -> None:
    assert "<br>" in to_html("one\ntwo")


def test_a_picture_is_a_link_so_that_nothing_is_fetched() -> None:
    html = to_html("![a fox](http://pictures.example/fox.png)")

    assert "<img" not in html
    assert 'href="http://pictures.example/fox.png"' in html
    assert "🖼 a fox" in html


def test_a_picture_without_a_name_shows_its_address() -> None:
    assert "🖼 http://pictures.example/fox.png" in to_html("![](http://pictures.example/fox.png)")


def test_links_open_elsewhere_and_tell_nothing_about_us() -> None:
    for text in ("[docs](https://example.org)", "https://example.org"):
        tag, attributes = Tags(to_html(text)).tags[1]
        assert tag == "a"
        assert attributes["target"] == "_blank"
        assert "noopener" in str(attributes["rel"])


def test_only_what_is_written_as_an_address_is_a_link() -> None:
    for text in ("README.md", "see example.org", "me@example.org", "ftp://example.org", "//example.org", "127.0.0.1"):
        assert "<a" not in to_html(text)
    assert '<a href="http://example.org/a?b=1"' in to_html("http://example.org/a?b=1")


def test_a_script_is_no_link() -> None:
    assert "<a" not in to_html("[click](javascript:alert(1))")


def test_code_has_colours_and_a_button_that_copies_it() -> None:
    html = to_html("```python\nreturn '<b>'\n```")

    assert 'data-act="copy"' in html
    assert '<span class="k">return</span>' in html
    assert "<b>" not in html


def test_code_of_an_unknown_language_is_plain() -> None:
    assert "<code>a &lt; b\n</code>" in to_html("```klingon\na < b\n```")


def test_an_open_code_fence_ends_with_the_text() -> None:
    assert to_html("```\nhalf").count("<pre") == 1


def test_mentions_stand_out_but_not_in_addresses() -> None:
    assert '<span class="mention">@ana</span>' in to_html("Thanks @ana!")
    assert "mention" not in to_html("mail me@example.org")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_no_text_makes_other_tags_or_handlers(text: str) -> None:
    for tag, attributes in Tags(to_html(text)).tags:
        assert tag in ALLOWED
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style")]


MARKS = ['<img src=x onerror="a">', "![", "](", "http://a.b/c", ")", "`", "```\n", "\n", "@x", "<a "]


@given(st.lists(st.sampled_from(MARKS)))
def test_no_mixture_of_marks_makes_other_tags(parts: list[str]) -> None:
    for tag, attributes in Tags(to_html("".join(parts))).tags:
        assert tag in ALLOWED
        assert "onerror" not in attributes


def test_a_quotation_is_one_line_without_marks() -> None:
    assert to_line("**Decision:** ship\n\n`now`") == "Decision: ship now"
    assert re.fullmatch(r"a{9}…", to_line("a" * 50, 10))


def test_a_link_to_a_message_stays_in_this_tab_and_opens_a_new_one_for_who_looks() -> None:
    html = to_html("[07:15](/?channel=dm:ana&message=m-1)", Person("local:ana", "Ana Ruiz"))

    ((_, attributes),) = Tags(html).tags[1:]
    assert {
        "href": "/?channel=dm:ana&message=m-1&as=ana",
        "data-act": "open",
        "data-value": "dm:ana",
        "data-id": "m-1",
    } == attributes
    assert "as=" not in to_html("[07:15](/?channel=dm:ana&message=m-1)")


def test_another_path_of_this_site_is_no_link() -> None:
    for path in ("/login", "files/a", "/?as=dana", "/?channel=general", "//evil.example/?channel=a&message=b", "#top"):
        assert "<a" not in to_html(f"[click]({path}) ![click]({path})")


def test_a_quotation_has_the_words_of_links() -> None:
    assert to_line("Ana [07:15](/?channel=general&message=m-1): see [notes](https://example.org)") == (
        "Ana 07:15: see notes"
    )
