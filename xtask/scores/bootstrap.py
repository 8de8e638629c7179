"""Means over pieces with their intervals."""

import numpy as np

DRAWS = 2000
SEED = 1


def mean_with_interval(values):
    """Mean of what is a number, and its 95 % bootstrap interval over pieces; None where nothing is."""
    values = np.array([value for value in values if value is not None and not np.isnan(value)], dtype=float)
    if len(values) == 0:
        return None
    draws = np.random.default_rng(SEED).choice(values, (DRAWS, len(values)))
    low, high = np.percentile(draws.mean(axis=1), [2.5, 97.5])
    return {"mean": float(values.mean()), "low": float(low), "high": float(high), "pieces": len(values)}
