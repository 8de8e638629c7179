"""The list of peers. A peer is a published program that does one of the tasks; none is linked to or shipped.

Libraries are imported only when a peer is made, so that the list can be read without any of them.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

# One thread each, so that peers can be compared; libraries read this when they are imported.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_variable] = "1"

PEERS = {}


@dataclass(frozen=True)
class Peer:
    """A way of using a published program."""

    key: str
    """Name of its folder of predictions."""
    title: str
    """How tables call it."""
    kind: str
    """What it predicts: `onsets`, `beats`, `chords` or `voice`."""
    causal: bool
    """Whether it reports events while the audio arrives, as Attacca does."""
    make: Callable
    """Loads it; gives a function from the path of a recording to rows of `annotations`."""


def peer(key, title, kind, causal=False):
    """Registers the function that makes a peer."""

    def register(make):
        PEERS[key] = Peer(key, title, kind, causal, make)
        return make

    return register
