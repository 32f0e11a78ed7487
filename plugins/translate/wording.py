"""The words around a translation: from which language it is, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence

from bot import Detected, Translation, language_name


def called(tag: str) -> str:
    """What people call a language."""
    return language_name(tag) or tag


def origin(source: Detected | str) -> str:
    """The sentence that says from which language it is: as it was named, or as it was recognised."""
    if isinstance(source, str):
        return f"From {called(source)}."
    if source.tag is None:
        return "From a language that I do not recognise."
    if source.others:
        return f"From {called(source.tag)}, with some {' and '.join(map(called, source.others))} in it."
    if source.sure:
        return f"From {called(source.tag)}."
    return f"I take this for {called(source.tag)} but am not sure; `from:` says which language it is."


def remarks(done: Sequence[Translation], *, written: bool) -> list[str]:
    """What else is worth knowing: who translated, by which way, and whether to trust it.

    Args:
        done: What the translation was put together from.
        written: Whether a language model wrote it.
    """
    advice = next((one.advice for one in done if one.advice), "")
    said: list[str] = []
    if written:
        said.append("Translated by the language model.")
    if via := next((one.via for one in done if one.via), None):
        said.append(f"By way of {called(via)}, as no installed model goes straight.")
    if any(one.doubtful for one in done):
        said.append("The model is not sure of this: check it before you rely on it.")
    if said and advice:
        said.append(f"`{advice}` installs another model.")
    return said


def closing(sentences: Sequence[str]) -> str:
    """The line below a translation; empty where there is nothing to say."""
    return f"\n\n_{' '.join(sentences)}_" if sentences else ""


def already(target: str, source: Detected | str) -> str:
    """Says that there is nothing to translate."""
    name = called(target)
    if isinstance(source, str) or source.sure:
        return f"This is in {name} already; `to:` names another language, such as `to:French`."
    return f"This seems to be in {name} already; `from:` says what it is in, and `to:` what you want it in."
