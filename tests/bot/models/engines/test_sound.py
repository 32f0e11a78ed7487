from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.models.engines import sound


def tone(seconds: float = 1.0, *, rate: int = 32_000, loud: float = 0.1, channels: int = 1) -> sound.Samples:
    """An A, which is the same in all channels."""
    times = np.arange(int(seconds * rate), dtype=np.float32) / rate
    wave = (loud * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
    return np.repeat(wave[:, None], channels, axis=1)


def decibels(samples: sound.Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples)))))


def decoded(ogg: bytes) -> tuple[sound.Samples, int]:
    samples, rate = soundfile.read(io.BytesIO(ogg), dtype="float32", always_2d=True)
    return samples, rate


@pytest.mark.parametrize(("rate", "channels"), [(32_000, 1), (44_100, 2), (48_000, 1)])
def test_audio_is_ogg_with_opus_of_the_same_length_pitch_and_channels(rate: int, channels: int) -> None:
    samples, played = decoded(sound.ogg(tone(2.0, rate=rate, channels=channels), rate))

    assert (2 * sound.RATE, channels) == samples.shape
    assert sound.RATE == played
    spectrum = np.abs(np.fft.rfft(samples[:, 0]))
    assert 440 == pytest.approx(spectrum.argmax() / 2, abs=1)
    assert "OPUS" == soundfile.info(io.BytesIO(sound.ogg(tone(rate=rate), rate))).subtype


@pytest.mark.parametrize("loud", [0.001, 0.1, 5.0])
def test_however_loud_a_model_plays_people_hear_it_equally_loud(loud: float) -> None:
    samples, _ = decoded(sound.ogg(tone(2.0, loud=loud), 32_000))

    assert sound.LOUDNESS == pytest.approx(decibels(samples), abs=0.5)
    assert np.abs(samples).max() < 1


def test_what_lies_beside_zero_does_not_count_as_loud() -> None:
    samples, _ = decoded(sound.ogg(tone(2.0) + np.float32(0.6), 32_000))

    assert sound.LOUDNESS == pytest.approx(decibels(samples), abs=0.5)


def test_a_click_in_quiet_music_is_not_clipped() -> None:
    quiet = tone(2.0, loud=0.01)
    quiet[40_000] = 1.0

    level = sound.levelled(quiet, 32_000)

    assert 10 ** (sound.PEAK / 20) == pytest.approx(np.abs(level).max(), rel=1e-3)


def test_silence_stays_silence_and_does_not_count_as_music() -> None:
    silence = np.zeros((32_000, 1), dtype=np.float32)

    assert not sound.levelled(silence, 32_000).any()
    half = np.concatenate([tone(2.0), np.zeros((64_000, 1), dtype=np.float32)])
    assert sound.LOUDNESS == pytest.approx(decibels(sound.levelled(half, 32_000)[:64_000]), abs=0.1)


@pytest.mark.parametrize("samples", [np.zeros((0, 1), np.float32), np.full((100, 1), np.nan, np.float32)])
def test_what_is_no_sound_is_refused(samples: sound.Samples) -> None:
    with pytest.raises(ValueError, match="no sound"):
        sound.ogg(samples, 32_000)


def test_it_begins_and_ends_without_a_click() -> None:
    faded = sound.faded(np.ones((1000, 2), dtype=np.float32), 1000)

    assert [0, 1, 1, 0] == [faded[place, 0] for place in (0, 10, -11, -1)]


@settings(deadline=None)
@given(st.integers(1, 3000), st.integers(8, 96), st.integers(8, 96))
def test_another_rate_changes_only_how_many_samples_there_are(frames: int, rate: int, wanted: int) -> None:
    steady = np.full((frames, 2), 0.5, dtype=np.float32)

    made = sound.resampled(steady, rate * 1000, wanted * 1000)

    assert (max(1, round(frames * wanted / rate)), 2) == made.shape
    np.testing.assert_allclose(made, 0.5, atol=1e-4)


@pytest.mark.parametrize("seconds", [0.2, 10.0, 90.0])
def test_the_picture_shows_loud_and_quiet_on_a_clear_ground(seconds: float) -> None:
    rate = 1000
    loud, quiet = tone(seconds, rate=rate, loud=1.0), tone(seconds, rate=rate, loud=0.1)

    picture = Image.open(io.BytesIO(sound.waveform(np.concatenate([loud, quiet]), rate)))

    drawn = np.asarray(picture)[: sound._HEIGHT - sound._RULER, :, 3] > 0
    assert (800, 160) == picture.size
    assert drawn[:, :380].sum() > 4 * drawn[:, 420:].sum() > 0
    assert 0 == np.asarray(picture)[0, 0, 3]
