"""Crafted hostile model files: name -> (bytes, what the refusal must say)."""

import json
import struct

from drafts import Draft, compact

FOREIGN = {
    "pickle": (b"\x80\x04\x95\x1c\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix", "pickle"),
    "pickle of protocol 2": (b"\x80\x02cos\nsystem\n(S'true'\ntR.", "pickle"),
    "zip": (b"PK\x03\x04\x14\x00\x00\x00\x08\x00metadata.json", "zip archive"),
    "hdf5": (b"\x89HDF\r\n\x1a\n\x00\x00\x00\x00", "HDF5"),
    "png": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "PNG image"),
    "jpeg": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "JPEG image"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF document"),
    "npy": (b"\x93NUMPY\x01\x00v\x00{'descr': '<f8'}", "NumPy array"),
    "parquet": (b"PAR1\x15\x04\x15\x10\x15\x14L", "Parquet"),
    "gzip": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "gzip"),
    "gguf": (b"GGUF\x03\x00\x00\x00\x00\x00\x00\x00", "GGUF"),
    "sqlite": (b"SQLite format 3\x00\x10\x00", "SQLite"),
    "elf": (b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00", "program"),
    "exe": (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00", "program"),
    "json": (b'{"layers": [1, 2, 3]}', "JSON text"),
    "json list": (b"[1, 2, 3, 4, 5]", "JSON text"),
    "a brace by chance": (b"{\x9d\xc0u\xb7\xae\x1a\xb7" + bytes(90), "not a clearprop model, or it is damaged"),
    "html": (b"<!DOCTYPE html><html>", "HTML"),
    "script": (b"#!/bin/sh\nrm -rf /\n", "script"),
    "csv": (b"age,income,target\n1,2,3\n", "text file"),
}

BYTES = {
    "empty": (b"", "empty or cut off"),
    "one byte": (b"\x00", "empty or cut off"),
    "a length alone": (struct.pack("<Q", 2), "empty or cut off"),
    "zeros": (bytes(64), "says 0"),
    "ones": (b"\xff" * 64, "not a clearprop model, or it is damaged"),
    "length 1": (struct.pack("<Q", 1) + b"{}" * 8, "says 1"),
    "length 2^63": (struct.pack("<Q", 1 << 63) + b"{}" * 8, "says 9223372036854775808"),
    "length 2^64 - 1": (struct.pack("<Q", (1 << 64) - 1) + b"{}" * 8, "says 18446744073709551615"),
    "length 100 MB": (struct.pack("<Q", 100_000_000) + b"{}" * 8, "says 100000000"),
    "length past the end": (struct.pack("<Q", 1000) + b"{}" * 8, "only 16 follow"),
    "empty header": (struct.pack("<Q", 8) + b"{}      ", "of another program"),
}

HEADER_TEXTS = {
    "array": (lambda d: "[1,2]", "one JSON object"),
    "number": (lambda d: "12345678", "one JSON object"),
    "two objects": (lambda d: "{}" + d.header(), "Extra data"),
    "nothing but spaces": (lambda d: " " * 16, "one JSON object"),
    "a space before": (lambda d: " " + d.header(), "one JSON object"),
    "a tab behind": (lambda d: d.header() + "\t", "one JSON object"),
    "a NUL behind": (lambda d: d.header() + "\0", "one JSON object"),
    "a byte order mark": (lambda d: "\ufeff" + d.header(), "one JSON object"),
    "invalid UTF-8": (lambda d: d.header().encode().replace(b"tanh", b"tan\xff"), "not valid Unicode"),
    "UTF-16": (lambda d: d.header().encode("utf-16-le"), "one JSON object"),
    "a cut object": (lambda d: d.header()[:-40] + "}", "strict JSON"),
    "a tensor twice": (lambda d: d.header()[:-1] + ',"W1":' + json.dumps(d.tensors["W1"]) + "}", "'W1' occurs twice"),
    "metadata twice": (lambda d: d.header()[:-1] + ',"__metadata__":{}}', "'__metadata__' occurs twice"),
    "a tensor twice by escapes": (lambda d: d.header()[:-1] + ',"\\u0057\\u0031":{}}', "'W1' occurs twice"),
    "a key twice in a tensor": (lambda d: d.header().replace('{"dty', '{"dtype":0,"dty', 1), "'dtype' occurs twice"),
    "deep": (lambda d: '{"a":' * 100_000 + "1" + "}" * 100_000, "16 deep"),
    "deep lists": (lambda d: '{"a":' + "[" * 500_000 + "]" * 500_000 + "}", "16 deep"),
    "wide": (lambda d: '{"a":[' + "[]," * 300_000 + "0]}", "more than 250000 values"),
    "many tensors": (lambda d: "{" + ",".join(f'"t{i}":{{}}' for i in range(49_000)) + "}", "of another program"),
    "NaN": (lambda d: d.header().replace("[0,48]", "[NaN,48]"), "NaN is not"),
    "an offset of 1e999": (lambda d: d.header().replace("[0,48]", "[0,1e999]"), "beyond double precision"),
    "an offset of many digits": (lambda d: d.header().replace("[0,48]", f"[0,{'4' * 5000}]"), "5000 digits"),
    "no metadata": (lambda d: compact(d.tensors), "another program"),
    "metadata of another": (lambda d: compact({"__metadata__": {"format": "pt"}, **d.tensors}), "another program"),
    "metadata null": (lambda d: compact({"__metadata__": None, **d.tensors}), "another program"),
    "metadata list": (lambda d: compact({"__metadata__": ["clearprop"], **d.tensors}), "another program"),
    "an entry beside ours": (
        lambda d: compact({"__metadata__": {"clearprop": d.signed_entry(), "x": "y"}, **d.tensors}),
        "must hold one text",
    ),
    "our entry as an object": (lambda d: compact({"__metadata__": {"clearprop": d.entry}}), "must hold one text"),
    "our entry null": (lambda d: compact({"__metadata__": {"clearprop": None}, **d.tensors}), "must hold one text"),
}  # fmt: skip

ENTRY_TEXTS = {
    "empty": (lambda d: "", "strict JSON"),
    "null": (lambda d: "null", "must be a JSON object"),
    "a list": (lambda d: "[]", "must be a JSON object"),
    "a number": (lambda d: "1.0", "must be a JSON object"),
    "Python": (lambda d: "__import__('os').system('true')", "strict JSON"),
    "a pickle": (lambda d: "cos\nsystem\n(S'true'\ntR.", "strict JSON"),
    "YAML": (lambda d: "!!python/object/apply:os.system [true]", "strict JSON"),
    "a key twice": (lambda d: '{"facts":{},' + d.signed_entry()[1:], "'facts' occurs twice"),
    "a key twice within": (
        lambda d: d.signed_entry().replace('{"seed":7}', '{"seed":7,"seed":8}'),
        "'seed' occurs twice",
    ),
    "deep": (lambda d: d.signed_entry().replace('"seed":7', '"seed":' + "[" * 17 + "]" * 17), "16 deep"),
    "very deep": (lambda d: "[" * 400_000, "16 deep"),
    "wide": (lambda d: "[" + "0," * 300_000 + "0]", "more than 250000 values"),
    "NaN": (lambda d: d.signed_entry().replace('"seed":7', '"seed":NaN'), "NaN is not"),
    "Infinity": (lambda d: d.signed_entry().replace('"seed":7', '"seed":-Infinity'), "-Infinity is not"),
    "1e999": (lambda d: d.signed_entry().replace('"seed":7', '"seed":1e999'), "beyond double precision"),
    "a number of many digits": (lambda d: d.signed_entry().replace('"seed":7', '"seed":' + "7" * 9999), "9999 digits"),
    "half a surrogate": (lambda d: d.signed_entry().replace('"seed"', '"\\ud800"'), "not valid Unicode"),
    "text behind": (lambda d: d.signed_entry() + "{}", "Extra data"),
    "single quotes": (lambda d: d.signed_entry().replace('"', "'"), "strict JSON"),
    "a comment": (lambda d: "/* */" + d.signed_entry(), "strict JSON"),
}


def _at(*path, value):
    def change(draft):
        place = draft
        for step in path[:-1]:
            place = getattr(place, step) if isinstance(place, Draft) else place[step]
        if isinstance(place, Draft):
            setattr(place, path[-1], value)
        else:
            place[path[-1]] = value

    return change


def _without(*path):
    def change(draft):
        place = getattr(draft, path[0])
        for step in path[1:-1]:
            place = place[step]
        del place[path[-1]]

    return change


def _net(*path, value):
    return _at("entry", "network", *path, value=value)


def _rename(old, new):
    def change(draft):
        draft.tensors[new] = draft.tensors.pop(old)

    return change


def _write(position, number):
    def change(draft):
        draft.data[position : position + 8] = struct.pack("<d", number)

    return change


def _append(data):
    def change(draft):
        draft.data += data

    return change


def _cut(n):
    def change(draft):
        del draft.data[-n:]

    return change


def _extra_tensor(draft):
    begin = len(draft.data)
    draft.data += bytes(8)
    draft.tensors["W3"] = {"dtype": "F64", "shape": [1], "data_offsets": [begin, begin + 8]}


def _many_layers(draft):
    draft.entry["network"]["layers"] = [{"units": 1, "activation": "softmax"}] * 15_000


CHANGES = {
    # version and fields
    "a newer major version": (_at("entry", "schema_version", value="2.0"), "schema 2.0, .* upgrade clearprop"),
    "an older major version": (_at("entry", "schema_version", value="0.9"), "schema 0.9"),
    "a version as a number": (_at("entry", "schema_version", value=1.0), "schema_version must be like"),
    "a version with words": (_at("entry", "schema_version", value="1.0-rc1"), "schema_version must be like"),
    "a huge version": (_at("entry", "schema_version", value="1." + "9" * 50), "schema_version must be like"),
    "a version in other digits": (_at("entry", "schema_version", value="١.٠"), "schema_version must be like"),
    "no version": (_without("entry", "schema_version"), "schema_version must be like"),
    "no network": (_without("entry", "network"), "clearprop.network is missing"),
    "no facts": (_without("entry", "facts"), "clearprop.facts is missing"),
    "facts as a list": (_at("entry", "facts", value=[1]), "clearprop.facts"),
    "a table as a text": (_at("entry", "table", value="rows"), "clearprop.table"),
    "an unknown field": (_at("entry", "code", value="import os"), "clearprop.code is not known here"),
    "a wrong fingerprint": (_at("sha256", value="0" * 64), "altered or damaged"),
    "a fingerprint as a number": (_at("sha256", value=0), "clearprop.sha256"),
    # the description of the network
    "an unknown activation": (_net("layers", 0, "activation", value="os.system"), "unknown activation 'os.system'"),
    "an activation by path": (_net("layers", 0, "activation", value="../../relu"), "unknown activation"),
    "an activation as a list": (_net("layers", 0, "activation", value=["relu"]), "network.layers.0.activation"),
    "an unknown initializer": (_net("layers", 0, "init", value="eval"), "unknown initializer"),
    "an unknown loss": (_net("objective", "loss", value={"name": "subprocess.Popen"}), "unknown loss"),
    "a loss without a name": (_net("objective", "loss", value={}), 'an object with a "name"'),
    "a line break in a field": (_net("layers", 0, "a\nb", value=1), r"a\\nb is not known here"),
    "a terminal's escape in a field": (_net("\x1b[2J", value=1), r"\\x1b\[2J is not known here"),
    "an unknown option of the loss": (_net("objective", "loss", "cmd", value=1), "cmd is not known here"),
    "an unknown field of a layer": (_net("layers", 0, "__class__", value="os"), "not known here"),
    "no layers": (_net("layers", value=[]), "at least one layer"),
    "layers as an object": (_net("layers", value={"0": {}}), "network.layers"),
    "negative units": (_net("layers", 0, "units", value=-3), "at least 1 unit"),
    "units as a truth value": (_net("layers", 0, "units", value=True), "network.layers.0.units"),
    "units as a text": (_net("layers", 0, "units", value="3"), "network.layers.0.units"),
    "units as a fraction": (_net("layers", 0, "units", value=3.5), "network.layers.0.units"),
    "2^63 units": (_net("layers", 0, "units", value=1 << 63), "W1 must have shape"),
    "10^39 units": (_net("layers", 0, "units", value=10**39), "W1 must have shape"),
    "more units than tensors": (_net("layers", 0, "units", value=4), r"W1 must have shape \(4, 4\)"),
    "more inputs than tensors": (_net("inputs", "n_numeric", value=1 << 40), "W1 must have shape"),
    "10^39 categories": (_net("inputs", "categories", value=[10**39]), "E1 must have shape"),
    "negative inputs": (_net("inputs", "n_numeric", value=-1), "at least one input column"),
    "an embedding of size 0": (_net("inputs", "embedding", value=[0]), "size of 1 or more"),
    "dropout of 1": (_net("layers", 0, "dropout", value=1), "dropout must be in"),
    "a negative penalty": (_net("objective", "l2", value=-1e-9), "l2 must be 0 or more"),
    "15,000 layers": (_many_layers, "missing"),
    "a loss the outputs cannot feed": (_net("layers", 1, "activation", value="relu"), "needs outputs that are"),
    # the tensors
    "a tensor too many": (_extra_tensor, "not expected W3"),
    "a tensor missing": (_without("tensors", "b1"), "missing b1"),
    "no tensors": (_at("tensors", value={}), "missing E1, W1"),
    "traversal in a name": (_rename("W1", "../../etc/passwd"), "not expected ../../etc/passwd"),
    "an absolute name": (_rename("W1", "/etc/passwd"), "not expected /etc/passwd"),
    "NUL in a name": (_rename("W1", "W1\0"), "missing W1"),
    "a terminal's escape in a name": (_rename("W1", "\x1b]0;x\x07"), r"not expected \\x1b\]0;x\\x07"),
    "text from right to left in a name": (_rename("W1", "\u202eW1"), r"not expected \\u202eW1"),
    "an empty name": (_rename("W1", ""), "missing W1"),
    "a dunder name": (_rename("W1", "__class__"), "missing W1"),
    "a name with a leading zero": (_rename("W1", "W01"), "missing W1"),
    "a name in other letters": (_rename("W1", "Ｗ1"), "missing W1"),  # a full-width W is the point
    "a very long name": (_rename("W1", "W" * 100_000), "missing W1"),
    "integers": (_at("tensors", "W1", "dtype", value="I64"), "F32, or all F64"),
    "half precision": (_at("tensors", "W1", "dtype", value="F16"), "F32, or all F64"),
    "an object array": (_at("tensors", "W1", "dtype", value="O"), "F32, or all F64"),
    "a dtype by path": (_at("tensors", "W1", "dtype", value="numpy.float64"), "F32, or all F64"),
    "two precisions": (_at("tensors", "W1", "dtype", value="F32"), "F32, or all F64"),
    "a dtype as a number": (_at("tensors", "W1", "dtype", value=64), "tensor W1.dtype"),
    "a transposed shape": (_at("tensors", "W1", "shape", value=[3, 4]), r"W1 must have shape \(4, 3\)"),
    "a flat shape": (_at("tensors", "W1", "shape", value=[12]), "W1 must have shape"),
    "no shape": (_at("tensors", "W1", "shape", value=[]), "W1 must have shape"),
    "a negative shape": (_at("tensors", "W1", "shape", value=[-4, -3]), "tensor W1.shape"),
    "a fractional shape": (_at("tensors", "W1", "shape", value=[4.0, 3.0]), "tensor W1.shape"),
    "a shape of 2^63": (_at("tensors", "W1", "shape", value=[1 << 63, 2]), "W1 must have shape"),
    "a shape of many dimensions": (_at("tensors", "W1", "shape", value=[1] * 5000), "tensor W1.shape"),
    "a shape of truth values": (_at("tensors", "W1", "shape", value=[True, True]), "tensor W1.shape"),
    "no offsets": (_without("tensors", "W1", "data_offsets"), "tensor W1.data_offsets is missing"),
    "one offset": (_at("tensors", "W1", "data_offsets", value=[48]), "tensor W1.data_offsets"),
    "negative offsets": (_at("tensors", "W1", "data_offsets", value=[-96, 0]), "tensor W1.data_offsets"),
    "offsets as texts": (_at("tensors", "W1", "data_offsets", value=["48", "144"]), "tensor W1.data_offsets"),
    "offsets reversed": (_at("tensors", "W1", "data_offsets", value=[144, 48]), "must lie at bytes"),
    "offsets overlapping": (_at("tensors", "W1", "data_offsets", value=[40, 136]), "must lie at bytes"),
    "offsets shared": (_at("tensors", "W2", "data_offsets", value=[0, 48]), "must lie at bytes"),
    "offsets with a gap": (_at("tensors", "W1", "data_offsets", value=[56, 152]), "must lie at bytes"),
    "offsets past the end": (_at("tensors", "b1", "data_offsets", value=[192, 1 << 62]), "must lie at bytes"),
    "offsets that wrap": (_at("tensors", "b1", "data_offsets", value=[(1 << 64) - 24, 1 << 64]), "must lie at bytes"),
    "an unknown field of a tensor": (_at("tensors", "W1", "file", value="/etc/passwd"), "file is not known here"),
    "a tensor that is no object": (_at("tensors", "W1", value=[4, 3]), "tensor W1"),
    "bytes appended": (_append(b"x"), "cut off or was appended to"),
    "a zip appended": (_append(b"PK\x05\x06" + bytes(18)), "cut off or was appended to"),
    "a byte missing": (_cut(1), "cut off or was appended to"),
    "no tensor bytes": (_cut(216), "cut off or was appended to"),
    "NaN in a weight": (_write(48, float("nan")), "W1 must hold finite numbers"),
    "infinity in a bias": (_write(192, float("inf")), "b1 must hold finite numbers"),
    "minus infinity in an embedding": (_write(0, float("-inf")), "E1 must hold finite numbers"),
}  # fmt: skip

CHECKPOINT_CHANGES = {
    "an unknown rule": (_at("entry", "checkpoint", "rule", value={"name": "os.system"}), "unknown optimizer"),
    "an option of no rule": (_at("entry", "checkpoint", "rule", "command", value=1), "command is not known here"),
    "another rule": (_at("entry", "checkpoint", "rule", value={"name": "adam"}), "missing slot.m"),
    "a negative step": (_at("entry", "checkpoint", "step", value=-1), "checkpoint.step"),
    "a step of 2^63": (_at("entry", "checkpoint", "step", value=1 << 63), "checkpoint.step"),
    "a step as a truth value": (_at("entry", "checkpoint", "step", value=True), "checkpoint.step"),
    "progress as a text": (_at("entry", "checkpoint", "progress", value="exec"), "checkpoint.progress"),
    "a vector by path": (_at("entry", "checkpoint", "vectors", value=["../best"]), "checkpoint.vectors"),
    "records that are not there": (_at("entry", "checkpoint", "records", value=[2, 3]), "missing records"),
    "records of one number": (_at("entry", "checkpoint", "records", value=[2]), "checkpoint.records"),
    "records without end": (_at("entry", "checkpoint", "records", value=[1 << 40, 1]), "checkpoint.records"),
    "fewer records than none": (_at("entry", "checkpoint", "records", value=[-1, 3]), "checkpoint.records"),
    "a vector too many": (_at("entry", "checkpoint", "vectors", value=["best", "last"]), "missing vector.last"),
    "a vector of another length": (_at("tensors", "vector.best", "shape", value=[26]), "vector.best must have shape"),
    "slots without a checkpoint": (_without("entry", "checkpoint"), "not expected slot.v"),
}

RECORDS_CHANGES = {
    "fewer rows than there are": (_at("entry", "checkpoint", "records", value=[1, 3]), "records must have shape"),
    "another precision": (_at("tensors", "records", "dtype", value="F32"), "records must be F64"),
    "rows without end": (_at("tensors", "records", "shape", value=[1 << 60, 1 << 60]), "records must have shape"),
    "records that nobody announced": (_without("entry", "checkpoint", "records"), "not expected records"),
    "weights in their precision": (_at("tensors", "W1", "dtype", value="F64"), "all tensors must be F32, or all F64"),
}


def _changed(change, **kind):
    draft = Draft(**kind)
    change(draft)
    return draft.to_bytes()


def _with_text(attribute, text):
    draft = Draft()
    setattr(draft, attribute, text(draft))
    return draft.to_bytes()


HOSTILE = {
    **{f"foreign: {name}": case for name, case in FOREIGN.items()},
    **{f"bytes: {name}": case for name, case in BYTES.items()},
    **{f"header: {name}": (_with_text("header_text", text), says) for name, (text, says) in HEADER_TEXTS.items()},
    **{f"entry: {name}": (_with_text("entry_text", text), says) for name, (text, says) in ENTRY_TEXTS.items()},
    **{f"model: {name}": (_changed(change), says) for name, (change, says) in CHANGES.items()},
    **{f"checkpoint: {name}": (_changed(c, checkpoint=True), says) for name, (c, says) in CHECKPOINT_CHANGES.items()},
    **{
        f"records: {name}": (_changed(c, checkpoint=True, records=True, dtype="F32"), says)
        for name, (c, says) in RECORDS_CHANGES.items()
    },
}
