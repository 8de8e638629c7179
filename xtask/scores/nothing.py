"""The part `nothing` of the set: half a minute each of what is not music, in which nothing should be heard."""

from pathlib import Path

import numpy as np
import soundfile

SAMPLE_RATE_HZ = 44100
SECONDS = 30
SEED = 51

# People who say the names of things, of whom the shipped voice network learnt nothing (Debian package ktuberling-data).
SPEAKERS = (Path("/usr/share/ktuberling/sounds/gl"), Path("/usr/share/ktuberling/sounds/sl"))
PAUSE_SECONDS = 0.35


def render(sets):
    """Writes the recordings; those that are there already are left alone."""
    folder = sets / "nothing"
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in KINDS.items():
        recording = folder / f"{name}.wav"
        if not recording.exists():
            soundfile.write(recording, make(np.random.default_rng(SEED)), SAMPLE_RATE_HZ, subtype="PCM_16")


def silence(random):
    """Digital silence."""
    return np.zeros(SECONDS * SAMPLE_RATE_HZ)


def white_noise(random):
    """White noise, as loud as music."""
    return _level(random.standard_normal(SECONDS * SAMPLE_RATE_HZ), -20)


def pink_noise(random):
    """Noise that falls by 3 dB an octave."""
    white = random.standard_normal(SECONDS * SAMPLE_RATE_HZ)
    return _level(_filtered(white, lambda hz: np.maximum(hz, 20) ** -0.5), -20)


def hum(random):
    """A mains hum of 50 Hz with its harmonics, over a little noise."""
    time = np.arange(SECONDS * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    tone = sum(np.sin(2 * np.pi * 50 * harmonic * time + harmonic) / harmonic for harmonic in range(1, 13))
    return _level(tone, -26) + _level(random.standard_normal(len(time)), -66)


def applause(random):
    """A hall of people who clap: some 150 short bursts a second, nearer and further, each in a band of its own."""
    samples = np.zeros(SECONDS * SAMPLE_RATE_HZ)
    length = int(0.03 * SAMPLE_RATE_HZ)
    decay = np.exp(-np.arange(length) / (0.004 * SAMPLE_RATE_HZ))
    for start in random.integers(0, len(samples) - length, 150 * SECONDS):
        burst = _band(random.standard_normal(length), random.uniform(700, 2500))
        samples[start : start + length] += burst / np.abs(burst).max() * decay * random.uniform(0.05, 1.0) ** 2
    return _level(samples, -20)


def speech(random):
    """People who say one word after another."""
    words = sorted(clip for folder in SPEAKERS for pattern in ("*.wav", "*.ogg") for clip in folder.glob(pattern))
    if not words:
        raise SystemExit("plain speech: no clips in " + " or ".join(map(str, SPEAKERS)) + " (Debian: ktuberling-data)")
    said = []
    while sum(map(len, said)) < SECONDS * SAMPLE_RATE_HZ:
        samples, rate = soundfile.read(words[random.integers(len(words))], always_2d=True)
        mono = samples.mean(axis=1)
        said += [np.interp(np.arange(0, len(mono), rate / SAMPLE_RATE_HZ), np.arange(len(mono)), mono)]
        said += [np.zeros(int(PAUSE_SECONDS * SAMPLE_RATE_HZ))]
    return _level(np.concatenate(said)[: SECONDS * SAMPLE_RATE_HZ], -20)


KINDS = {
    "silence": silence,
    "white noise": white_noise,
    "pink noise": pink_noise,
    "hum": hum,
    "applause": applause,
    "speech": speech,
}


def _band(samples, centre_hz):
    """The samples in a band of 1.2 kHz."""
    return _filtered(samples, lambda hz: 1 / (1 + ((hz - centre_hz) / 600) ** 2))


def _filtered(samples, gain):
    """The samples with their spectrum weighted by a function of frequency in Hz."""
    frequencies = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    return np.fft.irfft(np.fft.rfft(samples) * gain(frequencies), len(samples))


def _level(samples, decibels):
    """The samples at an RMS level relative to full scale, no peak over it."""
    samples = samples * 10 ** (decibels / 20) / np.sqrt(np.mean(samples**2))
    return np.clip(samples, -1.0, 1.0)
