"""When a person's own style of pictures counts."""

from __future__ import annotations

import pytest

from bot import Profile, own_style

OWN = Profile(pictures="watercolour")


@pytest.mark.parametrize("prompt", ["a fox", "a surrender at dawn", "a city in winter", "my cat as a king", ""])
def test_it_counts_where_no_style_is_named(prompt: str) -> None:
    assert "watercolour" == own_style(prompt, OWN)
    assert "" == own_style(prompt, Profile())


@pytest.mark.parametrize(
    "prompt",
    [
        "a photo of a fox",
        "an oil painting of a ship",
        "a fox, Pixel-Art",
        "a pencil drawing",
        "a dragon in the style of a woodcut",
        "a street in a gothic style",
        "cyberpunk market",
        "low-poly mountains",
        "a 3D render of a cup",
        "an impressionist garden",
        "a black and white portrait",
    ],
)
def test_a_named_style_goes_before_it(prompt: str) -> None:
    assert "" == own_style(prompt, OWN)
