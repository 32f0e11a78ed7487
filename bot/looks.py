"""The person's own style of pictures, for prompts that name none."""

from __future__ import annotations

import re

from bot.profile import Profile

_STYLES = re.compile(
    r"""(?aix)\b(?:
    photos? | photographs? | photo-?realistic | realistic | cinematic | film\ still | polaroid
    | anime | manga | cartoons? | comics? | chibi | pixar | ghibli
    | water-?colou?rs? | oil\ on\ canvas | acrylic | gouache | pastels? | charcoal | crayons? | fresco
    | (?:oil|digital|acrylic|ink|finger|cave)\ paintings? | paintings?\ (?:by|of|in) | painted
    | sketch(?:es)? | doodles? | line\ art | (?:pencil|ink|chalk|line)\ drawings? | drawings?\ (?:by|of|in) | engraving
    | woodcut | linocut | etching | lithograph | stencil | graffiti | mosaic | stained\ glass | embroidery | origami
    | pixel\ ?-?art | 8-?bit | 16-?bit | low-?poly | voxels? | isometric | vector | flat\ design | minimalist
    | 3-?d | cgi | renders? | clay(?:mation)? | papercut | paper\ cut-?outs? | collage | logo
    | impressionis[tm]\w* | expressionis[tm]\w* | cubis[tm]\w* | surreal\w* | baroque | rococo | art\ (?:deco|nouveau)
    | pop\ art | vaporwave | synthwave | steampunk | cyberpunk | ukiyo-?e | bauhaus
    | in\ the\ (?:style|manner)\ of | (?:in|with)\ (?:an?\ |the\ )?\w+(?:[ ]\w+)?\ style | styled?\ (?:as|like)
    | black[ ]and[ ]white | monochrome | sepia
    )\b"""
)
"""Words by which a prompt names a style."""


def own_style(prompt: str, profile: Profile) -> str:
    """The style that the person prefers, where a prompt names none; empty for none.

    Args:
        prompt: What a picture is to show.
        profile: Of the person.
    """
    return "" if _STYLES.search(prompt) else profile.pictures
