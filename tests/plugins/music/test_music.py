"""`/music` as people use it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding
from pydantic import JsonValue

from bot import Card, File, Image, Music, MusicBrief, Profile, Progress, Shelf, Task, UserError
from bot.request import Person
from bot.testing import Testbed
from plugins.music import prompt
from plugins.music.pieces import KEPT, Piece, Pieces
from tests.plugins.conversation import Scripted, attached, every, request
from tests.plugins.music.test_prompts import LINE, answer

ABC = "X:1\nK:D\nDEFG|]\n"


class Composer:
    """Composes silence, and keeps what it was asked for."""

    def __init__(self, *, abc: str = "", note: str = "", audio: bytes = b"OggS") -> None:
        self.briefs: list[MusicBrief] = []
        self.files: tuple[File, ...] = (File("score.svg", b"<svg/>", "image/svg+xml"),)
        self.files += (File("tune.abc", abc.encode(), "text/vnd.abc"),) if abc else ()
        self.note = note
        self.audio = audio

    async def compose(self, brief: MusicBrief) -> AsyncIterator[Progress | Music]:
        """Half, then all."""
        self.briefs.append(brief)
        yield Progress(0.5, "composing")
        seed = 40 + len(self.briefs) if brief.seed is None else brief.seed
        yield Music(self.audio, "audio/ogg", seed, "tiny", files=self.files, note=self.note)


class Memory:
    """A shelf that is gone afterwards."""

    def __init__(self, kept: dict[str, JsonValue] | None = None) -> None:
        self.kept = kept or {}

    async def get(self, key: str) -> JsonValue:
        return self.kept.get(key)

    async def put(self, key: str, value: JsonValue) -> None:
        self.kept[key] = value

    async def change(self, key: str, by: Callable[[JsonValue], JsonValue]) -> JsonValue:
        self.kept[key] = by(self.kept.get(key))
        return self.kept[key]

    async def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    async def items(self) -> dict[str, JsonValue]:
        return self.kept


class Own:
    """A person's shelf alone."""

    def __init__(self) -> None:
        self.person: Shelf = Memory()
        self.server: Shelf = Memory()
        self.channel: Shelf = Memory()


@pytest.fixture
def composer(atelier: Testbed) -> Composer:
    made = Composer()
    atelier.use(Task.MUSIC, made)
    return made


async def test_pieces_that_are_done_at_the_same_moment_are_all_kept(atelier: Testbed, composer: Composer) -> None:
    bodies = await asyncio.gather(*(atelier.say(f"/music compose a jig, take {number}") for number in range(5)))

    numbers = [dict(body.cards[0].fields)["Piece"] for body in bodies]
    assert {"1", "2", "3", "4", "5"} == set(numbers)
    for number, body in zip(numbers, bodies, strict=True):
        await atelier.say(f"/music vary piece:{number}")
        assert body.cards[0].title == composer.briefs[-1].text


async def test_a_piece_comes_with_sound_picture_seed_and_model(atelier: Testbed, composer: Composer) -> None:
    body = await atelier.say("/music compose a cheerful jig in D seconds:12 seed:7")

    assert [MusicBrief("a cheerful jig in D", seconds=12, seed=7)] == composer.briefs
    assert ["a-cheerful-jig-in-d.svg", "a-cheerful-jig-in-d.ogg"] == [file.name for file in body.files]
    assert ("seed 7 · tiny", "Music: a cheerful jig in D") == (body.files[1].caption, body.files[1].alt)
    (card,) = body.cards
    assert "a cheerful jig in D" == card.title
    assert (("Seconds", "12"), ("Seed", "7"), ("Model", "tiny"), ("Piece", "1")) == card.fields
    assert ["/music again 1 test:ana"] == [button.line for button in card.buttons]
    assert Progress(0.5, "composing") in [state.progress for state in atelier.platform.states]


async def test_pages_of_a_score_have_names_of_their_own(atelier: Testbed, composer: Composer) -> None:
    composer.files *= 2

    body = await atelier.say("/music compose a jig")

    assert ["a-jig.svg", "a-jig-2.svg", "a-jig.ogg"] == [file.name for file in body.files]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("/music compose rain at the window", "rain at the window, calm piano"),
        ("/music compose", "calm piano"),
        ("/music compose rain in D minor seconds:20", "rain in D minor, calm piano"),
    ],
)
async def test_ones_own_taste_is_used_and_said_where_none_is_named(
    atelier: Testbed, composer: Composer, line: str, text: str
) -> None:
    await atelier.say("/profile set music calm piano")
    [card] = (await atelier.say(line)).cards
    assert [text] == [brief.text for brief in composer.briefs]
    assert ("Your taste", "calm piano") in card.fields


