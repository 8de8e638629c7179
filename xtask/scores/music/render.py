"""From a performance to a recording with its labels, by fluidsynth and sox."""

import subprocess
import tempfile
from pathlib import Path

import annotations

from .pieces import PARTS, SEEDS, perform

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
SAMPLE_RATE_HZ = 44100


def render(sets):
    """Renders both parts of the set; a piece that is there with the same labels is left alone."""
    for part, pieces in PARTS.items():
        for number, piece in enumerate(pieces):
            base = sets / part / piece.name
            played = perform(piece, SEEDS[part] + number)
            labels = _labels(base, played)
            if not all(file.exists() and file.read_text() == annotations.text(rows) for file, rows in labels.items()):
                print(f"  {part}/{piece.name}", flush=True)
                _record(base.with_name(f"{piece.name}.wav"), played)
                # After the audio, so that labels never stand without it.
                for file, rows in labels.items():
                    annotations.write(file, rows)


def _labels(base, played):
    """Files of labels with their rows; nobody sings in any piece."""
    rows = {"onsets": played.onsets, "beats": played.beats, "chords": played.chords, "voice": []}
    if played.changes:
        rows["changes"] = played.changes
    return {base.with_name(f"{base.name}.{kind}"): content for kind, content in rows.items()}


def _record(output, played):
    """One channel of 16 bits, with some reverb and its peak 2 dB under full scale."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        midi, raw = Path(folder, "piece.mid"), Path(folder, "piece.wav")
        played.band.midi.write(str(midi))
        synthesis = ["fluidsynth", "-ni", "-q", "-r", str(SAMPLE_RATE_HZ), "-g", "0.5", "-R", "1", "-C", "0", "-F", raw]
        subprocess.run([*synthesis, SOUNDFONT, midi], check=True, stdout=subprocess.DEVNULL)
        finish = ["gain", "-n", "-2", "trim", "0", f"{played.seconds:.3f}"]
        subprocess.run(["sox", "-q", "-R", raw, "-c", "1", "-b", "16", output, *finish], check=True)
