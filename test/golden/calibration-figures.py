"""Writes expected calibration errors of random confidences, as JSON: numpy's, by the formula of Guo et al. 2017 (equation 3).

pip install numpy; python3 calibration-figures.py > calibration-figures.json
"""

import json
import sys

import numpy

rng = numpy.random.default_rng(11)


def error(confidences, correct, bins):
    """Bins (m/M, (m+1)/M], the first one closed: sum over bins of |B| / n x |accuracy - mean confidence|."""
    edges = numpy.linspace(0, 1, bins + 1)
    places = numpy.searchsorted(edges[1:-1], confidences)
    total = 0.0
    for place in range(bins):
        inside = places == place
        if inside.any():
            total += inside.mean() * abs(correct[inside].mean() - confidences[inside].mean())
    return float(total)


cases = []
for size, bins, tilt in ((1, 10, 1), (50, 2, 1), (200, 10, 1), (300, 15, 2), (400, 20, 0.4), (120, 5, 3)):
    # Off the edges of bins, so that a double's last digit decides nothing.
    confidences = numpy.round(rng.random(size), 4) * 0.9998 + 0.00011
    correct = rng.random(size) < confidences**tilt
    cases.append(
        {
            "bins": bins,
            "confidences": [float(one) for one in confidences],
            "correct": [bool(one) for one in correct],
            "error": error(confidences, correct, bins),
        }
    )
json.dump({"numpy": numpy.__version__, "cases": cases}, sys.stdout)
