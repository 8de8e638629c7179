"""Chords: weighted symbol recall under three vocabularies."""

import mir_eval
import numpy as np

VOCABULARIES = ("majmin", "root", "sevenths")


def measure(labels, prediction, seconds):
    """Share of the time that is right, by `mir_eval.chord`; what a prediction leaves open is no chord."""
    reference, names = _intervals([row for row in labels if row[0] < seconds])
    reference[-1, 1] = min(reference[-1, 1], seconds)
    estimate, guesses = _intervals(prediction)
    estimate, guesses = mir_eval.util.adjust_intervals(estimate, guesses, reference.min(), reference.max(), "N", "N")
    merged, names, guesses = mir_eval.util.merge_labeled_intervals(reference, names, estimate, guesses)
    durations = mir_eval.util.intervals_to_durations(merged)
    compared = {name: getattr(mir_eval.chord, name)(names, guesses) for name in VOCABULARIES}
    return {name: mir_eval.chord.weighted_accuracy(right, durations) for name, right in compared.items()}


def _intervals(rows):
    return np.array([[start, end] for start, end, _ in rows]).reshape(-1, 2), [label for _, _, label in rows]
