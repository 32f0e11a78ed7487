"""The HTML of the page's parts, from templates that escape what they are given."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.platforms.web.markdown import to_html


def fragment(file: str, macro: str, *values: object) -> str:
    """One part of the page.

    Args:
        file: The template, beside this module.
        macro: Which of its macros.
        values: The macro's parameters.
    """
    return str(getattr(_template(file).module, macro)(*values)).strip()


def document(file: str, **values: object) -> str:
    """A whole page."""
    return _template(file).render(**values)


@lru_cache
def _template(file: str) -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    templates = Environment(loader=loader, autoescape=True, trim_blocks=True, undefined=StrictUndefined)
    templates.globals["markdown"] = to_html
    return templates.get_template(file)