@pytest.mark.parametrize("idea", ["a cheerful tune", "a jig", "a tune for two flutes"])
async def test_a_genre_an_instrument_or_a_mood_keeps_ones_taste_away(
    atelier: Testbed, composer: Composer, idea: str
) -> None:
    await atelier.say("/profile set music calm piano")
    [card] = (await atelier.say(f"/music compose {idea}")).cards
    assert [idea] == [brief.text for brief in composer.briefs]
    assert "Your taste" not in dict(card.fields)


async def test_a_melody_goes_on_in_its_own_way(atelier: Testbed, composer: Composer) -> None:
    await atelier.say("/profile set music calm piano")
    await atelier.say("/music compose", attachments=[attached("tune.abc", ABC.encode())])
    assert [""] == [brief.text for brief in composer.briefs]


async def test_a_prompt_follows_ones_taste(atelier: Testbed, composer: Composer) -> None:
    await atelier.say("/profile set music jazz ballad with a flute")
    [card] = (await atelier.say("/music prompt a walk at night")).cards
    fields = dict(card.fields)
    assert ("jazz ballad", "flute", "jazz ballad with a flute") == (
        fields["Genre"],
        fields["Instruments"],
        fields["Your taste"],
    )


async def test_a_length_in_words_is_understood(atelier: Testbed, composer: Composer) -> None:
    await atelier.say("/music compose a 20 second reel")
    await atelier.say("/music compose a 20 second reel seconds:5")

    assert [20, 5] == [brief.seconds for brief in composer.briefs]


async def test_again_composes_from_the_same_words_with_another_seed(atelier: Testbed, composer: Composer) -> None:
    first = await atelier.say("/music compose a jig seconds:12 seed:7")
    second = await atelier.say(first.cards[0].buttons[0].line)

    assert MusicBrief("a jig", seconds=12) == composer.briefs[1]
    assert ("Piece", "2") in second.cards[0].fields


async def test_a_piece_with_notes_is_varied_by_its_notes(atelier: Testbed) -> None:
    composer = Composer(abc=ABC)
    atelier.use(Task.MUSIC, composer)

    body = await atelier.say("/music compose a jig seed:7")
    varied = await atelier.say(body.cards[0].buttons[1].line)
    await atelier.say('/music vary "slower, 30 seconds"')

    assert "a-jig.abc" in [file.name for file in varied.files]
    assert MusicBrief("a jig", melody=ABC, vary=True) == composer.briefs[1]
    assert MusicBrief("a jig, slower, 30 seconds", seconds=30, melody=ABC, vary=True) == composer.briefs[2]


async def test_a_piece_without_notes_keeps_its_seed_when_something_is_to_change(
    atelier: Testbed, composer: Composer
) -> None:
    await atelier.say("/music compose a jig seed:7")
    await atelier.say("/music vary with a flute")
    await atelier.say("/music vary piece:1")

    assert MusicBrief("a jig, with a flute", seed=7) == composer.briefs[1]
    assert MusicBrief("a jig") == composer.briefs[2]


async def test_a_melody_is_gone_on_from(atelier: Testbed, composer: Composer) -> None:
    body = await atelier.say("/music compose", attachments=[attached("tune.abc", ABC.encode())])

    assert [MusicBrief("", melody=ABC)] == composer.briefs
    assert "A melody, gone on" == body.cards[0].title
    assert "music.ogg" == body.files[-1].name


async def test_without_audio_the_rest_comes_and_the_reason_is_said(atelier: Testbed) -> None:
    atelier.use(Task.MUSIC, Composer(abc=ABC, audio=b"", note="Install a sound font to hear it."))

    body = await atelier.say("/music compose a jig")

    assert "Install a sound font to hear it." == body.text
    assert ["a-jig.svg", "a-jig.abc"] == [file.name for file in body.files]


async def test_a_long_idea_is_shortened_in_the_title(atelier: Testbed, composer: Composer) -> None:
    idea = "a very long journey " * 10

    body = await atelier.say(f"/music compose {idea}")

    assert 80 == len(body.cards[0].title)
    assert idea.strip() == composer.briefs[0].text


