"""Chords: what their symbols mean and how they are labelled."""

from dataclasses import dataclass

ROOTS = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]

QUALITIES = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "min7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "dim": (0, 3, 6),
    "hdim7": (0, 3, 6, 10),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
}

# Semitones over the key, and quality, of the degrees that the pieces use.
DEGREES = {
    "I": (0, "maj"),
    "ii": (2, "min"),
    "iii": (4, "min"),
    "IV": (5, "maj"),
    "V": (7, "maj"),
    "vi": (9, "min"),
    "bVII": (10, "maj"),
    "i": (0, "min"),
    "iv": (5, "min"),
    "bVI": (8, "maj"),
    "bIII": (3, "maj"),
    "v": (7, "min"),
    "ii7": (2, "min7"),
    "V7": (7, "7"),
    "Imaj7": (0, "maj7"),
    "vi7": (9, "min7"),
    "IVmaj7": (5, "maj7"),
    "Isus2": (0, "sus2"),
    "Vsus4": (7, "sus4"),
    "Iaug": (0, "aug"),
    "vii0": (11, "dim"),
    "ii07": (2, "hdim7"),
}

# Semitones of a bass note over the root, as Harte's degrees.
_BASS_DEGREES = {3: "b3", 4: "3", 7: "5", 10: "b7", 11: "7"}

MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
MINOR_SCALE = (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True)
class Chord:
    """A chord in a key."""

    root: int
    """Pitch class of its root."""
    quality: str
    bass: int = 0
    """Semitones of its lowest note over the root."""

    @classmethod
    def in_key(cls, key, symbol):
        """`V7` or, with its bass, `V/4` (the chord on the fifth degree, four semitones over the root below)."""
        degree, _, bass = symbol.partition("/")
        semitones, quality = DEGREES[degree]
        return cls((key + semitones) % 12, quality, int(bass or 0))

    @property
    def tones(self):
        """Its notes as semitones over C, root first and upwards from it."""
        return [self.root + interval for interval in QUALITIES[self.quality]]

    @property
    def label(self):
        """Its name in the syntax of Harte et al. (2005)."""
        bass = f"/{_BASS_DEGREES[self.bass]}" if self.bass else ""
        return f"{ROOTS[self.root]}:{self.quality}{bass}"
