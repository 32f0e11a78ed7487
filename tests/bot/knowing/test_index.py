"""Vectors in files that are mapped into memory: derived from the store, made anew where they are missing or old."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from time import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowing.blocks import Block, highest, join, map_block, pack, read_rows, write_block
from bot.knowing.index import Index
from bot.knowing.places import Known
from bot.store import Database
from bot.store.knowledge_vectors import VectorStore
from tests.bot.knowing.conftest import add, document, open_known, place, texts
from tests.bot.knowing.meaning import Means
from tests.bot.store.conftest import GENERAL
from tests.bot.words import WordEmbeddings

sqlite_only = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""The files are the same whatever the store is."""

TEXTS = [f"The page about subject{number} is this one." for number in range(40)]


def block(count: int, width: int = 4) -> Block:
    """Vectors of different directions."""
    rows = [
        (key, key * 10, key % 2, pack([1.0, *(float(key == place) for place in range(1, width))]))
        for key in range(count)
    ]
    return read_rows(rows, width)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_block_comes_back_from_its_file(tmp_path: Path, count: int) -> None:
    file = tmp_path / "new" / "one.vectors"
    write_block(block(count), file)
    back = map_block(file, 4)
    assert back is not None
    assert count == len(back)
    for name in ("ids", "passages", "sources", "vectors"):
        assert np.array_equal(getattr(block(count), name), getattr(back, name))
    assert [file] == list(file.parent.iterdir())


