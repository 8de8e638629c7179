"""Onsets by basic-pitch: the starts of the notes that it transcribes, by its ONNX network. It does not hear drums."""

import importlib.util
import pathlib

import teacher
from basic_pitch.inference import Model, predict

package = importlib.util.find_spec("basic_pitch")
network = Model(pathlib.Path(*package.submodule_search_locations, "saved_models", "icassp_2022", "nmp.onnx"))


def answer(path):
    _, _, notes = predict(path, network)
    return {"onsets": sorted(float(note[0]) for note in notes)}


teacher.serve("basic-pitch", "Apache-2.0", answer)
