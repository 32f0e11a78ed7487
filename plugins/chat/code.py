"""Which language a piece of code is in, where that is certain."""

from __future__ import annotations

import ast
import json
import re
import tomllib

_SHELL = re.compile(
    r"""(?x)\s*(?:
    (?:sudo|apt-get|pip3?|pipx|npm|npx|pnpm|git|mkdir|chmod|chown|curl|wget|ssh|scp|kubectl|cargo|systemctl|cmake)\s+\S
    | (?:apt|dnf|brew|yarn|uv|poetry|conda)\s+(?:install|add|remove|update|upgrade|run|sync|pip)\b
    | docker\s+(?:run|build|compose|ps|exec|pull|push|stop|rm|images|logs)\b
    | go\s+(?:build|run|test|mod|get|install)\b
    | (?:python3?|node|source|cat|bash|sh|rm|cp|mv|tail|head)\s+(?:-\S+\s+)*[\w~$./-]*[./~][\w./-]*
    | python3?\s+-m\s+\w
    | make(?:\s+[\w-]+)?\s*$
    | cd\s+\S+\s*$ | ls(?:\s+-\w+)?\s*$
    | export\s+\w+= | echo\s+["'$]
    )"""
)
"""The beginning of a line that calls a program; many of their names are English words, too."""

_CERTAIN = (
    ("php", re.compile(r"\A\s*<\?php\b")),
    ("xml", re.compile(r"\A\s*<\?xml\b")),
    ("html", re.compile(r"(?i)\A\s*(?:<!doctype html|<html\b|<(?:head|body|div|table|form|ul)\b[^>]*>)")),
    ("diff", re.compile(r"(?m)\A(?:diff --git |--- \S.*\n\+\+\+ \S.*\n@@ )")),
    ("console", re.compile(r"\A\s*\$ \S")),
    ("dockerfile", re.compile(r"(?ms)\A(?:#[^\n]*\n|\s)*FROM \S+.*^(?:RUN|COPY|CMD|ENTRYPOINT|WORKDIR) ")),
    ("go", re.compile(r"(?m)^package \w+\s*$")),
    ("cpp", re.compile(r"(?ms)^\s*#include\s*[<\"].*(?:\bstd::|using namespace|\btemplate\s*<|\bclass \w+)")),
    ("c", re.compile(r"(?m)^\s*#include\s*[<\"]")),
    ("rust", re.compile(r"(?m)^\s*(?:pub )?fn \w+.*\{\s*$|^use std::|\blet mut \w+|^impl(?:<.*>)? \w+")),
    (
        "java",
        re.compile(r"(?m)^\s*import java[x.]|^\s*public (?:final |abstract )?class \w+|\bpublic static void main\b"),
    ),
    ("csharp", re.compile(r"(?m)^\s*using System(?:\.[\w.]+)?;|\bConsole\.Write")),
    (
        "typescript",
        re.compile(
            r"(?m)^\s*(?:export )?(?:interface \w+(?: extends [\w, ]+)? \{|type \w+ = )"
            r"|^\s*(?:export )?(?:const|let|function) [^=\n]*: (?:string|number|boolean)\b"
        ),
    ),
    (
        "javascript",
        re.compile(
            r"(?m)^\s*(?:export )?(?:async )?function \w*\s*\([^)\n]*\)\s*\{|^\s*(?:const|let|var) [\w{}\[\], ]+ = "
            r"|\bconsole\.log\(|=> \{\s*$|^\s*import .* from [\"'].*[\"'];?\s*$|^\s*export default\b"
        ),
    ),
    (
        "sql",
        re.compile(
            r"(?s)\A\s*(?:--[^\n]*\n\s*)*(?:SELECT\b.+\bFROM\b|INSERT INTO\b|CREATE (?:UNIQUE )?(?:TABLE|INDEX|VIEW)\b"
            r"|UPDATE \S+ SET\b|DELETE FROM\b|ALTER TABLE\b|WITH \w+ AS \()"
        ),
    ),
    ("css", re.compile(r"(?m)^\s*[.#@]?[\w-][^{};\n]*\{\s*\n?\s*[\w-]+\s*:\s*[^;{}\n]+;")),
)
_INTERPRETERS = {
    "python": "python",
    "bash": "bash",
    "sh": "sh",
    "zsh": "zsh",
    "node": "javascript",
    "ruby": "ruby",
    "perl": "perl",
}
_SAYS_SOMETHING = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.For,
    ast.While,
    ast.With,
    ast.If,
    ast.Try,
    ast.ListComp,
    ast.DictComp,
    ast.Lambda,
    ast.JoinedStr,
)
_BUILTINS = frozenset({"print", "input", "open", "len", "range", "sorted", "isinstance"})


def language_of(code: str) -> str:
    """The language that code is in, by the name that goes after a fence; empty where it is not certain.

    Args:
        code: A whole piece, or its beginning.
    """
    found = re.match(r"#!.*?\b(python|bash|sh|zsh|node|ruby|perl)", code)
    if found is not None:
        return _INTERPRETERS[found[1]]
    if _parses_as_json(code):
        return "json"
    if _parses_as_python(code):
        return "python"
    for name, pattern in _CERTAIN:
        if pattern.search(code):
            return name
    if _is_shell(code):
        return "sh"
    return "toml" if _parses_as_toml(code) else ""


def _parses_as_json(code: str) -> bool:
    if not code.lstrip().startswith(("{", "[")):
        return False
    try:
        return bool(json.loads(code))
    except (ValueError, RecursionError):
        return False


def _parses_as_python(code: str) -> bool:
    """Whether Python reads it and it does something; nearly every single word would be Python, too."""
    lines = code.rstrip().splitlines()
    # Of a beginning, the last statement may be cut in two.
    starts = [place for place, line in enumerate(lines) if place and line[:1].strip() and line[:1] not in ")]}"]
    for text in (code, "\n".join(lines[: starts[-1]]) if starts else ""):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if any(isinstance(node, _SAYS_SOMETHING) or _calls_builtin(node) for node in ast.walk(tree)):
            return True
    return False


def _calls_builtin(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _BUILTINS


def _parses_as_toml(code: str) -> bool:
    try:
        return re.search(r"(?m)^\[+[\w.\"-]+\]+\s*$", code) is not None and bool(tomllib.loads(code))
    except (tomllib.TOMLDecodeError, RecursionError):
        return False


def _is_shell(code: str) -> bool:
    """Whether each line is a call of a well-known program, or belongs to the one before."""
    lines = re.sub(r"\\\n\s*", "", code).splitlines()
    calls = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return bool(calls) and all(_SHELL.match(line) for line in calls)
