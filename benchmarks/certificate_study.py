"""How often the gradient certificate is right.

    PYTHONPATH=tests python benchmarks/certificate_study.py [n_cases [ENGINE PRECISION ERROR]]

Each case draws a network of 1 to 4 layers (every output and loss, eleven hidden activations, relu kinks, embeddings,
dropout, penalties, weights), certifies its gradient, plants an error (0.1 %) in one term (the data or penalty part of
one dW, db or dE, one unit's column, one input's row), and certifies again.
Prints: correct gradients and false alarms; planted errors and misses. A planted term that is 0 is no error and is not
counted. In float32, and in bf16 (of the engine native), an error smaller than the resolution the certificate states is
one it does not claim to see; those misses are counted by themselves.
"""

from __future__ import annotations

import sys
import time

import numpy as np

import planting
from clearprop.engines import get_precision
from clearprop.proofs.certificate import certify


def main(n_cases: int, engine: str = "numpy", precision: str = "float64", error: str = "0.001") -> None:
    factor, started, dtype = 1 + float(error), time.perf_counter(), get_precision(precision).dtype
    alarms, misses, unseen, planted, margins = [], [], 0, 0, []
    for seed in range(n_cases):
        network, parameters, X, Y, weights = planting.case(seed, dtype)
        session = planting.open_session(network, parameters, seed, engine, precision)
        certificate = certify(session, X, Y, weights, seed=seed)
        margins.append(max(abs(c.difference) / c.tolerance for c in certificate.comparisons))
        if not certificate.passed:
            alarms.append(f"{seed}: {certificate}")
        session, X, Y, weights, description = planting.plant(seed, factor, engine, dtype, precision)
        certificate = certify(session, X, Y, weights, seed=seed)
        planted += session.felt
        if session.felt and certificate.passed:
            resolution = certificate.resolution[session.name] or 0.0
            penalised = session.network.objective.l1 or session.network.objective.l2
            seen = session.term == "data" and not penalised and resolution < float(error)
            unseen += not seen
            if seen or precision == "float64":
                misses.append(f"{seed}: {description}, resolution {resolution:.2g}")
    print(f"{engine}, {precision}; correct: {n_cases}, false alarms: {len(alarms)}", *alarms, sep="\n  ")
    print(f"planted: {planted}, misses: {len(misses)}", *misses, sep="\n  ")
    if precision != "float64":
        print(f"not seen, and too small a part of its gradient to be: {unseen}")
    print(
        f"difference / tolerance of correct ones: median {np.nanmedian(margins):.2g}, largest {np.nanmax(margins):.2g}"
    )
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, *sys.argv[2:5])
