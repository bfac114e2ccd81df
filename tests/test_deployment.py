"""docs/how-to/deploy.md: the server that goes into the image, run from what goes into the image and nothing else."""

from __future__ import annotations

import ast
import json
import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pandas as pd
import pytest
from page_blocks import files

from clearprop import TableClassifier

SHOWN = files((Path(__file__).parents[1] / "docs" / "how-to" / "deploy.md").read_text("utf-8"))
STEPS = [line.split(maxsplit=1) for line in SHOWN["Containerfile"].splitlines() if line]


def step(name: str) -> list[str]:
    """Return the words of the one step of this kind."""
    (words,) = (rest for kind, rest in STEPS if kind == name)
    return json.loads(words) if words.startswith("[") else shlex.split(words)


def test_the_image_is_of_steps_that_every_builder_knows():
    assert [kind for kind, _ in STEPS] == ["FROM", "RUN", "COPY", "WORKDIR", "USER", "EXPOSE", "CMD"]
    assert step("FROM")[0].startswith("python:3.")
    assert step("COPY")[-1] == step("WORKDIR")[0] + "/"
    assert step("EXPOSE") == ["8000"]
    assert '"PORT", "8000"' in SHOWN["server.py"]


def test_what_the_server_imports_is_installed():
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SHOWN["server.py"]))
        for name in ([one.name for one in node.names] if isinstance(node, ast.Import) else
                     [node.module] if isinstance(node, ast.ImportFrom) else [])
    }  # fmt: skip
    installed = {word for word in step("RUN") if not word.startswith("-")} - {"pip", "install"}
    assert imported - sys.stdlib_module_names == installed == {"onnxruntime", "numpy"}


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"age": rng.normal(40, 10, 200).round(), "town": rng.choice(["Oslo", "Kyiv"], 200)})
    return TableClassifier(hidden=(4,), n_epochs=3).fit(data, np.where(data["age"] > 40, "yes", "no"))


@pytest.fixture(scope="module")
def address(tmp_path_factory, model):
    """Run the command of the image in a folder with what it copies, where clearprop cannot be found."""
    folder = tmp_path_factory.mktemp("app")
    model.export(folder / "bought.onnx")
    (folder / "server.py").write_text(SHOWN["server.py"], "utf-8")
    assert sorted(one.name for one in folder.iterdir()) == sorted(step("COPY")[:-1])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    python, *arguments = step("CMD")
    assert python == "python"
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PORT": str(port)}
    server = subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen) -> None:
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the server ended with {server.returncode}")


def ask(address: str, body: bytes) -> dict:
    with urlopen(Request(address, body)) as answer:
        return json.loads(answer.read())


def test_the_server_answers_as_the_model_does(address, model):
    rows = [{"age": 31, "town": "Oslo"}, {"age": None, "town": "a new town"}, {}, {"age": 55.5, "town": None}]
    found = ask(address, json.dumps(rows).encode())
    frame = pd.DataFrame([{"age": row.get("age"), "town": row.get("town")} for row in rows])
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(frame), atol=5e-7)
    assert found["label"] == model.predict(frame).tolist()


@pytest.mark.parametrize("body", [b"{", b"[1]", b'[{"age": "old"}]', b"3"])
def test_what_is_no_table_of_rows_is_refused_and_the_server_goes_on(address, body):
    with pytest.raises(HTTPError) as refused:
        ask(address, body)
    assert refused.value.code == 400
    assert json.loads(refused.value.read())["error"]
    assert ask(address, b'[{"age": 20, "town": "Oslo"}]')["label"]
