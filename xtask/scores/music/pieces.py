"""The pieces: a table of what is played, and what comes of playing it.

The first part of the set, `pieces`, is twelve styles that keep their metre. The second, `metres`, is what is harder for
who listens live: other metres, tempi that drift and jump, silence, rarer chords.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from . import styles
from .harmony import Chord
from .player import Band, Bar

SEEDS = {"pieces": 100, "metres": 7100}

# Where the first beat falls.
LEAD_IN_SECONDS = 0.5

# Onsets closer than this are one (Böck, Krebs and Schedl, 2012); those at the very end are cut off with the audio.
ONSET_MERGE_SECONDS = 0.03
END_MARGIN_SECONDS = 0.02


@dataclass(frozen=True)
class Piece:
    """What is played."""

    name: str
    bpm: float
    beats_per_bar: int
    style: Callable
    key: int
    progression: str
    """A chord a bar, over and over; with a bass note as `Chord.in_key` reads it."""
    tempo: Callable = lambda beat: 1.0
    """Tempo at a beat, relative to `bpm`."""
    seconds: float = 64.0
    """Length at `bpm`."""
    modulates: bool = False
    """Whether the last quarter is a whole tone higher."""
    jump_beat: int | None = None
    """Beat at which the tempo changes abruptly."""
    silence: tuple[int, float] | None = None
    """A bar before which everybody is silent, and for how many seconds."""


PIECES = (
    Piece("rock120", 120, 4, styles.rock, 9, "I V vi IV I V IV IV", modulates=True),
    Piece("ballad72", 72, 4, styles.ballad, 0, "I V vi iii IV I ii V"),
    Piece("disco118", 118, 4, styles.disco, 4, "i bVII bVI V i iv bVI V", modulates=True),
    Piece("waltz150", 150, 3, styles.waltz, 7, "I I IV I V V I I"),
    Piece("funk100", 100, 4, styles.funk, 2, "i i iv iv i bVII iv i"),
    Piece("dnb174", 174, 4, styles.drum_and_bass, 5, "i i bVI bVI bIII bIII bVII bVII"),
    Piece("bossa132", 132, 4, styles.bossa, 10, "Imaj7 vi7 ii7 V7 Imaj7 IVmaj7 ii7 V7"),
    Piece("reggae76", 76, 4, styles.reggae, 3, "I IV I V vi IV V I"),
    Piece("swing160", 160, 4, styles.swing, 5, "Imaj7 vi7 ii7 V7 Imaj7 vi7 ii7 V7"),
    Piece("folk92r", 92, 4, styles.folk, 7, "I V vi IV I IV V I", lambda b: 1 + 0.08 * math.sin(2 * math.pi * b / 48)),
    Piece(
        "quartet84r",
        84,
        4,
        styles.quartet,
        2,
        "I vi IV V I ii V I",
        lambda b: 1 + 0.10 * math.sin(2 * math.pi * b / 40),
    ),
    Piece(
        "rockchg100-132",
        100,
        4,
        styles.rock,
        0,
        "vi IV I V vi IV V V",
        lambda beat: 1.0 if beat < 72 else 1.32,
        seconds=70,
        modulates=True,
        jump_beat=72,
    ),
)

METRES = (
    Piece("three96", 96, 3, styles.grouped(3), 2, "I Vsus4 V I vi ii V7 I", seconds=48),
    Piece("five126", 126, 5, styles.grouped(3, 2), 4, "i i bVI bVII i iv v i", seconds=48),
    Piece("six-eight66", 66, 2, styles.jig, 9, "I I V V IV IV V I", seconds=48),
    Piece("seven138", 138, 7, styles.grouped(2, 2, 3), 7, "i bVII bVI bVII", seconds=48),
    Piece(
        "drift88-124", 88, 4, styles.funk, 1, "i iv bVII bIII", lambda beat: 1 + 0.41 * min(beat / 80, 1), seconds=56
    ),
    Piece(
        "jump112-84",
        112,
        4,
        styles.rock,
        6,
        "I IV vi V",
        lambda beat: 1.0 if beat < 56 else 0.75,
        seconds=52,
        jump_beat=56,
    ),
    Piece("chords104", 104, 4, styles.block_chords, 8, "I V/4 vi Isus2 vii0 I/4 Iaug IV ii07 Vsus4 V7 I/7", seconds=56),
    Piece("silence110", 110, 4, styles.disco, 11, "I vi IV V", seconds=44, silence=(10, 10.0)),
)

PARTS = {"pieces": PIECES, "metres": METRES}


@dataclass
class Performance:
    """What was played, with its labels (rows of `annotations`)."""

    band: Band
    seconds: float
    onsets: list = field(default_factory=list)
    beats: list = field(default_factory=list)
    chords: list = field(default_factory=list)
    changes: list = field(default_factory=list)


def perform(piece, seed):
    """Plays a piece; the same seed gives the same notes."""
    bar_count = int(piece.seconds * piece.bpm / 60) // piece.beats_per_bar
    band = Band(seed, _beat_times(piece, bar_count * piece.beats_per_bar), piece.bpm)
    end = band.time(band.beat_count)
    first = band.time(0)
    played = Performance(band, end, chords=[(0.0, first, "N")])
    progression = piece.progression.split()
    for number in range(bar_count):
        first_beat = number * piece.beats_per_bar
        if piece.silence and number >= piece.silence[0]:
            first_beat += 1  # the silence stands where a beat would
            if number == piece.silence[0]:
                played.chords.append((band.time(first_beat - 1), band.time(first_beat), "N"))
                played.changes.append((band.time(first_beat),))
        modulated = piece.modulates and number >= bar_count * 3 // 4
        key = piece.key + (2 if modulated else 0)
        chord = Chord.in_key(key, progression[number % len(progression)])
        minor = not progression[0].startswith("I")
        piece.style(Bar(band, number, first_beat, piece.beats_per_bar, key, minor, chord))
        times = [band.time(first_beat + beat) for beat in range(piece.beats_per_bar + 1)]
        played.chords.append((times[0], times[-1], chord.label))
        played.beats.extend((time, position) for position, time in enumerate(times[:-1], start=1))
    if piece.jump_beat is not None:
        played.changes.append((band.time(piece.jump_beat),))
    played.onsets = [(time,) for time in _merged(band, end - END_MARGIN_SECONDS)]
    return played


def _beat_times(piece, beat_count):
    """Start of every beat, and the end of the last."""
    durations = [60 / (piece.bpm * piece.tempo(beat)) for beat in range(beat_count)]
    if piece.silence:
        bar, seconds = piece.silence
        durations.insert(bar * piece.beats_per_bar, seconds)
    times = [LEAD_IN_SECONDS]
    for duration in durations:
        times.append(times[-1] + duration)
    return times


def _merged(band, end):
    """Starts of all notes before `end`, those that are close together as one."""
    starts = sorted(note.start for part in band.midi.instruments for note in part.notes if note.start < end)
    merged = []
    for start in starts:
        if not merged or start - merged[-1] > ONSET_MERGE_SECONDS:
            merged.append(start)
    return merged
