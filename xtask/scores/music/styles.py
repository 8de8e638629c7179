"""Ways of accompanying: each function plays one bar. Programs (from 0) and keys of drums are General MIDI's."""

KICK, STICK, SNARE, CLAP = 36, 37, 38, 39
CLOSED_HAT, PEDAL_HAT, OPEN_HAT = 42, 44, 46
CRASH, RIDE = 49, 51
TOMS = (48, 47, 45, 43)


def rock(bar):
    """Straight eighths, power chords, a fill in the last of eight bars; in 4/4."""
    for eighth in range(8):
        bar.drum(CLOSED_HAT if eighth or bar.is_fill else CRASH, eighth * 0.5, 70 if eighth % 2 else 85)
    for beat in (0, 2, 2.5) if bar.number % 2 else (0, 2):
        bar.drum(KICK, beat, 105)
    for beat in (1, 3):
        bar.drum(SNARE, beat, 105)
    if bar.is_fill:
        for sixteenth, tom in enumerate(TOMS):
            bar.drum(tom, 3 + sixteenth * 0.25, 100)
    for eighth in range(8):
        bar.note("bass", 33, bar.low, eighth * 0.5, 0.45, 95)
    for beat in (0, 1.5, 2, 3):
        bar.notes("guitar", 29, (bar.low + 12, bar.low + 19, bar.low + 24), beat, 0.4 if beat == 1.5 else 0.9, 80)
    if bar.number >= 8:
        bar.melody(30 if bar.number % 16 < 8 else 62, 95)


def ballad(bar):
    """Broken chords on a piano, strings, a flute; no drums."""
    for eighth, tone in enumerate((0, 1, 2, 1, 2, 1, 2, 1)):
        pitch = bar.middle[tone] if eighth else bar.low + 12
        bar.note("piano", 0, pitch, eighth * 0.5, 1.2, 70 if eighth else 85)
    bar.notes("strings", 48, [pitch - 12 for pitch in bar.middle], 0, bar.beats, 55)
    if bar.number >= 4:
        bar.melody(73, 85)


def disco(bar):
    """Four to the floor, hi-hats between, octaves in the bass."""
    for beat in range(4):
        bar.drum(KICK, beat, 110)
        bar.drum(OPEN_HAT, beat + 0.5, 85)
    for sixteenth in range(1, 16, 2):
        bar.drum(CLOSED_HAT, sixteenth * 0.25, 55)
    for beat in (1, 3):
        bar.drum(CLAP, beat, 95)
    for eighth in range(8):
        bar.note("bass", 38, bar.low + (12 if eighth % 2 else 0), eighth * 0.5, 0.4, 100)
    for beat in (0.5, 1.25, 2.5, 3.25):
        bar.notes("electric piano", 4, bar.middle, beat, 0.3, 80)
    bar.notes("strings", 50, bar.middle, 0, bar.beats, 60)
    if bar.number >= 8:
        bar.melody(81, 85, busy=True)


def waltz(bar):
    """Bass on one, chords on the other beats, an accordion; without drums, in three."""
    bar.note("bass", 32, bar.low, 0, 0.9, 95)
    for beat in (1, 2):
        bar.notes("piano", 0, bar.middle, beat, 0.6, 75)
    if bar.number >= 4:
        bar.melody(21, 90)


def funk(bar):
    """Sixteenths, a syncopated bass, a scratching guitar."""
    for sixteenth in range(16):
        bar.drum(CLOSED_HAT, sixteenth * 0.25, 55 if sixteenth % 4 else 85)
    for beat in (0, 0.75, 2.5):
        bar.drum(KICK, beat, 108)
    for beat in (1, 3, 2.25):
        bar.drum(SNARE, beat, 45 if beat == 2.25 else 108)
    for beat, interval in ((0, 0), (0.75, 0), (1.5, 12), (1.75, 10), (2.5, 0), (3.25, 7), (3.5, 12)):
        bar.note("bass", 36, bar.low + interval, beat, 0.22, 105)
    for beat in (0.5, 1.25, 1.75, 2.75, 3.5):
        bar.notes("guitar", 28, bar.middle, beat, 0.15, 85)
    if bar.number >= 8:
        bar.melody(65, 90, busy=True)


def drum_and_bass(bar):
    """A fast broken beat over long notes: a tempo that is often taken for its half."""
    for beat in (0, 2.5):
        bar.drum(KICK, beat, 115)
    for beat in (1, 3):
        bar.drum(SNARE, beat, 115)
    for eighth in range(8):
        bar.drum(CLOSED_HAT, eighth * 0.5, 70)
    for beat in (1.75, 2.25):
        bar.drum(SNARE, beat, 50)
    bar.note("bass", 38, bar.low, 0, 1.9, 110)
    bar.note("bass", 38, bar.low, 2.5, 1.3, 105)
    bar.notes("pad", 89, bar.middle, 0, bar.beats, 70)
    if bar.number >= 8:
        bar.melody(80, 80, busy=True)


def bossa(bar):
    """A clave over two bars, a nylon guitar, a flute."""
    for eighth in range(8):
        bar.drum(CLOSED_HAT, eighth * 0.5, 55)
    for beat in (1, 2.5) if bar.number % 2 else (0, 1.5, 3):
        bar.drum(STICK, beat, 80)
    for beat, interval in ((0, 0), (1.5, 7), (2, 7), (3.5, 0)):
        bar.note("bass", 32, bar.low + interval, beat, 0.5 if beat in (1.5, 3.5) else 1.4, 90)
    for beat in (0, 1, 2.5, 3.5):
        bar.notes("guitar", 24, bar.middle, beat, 0.6, 80)
    if bar.number >= 4:
        bar.melody(73, 85)


