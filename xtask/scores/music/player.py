"""A band that plays a little beside the beat, from a seed, and remembers exactly what it played."""

import random
from dataclasses import dataclass

import numpy as np
import pretty_midi

from .harmony import MAJOR_SCALE, MINOR_SCALE, Chord

# Standard deviation of a note's start beside where it is written, and of its velocity.
NOTE_JITTER_SECONDS = 0.006
DRUM_JITTER_SECONDS = 0.004
VELOCITY_JITTER = 6

SHORTEST_NOTE_SECONDS = 0.03


class Band:
    """Plays notes at beats of a given time each, and keeps them as MIDI."""

    def __init__(self, seed, beat_times, bpm):
        self.random = random.Random(seed)
        self.midi = pretty_midi.PrettyMIDI(initial_tempo=bpm)
        self._beat_times = np.asarray(beat_times)
        self._instruments = {}

    @property
    def beat_count(self):
        """Beats of the whole piece; the last beat time is where it ends."""
        return len(self._beat_times) - 1

    def time(self, beat):
        """When a beat, or a point between beats, falls."""
        return float(np.interp(beat, np.arange(len(self._beat_times)), self._beat_times))

    def note(self, part, program, pitch, beat, beats, velocity, drum=False):
        """Plays one note of a part."""
        jitter = DRUM_JITTER_SECONDS if drum else NOTE_JITTER_SECONDS
        start = max(self.time(beat) + self.random.gauss(0, jitter), 0.01)
        end = max(self.time(min(beat + beats, self.beat_count)), start + SHORTEST_NOTE_SECONDS)
        if part not in self._instruments:
            self._instruments[part] = pretty_midi.Instrument(program, is_drum=drum)
            self.midi.instruments.append(self._instruments[part])
        velocity = max(1, min(127, int(velocity + self.random.gauss(0, VELOCITY_JITTER))))
        self._instruments[part].notes.append(pretty_midi.Note(velocity, pitch, start, end))


@dataclass
class Bar:
    """One bar as the players see it; beats count from its beginning."""

    band: Band
    number: int
    first_beat: int
    beats: int
    key: int
    minor: bool
    chord: Chord

    @property
    def tones(self):
        """The chord's notes as semitones over C."""
        return self.chord.tones

    @property
    def low(self):
        """Pitch of the bass: the chord's lowest note between E1 and D#2."""
        lowest = (self.chord.root + self.chord.bass) % 12
        return 36 + lowest if lowest < 8 else 24 + lowest

    @property
    def middle(self):
        """Pitches of the chord in the octave from middle C."""
        return [60 + tone % 12 for tone in self.tones]

    @property
    def is_fill(self):
        """Whether it is the last of eight bars."""
        return self.number % 8 == 7

    @property
    def random(self):
        """The band's random numbers."""
        return self.band.random

    def note(self, part, program, pitch, beat, beats, velocity):
        """Plays one note."""
        self.band.note(part, program, pitch, self.first_beat + beat, beats, velocity)

    def notes(self, part, program, pitches, beat, beats, velocity):
        """Plays notes together."""
        for pitch in pitches:
            self.note(part, program, pitch, beat, beats, velocity)

    def drum(self, key, beat, velocity):
        """Hits a drum."""
        self.band.note("drums", 0, key, self.first_beat + beat, 0.1, velocity, drum=True)

    def melody(self, program, velocity, busy=False):
        """Improvises over the bar, on notes of the chord for the most part."""
        durations = [0.25, 0.5, 0.5, 0.5, 1] if busy else [0.5, 0.5, 1, 1, 1.5, 2]
        scale = MINOR_SCALE if self.minor else MAJOR_SCALE
        beat = 0.0
        while beat < self.beats - 0.01:
            duration = min(self.random.choice(durations), self.beats - beat)
            if self.random.random() < 0.8:
                on_chord = self.random.random() < 0.65
                pitch = self.random.choice(self.tones) if on_chord else self.key + self.random.choice(scale)
                self.note("melody", program, 72 + pitch % 12, beat, duration * 0.95, velocity)
            beat += duration
