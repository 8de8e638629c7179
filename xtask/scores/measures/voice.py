"""Voice: frames of 10 ms that are right, and false alarms."""

import numpy as np

FRAME_SECONDS = 0.01


def measure(labels, prediction, seconds):
    """Accuracy and F-measure where somebody sings; the share of frames without a voice that are taken for one."""
    sung, heard = (_frames(rows, seconds) for rows in (labels, prediction))
    values = {"accuracy": float(np.mean(sung == heard)), "F": None, "false alarms": None}
    if sung.any():
        right = np.sum(sung & heard)
        values["F"] = float(2 * right / (sung.sum() + heard.sum()))
    if not sung.all():
        values["false alarms"] = float(np.mean(heard[~sung]))
    return values


def _frames(rows, seconds):
    """Whether there is a voice in the middle of each frame."""
    middles = (np.arange(int(seconds / FRAME_SECONDS)) + 0.5) * FRAME_SECONDS
    voice = np.zeros(len(middles), dtype=bool)
    for start, end in rows:
        voice |= (middles >= start) & (middles < end)
    return voice
