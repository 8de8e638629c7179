"""build_set.py SETS [--voice PROGRAM SOURCES]: makes the evaluation set, as far as it is not there.

SETS gets a folder a part: `pieces` and `metres` (a band through FluidR3), `bands` (recordings), `voice` (mixes with
singers), `nothing` (silence, noise, speech). Each recording X.wav has its labels beside it; see `annotations.py`.
"""

import argparse
from pathlib import Path

import bands
import nothing
import voices
from music import render


def main():
    """Makes all parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument(
        "--voice",
        nargs=2,
        metavar=("PROGRAM", "SOURCES"),
        help="also the mixes: with the program attacca-train and its folder of sources, in which voice-erithacus lies",
    )
    arguments = parser.parse_args()
    render.render(arguments.sets)
    bands.render(arguments.sets)
    nothing.render(arguments.sets)
    if arguments.voice:
        voices.render(arguments.sets, *arguments.voice)


if __name__ == "__main__":
    main()
