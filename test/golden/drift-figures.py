"""Writes the figures that drift is held against: scipy's and evidently's, of counts by bucket, as JSON.

pip install scipy==1.17.1 evidently==0.7.23 'pandas<3'; python3 drift-figures.py > drift-figures.json
Without evidently the figures of scipy alone are written (to stdout).
"""

import json
import random
import sys

import numpy
import scipy
from scipy import stats

try:
    import evidently
    import pandas
    from evidently.legacy.calculations.stattests.psi import _psi
    from evidently.legacy.core import ColumnType
except ImportError:
    evidently = None

random.seed(7)


def counts(centre, spread, size):
    held = {}
    for _ in range(size):
        bucket = round(random.gauss(centre, spread))
        held[bucket] = held.get(bucket, 0) + 1
    return held


def values(held):
    return [bucket for bucket, count in sorted(held.items()) for _ in range(count)]


def categories(own, other):
    keys = sorted(set(own) | set(other))
    table = numpy.array([[held.get(key, 0) for key in keys] for held in (own, other)])
    chance = 1.0 if len(keys) < 2 else stats.chi2_contingency(table, correction=False).pvalue
    figure = {
        "own": [[key, own[key]] for key in sorted(own)],
        "other": [[key, other[key]] for key in sorted(other)],
        "chiSquare": float(chance),
    }
    if evidently is not None:
        series = [pandas.Series([f"b{one}" for one in values(held)]) for held in (other, own)]
        figure["psi"] = float(_psi(*series, ColumnType.Categorical, 0.1)[0])
    return figure


def figures(own, other):
    distance = stats.ks_2samp(values(own), values(other)).statistic
    rest = categories(own, other)
    return {"own": rest.pop("own"), "other": rest.pop("other"), "kolmogorovSmirnov": float(distance), **rest}


def drawn(shares, size):
    held = {}
    for name in random.choices(list(shares), list(shares.values()), k=size):
        held[name] = held.get(name, 0) + 1
    return held


cases = [
    ({3: 50, 4: 50}, {3: 50, 4: 50}),
    ({3: 100}, {3: 70}),
    ({3: 10, 4: 90}, {3: 90, 4: 10}),
    ({1: 100}, {5: 100}),
]
for shift in (0, 0.2, 0.5, 1, 2, 4):
    for spread in (1, 2, 5):
        for size in (120, 700):
            cases.append((counts(shift, spread, size), counts(0, spread, 1000)))

reasons = {"stop": 0.8, "length": 0.1, "tool_calls": 0.09, "content_filter": 0.01}
worded = [
    ({"stop": 90, "length": 10}, {"stop": 90, "length": 10}),
    ({"stop": 100}, {"length": 100}),
    (drawn(reasons, 200), drawn(reasons, 2000)),
    (drawn({**reasons, "length": 0.3}, 200), drawn(reasons, 2000)),
    (drawn({**reasons, "error": 0.05}, 300), drawn(reasons, 900)),
    (drawn({f"model-{n}": 1 / (n + 1) for n in range(40)}, 1000), drawn({f"model-{n}": 1 / (n + 2) for n in range(40)}, 900)),
]
# More categories than there are degrees of freedom in the table of critical values.
many = numpy.array([[20 + k * 7919 % 19, 20 + (k * 104729 + k // 7) % 19] for k in range(2000)]).T

tails = [
    [value, degrees, float(stats.chi2.sf(value, degrees))]
    for degrees in (1, 2, 3, 5, 10, 31, 100, 400, 1000)
    for value in (0.01 * degrees, 0.5 * degrees, degrees, 1.2 * degrees, 2 * degrees, degrees + 40)
]
criticals = [
    [chance, degrees, float(stats.chi2.isf(chance, degrees))]
    for degrees in (1, 2, 7, 30, 127, 1000, 4095)
    for chance in (0.5, 0.1, 0.05, 0.01, 0.001, 1e-6)
]
json.dump(
    {
        "versions": {
            "scipy": scipy.__version__,
            "evidently": None if evidently is None else evidently.__version__,
        },
        "cases": [figures(own, other) for own, other in cases],
        "categories": [categories(own, other) for own, other in worded],
        "many": float(stats.chi2_contingency(many, correction=False).pvalue),
        "tails": tails,
        "criticals": criticals,
    },
    sys.stdout,
)
