"""Writes what indices of dispersion are held against: numpy's, of bad events in slices, as JSON.

pip install numpy==2.4.6; python3 dispersion-figures.py > dispersion-figures.json
"""

import json
import sys

import numpy

random = numpy.random.default_rng(11)


def figures(name, bad, total):
    seen = total > 0
    b, n = bad[seen].astype(float), total[seen].astype(float)
    p = b.sum() / n.sum()
    phi = ((b - n * p) ** 2 / (n * p * (1 - p))).sum() / (len(n) - 1)
    return {"name": name, "bad": bad.tolist(), "total": total.tolist(), "phi": float(phi)}


def independent(slices, mean, share):
    total = random.poisson(mean, slices)
    return random.binomial(total, share), total


def bursting(slices, mean, share, rho):
    """The share of each slice is of a beta distribution: the dispersion is about 1 + (mean - 1) rho."""
    total = random.poisson(mean, slices)
    shares = random.beta(share * (1 - rho) / rho, (1 - share) * (1 - rho) / rho, slices)
    return random.binomial(total, shares), total


cases = [
    figures("independent", *independent(150, 40, 0.02)),
    figures("independent, few events", *independent(200, 1.5, 0.1)),
    figures("independent, many events", *independent(60, 20_000, 0.001)),
    figures("bursting", *bursting(150, 40, 0.02, 0.1)),
    figures("bursting, many events", *bursting(60, 5_000, 0.01, 0.02)),
    figures("a bad half", *independent(40, 30, 0.5)),
]
json.dump({"numpy": numpy.__version__, "cases": cases}, sys.stdout)
