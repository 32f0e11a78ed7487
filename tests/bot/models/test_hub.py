from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.errors import ModelMissing, UserError
from bot.models import files, hub
from bot.models.catalog import Entry, named
from bot.models.tasks import Task
from tests.servers.hub import HubServer, hub_server
from tests.servers.loopback import closed_port

WEIGHTS = b"\x08" + b"\x00" * 300_000


@pytest.fixture
def server() -> Iterator[HubServer]:
    with hub_server() as running:
        running.files = {
            "model.safetensors": WEIGHTS,
            "config.json": b"{}",
            "1_Pooling/config.json": b'{"pooling_mode": "mean"}',
            "pytorch_model.bin": b"a pickle",
            "onnx/model.onnx": b"a graph",
            "modeling_tiny.py": b"import os",
        }
        yield running


def tiny(**changes: object) -> Entry:
    entry = named("someone/tiny")
    assert entry is not None
    return entry.model_copy(update=changes)


def ignore(done: int, total: int) -> None:
    """Nobody watches."""


def test_a_pull_fetches_weights_and_settings_and_nothing_that_can_run(server: HubServer, tmp_path: Path) -> None:
    folder = hub.pull(tiny(), tmp_path, ignore, server.url)

    assert folder == files.path(tiny(), tmp_path)
    assert {"model.safetensors", "config.json", "1_Pooling/config.json"} == set(server.fetched)
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert not list(folder.rglob("*.bin")) + list(folder.rglob("*.py"))


def test_weights_that_only_the_hubs_own_bot_offers_are_fetched_from_its_offer(
    server: HubServer, tmp_path: Path
) -> None:
    server.offered = dict(server.files)
    del server.files["model.safetensors"]

    folder = hub.pull(tiny(), tmp_path, ignore, server.url)

    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert "refs/pr/1" in server.asked


def test_weights_that_anybody_else_offers_are_not(server: HubServer, tmp_path: Path) -> None:
    server.offered, server.offered_by = dict(server.files), "SFconvertb0t"
    del server.files["model.safetensors"]

    with pytest.raises(UserError, match="has no safetensors weights"):
        hub.pull(tiny(), tmp_path, ignore, server.url)


def test_a_pull_records_commit_licence_and_hashes(server: HubServer, tmp_path: Path) -> None:
    record = files.record(hub.pull(tiny(), tmp_path, ignore, server.url))

    assert record is not None
    assert (server.commit, "mit") == (record.revision, record.licence)
    assert files.verify(tiny(), tmp_path) == 3


def test_a_model_without_a_card_keeps_the_catalogs_licence(server: HubServer, tmp_path: Path) -> None:
    server.licence = None

    record = files.record(hub.pull(tiny(licence="Apache-2.0"), tmp_path, ignore, server.url))

    assert record is not None
    assert record.licence == "Apache-2.0"


