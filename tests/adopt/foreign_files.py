"""Crafted files of other tools, harmless but hostile: each damages a sound one, or is one no tool would write."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

CASES = Path(__file__).parent / "cases"


def sound(name: str) -> bytes:
    return (CASES / name).read_bytes()


def text(name: str, *pairs: tuple[str, str]) -> bytes:
    """Return a sound text with some of it replaced."""
    found = sound(name).decode()
    for old, new in pairs:
        assert old in found, (name, old)
        found = found.replace(old, new)
    return found.encode()


def archive(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as zipped:
        for name, data in members.items():
            zipped.writestr(name, data)
    return file.getvalue()


def members(name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(sound(name))) as zipped:
        return {one: zipped.read(one) for one in zipped.namelist()}


def fann() -> Iterator[tuple[str, bytes]]:
    name = "fann_iris.net"
    yield "fann cut in its weights", sound(name)[:-200]
    yield "fann cut in its neurons", sound(name)[:1500]
    yield "fann of a beginning only", b"FANN_FLO_2.1\n"
    yield "fann with a layer of a billion", text(name, ("layer_sizes=5 6 4", "layer_sizes=5 1000000000 4"))
    yield "fann with a negative layer", text(name, ("layer_sizes=5 6 4", "layer_sizes=5 -6 4"))
    yield "fann with a layer of a word", text(name, ("layer_sizes=5 6 4", "layer_sizes=5 six 4"))
    yield "fann with a million layers", text(name, ("num_layers=3", "num_layers=1000000"))
    yield "fann whose neurons do not add up", text(name, ("layer_sizes=5 6 4", "layer_sizes=5 7 4"))
    yield "fann with an unknown function", text(name, ("(5, 5, 5.0", "(5, 99, 5.0"))
    yield "fann with weights that are none", text(name, ("(0, 3.56205021549678313431e-01)", "(0, nan)"))
    yield "fann with weights beyond all numbers", text(name, ("(0, 3.56205021549678313431e-01)", "(0, 1e999)"))
    yield "fann with a source that is not there", text(name, ("(0, 3.56205021549678313431e-01)", "(99, 0.5)"))
    yield "fann that counts two billion connections", text(name, ("(5, 5, 5.0", "(2000000000, 5, 5.0"))
    yield "fann in another encoding", sound(name)[:4] + sound(name)[4:].decode().encode("utf-16")
    yield "fann with a scaling that is not there", text(name, ("scale_included=0", "scale_included=1"))


def opencv() -> Iterator[tuple[str, bytes]]:
    yml, xml, js = "opencv_sym_default.yml", "opencv_gaussian.xml", "opencv_leakyrelu.json"
    yield "yml cut", sound(yml)[:900]
    yield "yml with a layer of a billion", text(yml, ("[ 4, 5, 3 ]", "[ 4, 1000000000, 3 ]"))
    yield "yml without its weights", sound(yml)[: sound(yml).index(b"   weights:")]
    yield "yml nested a thousand deep", b"%YAML:1.0\n---\n" + b"".join(b" " * k + b"a:\n" for k in range(1000))
    yield "yml of brackets without end", b"%YAML:1.0\n---\nopencv_ml_ann_mlp:\n   layer_sizes: [" + b" 4,\n" * 5000
    yield "yml with tabs", text(yml, ("   weights", "\tweights"))
    yield "yml with an unknown function", text(yml, ("SIGMOID_SYM", "SIGMOID_ODD"))
    yield "yml with a weight that is none", text(yml, ("-0.099194676362065082", ".Nan"))
    yield "yml with scales that are none", text(yml, ("1.0526315789473684", ".Inf"))
    yield "xml with a document type", text(xml, ("<opencv_storage>", "<!DOCTYPE x [<!ENTITY a 'b'>]><opencv_storage>"))
    laughs = "".join(f"<!ENTITY l{k} '{f'&l{k - 1};' * 10 if k else 'ha'}'>" for k in range(12))
    yield "xml of a billion laughs", f"<?xml version='1.0'?><!DOCTYPE x [{laughs}]><x>&l11;</x>".encode()
    yield (
        "xml of another file",
        b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><x>&a;</x>",
    )
    yield "xml of an unknown entity", text(xml, ("<layer_sizes>", "<layer_sizes>&a;"))
    yield "xml cut", sound(xml)[:1000]
    yield "xml nested ten thousand deep", b"<?xml version='1.0'?>" + b"<a>" * 10_000 + b"</a>" * 10_000
    yield "xml of another root", b"<?xml version='1.0'?><html/>"
    yield "xml in an encoding that is none", b"<?xml version='1.0' encoding='x-none'?><opencv_storage/>"
    yield "json nested a thousand deep", b'{"opencv_ml_ann_mlp": ' + b"[" * 1000 + b"]" * 1000 + b"}"
    yield "json of wrong kinds", b'{"opencv_ml_ann_mlp": {"layer_sizes": {"a": 1}, "weights": 3}}'
    yield "json of a list", b'{"opencv_ml_ann_mlp": [1, 2]}'
    yield "json with NaN", text(js, ('"f_param1": 0.01', '"f_param1": NaN'))


def pmml() -> Iterator[tuple[str, bytes]]:
    name, two = "pmml_iris3.pmml", "pmml_iris2.pmml"
    whole = sound(name).decode()
    yield "pmml with a document type", whole.replace("<PMML ", "<!DOCTYPE PMML><PMML ", 1).encode()
    yield "pmml cut", sound(name)[:3000]
    yield "pmml of no network", b"<?xml version='1.0'?><PMML version='4.4'><TreeModel/></PMML>"
    yield "pmml of two networks", b"<PMML version='4.4'><NeuralNetwork/><NeuralNetwork/></PMML>"
    yield "pmml of an empty network", b"<PMML version='4.4'><NeuralNetwork/></PMML>"
    turned = whole.replace('<FieldRef field="sepal_length"/>', '<FieldRef field="standardScaler(sepal_length)"/>')
    yield "pmml with a field of itself", turned.encode()
    field = '<FieldRef field="sepal_length"/>'
    yield "pmml with a field that is not there", whole.replace(field, '<FieldRef field="x"/>').encode()
    deep = "<Apply function='+'>" * 60 + "<Constant>1</Constant>" + "<Constant>1</Constant></Apply>" * 60
    yield "pmml with a deep sum", whole.replace(field, deep).encode()
    yield "pmml with weights that are none", text(two, ('bias="', 'bias="NaN" x="'))
    yield "pmml with weights of words", text(two, ('weight="', 'weight="w'))
    yield "pmml with a neuron that is not there", text(two, ('from="input/1"', 'from="input/77"'))
    yield "pmml with an unknown function", text(name, ('activationFunction="tanh"', 'activationFunction="odd"'))
    yield "pmml with a quotient by nothing", text(name, ("0.8253012917851409", "0.0"))
    yield "pmml with a neuron without a name", text(two, ("<Neuron id=", "<Neuron ident="))


def r() -> Iterator[tuple[str, bytes]]:
    head = b"X\n" + struct.pack(">iii", 2, 0x040202, 0x020300)
    plain = gzip.decompress(sound("nnet_reg.rds"))
    yield "rds of a gzip bomb", gzip.compress(b"X\n" + bytes(1 << 29), 9)
    text = gzip.decompress(sound("nnet_iris3.ascii.rds"))
    written = sound("nnet_iris3.dput.R")
    yield "dput cut", written[:900]
    yield "dput with an unknown word for a number", written.replace(b"-3.62703744360119", b"pi")
    yield "dput with a number of points", written.replace(b"-3.62703744360119", b"0x1.2.3p+1")
    yield "dput of an endless range", written.replace(b"c(4, 3, 3)", b"1:99999999999")
    yield "dput of lists a thousand deep", b"list(" * 1000 + b"1" + b")" * 1000
    yield "dput with a bracket too many", b"list(a = 1], b = 2)"
    yield "dput with a brace too many", b"structure(list(a = c(1}, b = 2))"
    yield "dput of commas", b"list(" + b"," * 3000
    yield "dput of a list of no network", b'list(a = 1, b = c(2, "x"), c = function(x) {x}, d = -NA)'
    yield "rds as text with a word for a number", text.replace(b"-3.62703744360119", b"-3.62x")
    yield "rds as text with a word for a whole number", text.replace(b"\n262153\n", b"\n2621x3\n")
    yield "rds as text without an end", text[:400]
    yield "rds as text with a text that is longer", text.replace(b"\n5\nnames\n", b"\n4\nnames\n")
    yield "rds as text that is not told how long", text.replace(b"\n19\n14\n", b"\n19\n999999\n")
    yield "rds of a damaged gzip", sound("nnet_reg.rds")[:60] + b"\xff" * 40 + sound("nnet_reg.rds")[100:]
    yield "rds of a cut gzip", sound("nnet_reg.rds")[:700]
    yield "rds cut", plain[:500]
    yield "rds of a beginning only", b"X\n"
    yield "rds of another version", b"X\n" + struct.pack(">iii", 9, 0, 0)
    yield "rds in text", b"A\n2\n262658\n131840\n19\n1\n"
    yield "rds with a vector of two billion", head + struct.pack(">ii", 14, 2_000_000_000)
    yield "rds with a negative length", head + struct.pack(">ii", 14, -5)
    yield "rds with a list of two billion", head + struct.pack(">ii", 19, 2_000_000_000)
    yield "rds nested a hundred thousand deep", head + struct.pack(">ii", 19, 1) * 100_000
    yield "rds of an endless pairlist", head + (struct.pack(">i", 2) + struct.pack(">i", 254)) * 100_000
    yield "rds with a reference to nothing", head + struct.pack(">i", (7 << 8) | 255)
    yield "rds of an unknown kind", head + struct.pack(">i", 77)
    yield "rds of a number", head + struct.pack(">iid", 14, 1, 1.0)
    yield "rds of compiled code without end", head + struct.pack(">iii", 21, 1, 254) + struct.pack(">ii", 1, 21) * 5000
    for old, new, what in (
        (struct.pack(">iddd", 3, 3, 2, 1), struct.pack(">iddd", 3, 3e8, 2, 1), "inputs without number"),
        (struct.pack(">iddd", 3, 3, 2, 1), struct.pack(">iddd", 3, 3, -2, 1), "hidden units below none"),
        (struct.pack(">iddd", 3, 3, 2, 1), struct.pack(">iddd", 3, float("nan"), 2, 1), "sizes that are none"),
    ):
        assert old in plain
        yield f"rds of a network with {what}", plain.replace(old, new)


def zips() -> Iterator[tuple[str, bytes]]:
    yield "zip of nothing", archive({})
    yield "zip cut", sound("keras_seq.keras")[:-40]
    yield "zip bomb as skops", archive({"schema.json": bytes(1 << 26)}, zipfile.ZIP_DEFLATED)
    yield "zip with a pickle", archive({"archive/data.pkl": b"\x80\x02."})
    node = {"__class__": "MLPClassifier", "__module__": "sklearn", "__loader__": "ObjectNode"}
    attributes = {"__class__": "dict", "__loader__": "DictNode"}

    def skops(content: dict, more: dict[str, bytes] | None = None) -> bytes:
        schema = {**node, "content": {**attributes, "content": content}}
        return archive({"schema.json": json.dumps(schema).encode(), **(more or {})})

    def array(file: str) -> dict:
        return {"__class__": "ndarray", "__loader__": "NdArrayNode", "type": "numpy", "file": file}

    yield "skops nested a thousand deep", archive({"schema.json": b'{"content":' * 1000 + b"1" + b"}" * 1000})
    yield "skops of a list", archive({"schema.json": b"[1, 2]"})
    yield "skops of another loader", archive({"schema.json": b'{"__loader__": "__class__", "content": 1}'})
    yield "skops of a function", archive({"schema.json": b'{"__loader__": "FunctionNode", "content": "os.system"}'})
    yield "skops without attributes", skops({})
    twice = {"coefs_": array("a.npy"), "intercepts_": array("a.npy")}
    yield "skops with an array that is not there", skops(twice)
    yield "skops with an array of pickles", skops(twice, {"a.npy": npy("'|O'", "(1,)") + b"\x80\x02."})
    yield "skops with an array of a trillion", skops(twice, {"a.npy": npy("'<f8'", "(1099511627776,)")})
    yield "skops with an array of another size", skops(twice, {"a.npy": npy("'<f8'", "(7,)") + bytes(8)})
    yield "skops with an array of code", skops(twice, {"a.npy": npy("__import__('os')", "(1,)") + bytes(8)})
    steps = {**attributes, "content": {"steps": {"__loader__": "JsonNode", "content": "3"}}}
    pipeline = {**node, "__class__": "Pipeline", "content": steps}
    yield "skops of a pipeline of numbers", archive({"schema.json": json.dumps(pipeline).encode()})


def npy(dtype: str, shape: str) -> bytes:
    header = f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00v\x00" + header.ljust(117) + b"\n"


def keras() -> Iterator[tuple[str, bytes]]:
    inside = members("keras_seq.keras")
    config = json.loads(inside["config.json"])

    def other(**changed: bytes) -> bytes:
        return archive({**inside, **{name.replace("_", "."): data for name, data in changed.items()}})

    yield "keras without a network", other(config_json=b"{}")
    yield "keras nested a thousand deep", other(config_json=b'{"a":' * 1000 + b"1" + b"}" * 1000)
    yield "keras of a class of its own", other(config_json=inside["config.json"].replace(b'"Sequential"', b'"Mine"'))
    deep = json.loads(inside["config.json"])
    for _ in range(12):
        deep["config"] = {"name": "m", "layers": [{"class_name": "Sequential", "config": deep["config"]}]}
    yield "keras of models a dozen deep", other(config_json=json.dumps(deep).encode())
    yield "keras of a Lambda", other(config_json=inside["config.json"].replace(b'"Dropout"', b'"Lambda"'))
    layers = config["config"]["layers"]
    twice = {**config, "config": {**config["config"], "layers": [*layers, layers[1]]}}
    yield "keras with more layers than weights", other(config_json=json.dumps(twice).encode())
    turned = {**config, "config": {**config["config"], "layers": [layers[0], layers[3], layers[1]]}}
    yield "keras with layers that do not fit", other(config_json=json.dumps(turned).encode())
    cut = archive({**inside, "model.weights.h5": inside["model.weights.h5"][:3000]})
    yield "keras with weights that are cut", cut
    yield "keras with weights of zeros", archive({**inside, "model.weights.h5": bytes(5000)})
    yield "keras with linked weights", archive({**inside, "model.weights.h5": _linked()})
    yield "keras with packed weights", archive({**inside, "model.weights.h5": _packed()})
    yield "h5 cut", sound("keras_seq.h5")[:9000]


def _linked() -> bytes:
    import h5py

    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        made["layers/dense/vars/0"] = h5py.ExternalLink("/etc/hostname", "x")
    return file.getvalue()


def _packed() -> bytes:
    """Return a data set of 2 GB in some kilobytes."""
    import h5py

    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        size, part = (1 << 14, 1 << 14), (1 << 12, 1 << 12)
        made.create_dataset("layers/dense/vars/0", size, "f8", compression="gzip", chunks=part)
    return file.getvalue()


def onnx() -> Iterator[tuple[str, bytes]]:
    import onnx as library
    from onnx import helper

    whole = sound("torch_relu.onnx")

    def changed(change) -> bytes:
        model = library.ModelProto.FromString(whole)
        change(model.graph)
        return model.SerializeToString()

    def external(graph):
        graph.initializer[0].data_location = 1
        graph.initializer[0].external_data.add(key="location", value="/etc/hostname")

    def sizes(*dims):
        def change(graph):
            del graph.initializer[0].dims[:]
            graph.initializer[0].dims.extend(dims)

        return change

    yield "onnx cut", whole[:-100]
    yield "onnx of bytes", b"\x08\x0a" + bytes(range(256)) * 4
    yield "onnx with weights elsewhere", changed(external)
    yield "onnx with a negative size", changed(sizes(-8, 4))
    yield "onnx with a size of a trillion", changed(sizes(1 << 20, 1 << 20))
    yield "onnx with another size than its bytes", changed(sizes(3, 3))
    yield "onnx of no nodes", changed(lambda graph: graph.ClearField("node"))
    yield "onnx of no inputs", changed(lambda graph: graph.ClearField("input"))
    yield "onnx of no outputs", changed(lambda graph: graph.ClearField("output"))
    yield "onnx of an unknown node", changed(lambda graph: setattr(graph.node[1], "op_type", "Odd"))
    yield "onnx of another domain", changed(lambda graph: setattr(graph.node[1], "domain", "my.own"))
    yield "onnx of a node of itself", changed(lambda graph: graph.node[1].input.__setitem__(0, graph.node[1].output[0]))
    yield (
        "onnx of a hundred thousand nodes",
        changed(lambda graph: graph.node.extend([helper.make_node("Relu", ["a"], ["a"])] * 30_000)),
    )


def others() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "a pickle", b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00."
    yield "a Java serialisation", b"\xac\xed\x00\x05sr\x00\x04weka"
    whole = sound("torch_relu.safetensors")
    header = json.dumps({"0.weight": {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 16]}}).encode()
    yield "safetensors of a shape without end", struct.pack("<Q", len(header)) + header + bytes(16)
    one = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
    header = json.dumps({"0.weight": one, "1.weight": one}).encode()
    yield "safetensors that overlap", struct.pack("<Q", len(header)) + header + bytes(16)
    yield "safetensors of a header without end", struct.pack("<Q", 1 << 62) + whole[8:]
    yield "safetensors cut", whole[:-30]
    yield "safetensors nested", struct.pack("<Q", 4000) + b'{"a":' * 800
    weka = "weka_iris.txt"
    yield "weka with a node of itself", text(weka, ("    Node 3    ", "    Node 0    "))
    yield "weka with a node that is not there", text(weka, ("Sigmoid Node 4\n", "Sigmoid Node 44\n"))
    yield "weka with a weight of a word", text(weka, ("    Threshold    -3.1040028221431455", "    Threshold    none"))
    yield "weka without classes", sound(weka)[: sound(weka).index(b"Class setosa")]


def corpus() -> dict[str, bytes]:
    made: dict[str, bytes] = {}
    for group in (fann, opencv, pmml, r, zips, keras, onnx, others):
        for name, data in group():
            assert name not in made
            made[name] = data
    return made


def seeds() -> list[bytes]:
    """Return the sound files that mutations start from."""
    kinds = (
        ".net",
        ".yml",
        ".xml",
        ".json",
        ".pmml",
        ".rds",
        ".R",
        ".keras",
        ".h5",
        ".skops",
        ".onnx",
        ".safetensors",
        ".txt",
    )
    files = sorted(path for path in CASES.iterdir() if path.suffix in kinds and path.stat().st_size < 70_000)
    return [path.read_bytes() for path in files] + [
        gzip.decompress(sound(f"nnet_{name}.rds")) for name in ("reg", "iris3.ascii", "iris3.hex")
    ]
