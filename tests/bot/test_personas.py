"""The personas that come with Atelier, and those of the owner's folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.persona import Example, Persona, key_of
from bot.personas import read_presets

PRESETS = {"tutor", "code-helper", "writer", "storyteller", "marketer", "brainstormer"}


def test_the_presets_of_use_are_there_and_each_shows_how_it_answers() -> None:
    presets = read_presets()
    assert set(presets) == PRESETS
    for key, persona in presets.items():
        assert key == key_of(persona.name)
        assert persona.examples
        # They stand in every prompt, also of models that read little.
        assert 500 < len(persona.instructions) < 1500


def test_code_of_the_presets_examples_is_fenced_with_its_language() -> None:
    assert "```python\n" in read_presets()["code-helper"].examples[0].answer


def test_an_owners_folder_adds_personas_and_replaces_presets(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "Tutor"\nabout = "Strict."\ninstructions = "Be strict."\n')
    (tmp_path / "b.toml").write_text(
        'name = "  Old   Sailor "\nabout = "x"\ninstructions = "\\nSay arr.\\n"\n'
        '[[examples]]\nask = "Hi"\nanswer = "Arr"\n'
    )
    (tmp_path / "notes.txt").write_text("nothing")
    presets = read_presets([tmp_path])
    assert PRESETS | {"old-sailor"} == set(presets)
    assert presets["tutor"] == Persona("Tutor", "Strict.", "Be strict.")
    assert presets["old-sailor"] == Persona("Old Sailor", "x", "Say arr.", (Example("Hi", "Arr"),))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('name = "A"\nabout = "b"', "`instructions` is missing"),
        ('name = "A"\nabout = "b"\ninstructions = " "', "`instructions` is empty"),
        ('name = "A"\nabout = "b"\ninstructions = "c"\nmood = "d"', "`mood` is no part of a persona"),
        ('name = "Plain"\nabout = "b"\ninstructions = "c"', "`name`: “Plain” has a meaning of its own"),
        ('name = "A"\nabout = 3\ninstructions = "c"', "`about`: input should be a valid string"),
        ("name = A", "Invalid value"),
        (b"\xff", "codec can't decode"),
    ],
)
def test_a_file_that_is_no_persona_is_named_in_one_line(tmp_path: Path, text: str | bytes, problem: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        read_presets([tmp_path])
    assert str(caught.value).startswith(f"{file}: ")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"personas\.paths: there is no folder .*gone"):
        read_presets([tmp_path / "gone"])
