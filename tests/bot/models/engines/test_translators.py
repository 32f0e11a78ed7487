"""Several translation models as one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from bot.config import ModelsConfig
from bot.errors import ModelMissing, UserError
from bot.models import files
from bot.models.catalog import Entry, catalog
from bot.models.engines.tongues import Way
from bot.models.engines.translation import LocalTranslator
from bot.models.engines.translators import Translators
from bot.models.registry import ModelRegistry
from bot.models.tasks import Task, Translation, Translator
from bot.settings import ChannelSettings
from tests.bot.models import translations

HERE = ChannelSettings()

KNOWN = {"nordic": "da sv nb", "western": "de en fr nl pt-BR"}
"""The languages of models of many."""


class Pair:
    """A model of one pair, that says which it is."""

    def __init__(self, source: str, target: str, *, doubtful: bool = False) -> None:
        self.name = f"{source}-{target}"
        self._doubtful = doubtful

    async def way(self, source: str, target: str) -> Way | None:
        """Whether it is this pair."""
        return Way() if f"{source}-{target}" == self.name else None

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """Each text with the pair's name."""
        return [Translation(f"{text} {self.name}", 0.5, doubtful=self._doubtful) for text in texts]


def together(*pairs: Pair, others: Sequence[str] = (), small: Sequence[Pair] = ()) -> Translators:
    entries = [
        Entry(name=name, task=Task.TRANSLATION, kind="hub", source=f"x/{name}", codes=KNOWN.get(name, ""))
        for name in others
    ]
    models, last = ([cast("LocalTranslator", pair) for pair in some] for some in (pairs, small))
    return Translators(models, entries, last)


async def test_the_first_that_knows_both_languages_translates() -> None:
    [done] = await together(Pair("en", "de"), Pair("de", "fr"), Pair("de", "en")).translate(["x"], "de", "fr")

    assert Translation("x de-fr", 0.5, models=("de-fr",)) == done


async def test_without_one_it_goes_by_way_of_english_and_says_so() -> None:
    models = together(Pair("de", "en"), Pair("en", "fr", doubtful=True), others=["opus-mt-fr-de", "opus-mt-de-fr"])

    [done] = await models.translate(["x"], "de", "fr")

    assert done == Translation(
        "x de-en en-fr",
        0.25,
        doubtful=True,
        via="en",
        models=("de-en", "en-fr"),
        advice="atelier models pull opus-mt-de-fr",
    )


async def test_a_small_model_serves_only_where_no_two_others_do() -> None:
    small = [Pair("de", "fr"), Pair("de", "es")]
    models = together(Pair("de", "en"), Pair("en", "fr"), small=small)

    [by_others] = await models.translate(["x"], "de", "fr")
    [by_itself] = await models.translate(["x"], "de", "es")

    assert ("x de-en en-fr", "x de-es") == (by_others.text, by_itself.text)


async def test_a_doubtful_translation_names_a_model_that_may_do_better() -> None:
    models = together(Pair("de", "en", doubtful=True), others=["opus-mt-fr-de", "many", "more"])

    [done] = await models.translate(["x"], "de", "en")

    assert "atelier models pull many" == done.advice


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (
            ["many", "opus-mt-de-fr"],
            "No installed model translates from German to French; run `atelier models pull opus",
        ),
        (
            ["unknown", "nordic", "western"],
            "No installed model translates from German to French; run `atelier models pull western`.",
        ),
        (
            ["nordic", "unknown"],
            "No installed model translates from German to French; run `atelier models pull unknown`.",
        ),
        (["nordic", "opus-mt-fr-de"], "No installed model translates from German to French; name other languages"),
        ([], "No installed model translates from German to French; name other languages with `from:` and `to:`."),
    ],
)
async def test_languages_that_nobody_knows_name_a_model_that_does(others: list[str], said: str) -> None:
    with pytest.raises(ModelMissing) as caught:
        await together(Pair("de", "en"), others=others).translate(["x"], "de", "fr")

    assert str(caught.value).startswith(said)


