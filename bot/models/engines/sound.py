"""Makes of samples what people can play and look at: Ogg with Opus, and a picture of the waveform."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples: TypeAlias = NDArray[np.float32]

RATE = 48_000
"""Samples a second; Opus knows a few rates only, and this is the one it works at inside."""

LOUDNESS = -18.0
"""Root mean square in dB below full scale, of what is not silence: about as loud as music is streamed."""

PEAK = -1.5
"""The largest sample in dB below full scale; lossy coding overshoots by a little."""

_BLOCK = 0.4
_SILENCE = 1e-4
_FADE = 0.01
_WIDTH, _HEIGHT, _RULER, _BAR = 800, 160, 24, 5
# In the middle between black and white, so that both stand out on a light and on a dark page.
_BLUE, _GREY = (79, 134, 217, 255), (138, 143, 152, 255)


def ogg(samples: Samples, rate: int) -> bytes:
    """Audio as people post it: Ogg with Opus, at an even loudness, without clipping.

    Args:
        samples: Frames by channels, one or two.
        rate: Frames a second.

    Raises:
        ValueError: There are no samples, or some are no numbers.
    """
    import numpy as np
    import soundfile

    if not samples.size or not np.isfinite(samples).all():
        raise ValueError("the model made no sound that can be played.")
    ready = levelled(faded(resampled(centred(samples), rate, RATE), RATE), RATE)
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", RATE, ready.shape[1], format="OGG", subtype="OPUS") as file:
        # By the second: the library's encoders put a whole piece on the stack.
        for start in range(0, len(ready), RATE):
            file.write(ready[start : start + RATE])
    return buffer.getvalue()


def centred(samples: Samples) -> Samples:
    """The same sound around zero: what lies beside it is not heard, but would count as loud."""
    middle: Samples = samples.mean(axis=0, keepdims=True)
    return samples - middle


def resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    """The same sound at another rate, by its spectrum.

    Args:
        samples: Frames by channels.
        rate: Frames a second now.
        wanted: Frames a second then.
    """
    import numpy as np

    if rate == wanted:
        return samples
    frames = max(1, round(len(samples) * wanted / rate))
    spectrum = np.fft.rfft(samples.astype(np.float64), axis=0)
    return (np.fft.irfft(spectrum, frames, axis=0) * (frames / len(samples))).astype(np.float32)


def levelled(samples: Samples, rate: int) -> Samples:
    """The same sound as loud as `LOUDNESS` asks, where `PEAK` lets it; silence stays silence.

    Args:
        samples: Frames by channels.
        rate: Frames a second.
    """
    import numpy as np

    peak = float(np.abs(samples).max(initial=0.0))
    size = max(1, int(_BLOCK * rate))
    power = np.array([np.mean(np.square(samples[start : start + size])) for start in range(0, len(samples), size)])
    if not peak:
        return samples
    heard = power[power > power.max() * _SILENCE]
    gain = 10 ** (LOUDNESS / 20) / float(np.sqrt(heard.mean()))
    return samples * np.float32(min(gain, 10 ** (PEAK / 20) / peak))


def faded(samples: Samples, rate: int) -> Samples:
    """The same sound with its first and last hundredth of a second faded, so that nothing clicks."""
    import numpy as np

    frames = min(int(_FADE * rate), len(samples) // 2)
    ramp = np.linspace(0, 1, frames, dtype=np.float32)[:, None]
    middle = samples[frames : len(samples) - frames]
    return np.concatenate([samples[:frames] * ramp, middle, samples[len(samples) - frames :] * ramp[::-1]])


def waveform(samples: Samples, rate: int) -> bytes:
    """A picture of a sound: its loudness over time above a ruler in seconds, as PNG on a clear ground.

    Args:
        samples: Frames by channels.
        rate: Frames a second.
    """
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGBA", (_WIDTH, _HEIGHT), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    middle, room = (_HEIGHT - _RULER) / 2, (_HEIGHT - _RULER) / 2 - 4
    parts = np.array_split(np.abs(centred(samples)).max(axis=1), _WIDTH // _BAR)
    peaks = np.array([part.max(initial=0.0) for part in parts])
    heights = peaks / max(float(peaks.max(initial=0.0)), 1e-9) * room
    for number, height in enumerate(heights):
        left, half = number * _BAR + 1, max(1.0, float(height))
        draw.rounded_rectangle((left, middle - half, left + _BAR - 3, middle + half), radius=1, fill=_BLUE)
    font = ImageFont.load_default(size=14)
    seconds = len(samples) / rate
    step = next((step for step in (1, 2, 5, 10, 30, 60, 120, 300) if seconds / step <= 8), 600)
    for mark in range(0, int(seconds) + 1, step):
        across = mark / max(seconds, 1e-9) * (_WIDTH - 1)
        draw.line((across, _HEIGHT - _RULER, across, _HEIGHT - _RULER + 5), fill=_GREY)
        label = f"{mark // 60}:{mark % 60:02}"
        wide = draw.textlength(label, font=font)
        draw.text((min(max(0, across - wide / 2), _WIDTH - wide), _HEIGHT - 18), label, fill=_GREY, font=font)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
