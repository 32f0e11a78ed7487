"""Code in an answer: fenced with its language, and as a file where it is long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.chat.code import language_of
from plugins.chat.fences import LONG, PATIENCE, Block, Fences, answer_file


def through(text: str, size: int = 1) -> tuple[str, Fences]:
    """What becomes of an answer that comes in pieces."""
    fences = Fences()
    pieces = [fences.write(text[place : place + size]) for place in range(0, len(text), size)]
    return "".join([*pieces, fences.end()]), fences


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("def f(x):\n    return x + 1\n", "python"),
        ("print('hello')", "python"),
        ("#!/bin/bash\necho hi", "bash"),
        ('{"a": [1, 2]}', "json"),
        ("SELECT name FROM people WHERE id = 1;", "sql"),
        ("-- all\nCREATE TABLE t (id INT);", "sql"),
        ("const a = 1;\nconsole.log(a);", "javascript"),
        ("import x from './x';", "javascript"),
        ("interface Person {\n  name: string;\n}", "typescript"),
        ("fn main() {\n    let mut x = 1;\n}", "rust"),
        ("package main\n\nfunc main() {}", "go"),
        ("#include <stdio.h>\nint main(void) { return 0; }", "c"),
        ("#include <iostream>\nint main() { std::cout << 1; }", "cpp"),
        ("public class A {\n}", "java"),
        ("using System;\nConsole.WriteLine(1);", "csharp"),
        ("<!DOCTYPE html>\n<html></html>", "html"),
        ("<?xml version='1.0'?><a/>", "xml"),
        ("<?php echo 1;", "php"),
        ("body {\n  color: red;\n}", "css"),
        ("[tool.x]\na = 1\n", "toml"),
        ("FROM python:3.11\nRUN pip install x\n", "dockerfile"),
        ("diff --git a/x b/x\n", "diff"),
        ("$ ls -la\ntotal 0", "console"),
        ("# first\npip install x\ncd src\nmake test", "sh"),
    ],
)
def test_a_language_that_shows_itself_is_known(code: str, language: str) -> None:
    assert language == language_of(code)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "Total: 5\nRest: 2",
        "x = 1",
        "select a card from the deck",
        "make a cake",
        "go to the store",
        "cat and dog",
        "import the file",
        "[not json",
        "a -> b\nb -> c",
        "[section\n",
        "[[1]]]\na = ",
    ],
)
def test_what_is_not_certain_gets_no_label(text: str) -> None:
    assert "" == language_of(text)


def test_a_beginning_that_is_cut_within_a_statement_is_still_known() -> None:
    assert "python" == language_of("import os\n\nfor name in os.listdir():\n    print(name,\n")


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_fence_without_a_language_gets_it_and_the_rest_stays(size: int) -> None:
    text = "Run:\n```\nimport os\nprint(os.getcwd())\n```\nor so:\n1. this\n    ~~~\n    git status\n    ~~~\n`x`"
    shown, fences = through(text, size)
    assert text.replace("```\nimport", "```python\nimport").replace("~~~\n    git", "~~~sh\n    git") == shown
    assert [Block("python", "import os\nprint(os.getcwd())\n"), Block("sh", "git status\n")] == fences.blocks


def test_a_fence_that_names_a_language_is_shown_as_it_comes() -> None:
    fences = Fences()
    assert ["```js\n", "let a", " = 1\n", ""] == [fences.write(piece) for piece in ("```js\n", "let a", " = 1\n", "``")]
    assert "```" == fences.write("`") + fences.end()


def test_text_without_code_is_never_held_back() -> None:
    fences = Fences()
    assert ["Hello", " there\n", "a `b` c"] == [fences.write(piece) for piece in ("Hello", " there\n", "a `b` c")]


def test_code_that_comes_for_long_is_shown_before_its_end() -> None:
    fences = Fences()
    shown = fences.write("```\n" + "print(1)\n" * PATIENCE)
    assert shown == "```python\n" + "print(1)\n" * PATIENCE
    assert "print(2" == fences.write("print(2")


def test_a_fence_that_nobody_closes_is_shown_at_the_end() -> None:
    shown, fences = through("```\nplain words\nand more")
    assert "```\nplain words\nand more" == shown
    assert [Block("", "plain words\nand more")] == fences.blocks


@given(
    st.lists(st.sampled_from(["```", "````", "~~~", "```py", "\n", " ", "print(1)", "def f(): pass", "word", "`"])),
    st.integers(1, 9),
)
def test_nothing_but_labels_is_added_however_the_answer_is_cut(parts: list[str], size: int) -> None:
    text = "".join(parts)
    shown, _ = through(text, size)
    labelled = re.sub(r"(?m)^( *(?:`{3,}|~{3,}))(?:python)?[ ]*$", r"\1", shown).rstrip()
    assert labelled == re.sub(r"(?m)^( *(?:`{3,}|~{3,}))[ ]*$", r"\1", text).rstrip()
    assert shown == through(text, 1000)[0]


def test_long_code_comes_as_a_file_besides() -> None:
    _, fences = through("```python\n" + "x = 1\n" * LONG + "```\nand\n```python\ny = 2\n```\n")
    [file] = fences.files()
    assert ("code.py", b"x = 1\n" * LONG, "text/plain") == (file.name, file.data, file.media_type)


def test_several_long_pieces_have_names_of_their_own() -> None:
    long = "a\n" * LONG
    _, fences = through(f"```\n{long}```\n```blorb\n{long}```\n```rust\n{long}```\n")
    assert ["code-1.txt", "code-2.txt", "code-3.rs"] == [file.name for file in fences.files()]


def test_a_whole_answer_is_a_markdown_file() -> None:
    file = answer_file(" # Plan\n\n```\nprint(1)\n```\nDone. ")
    assert ("answer.md", "text/markdown") == (file.name, file.media_type)
    assert b"# Plan\n\n```python\nprint(1)\n```\nDone.\n" == file.data


def test_an_answer_that_is_nothing_but_code_is_a_file_of_code() -> None:
    file = answer_file("\n```\nprint(1)\n```\n")
    assert ("answer.py", b"print(1)\n") == (file.name, file.data)
