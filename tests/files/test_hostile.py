"""No file crashes the loader, runs code, or takes more time and memory than its size; each is refused in one line."""

import io
import os
import pickle
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from drafts import Draft
from hostile_files import HOSTILE

from clearprop.errors import ModelFileError
from clearprop.files import ModelFile, _format, load_checkpoint, load_model, save_model
from clearprop.model import Parameters, mlp, parameter_shapes

MB = 1 << 20


def test_there_are_more_than_a_hundred():
    assert len(HOSTILE) >= 100


@pytest.mark.parametrize("checkpoint", [False, True])
@pytest.mark.parametrize("dtype", ["F32", "F64"])
def test_the_draft_that_all_are_made_from_is_sound(tmp_path, checkpoint, dtype):
    """Written from docs/file-format.md alone, it must load: else the refusals prove nothing."""
    (tmp_path / "m").write_bytes(Draft(checkpoint, dtype).to_bytes())
    model = load_model(tmp_path / "m")
    assert model.facts == {"seed": 7}
    assert model.parameters["b1"].tolist() == [-1.0, -0.75, -0.5]
    if checkpoint:
        assert load_checkpoint(tmp_path / "m").state.slots["v"].tolist() == [0.25 * i - 1 for i in range(27)]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_clear_line(tmp_path, name):
    path = tmp_path / "hostile.safetensors"
    data, says = HOSTILE[name]
    path.write_bytes(data)
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(ModelFileError, match=says) as refusal:
        load_model(path)
    seconds, peak = time.process_time() - started, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    assert message.isprintable()
    assert len(message) < 600
    assert seconds < 10  # it takes tens of milliseconds; a reader that is quadratic somewhere takes minutes
    assert peak < 2 * len(data) + 16 * MB


def test_a_newer_minor_version_is_read_with_a_warning(tmp_path):
    draft = Draft()
    draft.entry |= {"schema_version": "1.7", "colour": "new in 1.7"}
    (tmp_path / "m").write_bytes(draft.to_bytes())
    with pytest.warns(UserWarning, match=r"schema 1\.7, this clearprop knows 1\.5"):
        assert load_model(tmp_path / "m").facts == {"seed": 7}


def test_a_newer_minor_version_with_an_unknown_kind_of_layer_is_refused(tmp_path):
    """To leave out what a layer does would be to predict something else."""
    draft = Draft()
    draft.entry["schema_version"] = "1.7"
    draft.entry["network"]["layers"][0]["norm"] = "batch"
    (tmp_path / "m").write_bytes(draft.to_bytes())
    with pytest.warns(UserWarning, match="upgrade"), pytest.raises(ModelFileError, match="norm is not known here"):
        load_model(tmp_path / "m")


def test_a_sparse_file_of_a_terabyte_is_refused_at_once(tmp_path):
    path = tmp_path / "m"
    path.write_bytes(Draft().to_bytes())
    os.truncate(path, 1 << 40)
    with pytest.raises(ModelFileError, match="at most"):
        load_model(path)


