"""What the teachers share: the protocol with `attacca-train data teach`, and the JSON that a teacher writes.

A teacher is a script that reads jobs from standard input, one a line:

    RECORDING.wav <tab> ANSWER.json

and, for each, listens to the recording, writes the answer and says `ok` on standard output, or `failed <tab> REASON`;
it goes on with the next one either way, and ends with its input. Everything that a library prints goes to standard
error.

An answer is a JSON object:

    format     1
    teacher    name of the package that answered
    version    its version
    licence    licence of the weights or the algorithm (an SPDX expression)
    seconds    length of the recording
    curves     {"step_seconds": s, "values": {NAME: [probability, ...]}}   value i is about time (i + 0.5) s
    chords     [[start, end, "HARTE"], ...]
    beats      [[time, position in the bar from 1, or 0 where it is not known], ...]
    onsets     [time, ...]

with the one of the last four keys that the teacher is for. All times are in seconds.
"""

import importlib.metadata
import json
import os
import sys

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
import soundfile
import soxr

FORMAT = 1


def load(path, sample_rate):
    """The recording as mono float32 at `sample_rate` Hz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = samples.mean(axis=1)
    if rate != sample_rate:
        samples = soxr.resample(samples, rate, sample_rate)
    return np.ascontiguousarray(samples, dtype=np.float32)


def curves(step_seconds, **values):
    """Probabilities a frame, rounded to what two decimals hold."""
    return {"step_seconds": step_seconds, "values": {name: [round(float(p), 2) for p in v] for name, v in values.items()}}


def serve(package, licence, answer):
    """Answers jobs until there are no more; `answer(path)` gives a dictionary with the teacher's own key."""
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library prints must not be taken for a reply
    version = importlib.metadata.version(package)
    for line in sys.stdin:
        recording, output = line.rstrip("\n").split("\t")
        try:
            head = {"format": FORMAT, "teacher": package, "version": version, "licence": licence}
            head["seconds"] = soundfile.info(recording).duration
            head.update(answer(recording))
            with open(output + ".part", "w", encoding="utf-8") as file:
                json.dump(head, file, separators=(",", ":"))
            os.replace(output + ".part", output)
            replies.write("ok\n")
        except Exception as error:  # one broken recording must not end the lesson
            reason = f"{type(error).__name__}: {error}".replace("\n", " ").replace("\t", " ")
            replies.write(f"failed\t{reason}\n")
