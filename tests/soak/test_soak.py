"""Nothing is lost and nothing comes twice, wherever the process is killed."""

from __future__ import annotations

from pathlib import Path

from tests.soak.asks import Verdict
from tests.soak.soak import soak

MOMENTS = 20
SEED = 20


async def test_wherever_it_is_killed_each_accepted_question_has_one_answer_or_one_apology(tmp_path: Path) -> None:
    report = await soak(tmp_path, SEED, MOMENTS)
    assert not report.problems, str(report)
    # Or it would have held because nothing was asked.
    assert MOMENTS // 2 < report.verdicts[Verdict.ANSWERED]
