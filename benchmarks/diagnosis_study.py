"""How often the planted mistake is named first: PYTHONPATH=tests python benchmarks/diagnosis_study.py [n_cases]

Each case draws a network, plants one mistake of the catalogue or two, and asks. Two mistakes can come to the same
numbers in one network (both halved and averaged over two outputs); then no one can tell them apart, the finder says
so, and the case counts as named if the planted one is among them; how many of these there are is printed beside.
"""

from __future__ import annotations

import sys

import mistake_cases


def main(n_cases: int) -> None:
    for n_mistakes in (1, 2):
        named = twins = 0
        for seed in range(n_cases):
            planted, diagnosis = mistake_cases.planted(seed, n_mistakes)
            first = diagnosis.findings[0]
            named += planted == first.mistakes or planted in first.equivalent
            twins += bool(first.equivalent)
            if planted != first.mistakes and planted not in first.equivalent:
                print(f"  {seed}: planted {planted}, named {first.mistakes} (residual {first.residual:.1e})")
        print(f"{n_mistakes} planted: {n_cases} cases, {named} named first, {twins} of them with equivalents")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
