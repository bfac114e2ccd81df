"""Many models of one format, exported and run at once: one compiler, one Node.js, one process for all of them."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from xml.etree import ElementTree

import numpy as np

from clearprop.exchange import SCRIBES, lower
from clearprop.exchange.exporting import ROUNDINGS
from clearprop.exchange.golden import golden
from clearprop.exchange.runtimes import RUNTIMES
from clearprop.exchange.runtimes.c import STRICT, parsed
from clearprop.exchange.runtimes.runtime import changed
from clearprop.exchange.scribes import Draft
from pmml_reader import SPACE, answer, verified

SANITIZED = ("-fsanitize=undefined", "-fno-sanitize-recover=all", "-O1")


def draft(deployed, name, n_seeded=8):
    """Return the draft of a model, with so many seeded rows among the golden ones."""
    program = lower(deployed)
    return Draft(name, name, program, golden(deployed, program, n_seeded))


def check_all(to, models, folder, n_seeded=8, flags=STRICT):
    """Export models and check each on every runtime of the format; return the largest differences."""
    return check_drafts(to, [draft(one, f"m{k}", n_seeded) for k, one in enumerate(models)], folder, flags)


def check_drafts(to, drafts, folder, flags=STRICT):
    """Do so with drafts, whose names differ."""
    largest = {}
    for runtime, found in run_drafts(to, drafts, folder, flags):
        for one, (values, decision) in zip(drafts, found, strict=True):
            tolerance = SCRIBES[to].tolerance[one.precision]
            difference = one.golden.difference(values)
            assert difference <= tolerance + ROUNDINGS * one.golden.rounding, (runtime, one.name)
            assert changed(decision, one, tolerance) == 0, (runtime, one.name)
            key = runtime, one.precision, "numbers" if decision is None else "probabilities"
            largest[key] = max(largest.get(key, 0.0), difference)
    return largest


def run_drafts(to, drafts, folder, flags):
    """Write drafts; yield the name of a runtime and what it makes of all of them."""
    for one in drafts:
        for ending, content in SCRIBES[to].write(one).items():
            (folder / f"{one.name}{ending}").write_bytes(content)
    if to in ("c", "c-fixed"):
        yield "C compiler", list(_compiled(drafts, folder, flags))
    elif to == "javascript":
        yield "Node.js", list(_node(drafts, folder))
    elif to == "pmml":
        yield "the standard", [_read(one, folder) for one in drafts]
    elif to == "numpy":
        yield "Python", [_imported(one, folder) for one in drafts]
    else:
        for runtime in RUNTIMES[to][1:]:
            assert runtime.missing(drafts[0]) is None, runtime.name
            yield runtime.name, [runtime.run(one, folder / f"{one.name}{SCRIBES[to].endings[0]}") for one in drafts]


def _compiled(drafts, folder, flags):
    declared = "".join(f"double {one.name}_check(int show);\n" for one in drafts)
    called = "".join(f'{one.name}_check(1); printf("--\\n");\n' for one in drafts)
    (folder / "main.c").write_text(f"#include <stdio.h>\n{declared}int main(void)\n{{\n{called}return 0;\n}}\n")
    defined = [f"-D{one.name.upper()}_CHECK" for one in drafts]
    sources = [folder / f"{one.name}.c" for one in drafts]
    subprocess.run(["cc", *flags, *defined, "-o", folder / "all", folder / "main.c", *sources, "-lm"], check=True)
    shown = subprocess.run([folder / "all"], check=True, capture_output=True, text=True).stdout
    for one, lines in zip(drafts, shown.split("--\n")[:-1], strict=True):
        yield parsed(one, lines)


def _node(drafts, folder):
    names = [one.name for one in drafts]
    (folder / "main.mjs").write_text(
        "\n".join(f'import * as {name} from "./{name}.mjs";' for name in names)
        + f"\nconst sizes = {json.dumps([len(one.golden) for one in drafts])};\n"
        + f"const answers = [{', '.join(names)}].map((m, k) =>\n"
        + "  Array.from({ length: sizes[k] }, (_, i) => Object.values(m.predict(m.goldenRow(i)))));\n"
        + "console.log(JSON.stringify(answers));\n"
    )
    shown = subprocess.run(["node", folder / "main.mjs"], check=True, capture_output=True, text=True, encoding="utf-8")
    for rows in json.loads(shown.stdout):
        values, *decision = zip(*rows, strict=True)
        yield np.array(values, dtype=np.float64), np.array(decision[0]) if decision else None


def _imported(one, folder):
    spec = importlib.util.spec_from_file_location(one.name, folder / f"{one.name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.check() < 0.01
    return module.predict(module.GOLDEN["rows"])


def _read(one, folder):
    root = ElementTree.parse(folder / f"{one.name}.pmml").getroot()
    model = root.find("NeuralNetwork", SPACE)
    values = np.array([answer(model, row) for row, _ in verified(root, model)])
    if one.program.decision is None:
        return values, None
    return values, np.array(one.program.decision.labels)[values.argmax(axis=1)][:, None]
