"""The scores as Markdown."""

from peers import PEERS

OWN = "attacca"

# What is printed of each task, in this order; the first one decides which peer is the best.
COLUMNS = {
    "onsets": ("F 50 ms", "F 25 ms", "precision 50 ms", "recall 50 ms"),
    "beats": (
        "F",
        "CMLt",
        "AMLt",
        "downbeat F",
        "tempo within 4 %",
        "first right beat, s",
        "right again after a change, s",
    ),
    "chords": ("majmin", "root", "sevenths"),
    "voice": ("accuracy", "F", "false alarms"),
}

SMALLER_IS_BETTER = ("false alarms", "first right beat, s", "right again after a change, s")

PART_TITLES = {
    "pieces": "Twelve styles",
    "metres": "Other metres, drifting and jumping tempi, silence, rarer chords",
    "bands": "Recordings of two metal bands",
    "voice": "Sung over a band as loud as it",
}


def summary(scores):
    """For each part and measure: Attacca, the best causal and the best off-line peer."""
    lines = []
    for part, title in PART_TITLES.items():
        if part in scores:
            lines += [
                f"### {title}",
                "",
                "| | | Attacca | best causal peer | best off-line peer |",
                "| --- | --- | --- | --- | --- |",
            ]
            for kind, systems in scores[part].items():
                for measure in COLUMNS[kind]:
                    own = systems.get(OWN, {}).get(measure)
                    if own is not None:
                        peers = [_best(systems, measure, causal) for causal in (True, False)]
                        lines.append(f"| {kind} | {measure} | {_interval(own)} | {peers[0]} | {peers[1]} |")
            lines.append("")
    return "\n".join(lines)


def everything(scores):
    """Every system with every measure, for each part and task."""
    lines = []
    for part, tasks in scores.items():
        for kind, systems in tasks.items():
            columns = [name for name in COLUMNS[kind] if any(values.get(name) for values in systems.values())]
            lines += [
                f"### {PART_TITLES[part]}: {kind}",
                "",
                f"| | | {' | '.join(columns)} |",
                "| --- " * (len(columns) + 2) + "|",
            ]
            for key, values in systems.items():
                cells = [_interval(values[name]) if values.get(name) else "–" for name in columns]
                causal = "off-line" if key in PEERS and not PEERS[key].causal else "causal"
                lines.append(f"| {_title(key)} | {causal} | {' | '.join(cells)} |")
            lines.append("")
    return "\n".join(lines)


def latencies(rows):
    """Median and 95th percentile of each latency."""
    lines = ["### Latency of Attacca's events", "", "| | median, ms | 95 % within, ms |", "| --- | --- | --- |"]
    lines += [f"| {name} | {values['median']:.0f} | {values['p95']:.0f} |" for name, values in rows.items()]
    return "\n".join([*lines, ""])


def nothing(recordings):
    """Events a minute where there is no music."""
    tasks = list(next(iter(recordings.values())))
    lines = ["### Nothing to hear: events a minute with a confidence over .5", "", f"| | {' | '.join(tasks)} |"]
    lines.append("| --- " * (len(tasks) + 1) + "|")
    for name, counts in recordings.items():
        lines.append(f"| {name} | {' | '.join(f'{counts[task]:.0f}' for task in tasks)} |")
    return "\n".join([*lines, ""])


def _best(systems, measure, causal):
    """The peer with the best mean among the causal ones or the others."""
    sign = -1 if measure in SMALLER_IS_BETTER else 1
    scored = {
        key: values[measure]
        for key, values in systems.items()
        if key in PEERS and PEERS[key].causal == causal and values.get(measure) is not None
    }
    if not scored:
        return "–"
    key = max(scored, key=lambda key: sign * scored[key]["mean"])
    return f"{_number(scored[key]['mean'])} ({_title(key)})"


def _title(key):
    return PEERS[key].title if key in PEERS else key.capitalize()


def _interval(value):
    return f"{_number(value['mean'])} [{_number(value['low'])}–{_number(value['high'])}]"


def _number(value):
    return f"{value:.3f}".removeprefix("0") if abs(value) < 1 else f"{value:.2f}"
