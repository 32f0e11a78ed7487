"""Which languages a translation checkpoint reads and writes, and how it is told which of them are meant.

Languages are BCP 47 tags outside, and each family's own codes inside: `de`, `deu`, `deu_Latn`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedTokenizerBase

NEAR = 10
"""How far a tag may be from the one asked for, in CLDR's measure: British and American English are 5 apart."""

_MARIAN = re.compile(r">>([\w-]+)<<")
_NLLB = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")
_T5 = re.compile(r"<2([A-Za-z_]{2,12})>")
_NAME = re.compile(r"opus-mt-(?:\w+-)*?([A-Za-z]{2,4})-([A-Za-z]{2,7})/?$")

_ROMANCE = "an ast ca es fr fur gl it la lad lld lmo mwl oc pms pt rm ro sc scn vec wa"
_WEST_GERMANIC = "af de en fy li lb nl nds sco yi"
_NORTH_GERMANIC = "da fo is nb nn no sv"
_SLAVIC = "be bg bs cs csb dsb hr hsb mk pl ru rue sh sk sl sr szl uk"
_GROUPS: Mapping[str, str] = {
    "romance": _ROMANCE,
    "roa": _ROMANCE,
    "itc": _ROMANCE,
    "gmw": _WEST_GERMANIC,
    "gmq": _NORTH_GERMANIC,
    "scandinavia": _NORTH_GERMANIC,
    "gem": f"{_WEST_GERMANIC} {_NORTH_GERMANIC}",
    "sla": _SLAVIC,
    "zle": "be ru rue uk",
    "zls": "bg bs hr mk sh sl sr",
    "zlw": "cs csb dsb hsb pl sk szl",
    "celtic": "br cy ga gd gv kw",
    "cel": "br cy ga gd gv kw",
    "fiu": "et fi hu mdf myv se udm vro",
    "trk": "az ba crh cv kk ky tr tt ug uz",
}
"""The languages of the groups that OPUS-MT checkpoints are named after, where they read more than one."""

EVERY = {"mul", "multi"}
"""What OPUS-MT calls a source that can be any of its languages."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a checkpoint is told to translate from one language into another.

    Attributes:
        prefix: Put before each text.
        source: The tokenizer's source language, where it has one.
        first: The token that each translation begins with, where one is forced.
    """

    prefix: str = ""
    source: str | None = None
    first: str | None = None


@dataclass(frozen=True)
class Tongues:
    """The languages of a checkpoint.

    Attributes:
        family: How it is told what to do: by a token in the text (`marian`, `t5`) or by the tokenizer (`m2m`).
        sources: Its codes for what it reads, by BCP 47 tag; None for any language.
        targets: Its codes for what it writes, by BCP 47 tag.
        named: Whether the target is named in the text.
        tokens: The token of each code, where that is not the code itself.
    """

    family: Literal["marian", "m2m", "t5"]
    sources: Mapping[str, str] | None
    targets: Mapping[str, str]
    named: bool = True
    tokens: Mapping[str, str] = field(default_factory=dict)

    def way(self, source: str, target: str) -> Way | None:
        """How it translates between two languages, as BCP 47 tags; None when it cannot."""
        reads = source if self.sources is None else find(source, self.sources)
        writes = find(target, self.targets)
        if reads is None or writes is None or _same(source, target):
            return None
        match self.family:
            case "marian":
                return Way(prefix=f">>{writes}<< " if self.named else "")
            case "t5":
                return Way(prefix=f"<2{writes}> ")
            case "m2m":
                return Way(source=reads, first=self.tokens.get(writes, writes))


def read_tongues(name: str, config: PretrainedConfig, tokenizer: PreTrainedTokenizerBase) -> Tongues:
    """The languages of a checkpoint, by its configuration and its tokenizer.

    A Marian checkpoint of more than one source language names them in its configuration, as `source_languages`;
    OPUS-MT's have their language, or a group of languages, in the tokenizer's `source_lang`.

    Args:
        name: What the checkpoint is called, on the Hub or as a folder; OPUS-MT's names tell what older ones do not.
        config: Of the model.
        tokenizer: Of the model.

    Raises:
        ValueError: It is of no family that can be run here, or does not say which languages it is for.
    """
    match config.model_type:
        case "marian":
            return _marian(name, config, tokenizer)
        case "m2m_100" | "nllb-moe":
            return _many(tokenizer)
        case "t5" | "mt5":
            codes = _tags(found[1] for token in tokenizer.get_vocab() if (found := _T5.fullmatch(token)))
            if not codes:
                raise ValueError("it is a T5 that names no languages, as MADLAD-400 does.")
            return Tongues("t5", codes, codes)
        case kind:
            raise ValueError(f"{kind} is no kind of translation model that can be run here.")


def find(wanted: str, codes: Mapping[str, str]) -> str | None:
    """The code of a language, or of the variety of it that a checkpoint knows; None where it knows none.

    Args:
        wanted: The language, as a BCP 47 tag.
        codes: The checkpoint's codes, by BCP 47 tag.
    """
    import langcodes

    tag, _ = langcodes.closest_match(wanted, list(codes), max_distance=NEAR)
    if tag == "und":
        # A model that has one Chinese is better than none, whichever script was asked for.
        tag = next((known for known in codes if _same(known, wanted)), "und")
    return codes.get(tag)


def _marian(name: str, config: PretrainedConfig, tokenizer: PreTrainedTokenizerBase) -> Tongues:
    told = _NAME.search(name)
    source = getattr(tokenizer, "source_lang", None) or (told[1] if told else None)
    target = getattr(tokenizer, "target_lang", None) or (told[2] if told else None)
    listed: list[str] = list(getattr(config, "source_languages", None) or ([source] if source else []))
    several = _tags(found[1] for token in tokenizer.get_vocab() if (found := _MARIAN.fullmatch(token)))
    targets = several or _tags([target] if target else [])
    sources: dict[str, str] | None = {}
    for code in listed:
        if code.lower() in EVERY:
            sources = None
            break
        assert sources is not None
        sources |= _tags(_GROUPS.get(code.lower(), code).split())
    if sources == {} or not targets:
        raise ValueError("it does not say which languages it translates: `source_lang` or `target_lang` is missing.")
    return Tongues("marian", sources, targets, named=bool(several))


def _many(tokenizer: PreTrainedTokenizerBase) -> Tongues:
    tokens: Mapping[str, str] | None = getattr(tokenizer, "lang_code_to_token", None)
    if tokens is None:
        # NLLB's codes are tokens themselves.
        tokens = {token: token for token in tokenizer.get_vocab() if _NLLB.fullmatch(token)}
    codes = _tags(tokens)
    if not codes:
        raise ValueError("its tokenizer names no languages.")
    return Tongues("m2m", codes, codes, tokens=tokens)


def _tags(codes: Iterable[str]) -> dict[str, str]:
    """A checkpoint's codes by their BCP 47 tags; what is no language is left out."""
    import langcodes

    found = ((code.replace("_", "-"), code) for code in codes)
    return {tag: code for tag, code in found if langcodes.tag_is_valid(tag)}


def _same(one: str, other: str) -> bool:
    """Whether two tags are of one language, whatever its script and region."""
    import langcodes

    first, second = (langcodes.Language.get(langcodes.standardize_tag(tag, macro=True)) for tag in (one, other))
    return first.language == second.language
