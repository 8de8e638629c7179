"""The part `voice` of the set: music with sung lines, rendered by the trainer from `evaluation-voice.toml`.

Its singers are held out from the recipe of the shipped network. Should a weights file say otherwise, the table does too.
"""

import json
import struct
import subprocess
from pathlib import Path

import annotations

RECIPE = Path(__file__).resolve().parents[2] / "models/trainer/recipes/evaluation-voice.toml"
WEIGHTS = Path(__file__).resolve().parents[2] / "models/weights"


def render(sets, trainer, sources):
    """Renders the mixes with the program `trainer`, which leaves alone what is there, and keeps their labels of the voice."""
    dataset = sets.parent / "voice-data"
    subprocess.run([trainer, "data", "make", RECIPE, "--sources", sources, "--out", dataset], check=True)
    for example in sorted((dataset / "examples").glob("*.json")):
        content = json.loads(example.read_text(encoding="utf-8"))
        base = sets / "voice" / example.stem
        base.parent.mkdir(parents=True, exist_ok=True)
        recording = base.with_suffix(".wav")
        if not recording.exists():
            recording.hardlink_to(example.with_suffix(".wav"))
            annotations.write(base.with_suffix(".voice"), content["labels"]["voice"]["values"])


def learnt_before(sets):
    """What the shipped voice network and the mixes have in common, by the names that both give their sources."""
    manifest = sets.parent / "voice-data" / "manifest.json"
    weights = WEIGHTS / "voice.safetensors"
    if not (manifest.exists() and weights.exists()):
        return []
    heard = {source["name"] for source in json.loads(manifest.read_text(encoding="utf-8"))["provenance"]}
    learnt = {source["name"] for source in _description(weights)["training_data"]}
    return sorted(name for name in heard & learnt if name.startswith(("voice ", "SoundFont ")))


def _description(weights):
    """The description in the header of a safetensors file: a length in 8 bytes, then JSON."""
    with open(weights, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    return json.loads(header["__metadata__"]["attacca"])
