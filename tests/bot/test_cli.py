"""The command line: what it prints, and one clear line for what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import cli as module
from bot.cli import cli, main
from bot.store.migrate import FOLDER, revisions
from bot.threads import SPINS

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logging_as_before: None) -> None:
    """Every command line runs in an empty folder with its own database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATELIER__STORE__URL", f"sqlite:///{tmp_path / 'atelier.db'}")
    monkeypatch.setenv("ATELIER__MODELS__DIR", str(tmp_path / "models"))


def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    """Run the command line as the shell would: its exit code, output and errors."""
    monkeypatch.setattr(sys, "argv", ["atelier", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else int(bool(code))), captured.out, captured.err


@pytest.mark.parametrize(("before", "after"), [(None, str(SPINS)), ("5", "5")], ids=["usually", "as somebody wants it"])
def test_threads_that_wait_leave_the_processor_to_others(
    monkeypatch: pytest.MonkeyPatch, before: str | None, after: str
) -> None:
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    if before is not None:
        monkeypatch.setenv("GOMP_SPINCOUNT", before)
    RUNNER.invoke(cli, ["db", "--help"])
    assert after == os.environ["GOMP_SPINCOUNT"]


def test_help_names_every_command_without_loading_what_it_does_not_need() -> None:
    script = (
        "import sys\nfrom bot import cli\nsys.argv = ['atelier', '--help']\n"
        "try:\n    cli.main()\nfinally:\n"
        "    print([name for name in ('torch', 'sqlalchemy', 'nicegui', 'langchain_core') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    for command in ("run", "ask", "models", "plugins", "db", "doctor"):
        assert command in done.stdout
    assert "[]" == done.stdout.strip().splitlines()[-1]


def test_the_database_goes_forward_and_back() -> None:
    assert "empty" == RUNNER.invoke(cli, ["db", "status"]).stdout.strip()
    head = RUNNER.invoke(cli, ["db", "migrate"]).stdout.strip()
    assert head == RUNNER.invoke(cli, ["db", "status"]).stdout.strip()
    assert 1 == RUNNER.invoke(cli, ["db", "downgrade", "base"], input="n\n").exit_code
    assert head == RUNNER.invoke(cli, ["db", "status"]).stdout.strip()
    assert "empty" == RUNNER.invoke(cli, ["db", "downgrade", "base", "--yes"]).stdout.strip()


def test_plugins_are_listed_with_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = RUNNER.invoke(cli, ["plugins", "list"])
    assert 0 == listed.exit_code
    assert "summarize" in listed.stdout
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "broken.py").write_text("1 / 0")
    monkeypatch.setenv("ATELIER__PLUGINS__PATHS", json.dumps([str(tmp_path / "more")]))
    listed = RUNNER.invoke(cli, ["plugins", "list"])
    assert 1 == listed.exit_code
    assert "ZeroDivisionError" in listed.stdout


def test_the_doctor_s_verdict_is_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER__PLATFORMS__WEB__ENABLED", "false")
    assert 0 == RUNNER.invoke(cli, ["doctor"]).exit_code
    monkeypatch.setenv("ATELIER__STORE__URL", "nonsense://x")
    assert 1 == RUNNER.invoke(cli, ["doctor"]).exit_code


def test_a_mistake_is_one_line_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATELIER__LOG__LEVEL", "loud")
    code, out, err = say(capsys, monkeypatch, "db", "status")
    assert (1, "") == (code, out)
    assert err.startswith("atelier: log.level: input should be 'debug'")
    assert 1 == len(err.splitlines())


def test_nothing_to_serve_is_a_mistake(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER__PLATFORMS__WEB__ENABLED", "false")
    code, _, err = say(capsys, monkeypatch, "run")
    assert (
        1,
        "atelier: platforms: none is enabled; set platforms.web.enabled = true, or a token for Discord or Slack\n",
    ) == (code, err)


def test_an_interrupt_is_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "cli", interrupted)
    with pytest.raises(SystemExit) as ended:
        main()
    assert 130 == ended.value.code


def test_a_question_is_answered(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = say(capsys, monkeypatch, "ask", "/help summarize")
    assert 0 == code
    assert "/summarize" in out


def test_an_answer_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "note.txt"
    sentences = [
        "The quarterly planning meeting has been moved to Friday morning at ten.",
        "Everybody should bring the latest drafts of their project proposals.",
        "Ana has already booked the large room on the second floor for the whole team.",
        "The budget for next year will be discussed after the lunch break.",
        "Lunch comes from the bakery across the street, as always.",
        "Ben will take the notes and send them around on the same evening.",
        "The heating in the corridor is still broken and will be repaired next week.",
        "Questions about the agenda go to Dana before Thursday noon.",
        "People who work from home can join the planning meeting by video.",
        "The proposals that are accepted start in the first week of January.",
    ]
    note.write_text(" ".join(sentences))
    words = ["ask", "/summarize", "--file", str(note), "--json", "--channel", "dm", "--as", "ana", "--out", "files"]
    code, out, _ = say(capsys, monkeypatch, *words)
    answer = json.loads(out)
    assert (0, "done") == (code, answer["state"])
    assert 1 <= sum(sentence in answer["text"] for sentence in sentences) < len(sentences)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ask", "hi", "--as", "nobody"], "Nobody here is called “nobody”; --as takes dana, "),
        (["ask", "hi", "--channel", "nowhere"], "There is no channel “nowhere”; --channel takes general, "),
        (["ask", "hi", "--file", "gone.txt"], "gone.txt"),
        (["ask", "hi", "--file", "."], "."),
        (["--config", "gone.toml", "db", "status"], "gone.toml: there is no such file"),
    ],
)
def test_what_is_not_there_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    code, _, err = say(capsys, monkeypatch, *words)
    assert 1 == code
    assert err.startswith("atelier: ")
    assert says in err


def test_what_is_refused_is_exit_code_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = say(capsys, monkeypatch, "ask", "/sumarize")
    assert 1 == code
    assert "Did you mean `/summarize`?" in out + err


def test_a_migration_that_is_not_there_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = say(capsys, monkeypatch, "db", "downgrade", "nope", "--yes")
    known = ", ".join(revisions(FOLDER))
    assert (code, err) == (1, f"atelier: there is no migration nope; there are base, {known}\n")


def test_the_invitation_asks_for_the_least(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = say(capsys, monkeypatch, "discord", "invite")
    assert (code, "ATELIER__PLATFORMS__DISCORD__TOKEN" in err) == (1, True)
    monkeypatch.setenv("ATELIER__PLATFORMS__DISCORD__TOKEN", "MTIzNDU2Nzg5MDEyMzQ1Njc4.x.y")
    code, out, _ = say(capsys, monkeypatch, "discord", "invite")
    assert code == 0
    assert 2 == out.count("\nhttps://discord.com/oauth2/authorize?client_id=123456789012345678")


def test_the_manifest_has_a_slash_command_for_each_of_ours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = say(capsys, monkeypatch, "slack", "manifest")
    assert code == 0
    names = {command["command"] for command in json.loads(out)["features"]["slash_commands"]}
    assert {"/atelier", "/summarize", "/digest", "/stop"} <= names
