"""Model files written by hand, from docs/file-format.md alone: what tests bend until it breaks."""

import copy
import hashlib
import json
import struct

NETWORK = {
    "inputs": {"n_numeric": 2, "categories": [3], "embedding": [2]},
    "layers": [
        {
            "units": units, "activation": activation, "dropout": 0.0, "bias": bias, "init": "auto",
            "max_norm": None, "learning_rate": 1.0, "frozen": False,
        }
        for units, activation, bias in ((3, "tanh", True), (2, "softmax", False))
    ],
    "objective": {
        "loss": {"name": "cross_entropy", "label_smoothing": 0.0},
        "l1": 0.0, "l2": 0.0, "penalize_bias": False, "reduction": "mean", "penalty_per_row": False,
    },
}  # fmt: skip
SHAPES = {"E1": [3, 2], "W1": [4, 3], "W2": [3, 2], "b1": [3]}
CHECKPOINT = {"rule": {"name": "momentum", "momentum": 0.5}, "step": 9, "progress": {"epoch": 1}, "vectors": ["best"]}
CODES = {"F64": "d", "F32": "f"}


class Draft:
    """A sound model file in parts; change the parts, then ask for the bytes.

    Attributes
    ----------
    entry : dict
        The metadata entry, without its fingerprint.
    tensors : dict
        The tensors' part of the header.
    data : bytearray
        The tensor bytes.
    entry_text, header_text : str, bytes or None
        What to write in place of the entry's or the header's JSON.
    """

    def __init__(self, checkpoint=False, dtype="F64", records=False):
        self.entry = {"schema_version": "1.0", "network": copy.deepcopy(NETWORK), "table": None, "facts": {"seed": 7}}
        shapes = dict(SHAPES)
        if checkpoint:
            self.entry["checkpoint"] = copy.deepcopy(CHECKPOINT)
            shapes |= {"slot.v": [27], "vector.best": [27]}
        if checkpoint and records:
            self.entry["schema_version"], self.entry["checkpoint"]["records"] = "1.1", [2, 3]
            shapes["records"] = [2, 3]
        self.tensors, self.data = {}, bytearray()
        for name, shape in shapes.items():
            n, kind = shape[0] * (shape[1] if len(shape) == 2 else 1), "F64" if name == "records" else dtype
            begin = len(self.data)
            self.data += struct.pack(f"<{n}{CODES[kind]}", *(0.25 * i - 1 for i in range(n)))
            self.tensors[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [begin, len(self.data)]}
        self.places = {name: tuple(tensor["data_offsets"]) for name, tensor in self.tensors.items()}
        self.sha256 = None
        self.entry_text = self.header_text = None

    @classmethod
    def of(cls, data):
        """Take a file apart; ValueError, KeyError or TypeError if it is too broken for that."""
        draft = cls()
        (length,) = struct.unpack("<Q", data[:8].ljust(8, b"\0"))
        draft.tensors = json.loads(data[8 : 8 + length])
        draft.entry = json.loads(draft.tensors.pop("__metadata__")["clearprop"])
        draft.entry.pop("sha256")
        draft.data = bytearray(data[8 + length :])
        draft.places = {name: tuple(tensor["data_offsets"]) for name, tensor in draft.tensors.items()}
        return draft

    def fingerprint(self):
        digest = hashlib.sha256(compact(self.entry).encode())
        for _, (begin, end) in sorted(self.places.items()):
            digest.update(self.data[begin:end])
        return digest.hexdigest()

    def signed_entry(self):
        return compact(self.entry | {"sha256": self.fingerprint() if self.sha256 is None else self.sha256})

    def header(self):
        entry = self.signed_entry() if self.entry_text is None else self.entry_text
        return json.dumps({"__metadata__": {"clearprop": entry}, **self.tensors}, separators=(",", ":"))

    def to_bytes(self):
        text = self.header() if self.header_text is None else self.header_text
        text = text.encode() if isinstance(text, str) else text
        text += b" " * (-len(text) % 8)
        return struct.pack("<Q", len(text)) + text + bytes(self.data)


def compact(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
