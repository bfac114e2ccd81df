"""Every setting of a training, declared once: what it may be, its default, a sentence, and whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clearprop.fitting.settings import known
from clearprop.fitting.settings.kinds import (
    column,
    either,
    flag,
    kinds_of_columns,
    named,
    number,
    one_of,
    optional,
    per_layer,
    record,
    sequence,
    text,
    texts,
    weights_of_classes,
    whole,
)
from clearprop.fitting.settings.setting import COMMAND, MLP, TABLE, setting
from clearprop.fitting.settings.spelling import read_share, read_sizes

if TYPE_CHECKING:
    from clearprop.equations import Loss, Rule, Schedule

EFFORTS = ("quick", "standard", "best")
NETWORK, OBJECTIVE, STEPS, LENGTH = "Network", "Objective", "Steps", "Length"
COMPUTING, ROWS = "Computing", "Rows"

_SHARE = number(least=0, below=1)
_SHARE_OF_ROWS = replace(_SHARE, must="be a share of the rows, 0 or more and below 1")
_LIMIT = optional(number(above=0))
_ROWS = {"where": frozenset({TABLE, COMMAND})}
_FILE = {"where": frozenset({COMMAND})}
_ARRAYS = {"where": frozenset({MLP})}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What can be asked of a training. `clearprop.fitting.recipe.Recipe` says what it comes to."""

    target: str | None = setting(
        None, optional(column()), "The column to predict (bundled sets need none).", ROWS, **_ROWS
    )
    effort: str | None = setting(
        None,
        optional(one_of(*EFFORTS)),
        "How much is done for a better answer: what is left out below takes its values.",
        NETWORK,
        chosen="standard, or quick where one of those is given",
        **_ROWS,
    )

    hidden: tuple[int, ...] = setting(
        (128, 64),
        sequence(
            whole(1),
            "list the units of each hidden layer, such as (128, 64), nothing for a linear model",
            "list of whole numbers",
            read_sizes,
        ),
        "Units of the hidden layers, such as 256,128; none for a linear model.",
        NETWORK,
    )
    activation: str | tuple[str, ...] = setting(
        "relu",
        per_layer(
            named("activation", known.activations, options=True),
            "be the name of an activation, or one for each hidden layer",
            str,
        ),
        "Of the hidden layers, or one for each, such as tanh,relu.",
        NETWORK,
    )
    dropout: float | tuple[float, ...] = setting(
        0.0,
        per_layer(_SHARE, "be a number in [0, 1), or one per layer"),
        "Share of a hidden layer's inputs to drop; or one for each layer, the first for the inputs.",
        NETWORK,
    )
    embedding: str | int = setting(
        "one-hot",
        either(whole(1), "one-hot", "auto", words='"one-hot" or "auto"'),
        "How categories enter: one-hot, as embeddings of this size, or auto for sizes by the number of categories.",
        NETWORK,
        **_ROWS,
    )
    bins: int | None = setting(
        None,
        optional(whole(0)),
        "Numbers enter bin by bin too, in at most so many bins of like shares of the rows; 0 for none.",
        NETWORK,
        **_ROWS,
    )
    root_rates: bool = setting(
        False,
        flag(),
        "Whether layers begin and learn as under NTK scaling: rates divided by the root of their inputs.",
        NETWORK,
    )
    initializer: str = setting(
        "auto",
        named("initializer", known.initializers),
        "How first weights are drawn; auto takes what suits the activation.",
        NETWORK,
    )
    max_norm: float | None = setting(None, _LIMIT, "Limit on the norm of every unit's incoming weights.", NETWORK)
    frozen: tuple[int, ...] | None = setting(
        None,
        optional(
            sequence(whole(1), "list layers by number, the first hidden one is 1", "list of whole numbers", read_sizes)
        ),
        "Layers that keep the weights they begin with, such as 1,2.",
        NETWORK,
    )

    loss: str | Loss | None = setting(
        None,
        optional(named("loss", known.losses, known.loss, 'be the name of a loss, or a loss such as get_loss("huber")')),
        "Instead of the one that suits the task.",
        OBJECTIVE,
    )
    label_smoothing: float = setting(
        0.0, _SHARE, "Share of a target that is spread evenly over the classes.", OBJECTIVE
    )
    l1: float = setting(0.0, number(least=0), "Strength of the penalty l1 Σ|W|.", OBJECTIVE)
    l2: float | None = setting(
        None,
        optional(number(least=0)),
        "Strength of the penalty ½ l2 ΣW².",
        OBJECTIVE,
        chosen="by the number of rows",
    )
    class_weight: str | Mapping[Any, float] | None = setting(
        None, optional(weights_of_classes()), "balanced: rare classes count more.", OBJECTIVE
    )

    calibration: str = setting(
        "auto",
        one_of("auto", "none", "temperature", "isotonic"),
        "Of probabilities, on held-out rows: none, temperature, isotonic (two classes), or auto for what betters them.",
        OBJECTIVE,
        **_ROWS,
    )

    optimizer: str | Rule = setting(
        "adam",
        named("optimizer", known.optimizers, known.rule),
        "The update rule, with options such as adamw:weight_decay=0.1, or a batch solver.",
        STEPS,
    )
    learning_rate: float | None = setting(None, _LIMIT, "Instead of the optimizer's own.", STEPS, of_steps=True)
    schedule: str | Schedule = setting(
        "constant",
        named("schedule", known.schedules, known.schedule, "be a name or a Schedule"),
        "Of the learning rate.",
        STEPS,
        of_steps=True,
    )
    clip_norm: float | None = setting(None, _LIMIT, "Limit on the gradient's norm.", STEPS, of_steps=True)
    clip_value: float | None = setting(None, _LIMIT, "Limit on each component of the gradient.", STEPS, of_steps=True)
    batch_size: int | None = setting(
        None, optional(whole(1)), "Rows of a step.", STEPS, chosen="by the number of rows", of_steps=True
    )
    shuffle: bool = setting(True, flag(), "Whether every epoch takes the rows in a new order.", STEPS, of_steps=True)
    shards: int | None = setting(
        None,
        optional(whole(1, 2**16)),
        "Parts of a batch, of 64 rows or more, that any number of processes may share: the bits depend on it alone.",
        STEPS,
        chosen="none in one process, up to 16 in several",
        of_steps=True,
    )
    averaging: float = setting(
        0.0,
        _SHARE,
        "Decay of the exponential mean of the weights at the ends of the epochs, which is kept in their place.",
        STEPS,
        of_steps=True,
    )
    momentum: float = setting(0.9, number(least=0, most=1), "For the solver sgd.", STEPS, **_ARRAYS)
    nesterovs_momentum: bool = setting(True, flag(), "For the solver sgd.", STEPS, **_ARRAYS)
    beta_1: float = setting(0.9, _SHARE, "For adam and its kin.", STEPS, **_ARRAYS)
    beta_2: float = setting(0.999, _SHARE, "For adam and its kin.", STEPS, **_ARRAYS)
    epsilon: float = setting(1e-8, number(above=0), "For adam and its kin.", STEPS, **_ARRAYS)
    power_t: float = setting(0.5, number(least=0), 'Exponent of the schedule "invscaling".', STEPS, **_ARRAYS)

    clamp: bool = setting(
        False,
        flag(),
        "Whether predicted numbers are kept between the smallest and the largest target of training.",
        OBJECTIVE,
        **_ROWS,
    )
    members: int = setting(
        1, whole(1), "Networks to train, each on rows of its own; the answer is their mean.", LENGTH, **_ROWS
    )
    by: str = setting(
        "folds",
        one_of("folds", "seeds", "bootstrap"),
        "How members part the rows: each validated on its own fold, on rows drawn by its seed, or on those not drawn.",
        LENGTH,
        **_ROWS,
    )
    n_epochs: int = setting(200, whole(1), "Passes over the rows, at most.", LENGTH)
    n_evaluations: int | None = setting(
        None, optional(whole(1)), "Passes over all rows of a batch solver, at most.", LENGTH, of_solvers=True
    )
    max_seconds: float | None = setting(None, _LIMIT, "Seconds after which training stops.", LENGTH)
    patience: float | None = setting(20, optional(whole(1)), "Epochs to wait for an improvement.", LENGTH)
    min_delta: float = setting(
        0.0, number(least=0), "What counts as an improvement, in units of what is monitored.", LENGTH
    )
    monitor: str | None = setting(
        None,
        optional(one_of("loss", "validation_loss", "validation_metric")),
        "What has to improve.",
        LENGTH,
        chosen="validation_loss, or loss without validation rows",
    )
    metric: str | None = setting(
        None,
        optional(named("metric", known.metrics)),
        "To show, and to call an epoch best by where nothing else is monitored.",
        LENGTH,
        chosen="accuracy or r2 is shown, and the loss is what counts",
        **_ROWS,
    )
    validation: float = setting(0.15, _SHARE_OF_ROWS, "Share of the rows to stop by.", LENGTH)
    early_stopping: bool = setting(False, flag(), "Whether to hold out rows and stop by them.", LENGTH, **_ARRAYS)
    warm_start: bool = setting(False, flag(), "Whether another fit continues.", LENGTH, **_ARRAYS)
    on_divergence: str = setting(
        "restore_best",
        one_of("restore_best", "raise"),
        "Whether a run that diverged ends with its best epoch, or with an error.",
        LENGTH,
    )

    engine: str = setting("auto", named("engine", known.engines), "Who computes; auto takes the fastest.", COMPUTING)
    precision: str | None = setting(
        "float32",
        named("precision", known.precisions),
        "Of rows and weights, such as float64; there is one that rounds the operands of products besides.",
        COMPUTING,
    )
    device: str | None = setting(
        None,
        optional(text()),
        "Where to compute, such as gpu or gpu:1, for an engine that has others than the processor.",
        COMPUTING,
        chosen="the processor",
    )
    n_threads: int | None = setting(
        None, optional(whole(1)), "Threads to use at most.", COMPUTING, chosen="all the process may use"
    )
    certify: bool = setting(
        True, flag(), "Whether to check first that the engine's gradient is the derivative of J.", COMPUTING
    )
    seed: int = setting(0, whole(0, 2**63), "Of every random number.", COMPUTING)
    verbose: bool = setting(False, flag(), "Whether to show progress.", COMPUTING, where=frozenset({TABLE, MLP}))

    group: str | None = setting(None, optional(column()), "Column whose groups are never split.", ROWS, **_ROWS)
    time: str | None = setting(None, optional(column()), "Column of time; the latest rows are held out.", ROWS, **_ROWS)
    weights: str | None = setting(
        None,
        optional(column()),
        "Column of numbers that weigh the rows: k counts as k copies.",
        ROWS,
        **_ROWS,
    )
    na: tuple[str, ...] = setting((), texts(), "A further spelling of a missing cell.", ROWS, **_ROWS)
    bad_rows: str = setting(
        "error", one_of("error", "quarantine"), "error or quarantine: set them aside into a file.", ROWS, **_ROWS
    )
    missing_target: str = setting(
        "leave out",
        one_of("leave out", "error"),
        '"leave out" or "error": what becomes of rows without a target.',
        ROWS,
        **_ROWS,
    )
    max_bad: float = setting(
        0.001,
        replace(number(least=0, most=1), option=str, read=read_share),
        "Share of rows that may be bad.",
        ROWS,
        **_ROWS,
    )
    reading: Mapping[str, Any] | None = setting(
        None,
        optional(record()),
        "How files are written, as the options of read_table say it.",
        ROWS,
        where=frozenset({TABLE}),
    )
    delimiter: str | None = setting(
        None, optional(text()), 'What stands between cells, such as ";" or "\\t".', ROWS, chosen="found out", **_FILE
    )
    header: bool | None = setting(
        None, optional(flag()), "Whether the first line holds names.", ROWS, chosen="found out", **_FILE
    )
    decimal: str | None = setting(
        None, optional(one_of(".", ",")), "Mark of decimals.", ROWS, chosen="found out", **_FILE
    )
    dates: str | None = setting(
        None, optional(one_of("day-first", "month-first")), "Order of dates such as 3/4/2020.", ROWS, **_FILE
    )
    encoding: str | None = setting(
        None, optional(text()), "Of a text file, such as cp1251.", ROWS, chosen="found out", **_FILE
    )
    comment: str | None = setting(
        None, optional(text()), "What a line begins with that is no row, such as #.", ROWS, **_FILE
    )
    skip: int | None = setting(None, optional(whole(0)), "Lines above the names.", ROWS, chosen="found out", **_FILE)
    sheet: str | None = setting(None, optional(text()), "Of a workbook.", ROWS, chosen="the first", **_FILE)
    index_base: int | None = setting(
        None, optional(whole(0, 2)), "Index of the first feature in svmlight: 0 or 1.", ROWS, **_FILE
    )
    kind: tuple[str, ...] = setting((), kinds_of_columns(), "Of a column, such as zip=category.", ROWS, **_FILE)
    keep: tuple[str, ...] = setting((), texts(), "A column to keep, though it names the rows.", ROWS, **_FILE)
    drop: tuple[str, ...] = setting((), texts(), "A column to leave out.", ROWS, **_FILE)
    only: tuple[str, ...] = setting((), texts(), "A column to take; no other is.", ROWS, **_FILE)
    stream: bool | None = setting(
        None,
        optional(flag()),
        "Whether the file stays on disk.",
        ROWS,
        chosen="if large",
        flags="--stream/--in-memory",
        **_ROWS,
    )
    block_rows: int | None = setting(
        None, optional(whole(1)), "Shuffle blocks of so many rows, and the rows within each.", ROWS, **_ROWS
    )
