"""What log-mel bands and a constant-Q transform cost in librosa and in Essentia: microseconds a hop, on one core.

The sizes are those of the front ends that Attacca's beat and chord networks hear: 80 mel bands of a window of 2048
samples with their logarithm, and 252 bins, 36 an octave, from 32.7 Hz, at 44.1 kHz with a hop of 10 ms. Prints JSON:
{"librosa": {"mel_us", "cqt_us"}, "essentia": {"mel_us", "cqt_us"}}; a library that is not there is left out.
"""

import json
import math
import os
import time

# Before numpy is imported, which starts its threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy

RATE = 44_100
HOP = 441
# librosa halves the rate once for each octave but the first, so that its hop is a multiple of 2 ** 6.
LIBROSA_CONSTANT_Q_HOP = 448
WINDOW = 2048
BANDS, LOWEST_BAND, HIGHEST_BAND, LOG_GAIN = 80, 30.0, 17_000.0, 1000.0
BINS, BINS_PER_OCTAVE, LOWEST_BIN = 252, 36, 32.703
SECONDS = 10
# Hops of Essentia's constant-Q transform, which takes milliseconds for each.
LONG_HOPS = 50
REPLICATES = 10


def signal():
    """A chord in noise."""
    time_axis = numpy.arange(SECONDS * RATE) / RATE
    tones = sum(numpy.sin(2 * numpy.pi * frequency * time_axis) for frequency in (220.0, 277.2, 329.6))
    noise = numpy.random.default_rng(1).uniform(-0.5, 0.5, len(time_axis))
    return (0.2 * tones + 0.02 * noise).astype(numpy.float32)


def microseconds(function, hops):
    """The least time of a hop; once beforehand, for what a library prepares at first."""
    function()
    least = float("inf")
    for _ in range(REPLICATES):
        start = time.perf_counter()
        function()
        least = min(least, time.perf_counter() - start)
    return 1e6 * least / hops


def librosa_times(samples):
    import librosa

    def mel():
        bands = librosa.feature.melspectrogram(
            y=samples, sr=RATE, n_fft=WINDOW, hop_length=HOP, power=1.0,
            n_mels=BANDS, fmin=LOWEST_BAND, fmax=HIGHEST_BAND, htk=True,
        )
        return numpy.log1p(LOG_GAIN * bands)

    def constant_q():
        bins = librosa.cqt(
            y=samples, sr=RATE, hop_length=LIBROSA_CONSTANT_Q_HOP,
            fmin=LOWEST_BIN, n_bins=BINS, bins_per_octave=BINS_PER_OCTAVE,
        )
        return numpy.log1p(LOG_GAIN * numpy.abs(bins))

    return {
        "mel_us": microseconds(mel, len(samples) // HOP),
        "cqt_us": microseconds(constant_q, len(samples) // LIBROSA_CONSTANT_Q_HOP),
    }


def essentia_times(samples):
    import essentia
    import essentia.standard as standard

    essentia.log.infoActive = False
    window = standard.Windowing(type="hann", size=WINDOW, zeroPhase=False)
    spectrum = standard.Spectrum(size=WINDOW)
    bands = standard.MelBands(
        inputSize=WINDOW // 2 + 1, sampleRate=RATE, numberBands=BANDS, type="magnitude",
        lowFrequencyBound=LOWEST_BAND, highFrequencyBound=HIGHEST_BAND, warpingFormula="htkMel",
        log=True,
    )
    constant_q = standard.SpectrumCQ(
        sampleRate=RATE, numberBins=BINS, binsPerOctave=BINS_PER_OCTAVE, minFrequency=LOWEST_BIN,
    )
    # As long as the window of the lowest bin, the next power of two: what Essentia asks for.
    quality = 1 / (2 ** (1 / BINS_PER_OCTAVE) - 1)
    transform_size = 2 ** math.ceil(math.log2(quality * RATE / LOWEST_BIN))
    frames = [samples[start : start + WINDOW] for start in range(0, len(samples) - WINDOW, HOP)]
    long_frames = [samples[hop * HOP : hop * HOP + transform_size] for hop in range(LONG_HOPS)]

    def mel():
        for frame in frames:
            bands(spectrum(window(frame)))

    def constant_q_of_all():
        for frame in long_frames:
            constant_q(frame)

    return {
        "mel_us": microseconds(mel, len(frames)),
        "cqt_us": microseconds(constant_q_of_all, len(long_frames)),
    }


def main():
    samples = signal()
    times = {}
    for name, measure in (("librosa", librosa_times), ("essentia", essentia_times)):
        try:
            times[name] = measure(samples)
        except ImportError:
            continue
    print(json.dumps(times))


if __name__ == "__main__":
    main()
