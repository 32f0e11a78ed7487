"""Emoji: drawn, chosen, varied, blended, multiplied, and added to the server."""

from __future__ import annotations

import asyncio
import io
import zipfile
from base64 import b64encode
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image as Pillow
from pydantic import JsonValue

from bot import File, Person, StickerPrompt, Task
from bot.body import Body, State
from bot.platforms.memory import MemoryPlatform
from bot.store.shelves import StoredShelf
from bot.testing import Testbed
from plugins.sticker.drawing import draw
from plugins.sticker.kept import MOST, Drawing, Engine
from tests.plugins.sticker.drawer import Cabinet, Drawer, attached, face

OMAR = Person("test:omar", "Omar")


class Gallery(MemoryPlatform):
    """A platform with emoji of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures = Cabinet()


@pytest.fixture
def drawer(atelier: Testbed) -> Drawer:
    drawer = Drawer()
    atelier.use(Task.STICKERS, drawer)
    return drawer


@pytest.fixture
def cabinet(atelier: Testbed) -> Cabinet:
    gallery = Gallery()
    atelier.app.dispatcher.platforms["test"] = atelier.platform = gallery
    return gallery.pictures


def buttons(body: Body) -> dict[str, str]:
    return {button.label: button.line for card in body.cards for button in card.buttons}


async def press(atelier: Testbed, body: Body, label: str, person: Person | None = None) -> Body:
    return await atelier.say(buttons(body)[label], person=person)


def opened(png: bytes | None) -> Pillow.Image:
    assert png is not None
    return Pillow.open(io.BytesIO(png)).convert("RGBA")


async def test_ones_own_style_is_no_matter_of_models_that_know_one_look(atelier: Testbed, drawer: Drawer) -> None:
    await atelier.say("/profile set pictures pastel colours")
    body = await atelier.say("/sticker make a fox seed:7")
    assert "“a fox” · seed 7 · drawer · 20 steps" == body.files[-1].caption
    assert "" == body.text
    assert [StickerPrompt("a fox", seed=7)] == drawer.asked


async def test_an_emoji_comes_with_what_made_it(atelier: Testbed, drawer: Drawer) -> None:
    body = await atelier.say("/sticker make a *happy* 🦊 seed:7")

    [file] = body.files
    assert ("sticker-7.png", "image/png", False) == (file.name, file.media_type, file.draft)
    assert face("hotpink", seed=7) == file.data
    assert "“a \\*happy\\* 🦊” · seed 7 · drawer · 20 steps" == file.caption
    assert "An emoji drawn by a model from the words “a *happy* 🦊”" == file.alt
    assert ["Again", "Vary", "Add"] == [*buttons(body)]
    assert [StickerPrompt("a *happy* 🦊", seed=7)] == drawer.asked


async def test_a_draft_is_shown_at_once_and_the_picture_takes_its_place(atelier: Testbed, drawer: Drawer) -> None:
    drawer.go.clear()
    running = atelier.app.dispatcher.submit(atelier.request("/sticker make a fox seed:7"))
    await drawer.drafted.wait()
    await asyncio.sleep(0)

    [draft] = running.reply.body.files
    assert face("hotpink", mouth=False, seed=7) == draft.data
    assert draft.caption.endswith("· draft")

    drawer.go.set()
    await running.task
    [file] = running.reply.body.files
    assert face("hotpink", seed=7) == file.data
    assert "draft" not in file.caption


async def test_what_is_stopped_leaves_the_draft_and_stops_the_model(atelier: Testbed, drawer: Drawer) -> None:
    drawer.go.clear()
    running = atelier.app.dispatcher.submit(atelier.request("/sticker make a fox"))
    await drawer.drafted.wait()

    assert running.stop()
    await drawer.stopped.wait()
    with suppress(asyncio.CancelledError):
        await running.task
    assert (State.CANCELLED, 1) == (running.reply.body.state, len(running.reply.body.files))


async def test_several_come_on_a_sheet_to_choose_from(atelier: Testbed, drawer: Drawer) -> None:
    body = await atelier.say("/sticker make a fox count:3 seed:7")

    [sheet] = body.files
    assert ("stickers-7.png", False) == (sheet.name, sheet.draft)
    assert "“a fox” · seeds 7, 8, 9 · drawer · 20 steps" == sheet.caption
    assert {"Software": "Atelier", "Description": "a fox", "Model": "drawer", "Seed": "7, 8, 9"} == (
        Pillow.open(io.BytesIO(sheet.data)).info
    )
    assert ["Choose 1", "Choose 2", "Choose 3", "Again"] == [*buttons(body)]

    chosen = await press(atelier, body, "Choose 2")
    [file] = chosen.files
    assert ("sticker-8.png", face("slategrey", seed=8)) == (file.name, file.data)
    assert "“a fox” · seed 8 · drawer · 20 steps" == file.caption
    assert ["Again", "Vary", "Add"] == [*buttons(chosen)]
    assert face("slategrey", seed=8) == (await atelier.say("/sticker add")).files[0].data


@pytest.mark.parametrize(
    ("engine", "drafts"), [("auto", [True, True, True, False]), ("gan", [False]), ("diffusion", [False])]
)
async def test_a_sheet_is_shown_when_it_is_full(
    atelier: Testbed, drawer: Drawer, engine: Engine, drafts: list[bool]
) -> None:
    shelf = StoredShelf(atelier.app.store.database, "sticker", "person", "test:ana")
    pieces = draw(Drawing(prompt="a fox", engine=engine), (), 3, 7, drawer, shelf)
    sheets = [piece async for piece in pieces if isinstance(piece, File)]

    assert drafts == [sheet.draft for sheet in sheets]
    assert {"“a fox” · seeds 7, 8, 9"} == {sheet.caption.partition(" · drawer")[0] for sheet in sheets}
    assert drafts == [sheet.caption.endswith(" · draft") for sheet in sheets]


async def test_again_draws_as_many_with_other_seeds(atelier: Testbed, drawer: Drawer) -> None:
    body = await atelier.say("/sticker make a fox count:3 seed:7 engine:gan")
    await press(atelier, body, "Again")

    assert [StickerPrompt("a fox", "gan", 7, 3), StickerPrompt("a fox", "gan", None, 3)] == drawer.asked


async def test_one_goes_on_with_what_was_drawn_before_a_refusal(atelier: Testbed, drawer: Drawer) -> None:
    drawer.refuses = 2
    body = await atelier.say("/sticker make a fox count:3 seed:7")

    assert (State.DONE, "There is not enough memory for this picture.") == (body.state, body.text)
    assert "“a fox” · seeds 7, 8 · drawer · 20 steps" == body.files[0].caption
    assert ["Choose 1", "Choose 2", "Again"] == [*buttons(body)]


async def test_a_first_picture_that_is_refused_is_an_error(atelier: Testbed, drawer: Drawer) -> None:
    drawer.refuses = 0
    body = await atelier.say("/sticker make a fox engine:diffusion")

    assert (State.FAILED, ()) == (body.state, body.cards)
    assert "There is not enough memory for this picture." == body.text


async def test_what_the_model_could_not_follow_is_told_once(atelier: Testbed, drawer: Drawer) -> None:
    drawer.note = "It read only the first words."

    assert "It read only the first words." == (await atelier.say("/sticker make a fox count:3")).text


async def test_vary_starts_from_the_sticker_under_which_it_stands(atelier: Testbed, drawer: Drawer) -> None:
    first = await atelier.say("/sticker make a fox seed:7")
    await atelier.say("/sticker make an owl seed:8")
    varied = await press(atelier, first, "Vary")
    latest = await atelier.say("/sticker vary wide awake strength:0.2 count:2 engine:diffusion seed:3")

    _, _, asked, other = drawer.asked
    assert StickerPrompt("a fox", image=face("hotpink", seed=7)) == asked
    assert "An emoji drawn by a model from the words “a fox”, after a given picture" == varied.files[0].alt
    # The variation was the last sticker, and no longer the owl.
    assert ("wide awake", "diffusion", 3, 2, 0.2) == (
        other.text,
        other.engine,
        other.seed,
        other.count,
        other.strength,
    )
    assert other.image == varied.files[0].data
    assert "2 numbered emoji" in latest.files[0].alt


async def test_what_was_kept_by_an_older_atelier_can_be_gone_on_with(atelier: Testbed, drawer: Drawer) -> None:
    # Avatars were kept as pictures, and drawings had a style.
    server = atelier.request("/sticker again").channel.server or ""
    shelf = StoredShelf(atelier.app.store.database, "sticker", "person", "test:ana", server)
    avatar, drawn = (b64encode(face(colour)).decode() for colour in ("gold", "teal"))
    sticker: JsonValue = {"png": drawn, "seed": 7, "model": "drawer", "steps": 20}
    given: dict[str, JsonValue] = {"prompt": "a fox", "style": "pastel colours", "image": avatar, "other": avatar}
    await shelf.put("old", {**given, "stickers": [sticker]})
    await shelf.put("recent", ["old"])

    again = await atelier.say("/sticker again key:old")
    await atelier.say("/sticker vary key:old")

    assert "An emoji drawn by a model from the words “a fox”, after two given pictures" == again.files[0].alt
    first, second = drawer.asked
    assert ("a fox", face("gold"), face("gold")) == (first.text, first.image, first.other)
    assert ("a fox", face("teal")) == (second.text, second.image)


async def test_an_avatar_is_not_kept_but_fetched_again(atelier: Testbed, drawer: Drawer, cabinet: Cabinet) -> None:
    await atelier.post("general", atelier.ana, "hello")
    varied = await atelier.say("/sticker vary user:Ana", person=OMAR)
    blended = await atelier.say("/sticker blend <:teal:2> user:Ana", person=OMAR)
    first, second = (asked.image if asked.other is None else asked.other for asked in drawer.asked)
    exported = (await atelier.say("/profile export", person=OMAR)).files[0].data
    assert first == second
    assert b64encode(first or b"") not in exported
    assert b"test:ana" in exported

    cabinet.portraits["test:ana"] = "orchid"
    await press(atelier, varied, "Again", OMAR)
    await press(atelier, blended, "Again", OMAR)
    *_, varied_again, blended_again = drawer.asked
    orchid = (218, 112, 214, 255)
    assert orchid == opened(varied_again.image).getpixel((128, 60)) == opened(blended_again.other).getpixel((128, 60))
    assert (0, 128, 128, 255) == opened(blended_again.image).getpixel((64, 30))

    cabinet.portraits.clear()
    assert "I know no picture of Ana" in (await press(atelier, varied, "Again", OMAR)).text


async def test_any_picture_emoji_and_avatar_can_be_varied(atelier: Testbed, drawer: Drawer, cabinet: Cabinet) -> None:
    photo = attached("photo.jpg", face("teal", 600))
    await atelier.say("/sticker vary", attachments=[photo])
    await atelier.say("/sticker vary <:gold:12345> with a hat")
    await atelier.post("general", atelier.ana, "hello")
    body = await atelier.say("/sticker vary user:Ana")

    from_file, from_emoji, from_person = drawer.asked
    assert (256, 256) == opened(from_file.image).size
    assert ("with a hat", (128, 128)) == (from_emoji.text, opened(from_emoji.image).size)
    assert (255, 215, 0, 255) == opened(from_emoji.image).getpixel((64, 30))
    assert (256, 256) == opened(from_person.image).size
    assert "A variation" == body.cards[0].title
    assert "A variation · seed 100 · drawer · 20 steps" == body.files[0].caption


async def test_two_pictures_are_blended_in_the_order_they_are_named(
    atelier: Testbed, drawer: Drawer, cabinet: Cabinet
) -> None:
    body = await atelier.say("/sticker blend <:gold:1> <:teal:2> share:0.3")
    again = await press(atelier, body, "Again")

    first, second = drawer.asked
    assert 0.3 == first.strength
    assert [(255, 215, 0, 255), (0, 128, 128, 255)] == [
        opened(each).getpixel((64, 30)) for each in (first.image, first.other)
    ]
    assert (first.image, first.other, 0.3) == (second.image, second.other, second.strength)
    assert "A blend of two pictures" == again.cards[0].title
    assert again.files[0].alt.endswith("after two given pictures")


async def test_with_one_picture_the_last_sticker_is_the_other(atelier: Testbed, drawer: Drawer) -> None:
    await atelier.say("/sticker make a fox seed:7")
    await atelier.say("/sticker blend", attachments=[attached("gold.png", face("gold"))])

    assert face("hotpink", seed=7) == drawer.asked[-1].other


async def test_a_set_holds_each_picture_and_its_variations_under_names(atelier: Testbed, drawer: Drawer) -> None:
    files = [attached("a.png", face("gold", 300)), attached("b.png", face("teal", 128))]
    body = await atelier.say("/sticker set :Team: variations:3", attachments=files)

    preview, zipped = body.files
    assert ("team.png", "team.zip") == (preview.name, zipped.name)
    with zipfile.ZipFile(io.BytesIO(zipped.data)) as archive:
        names = [f"team_{number:02}.png" for number in range(1, 9)]
        assert [*names, "about.txt"] == archive.namelist()
        assert {(128, 128)} == {opened(archive.read(name)).size for name in names}
        about = archive.read("about.txt").decode()
    assert "team_01.png: picture 1 as it was given" in about
    assert "team_08.png: picture 2 changed by 65%, seed 100, drawer" in about
    assert [0.25, 0.45, 0.65] * 2 == [asked.strength for asked in drawer.asked]
    assert {"diffusion"} == {asked.engine for asked in drawer.asked}
    assert [(142 * 4 + 14 * 5) == opened(preview.data).width] == [True]


async def test_a_set_is_made_of_the_last_stickers_where_nothing_is_given(atelier: Testbed, drawer: Drawer) -> None:
    await atelier.say("/sticker make a fox seed:7")
    await atelier.say("/sticker make an owl seed:8")
    drawer.asked.clear()
    body = await atelier.say("/sticker set variations:1")

    assert ["an owl", "a fox"] == [asked.text for asked in drawer.asked]
    assert "an_owl.zip" == body.files[1].name


async def test_a_set_takes_of_a_sheet_what_was_chosen(atelier: Testbed, drawer: Drawer) -> None:
    await atelier.say("/sticker make an owl seed:1")
    sheet = await atelier.say("/sticker make a fox count:4 seed:7")
    await press(atelier, sheet, "Choose 2")
    drawer.asked.clear()
    await atelier.say("/sticker set variations:1")

    assert ["a fox", "an owl"] == [asked.text for asked in drawer.asked]
    expected = [opened(face(colour)).tobytes() for colour in ("slategrey", "gold")]
    assert expected == [opened(asked.image).tobytes() for asked in drawer.asked]


async def test_a_set_holds_what_was_drawn_before_a_refusal(atelier: Testbed, drawer: Drawer) -> None:
    drawer.note = "It read only the first words."
    drawer.most = 3
    body = await atelier.say("/sticker set team variations:2", attachments=[attached("a.png", face("gold"))] * 2)
    assert State.DONE is body.state
    assert "It read only the first words. There is not enough memory for this picture." == body.text
    with zipfile.ZipFile(io.BytesIO(body.files[1].data)) as archive:
        assert ["team_01.png", "team_02.png", "team_03.png", "team_04.png", "team_05.png"] == archive.namelist()[:-1]

    drawer.asked.clear()
    drawer.most = 0
    body = await atelier.say("/sticker set team", attachments=[attached("a.png", face("gold"))])
    assert (State.FAILED, ()) == (body.state, body.files)


async def test_what_the_model_could_not_follow_is_told_with_a_set_once(atelier: Testbed, drawer: Drawer) -> None:
    drawer.note = "It read only the first words."
    body = await atelier.say("/sticker set team", attachments=[attached("a.png", face("gold"))])
    assert "It read only the first words." == body.text


async def test_a_sticker_becomes_an_emoji_of_the_server_and_is_taken_back(
    atelier: Testbed, drawer: Drawer, cabinet: Cabinet
) -> None:
    body = await atelier.say("/sticker make a happy fox seed:7 add:fox")

    assert {"1": ("fox", face("hotpink", seed=7))} == cabinet.kept
    assert "`:fox:` is an emoji of this server now." == body.text
    assert ["Again", "Vary", "Undo"] == [*buttons(body)]

    assert "Only who added an emoji" in (await press(atelier, body, "Undo", OMAR)).text
    assert "`:fox:` is no emoji of this server any more." == (await press(atelier, body, "Undo")).text
    assert {} == cabinet.kept
    assert "and only once" in (await press(atelier, body, "Undo")).text


async def test_add_names_an_emoji_by_its_words_or_as_one_says(
    atelier: Testbed, drawer: Drawer, cabinet: Cabinet
) -> None:
    body = await atelier.say("/sticker make a häppy fox!")
    added = await press(atelier, body, "Add")
    await atelier.say("/sticker add :Foxy:")
    await atelier.say("/sticker make ★ add:true")

    assert ["a_happy_fox", "Foxy", "black_star"] == [name for name, _ in cabinet.kept.values()]
    assert ["Undo"] == [*buttons(added)]


async def test_no_emoji_is_called_by_a_word_that_says_whether_to_add_one(
    atelier: Testbed, drawer: Drawer, cabinet: Cabinet
) -> None:
    for word in ("false", "no", "none", "off"):
        assert State.DONE is (await atelier.say(f"/sticker make a fox add:{word}")).state
        assert "Then nothing is added" in (await atelier.say(f"/sticker add {word}")).text
    assert {} == cabinet.kept
    for line in (
        "/sticker add on",
        "/sticker add :on:",
        "/sticker make a cat add:yes",
        "/sticker make a cat add::yes:",
    ):
        await atelier.say(line)
    assert ["a_fox", "on", "a_cat", "yes"] == [name for name, _ in cabinet.kept.values()]


async def test_who_may_not_add_learns_it_before_anything_is_drawn(
    atelier: Testbed, drawer: Drawer, cabinet: Cabinet
) -> None:
    cabinet.allowed.clear()
    body = await atelier.say("/sticker make a fox add:fox")

    assert (State.FAILED, "You may not add emoji here.") == (body.state, body.text)
    assert [] == drawer.asked


async def test_a_picture_that_could_not_be_added_can_be_gone_on_with(
    atelier: Testbed, drawer: Drawer, cabinet: Cabinet
) -> None:
    cabinet.full = True
    body = await atelier.say("/sticker make a fox add:fox")

    assert "This server has no room for another emoji." == body.text
    assert (1, ["Again", "Vary"]) == (len(body.files), [*buttons(body)])
    cabinet.full = False
    await atelier.say("/sticker add fox")
    assert ["fox"] == [name for name, _ in cabinet.kept.values()]


async def test_where_nobody_can_add_emoji_people_learn_how_to(atelier: Testbed, drawer: Drawer) -> None:
    made = await atelier.say("/sticker make a fox add:Fox")
    added = await press(atelier, made, "Add")

    assert made.text.endswith("A name for it: `fox`.")
    assert "save the picture" in added.text
    assert ("a_fox.png", made.files[0].data) == (added.files[0].name, added.files[0].data)


async def test_a_model_that_draws_larger_pictures_is_shown_at_the_size_of_emoji(
    atelier: Testbed, drawer: Drawer, cabinet: Cabinet
) -> None:
    drawer.side = 512
    body = await atelier.say("/sticker make a fox seed:7 add:fox")

    [(_, added)] = cabinet.kept.values()
    assert body.files[0].data == added
    picture = Pillow.open(io.BytesIO(added))
    assert ((128, 128), "RGBA", {"Seed": "7"}) == (picture.size, picture.mode, picture.info)
    assert 0 == picture.getpixel((0, 0))[3]  # type: ignore[index]  # four channels


async def test_the_buttons_outlive_a_restart(tmp_path: Path) -> None:
    async with Testbed(tmp_path) as before:
        before.use(Task.STICKERS, Drawer())
        body = await before.say("/sticker make a fox count:2")
    async with Testbed(tmp_path) as after:
        after.use(Task.STICKERS, Drawer())
        chosen = await press(after, body, "Choose 2")
        assert State.DONE is (await press(after, chosen, "Vary")).state


async def test_only_who_asked_goes_on_and_only_with_the_last_ones(atelier: Testbed, drawer: Drawer) -> None:
    assert "You have drawn nothing here yet" in (await atelier.say("/sticker vary")).text
    bodies = [await atelier.say(f"/sticker make fox {number}") for number in range(MOST + 1)]

    assert "I keep no such drawing of yours" in (await press(atelier, bodies[-1], "Again", OMAR)).text
    assert "I keep no such drawing of yours" in (await press(atelier, bodies[0], "Vary")).text
    assert State.DONE is (await press(atelier, bodies[1], "Vary")).state


async def test_two_that_are_drawn_at_once_are_both_kept(atelier: Testbed, drawer: Drawer) -> None:
    bodies = await asyncio.gather(*(atelier.say(f"/sticker make fox {number}") for number in range(5)))

    assert [State.DONE] * 5 == [(await press(atelier, body, "Vary")).state for body in bodies]


async def test_what_is_kept_is_exported_and_erased(atelier: Testbed, drawer: Drawer) -> None:
    await atelier.say("/sticker make a secret fox")
    assert b"a secret fox" in (await atelier.say("/profile export")).files[0].data

    await atelier.say("/profile erase", choices=("Erase everything",))
    assert "You have drawn nothing here yet" in (await atelier.say("/sticker vary")).text


REFUSED = [
    ("/sticker make", "`prompt` is missing"),
    ("/sticker make a fox count:10", "`count`"),
    ("/sticker make a fox engine:oil", "`engine` is one of auto, diffusion, gan"),
    ("/sticker make a fox seed:4294967296", "`seed`"),
    ("/sticker vary engine:gan", "`engine` is one of auto, diffusion"),
    ("/sticker make a fox add:a-b", "from 2 to 32 letters without accents"),
    ("/sticker make a fox add:fox count:2", "`add` goes with one picture"),
    ("/sticker vary strength:0", "`strength`"),
    ("/sticker vary <:gold:1> <:teal:2>", "`/sticker blend` mixes two"),
    ("/sticker vary <:nobody:1>", "is no custom emoji whose picture I can read"),
    ("/sticker vary key:nothing", "I keep no such drawing of yours"),
    ("/sticker blend", "Give two pictures"),
    ("/sticker blend <:gold:1> <:gold:2> <:gold:3>", "Give two pictures"),
    (f"/sticker vary {' '.join(f'<:gold:{number}>' for number in range(5))}", "4 pictures at a time at most"),
    (f'/sticker set emoji:"{" ".join(f"<:gold:{number}>" for number in range(5))}"', "4 pictures at a time at most"),
    ("/sticker set f:x", "from 2 to 32 letters without accents"),
]


async def test_what_cannot_be_is_refused_with_what_to_do(atelier: Testbed, drawer: Drawer, cabinet: Cabinet) -> None:
    for line, problem in REFUSED:
        body = await atelier.say(line)
        assert State.FAILED is body.state
        assert problem in body.text
    assert [] == drawer.asked


async def test_files_that_a_command_cannot_take_are_not_left_out_unsaid(atelier: Testbed, drawer: Drawer) -> None:
    files = [attached("a.png", face("gold")), attached("b.png", face("teal")), attached("c.png", face("orchid"))]
    assert "`/sticker blend` mixes two" in (await atelier.say("/sticker vary", attachments=files[:2])).text
    assert "Give two pictures" in (await atelier.say("/sticker blend", attachments=files)).text
    body = await atelier.say("/sticker set", attachments=[*files, attached("d.png", b""), attached("e.png", b"")])
    assert "4 pictures at a time at most" in body.text
    assert [] == drawer.asked


async def test_a_picture_that_is_not_on_the_sheet_is_refused(atelier: Testbed, drawer: Drawer) -> None:
    await atelier.say("/sticker make a fox")
    assert "There is only one picture" in (await atelier.say("/sticker add picture:2")).text
    await atelier.say("/sticker make a fox count:2")
    assert "There are only 2 pictures" in (await atelier.say("/sticker vary picture:3")).text


@pytest.mark.parametrize("line", ["/sticker vary", "/sticker add", "/sticker blend"])
async def test_a_picture_is_chosen_from_a_sheet_before_one_goes_on(line: str, atelier: Testbed, drawer: Drawer) -> None:
    sheet = await atelier.say("/sticker make a fox count:2 seed:7")
    drawer.asked.clear()
    files = [attached("a.png", face("gold"))] if "blend" in line else []

    unclear = await atelier.say(line, attachments=files)
    assert (State.FAILED, []) == (unclear.state, drawer.asked)
    assert "has 2 pictures; choose one" in unclear.text

    named = await atelier.say(f"{line} picture:2", attachments=files)
    assert State.FAILED is not named.state
    await press(atelier, sheet, "Choose 1")
    assert State.FAILED is not (await atelier.say(line, attachments=files)).state
    pictures = [asked.other if files else asked.image for asked in drawer.asked]
    assert "add" in line or [face("slategrey", seed=8), face("hotpink", seed=7)] == pictures


BAD = [
    (bytes(20_000_001), None, "photo.png is larger than 20 MB"),
    (bytes(20_000_001), 5, "photo.png is larger than 20 MB"),
    (b"no picture", None, "photo.png is no picture that I can open"),
    (face("gold")[:200], None, "photo.png is broken"),
]


async def test_bad_uploads_are_refused_in_a_line(atelier: Testbed, drawer: Drawer) -> None:
    for data, size, problem in BAD:
        body = await atelier.say("/sticker vary", attachments=[attached("photo.png", data, size)])
        assert problem in body.text
        assert "\n" not in body.text
    assert [] == drawer.asked
