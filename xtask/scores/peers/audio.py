"""Recordings as the peers' libraries take them."""

import numpy as np
import soundfile
import soxr


def load(path, sample_rate):
    """The recording as mono float32 at `sample_rate` Hz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = samples.mean(axis=1)
    if rate != sample_rate:
        samples = soxr.resample(samples, rate, sample_rate)
    return np.ascontiguousarray(samples, dtype=np.float32)


def madmom_signal(path):
    """The recording as madmom takes it: 16 bit at 44.1 kHz."""
    from madmom.audio.signal import Signal

    return Signal((load(path, 44100) * 32767).astype(np.int16), sample_rate=44100, num_channels=1)


def blocks(samples, size):
    """Whole blocks of `size` samples, one after another."""
    return (samples[start : start + size] for start in range(0, len(samples) - size + 1, size))
