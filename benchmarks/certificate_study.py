"""How often the gradient certificate is right: PYTHONPATH=tests python benchmarks/certificate_study.py [n_cases]

Each case draws a network of 1 to 4 layers (every output and loss, eleven hidden activations, relu kinks, embeddings,
dropout, penalties, weights), certifies its gradient, plants an error of 0.1 % in one term (the data or penalty part of
one dW, db or dE, one unit's column, one input's row), and certifies again.
Prints: correct gradients and false alarms; planted errors and misses. A planted term that is 0 is no error and is not
counted.
"""

from __future__ import annotations

import sys
import time

import numpy as np

import planting
from clearprop.explain.certificate import certify


def main(n_cases: int) -> None:
    alarms, misses, planted, margins, started = [], [], 0, [], time.perf_counter()
    for seed in range(n_cases):
        network, parameters, X, Y, weights = planting.case(seed)
        certificate = certify(planting.open_session(network, parameters, seed), X, Y, weights, seed=seed)
        margins.append(max(abs(c.difference) / c.tolerance for c in certificate.comparisons))
        if not certificate.passed:
            alarms.append(f"{seed}: {certificate}")
        session, X, Y, weights, description = planting.plant(seed)
        certificate = certify(session, X, Y, weights, seed=seed)
        planted += session.felt
        if session.felt and certificate.passed:
            misses.append(f"{seed}: {description}")
    print(f"correct: {n_cases}, false alarms: {len(alarms)}", *alarms, sep="\n  ")
    print(f"planted: {planted}, misses: {len(misses)}", *misses, sep="\n  ")
    print(f"difference / tolerance of correct ones: median {np.median(margins):.2g}, largest {max(margins):.2g}")
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
