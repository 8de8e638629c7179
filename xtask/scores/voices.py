"""The part `voice` of the set: music with sung lines, rendered by the trainer from `evaluation-voice-data.toml`."""

import json
import shutil
import subprocess
from pathlib import Path

import annotations

RECIPE = Path(__file__).resolve().parents[2] / "models/trainer/recipes/evaluation-voice-data.toml"

# Says what the mixes are made of; the trainer writes it.
MANIFEST = "manifest.json"


def render(sets, trainer, sources):
    """Renders the mixes with the program `trainer`, which leaves alone what is there, and keeps where they are sung."""
    dataset = sets.parent / "voice-data"
    subprocess.run([trainer, "data", "make", RECIPE, "--sources", sources, "--out", dataset], check=True)
    for example in sorted((dataset / "examples").glob("*.json")):
        content = json.loads(example.read_text(encoding="utf-8"))
        base = sets / "voice" / example.stem
        base.parent.mkdir(parents=True, exist_ok=True)
        recording = base.with_suffix(".wav")
        recording.unlink(missing_ok=True)
        recording.hardlink_to(example.with_suffix(".wav"))
        annotations.write(base.with_suffix(".voice"), content["labels"]["voice"]["values"])
    shutil.copy(dataset / MANIFEST, sets / "voice" / MANIFEST)
