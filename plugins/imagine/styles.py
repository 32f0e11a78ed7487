"""The looks that a picture can be drawn in."""

from __future__ import annotations

STYLES = {
    "photo": "photograph, natural light, sharp focus, fine detail",
    "cinematic": "film still, dramatic light, shallow depth of field, wide lens",
    "anime": "anime, clean lines, cel shading, vivid colours",
    "comic": "comic book panel, bold ink outlines, halftone dots",
    "watercolour": "watercolour painting, soft washes, paper texture",
    "oil": "oil painting on canvas, visible brush strokes, rich colours",
    "sketch": "pencil sketch, hatching, white paper",
    "ink": "ink drawing, black on white, brush lines",
    "pixel-art": "pixel art, 16-bit game sprite, limited palette, crisp pixels",
    "3d": "3D render, soft studio light, smooth materials",
    "low-poly": "low-poly 3D model, flat facets, simple shapes",
    "sticker": "die-cut sticker, thick white outline, flat colours, plain background",
    "logo": "simple logo, flat vector shapes, few colours, centred, plain background",
    "isometric": "isometric view, miniature scene, clean edges, soft shadows",
    "paper": "layered paper cut-out, soft shadows, coloured card",
}
"""What stands behind the prompt, by the name that people choose."""


NO_STYLE = "none"
"""The choice that keeps a person's own style away."""


def look(style: str | None) -> str:
    """What a style adds to a prompt: what its name stands for, or the person's own words."""
    return STYLES.get(style.casefold(), style) if style else ""
