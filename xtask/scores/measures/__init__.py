"""What is measured of one recording; a module for each task. The metrics are those of mir_eval where it has them.

Each `measure` takes the labels and the prediction (rows of `annotations`) and the length of the recording in seconds,
and gives a dictionary from a measure's name to its value. A value of None says nothing, and stays out of every mean.
"""

from . import beats, chords, onsets, voice

MEASURES = {"onsets": onsets.measure, "beats": beats.measure, "chords": chords.measure, "voice": voice.measure}
