from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.summarize.cues import People, asks, decided, denies, disagrees, knows_nothing, settles, task_in

PEOPLE = People.of({"ben": "Ben Whitfield", "ben whitfield": "Ben Whitfield", "léa": "Léa"})


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Decision: 0.9 ships on Friday.", "0.9 ships on Friday."),
        ("Agreed, we take the ticket into the sprint.", "we take the ticket into the sprint."),
        ("We decided to ship without it.", "We decided to ship without it."),
        ("Let us go with the second design.", "Let us go with the second design."),
        ("Sunday evening it is.", "Sunday evening it is."),
        ("Beschluss: wir liefern am Freitag.", "wir liefern am Freitag."),
        (
            "Wir haben gestern beschlossen, am Freitag zu liefern.",
            "Wir haben gestern beschlossen, am Freitag zu liefern.",
        ),
        ("Décision : on livre vendredi.", "on livre vendredi."),
        ("On part sur la deuxième version.", "On part sur la deuxième version."),
        ("Hemos decidido esperar una semana.", "Hemos decidido esperar una semana."),
    ],
)
def test_recognises_a_decision(sentence: str, words: str) -> None:
    start = decided(sentence)

    assert start is not None
    assert words == sentence[start:]


@pytest.mark.parametrize(
    "sentence",
    [
        "We have not decided yet.",
        "Have we decided that?",
        "Before it is decided we should ask.",
        "Wir haben noch nichts entschieden.",
        "Rien n'est décidé.",
        "Todavía no se ha decidido nada.",
        "The weather is nice today.",
    ],
)
def test_takes_nothing_else_for_a_decision(sentence: str) -> None:
    assert decided(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "owner"),
    [
        ("I will write the notes by Thursday.", "Ana"),
        ("I'll add it to the tests.", "Ana"),
        ("I write the post-mortem by Friday.", "Ana"),
        ("The second one is mine.", "Ana"),
        ("Ben, can you review it by Friday?", "Ben Whitfield"),
        ("@Ben Whitfield please look at the logs.", "Ben Whitfield"),
        ("Ben will look at the logs.", "Ben Whitfield"),
        ("Ben: finish the draft by Monday.", "Ben Whitfield"),
        ("Action: write to the printer.", None),
        ("Please pack your desks by Friday.", None),
        ("Ich kümmere mich um die Rechnung.", "Ana"),
        ("Ich schreibe die Notizen bis Donnerstag.", "Ana"),
        ("Dann frage ich morgen beim Drucker nach.", "Ana"),
        ("Je m'occupe de la facture.", "Ana"),
        ("Léa, peux-tu relire le texte avant vendredi ?", "Léa"),
        ("Yo me encargo de la factura.", "Ana"),
        ("Voy a preparar la demo para el lunes.", "Ana"),
    ],
)
def test_recognises_what_is_to_be_done_and_by_whom(sentence: str, owner: str | None) -> None:
    task = task_in(sentence, "Ana", PEOPLE)

    assert task is not None
    assert owner == task.owner


@pytest.mark.parametrize(
    "sentence",
    [
        "I will be late.",
        "I'll never understand this.",
        "I write a lot.",
        "If it fails I will roll it back.",
        "Will I do it by Friday?",
        "Ben, can you hear me?",
        "Benjamin will do it.",
        "Let me know what you think.",
        "Please keep it as it is.",
    ],
)
def test_takes_nothing_else_for_a_task(sentence: str) -> None:
    assert task_in(sentence, "Ana", PEOPLE) is None


def test_a_label_is_no_part_of_the_task() -> None:
    task = task_in("To-do: Ben will call the printer.", "Ana", PEOPLE)

    assert task is not None
    assert ("Ben Whitfield", 7) == (task.owner, task.label)


@pytest.mark.parametrize(
    "sentence",
    [
        "I disagree with one limit for all.",
        "I don't think that is wise.",
        "That won't work for me.",
        "-1 from me",
        "I would not do that.",
        "Ich bin dagegen.",
        "Das finde ich zu riskant.",
        "Das funktioniert so nicht.",
        "Je ne suis pas d'accord.",
        "Ça ne va pas marcher.",
        "No estoy de acuerdo.",
        "Eso no va a funcionar.",
    ],
)
def test_recognises_a_contradiction(sentence: str) -> None:
    assert disagrees(sentence)


@pytest.mark.parametrize("sentence", ["I agree.", "It works for me.", "That is a good idea.", "Das geht gut.", "Vale."])
def test_takes_nothing_else_for_a_contradiction(sentence: str) -> None:
    assert not disagrees(sentence)
    assert not denies(sentence)


def test_a_no_is_a_denial_unless_it_is_a_courtesy() -> None:
    assert denies("No, it is the other way round.")
    assert denies("Nein, das ist anders.")
    assert not denies("No problem, go ahead.")
    assert not denies("No, thanks.")
    assert not denies("Nobody knows.")


def test_recognises_questions_and_what_answers_none() -> None:
    assert asks("Who takes it?")
    assert asks("Who takes it?” ")
    assert not asks("Nobody takes it.")
    assert knows_nothing("No idea, sorry.")
    assert knows_nothing("Keine Ahnung.")
    assert settles("Never mind, found it.")
    assert not settles("Still looking.")


@given(st.text(max_size=300))
def test_any_text_can_be_asked_about(text: str) -> None:
    start = decided(text)
    task = task_in(text, "Ana", PEOPLE)

    assert start is None or 0 <= start <= len(text)
    assert task is None or task.owner in {None, "Ana", "Ben Whitfield", "Léa"}
    assert {disagrees(text), denies(text), asks(text)} <= {True, False}
