"""Peers of Attacca, a module for each task."""

from . import beats, chords, onsets, voice  # noqa: F401 (they register themselves)
from .registry import PEERS, Peer

__all__ = ["PEERS", "Peer"]
