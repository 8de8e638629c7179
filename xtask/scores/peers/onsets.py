"""Onsets: madmom's networks and SuperFlux, aubio's detection functions."""

from .audio import blocks, load, madmom_signal
from .registry import peer


def _rows(times):
    return [(float(time),) for time in times]


@peer("madmom-onset-ll", "madmom OnsetDetectorLL", "onsets", causal=True)
def madmom_onset_ll():
    """Böck, Arzt, Krebs, Schedl (2012): Online real-time onset detection with recurrent neural networks."""
    from madmom.features.onsets import OnsetPeakPickingProcessor, RNNOnsetProcessor

    network = RNNOnsetProcessor(online=True)

    def listen(path):
        picker = OnsetPeakPickingProcessor(
            threshold=0.23,
            pre_max=0.01,
            post_max=0,
            pre_avg=0,
            post_avg=0,
            smooth=0,
            combine=0.03,
            online=True,
            fps=100,
        )
        return _rows(picker(network(madmom_signal(path))))

    return listen


@peer("madmom-superflux", "madmom SuperFlux, causal picking", "onsets", causal=True)
def madmom_superflux():
    """Böck and Widmer (2013): Maximum filter vibrato suppression for onset detection."""
    return _superflux(post_max=0.0, origin="online")


@peer("madmom-superflux-offline", "madmom SuperFlux", "onsets")
def madmom_superflux_offline():
    """The same with its picker looking ahead."""
    return _superflux(post_max=0.05, origin="offline")


def _superflux(post_max, origin):
    import numpy as np
    from madmom.audio.filters import LogarithmicFilterbank
    from madmom.features.onsets import OnsetPeakPickingProcessor, SpectralOnsetProcessor

    def listen(path):
        flux = SpectralOnsetProcessor(
            "superflux",
            fps=200,
            filterbank=LogarithmicFilterbank,
            num_bands=24,
            log=np.log10,
            frame_size=2048,
            diff_max_bins=3,
            positive_diffs=True,
            origin=origin,
        )
        picker = OnsetPeakPickingProcessor(
            threshold=1.1, pre_max=0.01, post_max=post_max, pre_avg=0.15, post_avg=0, combine=0.03, delay=0, fps=200
        )
        return _rows(picker(flux(madmom_signal(path))))

    return listen


@peer("madmom-onset-cnn", "madmom CNNOnsetDetector", "onsets")
def madmom_onset_cnn():
    """Schlüter and Böck (2014): Improved musical onset detection with convolutional neural networks."""
    from madmom.features.onsets import CNNOnsetProcessor, OnsetPeakPickingProcessor

    network = CNNOnsetProcessor()
    picker = OnsetPeakPickingProcessor(threshold=0.54, smooth=0.05, combine=0.03, fps=100)
    return lambda path: _rows(picker(network(madmom_signal(path))))


@peer("aubio-specflux", "aubio specflux", "onsets", causal=True)
def aubio_specflux():
    """Brossier (2006), with aubio's window of 1024 and hop of 512 samples."""
    return _aubio("specflux")


@peer("aubio-hfc", "aubio hfc", "onsets", causal=True)
def aubio_hfc():
    """The same with high-frequency content, its default."""
    return _aubio("hfc")


def _aubio(method):
    import aubio

    def listen(path):
        detector = aubio.onset(method, 1024, 512, 44100)
        return [(float(detector.get_last_s()),) for block in blocks(load(path, 44100), 512) if detector(block)]

    return listen