def pulled(models: Path, source: str, target: str) -> None:
    """A tiny checkpoint in the place of one of the catalog's."""
    entry = catalog().find(f"opus-mt-{source}-{target}")
    assert entry is not None
    folder = translations.marian(files.home(entry.source, models), source, target)
    hashes = {"model.safetensors": files.sha256(folder / "model.safetensors")}
    record = files.Record(source=entry.source, revision="c" * 40, licence="apache-2.0", files=hashes)
    (folder / files.RECORD).write_text(record.model_dump_json())


async def test_whichever_models_were_pulled_serve_together(tmp_path: Path) -> None:
    pulled(tmp_path, "de", "en")
    pulled(tmp_path, "en", "fr")
    registry = ModelRegistry(ModelsConfig(dir=tmp_path, preset="small"))
    model = cast("Translator", await registry.provide(Task.TRANSLATION, HERE))

    [done] = await model.translate(["Danke!"], "de", "fr")

    assert ("en", ("opus-mt-de-en", "opus-mt-en-fr")) == (done.via, done.models)
    assert {"opus-mt-de-en", "opus-mt-en-fr"} == {row.name for row in registry.statuses(HERE) if row.loaded}
    await registry.close()


async def test_a_folder_of_the_owners_serves_translation(tmp_path: Path) -> None:
    folder = translations.marian(tmp_path / "mine", None, None, sources=["de"], targets=["en", "fr"])
    pulled(tmp_path, "de", "en")
    registry = ModelRegistry(ModelsConfig(dir=tmp_path, use={"translation": str(folder)}))
    model = cast("Translator", await registry.provide(Task.TRANSLATION, HERE))

    [done] = await model.translate(["Danke!"], "de", "en")

    assert ("mine",) == done.models
    await registry.close()


async def test_a_channel_chooses_the_model_that_is_asked_first(tmp_path: Path) -> None:
    pulled(tmp_path, "de", "en")
    pulled(tmp_path, "en", "de")
    registry = ModelRegistry(ModelsConfig(dir=tmp_path))
    there = ChannelSettings(models={Task.TRANSLATION: "opus-mt-en-de"})

    model = await registry.provide(Task.TRANSLATION, there)

    assert isinstance(model, Translators)
    assert ["opus-mt-en-de", "opus-mt-de-en"] == [one.name for one in model._models]
    await registry.close()


async def test_the_small_model_that_comes_with_atelier_serves_where_no_other_is_installed(tmp_path: Path) -> None:
    registry = ModelRegistry(ModelsConfig(dir=tmp_path))
    model = cast("Translator", await registry.provide(Task.TRANSLATION, HERE))

    [done] = await model.translate(["Danke!"], "de", "en")

    assert ("Thank you!", False, ("everyday",)) == (done.text, done.doubtful, done.models)
    await registry.close()


async def test_a_model_that_the_owner_names_and_that_is_not_there_is_named(tmp_path: Path) -> None:
    registry = ModelRegistry(ModelsConfig(dir=tmp_path, use={"translation": "opus-mt-de-en"}))

    with pytest.raises(ModelMissing, match="run `atelier models pull opus-mt-de-en`"):
        await registry.provide(Task.TRANSLATION, HERE)


async def test_without_any_model_one_line_names_one_and_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "STARTER", tmp_path)
    registry = ModelRegistry(ModelsConfig(dir=tmp_path, preset="small"))

    with pytest.raises(ModelMissing, match=r"run `atelier models pull m2m100-418m` \(1\.9 GB\)"):
        await registry.provide(Task.TRANSLATION, HERE)


async def test_a_model_that_cannot_be_loaded_is_one_line(tmp_path: Path) -> None:
    pulled(tmp_path, "de", "en")
    (files.home("Helsinki-NLP/opus-mt-de-en", tmp_path) / "model.safetensors").write_bytes(b"tampered")
    registry = ModelRegistry(ModelsConfig(dir=tmp_path))
    model = cast("Translator", await registry.provide(Task.TRANSLATION, HERE))

    with pytest.raises(UserError, match="is not what was published"):
        await model.translate(["Danke!"], "de", "en")
    await registry.close()
