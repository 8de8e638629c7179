"""Onsets: F-measure within 50 and 25 ms."""

import mir_eval
import numpy as np

# What begins this close to the end of a recording is not asked for.
END_SECONDS = 0.05


def measure(labels, prediction, seconds):
    """F-measures; `mir_eval.onset` with either window."""
    reference, estimate = (_times(rows, seconds - END_SECONDS) for rows in (labels, prediction))
    f50, precision, recall = mir_eval.onset.f_measure(reference, estimate, window=0.05)
    f25, _, _ = mir_eval.onset.f_measure(reference, estimate, window=0.025)
    return {"F 50 ms": f50, "F 25 ms": f25, "precision 50 ms": precision, "recall 50 ms": recall}


def _times(rows, end):
    return np.array(sorted(row[0] for row in rows if row[0] < end))
