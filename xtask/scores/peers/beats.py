"""Beats and downbeats: madmom, BeatNet, aubio and essentia."""

from .audio import blocks, load, madmom_signal
from .registry import peer


@peer("madmom-dbn-online", "madmom DBNBeatTracker online", "beats", causal=True)
def madmom_dbn_online():
    """Böck, Krebs, Widmer (2014) with a forward pass in place of Viterbi's; it has no downbeats."""
    import numpy as np
    from madmom.features.beats import DBNBeatTrackingProcessor, RNNBeatProcessor

    network = RNNBeatProcessor(online=True)

    def listen(path):
        tracker = DBNBeatTrackingProcessor(fps=100, online=True)
        rows = []
        for frame, activation in enumerate(network(madmom_signal(path))):
            times = tracker.process_online(np.array([activation]), reset=frame == 0)
            rows.extend((float(time),) for time in np.atleast_1d(times))
        return rows

    return listen


@peer("madmom-dbn-downbeat", "madmom DBNDownBeatTracker", "beats")
def madmom_dbn_downbeat():
    """Böck, Krebs, Widmer (2016): Joint beat and downbeat tracking; bars of 3 and 4 as its own program asks for."""
    from madmom.features.downbeats import DBNDownBeatTrackingProcessor, RNNDownBeatProcessor

    network = RNNDownBeatProcessor()
    tracker = DBNDownBeatTrackingProcessor(beats_per_bar=[3, 4], fps=100)
    return lambda path: [(float(time), int(position)) for time, position in tracker(network(madmom_signal(path)))]


@peer("beatnet-online", "BeatNet particle filter", "beats", causal=True)
def beatnet_online():
    """Heydari, Cwitkowitz, Duan (2021): BeatNet. Its positions count from each downbeat."""
    import numpy as np
    import torch
    from BeatNet.BeatNet import BeatNet
    from BeatNet.particle_filtering_cascade import particle_filter_cascade

    torch.set_num_threads(1)
    tracker = BeatNet(1, mode="online", inference_model="PF", plot=[], thread=False)

    def listen(path):
        np.random.seed(1)  # the particles are drawn
        tracker.estimator = particle_filter_cascade(beats_per_bar=[], fps=50, plot=[], mode="online")
        return [(float(time), int(position)) for time, position in tracker.process(load(path, 22050))]

    return listen


@peer("aubio-tempo", "aubio tempo", "beats", causal=True)
def aubio_tempo():
    """Davies and Plumbley (2004), as aubio has it."""
    import aubio

    def listen(path):
        tracker = aubio.tempo("default", 1024, 512, 44100)
        return [(float(tracker.get_last_s()),) for block in blocks(load(path, 44100), 512) if tracker(block)]

    return listen


@peer("essentia-multifeature", "essentia RhythmExtractor2013 multifeature", "beats")
def essentia_multifeature():
    """Zapata, Davies, Gómez (2014): Multi-feature beat tracking."""
    import essentia.standard as essentia

    tracker = essentia.RhythmExtractor2013(method="multifeature")
    return lambda path: [(float(time),) for time in tracker(load(path, 44100))[1]]
