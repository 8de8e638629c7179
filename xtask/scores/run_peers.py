"""run_peers.py SETS PREDICTIONS: lets the peers listen to the evaluation set, one after another.

SETS holds a folder for each part of the set, PREDICTIONS gets `PEER/PART/X.onsets` and the like. What is there already
is left alone, so that a second run asks only for what is missing. A recording is heard by those peers for whose task it
has labels.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import annotations
from peers import PEERS


def missing(peer, sets, predictions):
    """Recordings that the peer has not heard yet, each with the file that it will write."""
    jobs = []
    for labels in sorted(sets.glob(f"*/*.{peer.kind}")):
        recording = labels.with_suffix(".wav")
        output = predictions / peer.key / labels.parent.name / labels.name
        if recording.exists() and not (output.exists() and output.stat().st_mtime > recording.stat().st_mtime):
            jobs.append((recording, output))
    return jobs


def listen(peer, jobs):
    """Lets one peer hear its recordings, in this process."""
    started = time.monotonic()
    hear = peer.make()
    for number, (recording, output) in enumerate(jobs, start=1):
        annotations.write(output, hear(str(recording)))
        spent = time.monotonic() - started
        print(f"  {peer.title}: {number} of {len(jobs)}, {spent:.0f} s", end="\r", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def main():
    """Runs each peer that has something left to do in a process of its own, so that one that fails spoils nothing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("predictions", type=Path)
    parser.add_argument("--only", choices=list(PEERS), help="run this peer, in this process")
    arguments = parser.parse_args()
    if arguments.only:
        peer = PEERS[arguments.only]
        listen(peer, missing(peer, arguments.sets, arguments.predictions))
        return
    failed = []
    for peer in PEERS.values():
        if missing(peer, arguments.sets, arguments.predictions):
            command = [
                sys.executable,
                "-W",
                "ignore",
                __file__,
                arguments.sets,
                arguments.predictions,
                "--only",
                peer.key,
            ]
            if subprocess.run(command, check=False).returncode != 0:
                failed.append(peer.title)
    if failed:
        print(f"These peers failed and are left out of the table: {', '.join(failed)}", file=sys.stderr)


if __name__ == "__main__":
    main()