def test_a_sparse_file_of_gigabytes_takes_no_memory(tmp_path):
    path = tmp_path / "m"
    path.write_bytes(Draft().to_bytes())
    os.truncate(path, 8 << 30)
    tracemalloc.start()
    with pytest.raises(ModelFileError, match="appended to"):
        load_model(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MB


def test_loading_takes_at_most_twice_the_file_in_memory(tmp_path):
    network = mlp(1000, 2500, 10)
    parameters = Parameters(parameter_shapes(network), dtype=np.float64)
    save_model(tmp_path / "m", ModelFile(network, parameters))
    size = (tmp_path / "m").stat().st_size
    del parameters
    tracemalloc.start()
    model = load_model(tmp_path / "m")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert model.parameters.vector.nbytes > 20e6
    assert peak < 2 * size + 16 * MB


@pytest.mark.parametrize("fact", [{}, [], "", 1.5, 10**9])
def test_as_many_facts_as_are_allowed_take_bounded_memory(tmp_path, fact):
    draft = Draft()
    draft.entry["facts"] = {f"{i}": fact for i in range(120_000)}
    data = draft.to_bytes()
    (tmp_path / "m").write_bytes(data)
    tracemalloc.start()
    model = load_model(tmp_path / "m")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(model.facts) == 120_000
    assert peak < 2 * len(data) + 40 * MB


def test_every_truncation_is_refused(tmp_path):
    data = Draft(checkpoint=True).to_bytes()
    path = tmp_path / "m"
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(ModelFileError):
            load_model(path)


def flips(path, data, masks):
    """Load the file with every byte changed by every mask; return how many loads went through, to an equal model."""
    path.write_bytes(data)
    sound, loaded = load_model(path), 0
    for position in range(len(data)):
        for mask in masks:
            altered = bytearray(data)
            altered[position] ^= mask
            path.write_bytes(altered)
            try:
                model = load_model(path)
            except ModelFileError:
                continue
            loaded += 1
            assert (model.network, model.table, model.facts) == (sound.network, sound.table, sound.facts)
            assert model.parameters.vector.tobytes() == sound.parameters.vector.tobytes()
    return loaded


@pytest.mark.filterwarnings("ignore:the file has schema 1")
def test_every_flipped_byte_is_noticed(tmp_path):
    assert flips(tmp_path / "m", Draft().to_bytes(), [0x01, 0x20, 0x80]) == 0


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore:the file has schema 1")
def test_every_other_value_of_every_byte_is_noticed_or_means_the_same(tmp_path):
    """0.0 may become 0e0, say: another spelling of the same model."""
    assert flips(tmp_path / "m", Draft(checkpoint=True).to_bytes(), range(1, 256)) < 50


class Shrinking(io.BytesIO):
    """A file that loses its end while it is read."""

    def readinto(self, room):
        return 0


def test_a_file_that_is_cut_while_being_read_is_refused():
    with pytest.raises(ModelFileError, match="ends within E1"):
        _format.read_contents(Shrinking(Draft().to_bytes()))


def test_a_file_larger_than_memory_is_refused_in_our_words(tmp_path, monkeypatch):
    def no_room(*args, **kwargs):
        raise MemoryError

    (tmp_path / "m").write_bytes(Draft().to_bytes())
    monkeypatch.setattr(_format, "Parameters", no_room)
    with pytest.raises(ModelFileError, match="does not fit into memory"):
        load_model(tmp_path / "m")


def test_the_error_survives_a_pickle():
    error = pickle.loads(pickle.dumps(ModelFileError("m: cut off")))
    assert (type(error), str(error)) == (ModelFileError, "m: cut off")


AUDIT = """
import sys
from pathlib import Path
import clearprop.files

FORBIDDEN = ("import", "exec", "compile", "marshal.", "pickle.", "socket.", "subprocess.", "os.system", "os.exec",
             "os.posix_spawn", "os.fork", "ctypes.", "urllib.", "http.", "webbrowser.", "code.")
watching, seen = False, []

def hook(event, args):
    if watching and (event.startswith(FORBIDDEN) or event == "open" and args[0] != str(path)):
        seen.append((event, str(args)[:200]))

sys.addaudithook(hook)
for path in sorted(Path(sys.argv[1]).iterdir()):
    watching = True
    try:
        clearprop.files.load_checkpoint(str(path))
    except ValueError:
        pass
    watching = False
print(seen)
"""


def test_loading_imports_executes_and_contacts_nothing(tmp_path):
    """An audit hook sees every import, exec, socket and process of the interpreter, from the very first load."""
    corpus = {name: data for name, (data, _) in HOSTILE.items()}
    corpus |= {"0 sound": Draft(checkpoint=True).to_bytes(), "1 model": Draft().to_bytes()}
    for name, data in corpus.items():
        (tmp_path / name.replace("/", "_")).write_bytes(data)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", AUDIT, tmp_path], env=environment, capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")


def test_the_room_names_no_way_to_run_code():
    """The loader's own text: no pickle, no eval, no import by name."""
    room = Path(sys.modules[load_model.__module__].__file__).parent
    for path in room.glob("*.py"):
        text = path.read_text()
        for word in ("pickle.", "eval(", "exec(", "__import__", "import_module", "yaml", "marshal", "joblib"):
            assert word not in text, f"{path.name} mentions {word}"
