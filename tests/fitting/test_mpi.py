"""Under mpirun: the same bits on any number of processes and any MPI, and never a hang, whoever dies.

Open MPI and a few processes in every run; MPICH, up to eight processes and many endings are soaks.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mpi_program
from clearprop.engines.sharding.tree import share_of
from sharded import trained

TESTS = Path(__file__).parents[1]
MPICH = next(Path("/usr/lib").glob("*/libmpich.so.12"), None)
ENDS_WITHIN = 300  # seconds, on a busy machine; a hang would take for ever


@pytest.fixture(scope="module")
def alone():
    return mpi_program.bits(trained)


def mpirun(kind, size, *arguments, folder, program=(TESTS / "mpi_program.py",)):
    """Start so many processes on whatever cores there are, and return what became of them."""
    launcher = shutil.which(f"mpirun.{kind}") or (shutil.which("mpirun") if kind == "openmpi" else None)
    if launcher is None or (kind == "mpich" and MPICH is None):
        pytest.skip(f"{kind} is not on this machine")
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"} | {
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent / "src"), os.environ.get("PYTHONPATH", "")]),
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
        "OMPI_MCA_mpi_yield_when_idle": "1",
        "OMPI_MCA_hwloc_base_binding_policy": "none",
        "OMP_NUM_THREADS": "1",
    }
    if kind == "mpich":  # mpi4py's wheel looks for libmpi.so.12, which Debian calls libmpich.so.12
        (folder / "libmpi.so.12").unlink(missing_ok=True)
        (folder / "libmpi.so.12").symlink_to(MPICH)
        environment |= {"MPI4PY_MPIABI": "mpich", "LD_LIBRARY_PATH": str(folder)}
    run = [launcher, "-n", str(size), sys.executable, "-W", "ignore", "-m", "mpi4py", *map(str, (*program, *arguments))]
    return subprocess.run(run, env=environment, cwd=folder, capture_output=True, text=True, timeout=ENDS_WITHIN)


def told(done, folder):
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("found-*.json"))]


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("openmpi", 2),
        ("openmpi", 3),
        *(pytest.param("openmpi", size, marks=pytest.mark.soak) for size in (1, 4, 5, 8)),
        *(pytest.param("mpich", size, marks=pytest.mark.soak) for size in (1, 2, 3, 4, 8)),
    ],
)
def test_any_number_of_processes_on_any_mpi_finds_the_bits_of_one_without(kind, size, alone, tmp_path):
    """Sums of any length, and every configuration on both engines."""
    assert told(mpirun(kind, size, "bits", folder=tmp_path), tmp_path) == [alone] * size


@pytest.mark.parametrize("ending", ["raises", "dies"])
def test_a_process_that_ends_ends_all_and_others_go_on_to_the_same_bits(ending, tmp_path):
    ended_and_resumed("openmpi", ending, 3, 1, 13, 2, tmp_path)


def ended_and_resumed(kind, ending, size, rank, step, then, folder):
    runs = folder / "runs"
    done = mpirun(kind, size, "fit", runs, ending, rank, step, folder=folder)
    assert done.returncode != 0
    if ending == "raises":
        assert f"process {rank} of {size}: RuntimeError: struck" in done.stderr
    straight = mpi_program.digest([mpi_program.model().fit("digits").parameters_.vector])
    assert told(mpirun(kind, then, "resume", runs, folder=folder), folder) == [straight] * then


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(50))
def test_fifty_endings_of_a_drawn_process_never_hang(seed, tmp_path):
    rng = np.random.default_rng(seed)
    size, then = rng.integers(2, 5), rng.integers(1, 5)
    kind, ending = ("openmpi", "mpich")[seed % 2], ("raises", "dies")[seed // 2 % 2]
    ended_and_resumed(kind, ending, size, rng.integers(size), rng.integers(6, 36), then, tmp_path)


def test_the_command_line_trains_with_several_processes_to_the_bytes_of_one(tmp_path):
    options = ("train", "digits", "--hidden", "8", "--batch-size", "128", "--epochs", "3", "--quiet", "--json")
    together = ("-m", "clearprop", *options, "--out", "together.safetensors")
    done = mpirun("openmpi", 2, program=together, folder=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout)["model"] == "together.safetensors"  # said once
    alone = [sys.executable, "-m", "clearprop", *options, "--shards", "2", "--out", "alone.safetensors"]
    environment = os.environ | {"PYTHONPATH": str(TESTS.parent / "src")}
    subprocess.run(alone, env=environment, cwd=tmp_path, check=True, capture_output=True, timeout=ENDS_WITHIN)
    assert (tmp_path / "together.safetensors").read_bytes() == (tmp_path / "alone.safetensors").read_bytes()


def test_processes_that_would_train_each_by_itself_are_refused(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(TESTS.parent / "src"), "OMPI_COMM_WORLD_SIZE": "4"}
    alone = [sys.executable, "-m", "clearprop", "train", "iris", "--epochs", "1"]
    done = subprocess.run(alone, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=ENDS_WITHIN)
    assert done.returncode == 2
    assert "mpirun -n 4 python -m mpi4py -m clearprop" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_shares_of_processes_differ_by_one_shard_at_most():
    for size in range(1, 17):
        lengths = [hi - lo for lo, hi in (share_of(rank, size, 16) for rank in range(size))]
        assert max(lengths) - min(lengths) <= 1
