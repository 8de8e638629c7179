"""Whether a shipped network learnt from what the set is made of, by the names that weights files and datasets give."""

import json
import struct
from pathlib import Path

from voices import MANIFEST

WEIGHTS = Path(__file__).resolve().parents[2] / "models/weights"

# The composer's music is drawn anew from the recipe's seed; its name alone is the same.
NEVER_THE_SAME = ("generated pieces",)


def in_common(sets):
    """Task and source, for each source that a shipped network has in common with the set."""
    sources = {"SoundFont FluidR3_GM.sf2"}
    manifest = sets / "voice" / MANIFEST
    if manifest.exists():
        sources |= {source["name"] for source in json.loads(manifest.read_text(encoding="utf-8"))["provenance"]}
    sources -= set(NEVER_THE_SAME)
    found = []
    for weights in sorted(WEIGHTS.glob("*.safetensors")):
        description = _description(weights)
        learnt = {source["name"] for source in description["training_data"]}
        found += [(description["task"], name) for name in sorted(sources & learnt)]
    return found


def _description(weights):
    """The description in the header of a safetensors file: its length in 8 bytes, then JSON."""
    with open(weights, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    return json.loads(header["__metadata__"]["attacca"])
