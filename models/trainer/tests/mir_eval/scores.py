"""Scores pairs of annotations with mir_eval: JSON cases on standard input, JSON scores on standard output.

A score is null where mir_eval refuses the input or divides by zero.
"""

import json
import math
import sys
import warnings

import mir_eval
import numpy as np

VOICE_FRAMES_PER_SECOND = 100


def defined(function, *arguments, **options):
    """The function's value as a list, with null for what is no number or is refused."""
    try:
        values = np.atleast_1d(function(*arguments, **options))
    except (ValueError, mir_eval.chord.InvalidChordException):
        return None
    return [None if math.isnan(value) else float(value) for value in values]


def events(case):
    return np.array(case["reference"], dtype=float), np.array(case["estimate"], dtype=float)


def onset(case):
    reference, estimate = events(case)
    return {
        window: defined(mir_eval.onset.f_measure, reference, estimate, window=float(window))
        for window in ("0.05", "0.025")
    }


def beat(case):
    reference, estimate = (mir_eval.beat.trim_beats(beats) for beats in events(case))
    return {
        "f_measure": defined(mir_eval.beat.f_measure, reference, estimate),
        "continuity": defined(mir_eval.beat.continuity, reference, estimate),
        "p_score": defined(mir_eval.beat.p_score, reference, estimate),
        "information_gain": defined(mir_eval.beat.information_gain, reference, estimate),
    }


def chord(case):
    def split(segments):
        intervals = np.array([segment[:2] for segment in segments], dtype=float).reshape(-1, 2)
        return intervals, [segment[2] for segment in segments]

    def scores():
        scores = mir_eval.chord.evaluate(*split(case["reference"]), *split(case["estimate"]))
        names = ["root", "majmin", "thirds", "triads", "sevenths", "tetrads", "mirex", "overseg", "underseg", "seg"]
        return [scores[name] for name in names]

    return defined(scores)


def voice(case):
    """mir_eval has voicing recall and false alarms; the rest follows from the frames that it labels."""
    times = (np.arange(case["frames"]) + 0.5) / VOICE_FRAMES_PER_SECOND

    def voiced(stretches):
        intervals = np.array(stretches, dtype=float).reshape(-1, 2)
        return np.array(mir_eval.util.interpolate_intervals(intervals, [True] * len(intervals), times, False), dtype=bool)

    reference, estimate = voiced(case["reference"]), voiced(case["estimate"])
    hits = np.sum(reference & estimate)
    precision = hits / np.sum(estimate) if np.any(estimate) else 0.0
    recall = mir_eval.melody.voicing_recall(reference, estimate)
    return {
        "accuracy": float(np.mean(reference == estimate)),
        "precision": float(precision),
        "recall": float(recall),
        "f_measure": float(mir_eval.util.f_measure(precision, recall)),
        "false_alarm_rate": float(mir_eval.melody.voicing_false_alarm(reference, estimate)),
    }


def key(case):
    return float(mir_eval.key.weighted_score(case["reference"], case["estimate"]))


def main():
    warnings.simplefilter("ignore")
    cases = json.load(sys.stdin)
    scorers = {"onset": onset, "beat": beat, "chord": chord, "voice": voice, "key": key}
    scores = {name: [scorer(case) for case in cases[name]] for name, scorer in scorers.items()}
    json.dump({"version": mir_eval.__version__, **scores}, sys.stdout)


main()
