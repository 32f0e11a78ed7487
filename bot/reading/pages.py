"""HTML pages: the article, without what stands around it."""

from __future__ import annotations

import logging
import re

from .content import Content, content
from .text import decoded, sections

_META = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_NOISY = ("trafilatura", "htmldate", "courlan")


def read_page(data: bytes, text: str, *, named: bool) -> Content:
    """The article on a page, with its title, author and date; all of its text where there is no article.

    Args:
        data: The page.
        text: The same, as its encoding was named or guessed.
        named: Whether it was named.
    """
    import trafilatura

    # What they say about people's pages is nothing that an admin can put right.
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if not named and (meta := _META.search(data[:4096])):
        text = decoded(data, meta[1].decode()) or text
    article = trafilatura.extract(text, output_format="markdown", include_comments=False, favor_recall=True)
    if not article:
        article = trafilatura.html2txt(text)
    if not article.strip():
        return content([])
    about = trafilatura.extract_metadata(text)
    title, author, day = (about.title, about.author, about.date) if about else (None, None, None)
    head = f"# {' '.join(title.split())}" if title else ""
    if head and article.lstrip().startswith(head):
        article = article.lstrip().removeprefix(head)
    told = ", ".join(one for one in (f"by {author}" if author else None, day) if one)
    article = "\n\n".join(block for block in (head, told and f"*{told}*", article.strip()) if block)
    return content(sections(article), title)
