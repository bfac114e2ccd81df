"""Files: model file and checkpoint on disk, and the strict loader. See README.md."""

from clearprop.files.atomic import atomic_file, write_atomically
from clearprop.files.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from clearprop.files.descriptions import (
    loss_from_json,
    loss_to_json,
    network_from_json,
    network_to_json,
    rule_from_json,
    rule_to_json,
    schedule_from_json,
    schedule_to_json,
)
from clearprop.files.model_file import ModelFile, load_model, save_model
from clearprop.files.run_file import RunFile, load_run, save_run

__all__ = [
    "Checkpoint",
    "ModelFile",
    "RunFile",
    "atomic_file",
    "load_checkpoint",
    "load_model",
    "load_run",
    "loss_from_json",
    "loss_to_json",
    "network_from_json",
    "network_to_json",
    "rule_from_json",
    "rule_to_json",
    "save_checkpoint",
    "save_model",
    "save_run",
    "schedule_from_json",
    "schedule_to_json",
    "write_atomically",
]