async def test_a_prompt_by_meaning_can_be_composed_from(atelier: Testbed, composer: Composer) -> None:
    body = await atelier.say("/music prompt a cheerful jig in D for two violins, 10 seconds")

    (card,) = body.cards
    line = card.text.strip("`\n")
    assert line.startswith("cheerful jig, two violins, D major, 6/8, ")
    assert (("Genre", "jig"), ("Key", "D major"), ("Metre", "6/8")) == (card.fields[0], *card.fields[2:4])
    await atelier.say(card.buttons[0].line)
    assert [MusicBrief(line, seconds=10)] == composer.briefs


async def test_a_prompt_is_written_by_a_language_model_where_there_is_one(atelier: Testbed, composer: Composer) -> None:
    atelier.use_chat(Scripted(answer()))

    body = await atelier.say("/music prompt a storm at sea")

    assert f"```\n{LINE}\n```" == body.cards[0].text


async def test_a_language_model_that_cannot_write_one_is_replaced_by_meaning(
    atelier: Testbed, composer: Composer
) -> None:
    atelier.use_chat(Scripted("Ahoy!"))

    body = await atelier.say("/music prompt a lullaby")

    assert ("Genre", "lullaby") in body.cards[0].fields


async def test_a_prompt_needs_no_music_model_and_then_offers_none() -> None:
    card = (
        await every(
            prompt(
                idea="a storm at sea",
                storage=Own(),
                request=request(),
                profile=Profile(),
                embeddings=DeterministicFakeEmbedding(size=4),
                model=Scripted(answer()),
                composer=None,
            )
        )
    )[-1]

    assert isinstance(card, Card)
    assert () == card.buttons
    assert LINE in card.text


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("/music compose", "Say what it should sound like"),
        ('/music prompt "  "', "Say what you have in mind"),
        ("/music vary", "You have composed nothing here yet"),
        ("/music vary piece:9", "You have no piece 9 here any more; each person's last 20 are kept."),
        ("/music again 9 test:ana", "You have no piece 9 here any more"),
    ],
)
async def test_what_cannot_be_done_is_met_with_advice(
    atelier: Testbed, composer: Composer, line: str, advice: str
) -> None:
    assert advice in (await atelier.say(line)).text


async def test_a_model_that_makes_nothing_is_said(atelier: Testbed) -> None:
    class Mute:
        async def compose(self, brief: MusicBrief) -> AsyncIterator[Progress | Image]:
            yield Progress(1.0)

    atelier.use(Task.MUSIC, Mute())

    assert "The music model made nothing; try other words." == (await atelier.say("/music compose a jig")).text


async def test_each_person_has_their_own_pieces(atelier: Testbed, composer: Composer) -> None:
    await atelier.say("/music compose a jig")

    ben = Person("test:ben", "Ben")
    assert "You have composed nothing here yet" in (await atelier.say("/music vary", person=ben)).text
    for line in ("/music again 1 test:ana", "/music again-differently 1 test:ana"):
        assert "Only who asked for this can go on from it" in (await atelier.say(line, person=ben)).text


async def test_only_the_last_pieces_are_kept() -> None:
    shelf = Memory()
    pieces = Pieces(shelf)

    numbers = [await pieces.keep(Piece(text=f"jig {number}", seed=1)) for number in range(1, KEPT + 3)]

    assert list(range(1, KEPT + 3)) == numbers
    assert {"last", *(f"piece {number}" for number in range(3, KEPT + 3))} == set(shelf.kept)
    with pytest.raises(UserError, match="You have no piece 2 here any more"):
        await pieces.find(2)


async def test_the_last_piece_is_no_prompt_that_nothing_was_composed_from() -> None:
    pieces = Pieces(Memory())
    await pieces.keep(Piece(text="a jig", seed=1))
    await pieces.keep(Piece(text="a prompt"))

    assert "a jig" == (await pieces.find(None)).text


async def test_what_another_version_kept_otherwise_is_as_good_as_gone() -> None:
    pieces = Pieces(Memory({"last": 2, "piece 1": {"text": "a reel", "seed": 3}, "piece 2": {"words": "a jig"}}))

    assert "a reel" == (await pieces.find(None)).text
    assert 1 == await Pieces(Memory({"last": "many"})).keep(Piece(text="a waltz"))
