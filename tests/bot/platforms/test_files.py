from __future__ import annotations

from pathlib import Path

import pytest

from bot.body import File
from bot.errors import UserError
from bot.platforms.files import attachment, load_file, media_type, save_file


async def test_an_attachment_reads_the_files_bytes() -> None:
    found = attachment(File("a.txt", b"hello", "text/plain"))

    assert (found.name, found.media_type, found.size, await found.read()) == ("a.txt", "text/plain", 5, b"hello")


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("a.png", None, "image/png"),
        ("a.png", "application/octet-stream", "image/png"),
        ("a.png", "image/x", "image/x"),
        ("noname", "", "application/octet-stream"),
    ],
)
def test_the_media_type_is_guessed_where_it_is_not_known(name: str, given: str | None, expected: str) -> None:
    assert expected == media_type(name, given)


def test_a_file_is_loaded_with_its_name_and_type(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")

    assert File("a.txt", b"hello", "text/plain") == load_file(tmp_path / "a.txt")


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.txt cannot be read: no such file"):
        load_file(tmp_path / "none.txt")


def test_a_saved_file_replaces_none(tmp_path: Path) -> None:
    file = File("a.txt", b"1", "text/plain")

    saved = [save_file(file, tmp_path / "out") for _ in range(3)]

    assert [path.name for path in saved] == ["a.txt", "a-2.txt", "a-3.txt"]


@pytest.mark.parametrize("name", ["../../evil.txt", "..\\evil.txt", "/etc/evil.txt"])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    assert tmp_path / "evil.txt" == save_file(File(name, b"", "text/plain"), tmp_path)


@pytest.mark.parametrize("name", ["", "..", "/"])
def test_a_file_without_a_name_is_saved_too(tmp_path: Path, name: str) -> None:
    assert tmp_path / "file" == save_file(File(name, b"", "text/plain"), tmp_path)
