"""What `/models` lists."""

from __future__ import annotations

import pytest

from bot import Fit, ModelStatus, Task
from bot.testing import Testbed
from plugins.models import how_to_add, section


def model(name: str, **changes: object) -> ModelStatus:
    fields: dict[str, object] = {
        "task": Task.CHAT,
        "installed": True,
        "chosen": False,
        "licence": "MIT",
        "disk": 1_400_000_000,
        "memory": 2_000_000_000,
    }
    return ModelStatus(name=name, **{**fields, **changes})  # type: ignore[arg-type]  # each test names what it changes


async def test_lists_the_embeddings_that_come_with_atelier_as_in_use(atelier: Testbed) -> None:
    text = (await atelier.say("/models")).text
    assert "**embeddings** — finding by meaning\n- `minilm-l6` — in use here" in text
    assert "Apache-2.0" in text
    assert "92 MB on disk" in text


async def test_says_what_has_no_model_and_how_to_add_one(atelier: Testbed) -> None:
    text = (await atelier.say("/models")).text
    assert "No model here yet for conversation" in text
    assert "`atelier models pull smollm2-360m` (727 MB)" in text
    assert "`[models.chat]`" in text


async def test_everyone_sees_it(atelier: Testbed) -> None:
    await atelier.say("/models")
    assert [address.private_to for address in atelier.platform.addresses.values()] == [None]


def test_what_is_in_use_comes_first_then_what_is_installed() -> None:
    known = [model("a", installed=False), model("c"), model("b", chosen=True)]
    names = [line.split("`")[1] for line in section(Task.CHAT, known).splitlines()[1:]]
    assert names == ["b", "c", "a"]


def test_what_can_be_had_is_one_line_from_small_to_large() -> None:
    known = [
        model("big", installed=False, disk=3_000_000_000),
        model("small", installed=False, disk=None),
        model("asks", installed=False, gated=True),
    ]
    known.append(model("huge", installed=False, disk=9_000_000_000, fits=Fit.NOT))
    [line] = section(Task.CHAT, known).splitlines()[1:]
    assert line.startswith("- not installed: `small`, `asks` (1.4 GB, MIT, gated), `big` (3.0 GB), ")
    assert line.endswith("`huge` (9.0 GB, too large for this machine now)")


def test_a_task_without_a_model_is_served_first() -> None:
    embeds = model("e", installed=False, disk=1, task=Task.EMBEDDINGS)
    known = [model("d", task=Task.EMBEDDINGS), embeds, model("c", installed=False)]
    assert "`atelier models pull c`" in how_to_add(known)


@pytest.mark.parametrize(
    ("known", "line"),
    [
        (
            model("m", chosen=True, loaded=True),
            "- `m` — in use here, in memory now · MIT · 1.4 GB on disk, 2.0 GB in memory",
        ),
        (model("m", memory=None, gated=True), "- `m` — installed · MIT, gated · 1.4 GB on disk"),
        (
            model("m", licence="", disk=None, card=1_500_000_000, fits=Fit.NOT),
            "- `m` — installed, too large for this machine now · 2.0 GB in memory, 1.5 GB on a graphics card",
        ),
        (
            model("m", installed=False, chosen=True, disk=None),
            "- `m` — chosen here, but not installed · MIT · 2.0 GB in memory",
        ),
        (
            model("m", disk=None, memory=None, licence="", note="by Ollama"),
            "- `m` — installed · runs on another server · by Ollama",
        ),
    ],
)
def test_a_model_is_one_line(known: ModelStatus, line: str) -> None:
    assert section(Task.CHAT, [known]).splitlines()[1] == line


def test_a_task_without_models_has_no_section() -> None:
    assert section(Task.MUSIC, []) == ""


def test_when_all_are_installed_the_way_to_add_names_none() -> None:
    assert "`atelier models pull NAME`." in how_to_add([model("m")])
