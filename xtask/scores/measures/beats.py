"""Beats, downbeats and tempo, with the first seconds left out as in MIREX."""

from itertools import pairwise

import mir_eval
import numpy as np

SKIPPED_SECONDS = 5.0
TEMPO_FROM_SECONDS = 6.0
TEMPO_TOLERANCE = 0.04

# A longer interval between beats is a silence.
LONGEST_BEAT_SECONDS = 2.0

# mir_eval's window for a right beat, and how many in a row make it sure that the beat was found.
WINDOW_SECONDS = 0.07
BEATS_IN_A_ROW = 3


def measure(labels, prediction, seconds, changes=()):
    """F-measure, continuity and downbeats (`mir_eval.beat`), tempo, and how soon the beat is found."""
    reference, estimate = (_times(rows) for rows in (labels, prediction))
    trimmed = [mir_eval.beat.trim_beats(times, SKIPPED_SECONDS) for times in (reference, estimate)]
    cmlc, cmlt, amlc, amlt = mir_eval.beat.continuity(*trimmed) if len(trimmed[1]) > 1 else (0.0,) * 4
    values = {
        "F": mir_eval.beat.f_measure(*trimmed),
        "CMLc": cmlc,
        "CMLt": cmlt,
        "AMLc": amlc,
        "AMLt": amlt,
        "downbeat F": _downbeat_f(labels, prediction),
        "tempo within 4 %": _tempo(reference, estimate),
        "first right beat, s": _found(reference, estimate, reference[0], seconds),
        "right again after a change, s": None,
    }
    if changes:
        found = [_found(reference, estimate, change, seconds) for change in changes]
        values["right again after a change, s"] = float(np.mean(found))
    return values


def _times(rows):
    return np.array(sorted(row[0] for row in rows))


def _downbeat_f(labels, prediction):
    if prediction and len(prediction[0]) < 2:
        return None  # it knows no bars
    downbeats = [np.array([row[0] for row in rows if row[1] == 1]) for rows in (labels, prediction)]
    return mir_eval.beat.f_measure(*(mir_eval.beat.trim_beats(times, SKIPPED_SECONDS) for times in downbeats))


def _tempo(reference, estimate):
    """Whether the median of predicted intervals, each relative to the true one at its time, is right."""
    ratios = []
    for start, end in pairwise(estimate):
        beat = np.searchsorted(reference, (start + end) / 2)
        if start >= TEMPO_FROM_SECONDS and 0 < beat < len(reference):
            true = reference[beat] - reference[beat - 1]
            if true <= LONGEST_BEAT_SECONDS:
                ratios.append((end - start) / true)
    return float(len(ratios) > 0 and abs(np.median(ratios) - 1) <= TEMPO_TOLERANCE)


def _found(reference, estimate, start, seconds):
    """Seconds from `start` to the first of some right beats in a row, none missing and none between; where there are
    none, to the end of the recording."""
    for first in np.flatnonzero(estimate >= start - WINDOW_SECONDS):
        run = estimate[first : first + BEATS_IN_A_ROW]
        beat = int(np.argmin(np.abs(reference - run[0])))
        true = reference[beat : beat + BEATS_IN_A_ROW]
        if len(run) == len(true) == BEATS_IN_A_ROW and np.all(np.abs(run - true) <= WINDOW_SECONDS):
            return max(float(run[0] - start), 0.0)
    return seconds - start
