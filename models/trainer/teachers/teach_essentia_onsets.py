"""Onsets by Essentia: rises of the high-frequency content and of the complex spectral difference."""

import essentia.standard as essentia
import teacher

SAMPLE_RATE = 44100


def answer(path):
    onsets, _ = essentia.OnsetRate()(teacher.load(path, SAMPLE_RATE))
    return {"onsets": [float(time) for time in onsets]}


teacher.serve("essentia", "AGPL-3.0-only", answer)