def reggae(bar):
    """One drop: nothing on one, chords off the beat."""
    bar.drum(KICK, 2, 110)
    bar.drum(STICK, 2, 95)
    for eighth in range(8):
        bar.drum(CLOSED_HAT, eighth * 0.5, 75 if eighth % 2 else 50)
    for beat in (0.5, 1.5, 2.5, 3.5):
        bar.notes("guitar", 27, bar.middle, beat, 0.2, 90)
        bar.notes("organ", 16, [pitch - 12 for pitch in bar.middle], beat, 0.2, 75)
    for beat, interval in ((0, 0), (1.0, 0), (1.5, 7), (2.5, 12), (3.5, 7)):
        bar.note("bass", 33, bar.low + interval, beat, 0.45, 105)
    if bar.number >= 8:
        bar.melody(56, 90)


def swing(bar):
    """Swung eighths of two to one, a walking bass, a saxophone."""
    for beat in (0, 1, 1.667, 2, 3, 3.667):
        bar.drum(RIDE, beat, 85)
    for beat in (1, 3):
        bar.drum(PEDAL_HAT, beat, 80)
    if bar.random.random() < 0.5:
        bar.drum(SNARE, bar.random.choice([0.667, 2.667, 3.667]), 60)
    third = bar.tones[1] - bar.chord.root
    for beat, interval in enumerate([0, third, 7, bar.random.choice([9, 11, 5])]):
        bar.note("bass", 32, bar.low + interval, beat, 0.9, 95)
    for beat in bar.random.sample([0, 0.667, 1.667, 2, 2.667, 3.667], 2):
        bar.notes("piano", 0, bar.middle, beat, 0.5, 75)
    beat = 0.0
    while bar.number >= 4 and beat < bar.beats:
        if bar.random.random() < 0.75:
            bar.note("melody", 66, 67 + bar.random.choice(bar.tones) % 12, beat, 0.45, 92)
        beat += 0.667 if abs(beat - round(beat)) < 0.01 else 0.333


def folk(bar):
    """A plucked guitar, a mouth organ or a fiddle; no drums."""
    root, third, fifth = bar.middle[:3]
    pitches = (bar.low + 12, third, fifth, third, bar.low + 19, root + 12, fifth, third)
    for eighth, pitch in enumerate(pitches):
        bar.note("guitar", 25, pitch, eighth * 0.5, 1.0, 72 if eighth % 4 else 90)
    if bar.number >= 4:
        bar.melody(22 if bar.number % 16 < 8 else 40, 85)


def quartet(bar):
    """Four strings, soft starts."""
    cello = bar.low + 12 if bar.low < 40 else bar.low
    bar.note("cello", 42, cello, 0, 2, 85)
    bar.note("cello", 42, cello + 7, 2, 2, 80)
    viola_beats = 2 if bar.number % 2 else 4
    for beat in range(0, 4, viola_beats):
        bar.note("viola", 41, bar.middle[0], beat, viola_beats, 75)
    for beat in range(4):
        bar.note("second violin", 40, bar.middle[1 + beat % 2], beat, 0.95, 72)
    bar.melody(40, 90)


def grouped(*groups):
    """A style for any metre: bass drum on the first of each group of beats, snare on the last of it."""
    starts = [sum(groups[:index]) for index in range(len(groups))]
    ends = [start + beats - 1 for start, beats in zip(starts, groups, strict=True)]

    def play(bar):
        for eighth in range(2 * bar.beats):
            bar.drum(
                CRASH if eighth == 0 and bar.number % 8 == 0 else CLOSED_HAT, eighth * 0.5, 60 if eighth % 2 else 80
            )
        for beat in starts:
            bar.drum(KICK, beat, 110 if beat == 0 else 98)
            bar.note("bass", 33, bar.low, beat, 0.9, 100)
        for beat in ends:
            bar.drum(SNARE, beat, 100)
            bar.note("bass", 33, bar.low + 7, beat + 0.5, 0.4, 85)
        bar.notes("guitar", 27, bar.middle, 0, bar.beats, 75)
        for beat in range(bar.beats):
            bar.notes("piano", 0, bar.middle, beat + 0.5, 0.3, 70)
        if bar.number >= 4:
            bar.melody(66, 88)

    return play


def jig(bar):
    """6/8: two dotted beats of three eighths, a fiddle over guitar, bass and a frame of drums."""
    third = 1 / 3
    for beat in range(bar.beats):
        bar.drum(KICK if beat % 2 == 0 else STICK, beat, 100)
        bar.note("bass", 32, bar.low + (7 if beat % 2 else 0), beat, 0.9, 95)
        for eighth in range(3):
            bar.drum(CLOSED_HAT, beat + eighth * third, 50 if eighth else 75)
            bar.note("guitar", 25, bar.middle[eighth % 3], beat + eighth * third, 0.3, 72 if eighth else 88)
            if bar.number >= 2 and bar.random.random() < 0.7:
                bar.note("melody", 40, 72 + bar.random.choice(bar.tones) % 12, beat + eighth * third, 0.3, 92)


def block_chords(bar):
    """Organ and electric piano in plain chords over a soft beat, so that every note of a chord is heard."""
    for beat in range(bar.beats):
        bar.drum(KICK if beat % 2 == 0 else SNARE, beat, 90)
        bar.drum(CLOSED_HAT, beat + 0.5, 60)
        bar.note("bass", 33, bar.low, beat, 0.9, 100)
        bar.notes("electric piano", 4, bar.middle, beat, 0.8, 80)
    bar.notes("organ", 16, bar.middle, 0, bar.beats, 60)
