"""Labels and predictions, which are written alike: plain columns in `X.onsets`, `X.beats`, `X.chords` and `X.voice`
beside or instead of `X.wav`. The analyser writes the same with `--format text`.

    onsets   time
    beats    time, position in the bar (1 is a downbeat; the column may be missing)
    chords   start, end, chord in the syntax of Harte et al. (2005)
    voice    start, end of each stretch with somebody singing; an empty file where nobody does
    changes  time at which tempo or metre changes abruptly, or music begins anew (labels only)

Times are seconds from the first sample.
"""

import os
from pathlib import Path


def text(rows):
    """Rows of numbers and words as they are written."""
    return "".join("\t".join(_cell(cell) for cell in row) + "\n" for row in rows)


def write(path, rows):
    """Writes rows, whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text(rows), encoding="utf-8")
    os.replace(part, path)


def read(path):
    """The rows of a file, numbers as numbers, or None where there is no such file."""
    path = Path(path)
    if not path.exists():
        return None
    return [
        tuple(_value(cell) for cell in line.split()) for line in path.read_text(encoding="utf-8").splitlines() if line
    ]


def _cell(cell):
    return f"{cell:.4f}" if isinstance(cell, float) else str(cell)


def _value(text):
    try:
        return float(text)
    except ValueError:
        return text
