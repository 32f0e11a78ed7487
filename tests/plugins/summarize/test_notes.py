from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.structured import read
from plugins.summarize.notes import LONGEST, Notes, form, uncited
from plugins.summarize.topics import Kind


def test_what_small_models_make_of_the_form_is_understood() -> None:
    notes = read(
        Notes,
        """Sure! {"headline": "Release", "points": "It ships.", "decisions": ["**Decision:** We ship [3].", null, ""],
        "actions": [{"text": "- Ben writes (messages 2, #4)", "messages": "1 and 2", "owner": "None", "due": 5}],
        "questions": null, "mood": "good"} I hope that helps.""",
    )

    assert isinstance(notes, Notes)
    decision, point, action = notes.claims()
    assert (Kind.DECISION, "We ship.", (2,)) == (decision.kind, decision.text, decision.cited)
    assert (Kind.POINT, "It ships.", ()) == (point.kind, point.text, point.cited)
    assert (Kind.ACTION, "Ben writes", (0, 1, 1, 3)) == (action.kind, action.text, action.cited)
    assert (None, "5") == (action.who, action.due)


def test_the_form_names_every_key() -> None:
    example = json.loads(form().splitlines()[0])

    assert set(Notes.model_fields) == set(example)
    assert {"text", "messages", "owner", "due"} == set(example["actions"][0])


def test_a_claim_is_one_line_of_bearable_length() -> None:
    text, inline = uncited("* It\n ships [1, 2] " + "and ships " * 200)

    assert "\n" not in text
    assert len(text) <= LONGEST
    assert text.startswith("It ships and ships")
    assert [1, 2] == inline


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.none() | st.text() | st.integers() | st.lists(st.none() | st.text() | st.integers(), max_size=3)
            for name in Notes.model_fields
        },
    )
)
def test_any_object_is_read_or_refused(given_: dict[str, object]) -> None:
    found = read(Notes, json.dumps(given_))

    assert isinstance(found, str) or all(claim.text for claim in found.claims())
