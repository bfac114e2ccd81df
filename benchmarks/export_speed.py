"""One row through the exported C (gcc -O2) and through onnxruntime on the exported ONNX, turn by turn; sizes of the C.

    python benchmarks/export_speed.py            # the table, on the screen
    python benchmarks/export_speed.py --write    # and into benchmarks/RESULTS.md

Both run on one thread. onnxruntime is called from Python, as its users call it; its time is that of `session.run`. The
C is called by a program of its own. Each call is timed; turns alternate, and the median of a turn's calls, and of the
turns, is shown.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
from peers import machine, write

from clearprop.engines.native.core import core
from clearprop.engines.native.threads import available_threads
from clearprop.exchange import Answer, Deployed, export
from clearprop.model import initial, mlp

SIZES = (784, 256, 128, 10), (20, 64, 64, 2)
MARK = "<!-- export -->"
TURNS, CALLS = 25, 1000

MAIN = """#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "m.h"

static int by_size(const void *a, const void *b)
{{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}}

int main(void)
{{
    static float x[64][{n_in}], values[{n_out}];
    static double seconds[{calls}];
    struct timespec begin, end;
    for (int i = 0; i < 64; i++)
        for (int j = 0; j < {n_in}; j++)
            x[i][j] = (float)((i * 31 + j * 7) % 13 - 6) / 6.0f;
    for (int i = 0; i < {calls}; i++) {{
        clock_gettime(CLOCK_MONOTONIC, &begin);
        m_predict(x[i % 64], values);
        clock_gettime(CLOCK_MONOTONIC, &end);
        seconds[i] = (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    }}
    qsort(seconds, {calls}, sizeof(double), by_size);
    printf("%.9g\\n", seconds[{calls} / 2]);
    return 0;
}}
"""


def model(sizes: tuple[int, ...]) -> Deployed:
    """Return a classifier of rows of numbers with drawn weights: relu, and softmax or, for two classes, sigmoid."""
    two = sizes[-1] == 2
    network = mlp(*sizes[:-1], 1 if two else sizes[-1], output="sigmoid" if two else "softmax")
    names = tuple(f"x{k}" for k in range(sizes[0]))
    return Deployed(names, network, (initial(network, 0, np.float32),), Answer("class", tuple(range(sizes[-1]))))


def in_c(folder: Path, sizes: tuple[int, ...]) -> str:
    """Compile the export and a loop around it; return the program."""
    (folder / "main.c").write_text(MAIN.format(n_in=sizes[0], n_out=sizes[-1], calls=CALLS))
    program = folder / "timed"
    subprocess.run(["gcc", "-std=c99", "-O2", "-o", program, "main.c", "m.c", "-lm"], check=True, cwd=folder)
    return str(program)


def timed(program: str) -> float:
    """Return the seconds of one call, as the program prints them."""
    return float(subprocess.run([program], check=True, capture_output=True, text=True).stdout)


def in_onnxruntime(path: Path, n_in: int) -> float:
    """Return the seconds of one call, the median of many."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    rows = np.random.default_rng(0).normal(size=(64, 1, n_in)).astype(np.float32)
    seconds = []
    for call in range(CALLS):
        begin = time.perf_counter()
        session.run(None, {"X": rows[call % 64]})
        seconds.append(time.perf_counter() - begin)
    return median(seconds)


def size(source: Path, flags: str) -> int:
    """Return the bytes of code and tables."""
    subprocess.run(["gcc", "-std=c99", flags, "-c", source.name], check=True, cwd=source.parent)
    shown = subprocess.run(["size", source.with_suffix(".o")], check=True, capture_output=True, text=True).stdout
    text, data, _ = map(int, shown.splitlines()[1].split()[:3])
    return text + data


def row(sizes: tuple[int, ...]) -> str:
    """Measure one network; return its row of the table."""
    with tempfile.TemporaryDirectory() as name:
        folder, deployed = Path(name), model(sizes)
        for file, to in (("m.c", "c"), ("m.onnx", "onnx"), ("fixed.c", "c-fixed")):
            export(deployed, folder / file, to)
        program, found = in_c(folder, sizes), []
        turns = partial(timed, program), partial(in_onnxruntime, folder / "m.onnx", sizes[0])
        for _ in range(TURNS):
            found.append([turn() for turn in turns])
        c, onnx = (1e6 * median(times) for times in zip(*found, strict=True))
        bytes_of = [f"{size(folder / file, '-Os') / 1024:.1f}" for file in ("m.c", "fixed.c")]
    layers = "-".join(map(str, sizes))
    return f"| {layers} | {c:.2f} | {onnx:.2f} | {c / onnx:.2f} | {' | '.join(bytes_of)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write into RESULTS.md")
    arguments = parser.parse_args()
    lines = [
        "| network | C, µs | onnxruntime, µs | ratio | kB of C in float32 | kB in int16 |",
        "|---|---|---|---|---|---|",
        *(row(sizes) for sizes in SIZES),
    ]
    about = [*machine(core.peak(available_threads())), f"onnxruntime {onnxruntime.__version__}.", ""]
    print("\n".join(about + lines))
    if arguments.write:
        write(about + lines, MARK)


if __name__ == "__main__":
    main()
