"""The part `bands` of the set: songs that two metal bands recorded and gave away for Frets on Fire, with tempo maps."""

import itertools
from pathlib import Path

import mido
import numpy as np
import soundfile

import annotations

# Debian packages fretsonfire-songs-muldjord (CC BY-SA 3.0, Muldjord) and fretsonfire-songs-sectoid (MIT, Sectoid). Two
# more songs of Sectoid's are left out: their maps lie 40 and 160 ms beside what is played.
SONGS = Path("/usr/share/games/fretsonfire/data/songs")
NAMES = (
    "muldjord/armygeddon",
    "muldjord/chaos_god",
    "muldjord/internal_degeneration",
    "muldjord/mutilated_mime",
    "sectoid/Escape from chaosland",
    "sectoid/Feelings",
)

STEMS = ("song.ogg", "guitar.ogg")
MAP = "notes.mid"
BEATS_PER_BAR = 4


def render(sets):
    """Mixes the songs and writes their beats; those that are there already are left alone."""
    folder = sets / "bands"
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        base = folder / name.replace("/", " - ")
        recording = base.with_suffix(".wav")
        if not recording.exists():
            if not (SONGS / name).is_dir():
                package = "fretsonfire-songs-" + name.split("/")[0]
                raise SystemExit(f"songs of the bands: no {SONGS / name} (Debian: {package})")
            samples, rate_hz = _mixed(SONGS / name)
            beats = _beats(SONGS / name / MAP, len(samples) / rate_hz)
            annotations.write(base.with_suffix(".beats"), beats)
            soundfile.write(recording, samples, rate_hz, subtype="PCM_16")


def _mixed(folder):
    """The sum of a song's stems, in mono, no peak over full scale."""
    stems = [soundfile.read(folder / stem, always_2d=True) for stem in STEMS]
    length = min(len(samples) for samples, _ in stems)
    mix = sum(samples[:length].mean(axis=1) for samples, _ in stems)
    return mix / max(1.0, np.abs(mix).max()), stems[0][1]


def _beats(file, seconds):
    """The beats of a tempo map: where they fall, and which of the bar they are as the map counts."""
    song = mido.MidiFile(file)
    changes, tick = [], 0
    for message in mido.merge_tracks(song.tracks):
        tick += message.time
        if message.type == "set_tempo":
            changes.append((tick, message.tempo))
    beats, time, tick, tempo = [], 0.0, 0, changes[0][1]
    for beat in itertools.count():
        end = beat * song.ticks_per_beat
        while changes and changes[0][0] <= end:
            change, next_tempo = changes.pop(0)
            time += mido.tick2second(change - tick, song.ticks_per_beat, tempo)
            tick, tempo = change, next_tempo
        time += mido.tick2second(end - tick, song.ticks_per_beat, tempo)
        tick = end
        if time >= seconds:
            return beats
        beats.append((time, beat % BEATS_PER_BAR + 1))
