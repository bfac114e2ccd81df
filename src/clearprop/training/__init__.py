"""Training: when. See README.md; the loop is `clearprop.training.loop`."""

from clearprop.training.chosen_rows import ChosenRows, chosen
from clearprop.training.divergence import Divergence
from clearprop.training.evaluate import each_outputs, evaluate, loss_and_metric, mean_outputs, outputs, predict
from clearprop.training.events import (
    Attentive,
    EpochEnded,
    Event,
    Listener,
    OfSeveral,
    Running,
    RunStopped,
    StepsDone,
    TrainingEnded,
    TrainingStarted,
)
from clearprop.training.history import EpochRecord, History, as_columns, as_records, thinned
from clearprop.training.interruption import Interruption
from clearprop.training.loop import Training, metric_stride
from clearprop.training.metrics import METRICS, check_metric, has_metric, metric, metric_name
from clearprop.training.plan import Plan
from clearprop.training.progress import Progress
from clearprop.training.progress_bar import show_progress
from clearprop.training.progress_of_several import show_progress_of
from clearprop.training.rows import Rows, check_rows
from clearprop.training.sparse_rows import SparseRows, dense_blocks
from clearprop.training.stopping import Stopped, Stopping, Verdict
from clearprop.training.stored_rows import StoredRows, store

__all__ = [
    "METRICS",
    "Attentive",
    "ChosenRows",
    "Divergence",
    "EpochEnded",
    "EpochRecord",
    "Event",
    "History",
    "Interruption",
    "Listener",
    "OfSeveral",
    "Plan",
    "Progress",
    "Rows",
    "RunStopped",
    "Running",
    "SparseRows",
    "StepsDone",
    "Stopped",
    "Stopping",
    "StoredRows",
    "Training",
    "TrainingEnded",
    "TrainingStarted",
    "Verdict",
    "as_columns",
    "as_records",
    "check_metric",
    "check_rows",
    "chosen",
    "dense_blocks",
    "each_outputs",
    "evaluate",
    "has_metric",
    "loss_and_metric",
    "mean_outputs",
    "metric",
    "metric_name",
    "metric_stride",
    "outputs",
    "predict",
    "show_progress",
    "show_progress_of",
    "store",
    "thinned",
]
