"""What only Attacca's own output tells: its latency, and how sure it is where there is nothing to hear."""

import csv

import mir_eval
import numpy as np

KINDS = {
    "onset": ("onset",),
    "beat": ("beat", "downbeat"),
    "voice": ("voice_start",),
    "chord": ("chord",),
}

SURE = 0.5


def events(path):
    """Events of each task in a file that `attacca analyze --format csv` wrote; those of no chord are left out."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] != "N"]
    return {task: [row for row in rows if row["kind"] in kinds] for task, kinds in KINDS.items()}


def sure_per_minute(path, seconds):
    """Events a minute of which Attacca is more than half sure, for each task."""
    sure = {
        task: [row for row in rows if row["confidence"] and float(row["confidence"]) > SURE]
        for task, rows in events(path).items()
    }
    return {task: len(rows) * 60 / seconds for task, rows in sure.items()}


def latencies(path, onset_labels):
    """Milliseconds, one for each event: of onsets from the label to the report, and of each task as it says itself."""
    found = events(path)
    said = {
        f"{task}, as declared": [1000 * float(row["latency_seconds"]) for row in rows] for task, rows in found.items()
    }
    times = np.array([float(row["time_seconds"]) for row in found["onset"]])
    reports = times + np.array([float(row["latency_seconds"]) for row in found["onset"]])
    reference = np.array([time for (time,) in onset_labels])
    order = np.argsort(times)
    matched = mir_eval.util.match_events(reference, times[order], 0.05)
    said["onset, from the label to the report"] = [1000 * (reports[order][e] - reference[r]) for r, e in matched]
    return said
