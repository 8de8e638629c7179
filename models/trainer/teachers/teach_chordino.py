"""Chords by Chordino, a Vamp plugin that is hosted here, in a process of its own, and never linked to anything of ours.

The plugin comes with the package chord-extractor. Its licence, the GPL, covers the program, not what it says.
"""

import importlib.util
import os
import pathlib

import teacher

package = importlib.util.find_spec("chord_extractor")
os.environ["VAMP_PATH"] = str(pathlib.Path(*package.submodule_search_locations, "_lib"))

import vamp

SAMPLE_RATE = 44100

# How Chordino writes a quality, and how Harte does.
QUALITIES = {
    "": "maj", "m": "min", "6": "maj6", "7": "7", "m7": "min7", "maj7": "maj7", "m6": "min6",
    "dim": "dim", "aug": "aug", "m7b5": "hdim7", "dim7": "dim7",
}  # fmt: skip


def harte(label):
    if label == "N":
        return label
    chord = label.split("/")[0]
    root = chord[:2] if chord[1:2] in ("#", "b") else chord[:1]
    return f"{root}:{QUALITIES[chord[len(root):]]}"


def answer(path):
    samples = teacher.load(path, SAMPLE_RATE)
    changes = vamp.collect(samples, SAMPLE_RATE, "nnls-chroma:chordino", "simplechord")["list"]
    times = [float(change["timestamp"]) for change in changes] + [len(samples) / SAMPLE_RATE]
    spans = zip(times, times[1:], changes)
    return {"chords": [[start, end, harte(change["label"])] for start, end, change in spans if end > start]}


teacher.serve("chord-extractor", "GPL-2.0-or-later", answer)
