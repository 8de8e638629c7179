"""Chords by Essentia: harmonic pitch class profiles compared with the profiles of the 24 major and minor triads."""

import essentia.standard as essentia
import numpy as np
import teacher

SAMPLE_RATE = 44100
FRAME = 4096
HOP = 2048

window = essentia.Windowing(type="blackmanharris62")
spectrum = essentia.Spectrum()
peaks = essentia.SpectralPeaks(
    orderBy="magnitude", magnitudeThreshold=1e-5, minFrequency=40, maxFrequency=5000, maxPeaks=60
)
profile = essentia.HPCP(size=36, referenceFrequency=440, harmonics=8)


def answer(path):
    frames = essentia.FrameGenerator(teacher.load(path, SAMPLE_RATE), FRAME, HOP, startFromZero=True)
    profiles = np.array([profile(*peaks(spectrum(window(frame)))) for frame in frames])
    labels, _ = essentia.ChordsDetection(hopSize=HOP, windowSize=2)(profiles)
    chords = []
    for index, label in enumerate(labels):
        harte = f"{label[:-1]}:min" if label.endswith("m") else f"{label}:maj"
        # A profile is about the middle of its frame.
        start = (index * HOP + (FRAME - HOP) / 2) / SAMPLE_RATE
        if chords and chords[-1][2] == harte:
            chords[-1][1] = start + HOP / SAMPLE_RATE
        else:
            chords.append([start, start + HOP / SAMPLE_RATE, harte])
    return {"chords": chords}


teacher.serve("essentia", "AGPL-3.0-only", answer)
