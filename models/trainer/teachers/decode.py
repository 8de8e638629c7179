"""Recordings to mono WAV files of 44.1 kHz and 16 bits, which every teacher and the dataset share.

Jobs and replies are those of `teacher.py`; the answer is the WAV file.
"""

import os
import sys

import soundfile
import teacher

SAMPLE_RATE = 44100

for line in sys.stdin:
    recording, output = line.rstrip("\n").split("\t")
    try:
        samples = teacher.load(recording, SAMPLE_RATE)
        soundfile.write(output + ".part", samples, SAMPLE_RATE, "PCM_16", format="WAV")
        os.replace(output + ".part", output)
        print("ok", flush=True)
    except Exception as error:  # one broken recording must not end the lesson
        print("failed", str(error).replace("\n", " "), sep="\t", flush=True)