def test_progress_ends_at_the_total_and_never_goes_back(server: HubServer, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    hub.pull(tiny(), tmp_path, lambda done, total: told.append((done, total)), server.url)

    total = len(WEIGHTS) + len(b"{}") + len(b'{"pooling_mode": "mean"}')
    assert told[-1] == (total, total)
    assert told == sorted(told)


def test_a_second_pull_asks_nobody(server: HubServer, tmp_path: Path) -> None:
    hub.pull(tiny(), tmp_path, ignore, server.url)
    server.asked.clear()

    hub.pull(tiny(), tmp_path, ignore, server.url)

    assert server.asked == []


def test_a_pinned_commit_whose_weights_the_hubs_own_bot_converted_is_pulled_once(
    server: HubServer, tmp_path: Path
) -> None:
    server.offered = dict(server.files)
    del server.files["model.safetensors"]
    pinned = tiny(revision=server.commit)
    folder = hub.pull(pinned, tmp_path, ignore, server.url)
    server.asked.clear()

    assert folder == hub.pull(pinned, tmp_path, ignore, server.url)
    assert server.asked == []


def test_a_pull_mends_only_what_was_altered_and_stays_at_its_commit(server: HubServer, tmp_path: Path) -> None:
    folder = hub.pull(tiny(), tmp_path, ignore, server.url)
    (folder / "config.json").write_bytes(b"[]")
    server.fetched.clear()
    server.asked.clear()

    hub.pull(tiny(), tmp_path, ignore, server.url)

    assert server.fetched == ["config.json"]
    assert [server.commit] == server.asked
    assert files.verify(tiny(), tmp_path) == 3


def test_a_pull_that_was_broken_off_goes_on_where_it_was(server: HubServer, tmp_path: Path) -> None:
    server.alter["config.json"] = b"[]"
    with pytest.raises(UserError, match="did not arrive as it was published"):
        hub.pull(tiny(), tmp_path, ignore, server.url)
    server.alter.clear()
    server.fetched.clear()
    said: list[tuple[int, int]] = []

    hub.pull(tiny(), tmp_path, lambda done, total: said.append((done, total)), server.url)

    assert server.fetched == ["config.json"]
    assert said[0][0] >= len(WEIGHTS)
    assert files.verify(tiny(), tmp_path) == 3


def test_the_same_weights_for_other_software_are_not_pulled(server: HubServer, tmp_path: Path) -> None:
    server.files |= {"original/model.safetensors": WEIGHTS, "consolidated.safetensors": WEIGHTS}

    hub.pull(tiny(), tmp_path, ignore, server.url)

    assert {"model.safetensors", "config.json", "1_Pooling/config.json"} == set(server.fetched)


def test_a_pinned_commit_is_pulled_again_when_the_pin_moves(server: HubServer, tmp_path: Path) -> None:
    hub.pull(tiny(), tmp_path, ignore, server.url)
    server.commit = "d" * 40
    server.files["config.json"] = b'{"new": true}'

    folder = hub.pull(tiny(revision="d" * 40), tmp_path, ignore, server.url)

    record = files.record(folder)
    assert record is not None
    assert record.revision == "d" * 40
    assert (folder / "config.json").read_bytes() == b'{"new": true}'


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_file_that_arrives_altered_is_not_installed(server: HubServer, tmp_path: Path, name: str) -> None:
    server.alter[name] = bytes(len(server.files[name]))

    with pytest.raises(UserError, match=f"{name} of someone/tiny did not arrive as it was published"):
        hub.pull(tiny(), tmp_path, ignore, server.url)
    assert not files.installed(tiny(), tmp_path)


def test_a_file_that_is_not_the_one_the_catalog_knows_is_not_installed(server: HubServer, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did not arrive as it was published"):
        hub.pull(tiny(files={"model.safetensors": "0" * 64}), tmp_path, ignore, server.url)
    assert not files.installed(tiny(), tmp_path)


def test_weights_that_are_pickled_only_are_refused(server: HubServer, tmp_path: Path) -> None:
    del server.files["model.safetensors"]

    with pytest.raises(UserError, match="has no safetensors weights"):
        hub.pull(tiny(), tmp_path, ignore, server.url)
    assert server.fetched == []


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_of_a_diffusers_pipeline_each_weight_is_pulled_once(server: HubServer, tmp_path: Path) -> None:
    del server.files["model.safetensors"]
    weights = {
        "whole.safetensors",
        "unet/diffusion_pytorch_model.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "unet/diffusion_pytorch_model.non_ema.safetensors",
        "text_encoder_3/model.fp16-00001-of-00002.safetensors",
        "text_encoder_3/model-00001-of-00002.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
    }
    server.files |= {"model_index.json": b"{}", **dict.fromkeys(weights, WEIGHTS)}

    folder = hub.pull(tiny(), tmp_path, ignore, server.url)

    assert {str(file.relative_to(folder)) for file in folder.rglob("*.safetensors")} == {
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "text_encoder_3/model.fp16-00001-of-00002.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
    }


def test_a_full_disk_is_noticed_before_anything_is_fetched(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1000, 0, 1000))

    with pytest.raises(UserError, match=r"needs 300 kB on disk and .* has 1\.0 kB free"):
        hub.pull(tiny(), tmp_path / "not" / "yet", ignore, server.url)
    assert server.fetched == []


def test_without_a_network_one_line_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="someone/tiny cannot be pulled: the Hub is out of reach; check the network"):
        hub.pull(tiny(), tmp_path, ignore, f"http://127.0.0.1:{closed_port()}")


@pytest.mark.parametrize(
    ("refusal", "line"),
    [
        ((401, "RepoNotFound"), "The Hub has no model someone/tiny, or it is private"),
        ((403, "GatedRepo"), "someone/tiny is gated: accept its terms on its page on the Hub, .* set HF_TOKEN"),
        ((500, ""), "The Hub answered 500 for someone/tiny"),
    ],
)
def test_what_the_hub_refuses_is_said_in_one_line(
    server: HubServer, tmp_path: Path, refusal: tuple[int, str], line: str
) -> None:
    server.refuse = refusal

    with pytest.raises(UserError, match=line):
        hub.pull(tiny(), tmp_path, ignore, server.url)


def test_a_revision_that_does_not_exist_is_named(server: HubServer, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="someone/tiny has no revision v9"):
        hub.pull(tiny(revision="v9"), tmp_path, ignore, server.url)


def test_the_librarys_offline_switch_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import OfflineModeIsEnabled

    def refuse(*args: object, **options: object) -> None:
        raise OfflineModeIsEnabled

    monkeypatch.setattr(HfApi, "model_info", refuse)

    with pytest.raises(UserError, match="HF_HUB_OFFLINE is set"):
        hub.pull(tiny(), tmp_path, ignore)


def test_a_folder_that_cannot_be_written_is_named(server: HubServer, tmp_path: Path) -> None:
    (tmp_path / "someone--tiny").write_text("a file where the folder should be")

    with pytest.raises(UserError, match="someone/tiny cannot be written to disk"):
        hub.pull(tiny(), tmp_path, ignore, server.url)


def test_a_package_is_not_pulled(tmp_path: Path) -> None:
    starter = named("minilm-l6")
    absent = Entry(name="x", task=Task.EMBEDDINGS, kind="package", source="no_such_package", requirement="x==1")

    assert starter is not None
    assert hub.pull(starter, tmp_path, ignore).name == "model"
    with pytest.raises(ModelMissing, match="pip install x==1"):
        hub.pull(absent, tmp_path, ignore)
