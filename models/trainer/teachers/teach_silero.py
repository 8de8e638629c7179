"""Speech: its probability every 32 ms, by Silero VAD.

The network is run by onnxruntime rather than through the package, which would ask for torch.
"""

import importlib.util
import pathlib

import numpy as np
import onnxruntime
import teacher

SAMPLE_RATE = 16000
STEP = 512
CONTEXT = 64

package = importlib.util.find_spec("silero_vad")
options = onnxruntime.SessionOptions()
options.inter_op_num_threads = options.intra_op_num_threads = 1
network = onnxruntime.InferenceSession(
    str(pathlib.Path(*package.submodule_search_locations, "data", "silero_vad.onnx")),
    options,
    providers=["CPUExecutionProvider"],
)


def answer(path):
    samples = teacher.load(path, SAMPLE_RATE)
    steps = len(samples) // STEP
    state = np.zeros((2, 1, 128), np.float32)
    padded = np.concatenate([np.zeros(CONTEXT, np.float32), samples])
    rate = np.array(SAMPLE_RATE, np.int64)
    speech = np.empty(steps, np.float32)
    for step in range(steps):
        heard = padded[None, step * STEP : step * STEP + CONTEXT + STEP]
        (probability,), state = network.run(None, {"input": heard, "state": state, "sr": rate})
        speech[step] = probability[0]
    return {"curves": teacher.curves(STEP / SAMPLE_RATE, speech=speech)}


teacher.serve("silero-vad", "MIT", answer)