@given(st.binary(max_size=300), st.integers(0, 300))
def test_a_file_that_is_broken_is_none(junk: bytes, place_of_end: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "one.vectors"
        write_block(block(3), file)
        whole = file.read_bytes()
        file.write_bytes(junk)
        assert map_block(file, 4) is None
        file.write_bytes(whole[: place_of_end % len(whole)])
        assert map_block(file, 4) is None


def test_a_file_of_another_width_or_kind_is_none(tmp_path: Path) -> None:
    file = tmp_path / "one.vectors"
    assert map_block(file, 4) is None
    write_block(block(3), file)
    assert map_block(file, 5) is None
    with file.open("wb") as opened:
        for part in (np.arange(3), np.arange(3), np.arange(3)):
            np.save(opened, part)
        np.lib.format.write_array(opened, np.zeros((3, 4), np.float32), version=(2, 0))
    assert map_block(file, 4) is None


@given(st.lists(st.integers(-20, 20), max_size=40), st.integers(0, 9), st.integers(1, 12))
def test_the_highest_are_those_that_an_order_would_have(few: list[int], often: int, most: int) -> None:
    scores = np.asarray(few * (1 + often * often), dtype=np.float32)
    places = highest(scores, most)
    assert len(set(places.tolist())) == len(places) == min(most, len(scores))
    assert sorted(scores)[len(scores) - len(places) :] == sorted(scores[places])


@given(st.lists(st.integers(0, 12), max_size=20), st.sets(st.integers(0, 15), max_size=6))
def test_the_vectors_of_passages_are_found_and_of_several_the_last(kept: list[int], wanted: set[int]) -> None:
    rows = [(key, passage, 1, pack([1.0, 2.0])) for key, passage in enumerate(kept)]
    places = read_rows(rows, 2).places(wanted)
    last = {passage: key for key, passage in enumerate(kept) if passage in wanted}
    assert last == {kept[place]: int(place) for place in places}


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **more: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(np, "save", fail)
    with pytest.raises(OSError, match="full"):
        write_block(block(3), tmp_path / "one.vectors")
    assert [] == list(tmp_path.iterdir())


def test_vectors_have_unit_length_and_those_of_another_width_are_left_out() -> None:
    found = read_rows([(1, 1, 1, pack([3.0, 4.0])), (2, 2, 1, pack([1.0])), (3, 3, 1, pack([0.0, 0.0]))], 2)
    assert [1, 3] == found.ids.tolist()
    assert found.vectors.tolist() == pytest.approx(np.array([[0.6, 0.8], [0.0, 0.0]]), abs=1e-3)


def test_what_is_gone_is_left_out_and_blocks_are_joined() -> None:
    more = read_rows([(key, 1, 1, pack([1.0] * 4)) for key in (3, 4)], 4)
    assert [0, 2, 3, 4] == join([block(3).only([0, 2, 9]), more]).ids.tolist()


def test_other_sources_come_after_all_others() -> None:
    question = np.array([1, 0, 0, 0], dtype=np.float32)
    scores = block(4).scores(question, [1])
    assert [-2.0, -2.0] == scores[[0, 2]].tolist()
    assert (scores[[1, 3]] > 0).all()


async def _order(index: Index, model: WordEmbeddings, source: int, question: str) -> Sequence[int]:
    return (await index.nearest(GENERAL.server or "", "words", model.embed_query(question), [source], 5)).order


@sqlite_only
async def test_another_process_and_the_next_one_find_the_same_from_the_file(
    known: Known, db: Database, means: Means, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = await add(place(known), document("a.txt", *TEXTS))
    (file,) = (tmp_path / "index").iterdir()
    written = file.stat().st_mtime_ns
    index = Index(VectorStore(db), tmp_path / "index")
    source = int(added.source.id)
    first = await _order(index, means.model, source, "subject7")
    assert 5 == len(first)
    await index.write(GENERAL.server or "", "words")
    assert written == file.stat().st_mtime_ns
    # What is newer than the file is found beside it, and written once there is enough of it.
    await add(place(known), document("b.txt", "The page about subject99 is that one."))
    assert written == file.stat().st_mtime_ns
    assert ["The page about subject99 is that one."] == (await texts(place(known), "subject99"))[:1]
    monkeypatch.setattr("bot.knowing.index.LOOSE", 1)
    await index.write(GENERAL.server or "", "words")
    assert written != file.stat().st_mtime_ns
    assert first == await _order(index, means.model, source, "subject7")


@sqlite_only
async def test_a_file_that_is_gone_broken_or_of_another_store_costs_nothing_but_time(
    known: Known, db: Database, means: Means, tmp_path: Path
) -> None:
    here = place(known)
    await add(here, document("a.txt", *TEXTS))
    (file,) = (tmp_path / "index").iterdir()
    expected = await texts(here, "subject7")
    whole = file.read_bytes()
    shuffled = block(40, means.model.width)
    for spoil in (file.unlink, lambda: file.write_bytes(whole[:-5]), lambda: write_block(shuffled, file)):
        spoil()
        again = open_known(db, means, tmp_path / "index")
        assert expected == await texts(place(again), "subject7")
        await again.adding.tidy()
        assert whole[:200] == file.read_bytes()[:200]


@sqlite_only
async def test_a_folder_that_cannot_be_written_is_no_trouble(db: Database, means: Means, tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file is in the way")
    known = open_known(db, means, tmp_path / "index")
    await add(place(known), document("a.txt", *TEXTS))
    assert TEXTS[7] == (await texts(place(known), "subject7"))[0]
    await known.adding.tidy()


@sqlite_only
async def test_many_shelves_are_open_in_turns(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setattr("bot.knowing.index.OPEN", 1)
    for server in ("chat:one", "chat:two", "chat:one"):
        here = place(known, replace(GENERAL, server=server))
        await add(here, document("a.txt", f"This is the page of {server} alone."))
        assert [f"This is the page of {server} alone."] == await texts(here, "page alone")


@sqlite_only
async def test_files_of_shelves_and_models_that_are_gone_go_too(known: Known, means: Means, tmp_path: Path) -> None:
    await add(place(known), document("a.txt", *TEXTS))
    (tmp_path / "index" / "0123.vectors").write_bytes(b"")
    (tmp_path / "index" / "other.txt").write_text("not ours")
    for name, age in (("new.part", 0), ("old.part", 7200)):
        (tmp_path / "index" / name).write_bytes(b"")
        os.utime(tmp_path / "index" / name, (time() - age, time() - age))
    await known.adding.tidy()
    (tmp_path / "index" / "new.part").unlink()
    assert 2 == len(list((tmp_path / "index").iterdir()))
    means.change("other")
    known.adding.look_again()
    await asyncio.gather(known.adding.catch_up(), texts(place(known), "subject7"))
    await known.adding.tidy()
    assert 2 == len(list((tmp_path / "index").iterdir()))
    assert TEXTS[7] == (await texts(place(known), "subject7"))[0]


@sqlite_only
async def test_what_others_read_while_a_file_is_written_is_found(
    known: Known, db: Database, means: Means, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, here, other = GENERAL.server or "", place(known), open_known(db, means, tmp_path / "other")
    await add(here, document("a.txt", *TEXTS))
    index = Index(VectorStore(db), tmp_path / "index")
    monkeypatch.setattr("bot.knowing.index.LOOSE", 1)
    ids = VectorStore.ids

    async def late(self: VectorStore, shelf: str, model: str) -> Sequence[int]:
        found = await ids(self, shelf, model)
        monkeypatch.setattr(VectorStore, "ids", ids)
        added = await add(place(other), document("b.txt", "The page about subject99 is that one."))
        searching.append(asyncio.ensure_future(_order(index, means.model, int(added.source.id), "subject99")))
        await asyncio.wait(searching, timeout=0.2)
        return found

    searching: list[asyncio.Future[Sequence[int]]] = []
    monkeypatch.setattr(VectorStore, "ids", late)
    await index.write(server, "words")
    (found,) = await asyncio.gather(*searching)
    assert 1 == len(found)
    assert found == await _order(index, means.model, 2, "subject99")


def test_a_file_of_other_numbers_is_none(tmp_path: Path) -> None:
    file = tmp_path / "one.vectors"
    for ids in (np.arange(2), np.arange(3.0)):
        with file.open("wb") as opened:
            for part in (np.arange(3), ids, np.arange(3), np.zeros((3, 4), np.float32)):
                np.save(opened, part)
        assert map_block(file, 4) is None
    write_block(block(3), file)
    file.write_bytes(file.read_bytes().replace(b"{'descr'", b"{('descr", 1))
    assert map_block(file, 4) is None
