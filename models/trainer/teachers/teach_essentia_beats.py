"""Beats by Essentia: the multi-feature beat tracker, whose candidates vote among themselves. Positions are not known."""

import essentia.standard as essentia
import teacher

SAMPLE_RATE = 44100


def answer(path):
    # A tracker that is used again answers for the recording before.
    times, _ = essentia.BeatTrackerMultiFeature()(teacher.load(path, SAMPLE_RATE))
    return {"beats": [[float(time), 0] for time in times]}


teacher.serve("essentia", "AGPL-3.0-only", answer)
