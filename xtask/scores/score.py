"""score.py SETS PREDICTIONS --json FILE: scores every system on every part of the set, and prints the tables.

PREDICTIONS has a folder a system, with a folder a part: what `run_peers.py` wrote, and what `attacca analyze --format
text,csv` did. A system counts for a task only if it heard every recording with labels for it.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import soundfile

import annotations
import learnt
import table
from bootstrap import mean_with_interval
from measures import MEASURES, live


def score(sets, predictions):
    """`[part][task][system][measure]` as means with intervals, and the same for each recording."""
    means, recordings = {}, {}
    systems = sorted(folder.name for folder in predictions.iterdir() if folder.is_dir())
    systems.sort(key=lambda name: name != table.OWN)
    for part in table.PART_TITLES:
        for kind, measure in MEASURES.items():
            labelled = sorted((sets / part).glob(f"*.{kind}"))
            for system in systems:
                values = _values(measure, labelled, predictions / system / part)
                if values:
                    names = table.COLUMNS[kind]
                    scored = {
                        name: mean_with_interval([of_piece[name] for of_piece in values.values()]) for name in names
                    }
                    means.setdefault(part, {}).setdefault(kind, {})[system] = scored
                    recordings.setdefault(part, {}).setdefault(kind, {})[system] = values
    return means, recordings


def _values(measure, labelled, predicted):
    """What is measured of each recording, or nothing where a prediction is missing."""
    found = {path: annotations.read(predicted / path.name) for path in labelled}
    missing = [path.stem for path, rows in found.items() if rows is None]
    if missing:
        if len(missing) < len(found):
            print(
                f"{predicted}: left out, as {len(missing)} of {len(found)} are missing ({missing[0]} …)",
                file=sys.stderr,
            )
        return {}
    values = {}
    for path, prediction in found.items():
        more = {}
        if path.suffix == ".beats":
            more["changes"] = [row[0] for row in annotations.read(path.with_suffix(".changes")) or []]
        seconds = soundfile.info(path.with_suffix(".wav")).duration
        values[path.stem] = measure(annotations.read(path), prediction, seconds, **more)
    return values


def latencies(sets, predictions):
    """Median and 95th percentile of every latency, over all events of the part `pieces`."""
    collected = {}
    for labels in sorted((sets / "pieces").glob("*.onsets")):
        events = predictions / table.OWN / "pieces" / f"{labels.stem}.csv"
        if events.exists():
            for name, values in live.latencies(events, annotations.read(labels)).items():
                collected.setdefault(name, []).extend(values)
    return {
        name: {"median": float(np.median(values)), "p95": float(np.percentile(values, 95))}
        for name, values in collected.items()
        if values
    }


def nothing(sets, predictions):
    """Events a minute of which Attacca is sure, for each recording of the part `nothing`."""
    counts = {}
    for recording in sorted((sets / "nothing").glob("*.wav")):
        events = predictions / table.OWN / "nothing" / f"{recording.stem}.csv"
        if events.exists():
            counts[recording.stem] = live.sure_per_minute(events, soundfile.info(recording).duration)
    return counts


def main():
    """Scores, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("predictions", type=Path)
    parser.add_argument("--json", type=Path, required=True, help="where the same goes as JSON, with each recording's")
    arguments = parser.parse_args()
    means, recordings = score(arguments.sets, arguments.predictions)
    late, sure = latencies(arguments.sets, arguments.predictions), nothing(arguments.sets, arguments.predictions)
    shared = learnt.in_common(arguments.sets)
    content = {
        "means": means,
        "recordings": recordings,
        "latency_ms": late,
        "nothing_per_minute": sure,
        "learnt_before": shared,
    }
    arguments.json.write_text(json.dumps(content, indent=1), encoding="utf-8")
    print("Means over the recordings, with 95 % bootstrap intervals.\n")
    print(table.summary(means))
    for task, source in shared:
        print(f"Not a fair figure: the shipped network for {task} learnt from `{source}`, which the set is made of.\n")
    for title, rows in ((table.latencies, late), (table.nothing, sure)):
        if rows:
            print(title(rows))
    print(table.everything(means))


if __name__ == "__main__":
    main()
