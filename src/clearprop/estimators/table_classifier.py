"""TableClassifier: classes from a table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin

from clearprop.answering.of_classes import AnsweringClasses
from clearprop.estimators.table.base import Array, TableEstimator
from clearprop.exchange import Deployed
from clearprop.fitting.aim import OfClasses
from clearprop.fitting.learned import class_target, enough_held
from clearprop.fitting.scoring import class_rows, classification_scores
from clearprop.tables import Source
from clearprop.tables.columns.classes import class_column
from clearprop.tables.given import as_answers, rows_to_score
from clearprop.uncertainty import highest_score


class TableClassifier(ClassifierMixin, AnsweringClasses, TableEstimator):
    """A network that predicts classes from a table as it is: mixed columns, missing cells, text categories.

    The schema (means, categories, which columns carry information) is learned on the training rows alone; rows for
    validation are split off first, stratified by class, and end the training when they stop improving.

    Parameters
    ----------
    target : str, optional
        The column to predict; not needed with y, or where the source knows it.
    effort : {"quick", "standard", "best"}, optional
        How much is done for a better answer. Every setting below that says so is chosen by it where it is left out; one
        that is given counts as it is. None takes standard, or quick where one of them is given.
    hidden : sequence of int, optional
        Units of the hidden layers; empty for a linear model.
    activation : str or sequence of str, optional
        Of all hidden layers, or one for each.
    dropout : float or sequence of float, optional
        Probability that an input of a layer is dropped, from the second layer on; a sequence has one entry per layer,
        the first for the inputs, the last for what the output layer is given.
    embedding : "one-hot", int or "auto"
        How categories enter: as one-hot rows, or each as a trained vector of that size; "auto" takes 1.6 n^0.56
        for n categories, at most 50.
    bins : int, optional
        Numbers enter bin by bin too, in at most so many bins of like shares of the rows (Gorishniy et al. 2022), beside
        the scaled number; 0 for none.
    root_rates : bool, optional
        Whether layers learn at rates divided by √n_in, from weights drawn with variance 1 / n_in: NTK scaling (Jacot et
        al. 2018). One rate then suits layers of any width.
    initializer : str
        A name of `clearprop.equations.INITIALIZERS`; "auto" takes what suits the activation.
    max_norm : float, optional
        Limit on the norm of every unit's incoming weights.
    frozen : sequence of int, optional
        Layers that keep the weights they begin with; the first hidden one is 1.
    loss : str or Loss, optional
        A name, with options such as "huber:threshold=2" or without, or a loss. None takes binary_cross_entropy for two
        classes, cross_entropy for more, and squared_error for numbers.
    label_smoothing : float
        Share of a target that is spread evenly over the classes (Szegedy et al. 2016).
    l1 : float
    l2 : float, optional
        Penalties on the weights: R = ½ l2 Σ W² + l1 Σ |W|, not divided by the number of rows. None is for l2 as the
        effort chooses: 0 with standard and best, 4 / n of n training rows and at most 0.001 with quick.
    class_weight : {"balanced"}, dict or None
        "balanced" weighs every class alike, whatever its number of rows; a dict gives a class its weight (1 if it is
        not named).
    calibration : {"auto", "none", "temperature", "isotonic"}
        What is done to probabilities by the rows that were held out: one temperature for all z of the last layer (Guo
        et al. 2017), which divides its weights; of two classes a rising curve (Zadrozny and Elkan 2002), which no
        export takes; or with "auto" the better of the two, if it betters the log loss of rows it was not fitted to.
        The answers of several members are not made less sure: their mean is less sure than each.
    optimizer : str or Rule, optional
        A name of `clearprop.equations.RULES`, with options such as "adamw:weight_decay=0.1" or without, a rule, or the
        name of a batch solver: "lbfgs", "cg", "newton".
    learning_rate : float, optional
        None takes that of the effort, or the optimizer's own.
    schedule : str or Schedule, optional
        A name of `clearprop.equations.SCHEDULES`, with options such as "cosine:final=0.1" or without, or a schedule.
    clip_norm, clip_value : float, optional
        Limits on the gradient's norm, and on each of its components.
    batch_size : int, optional
        None gives about 50 steps per epoch, 32 to 256 rows each.
    shuffle : bool
        Whether every epoch takes the rows in a new order.
    shards : int, optional
        Parts of a batch, each of 64 rows or more, that any number of processes may share: the bits depend on this
        number alone. None takes none in one process; with `comm`, up to 16.
    averaging : float, optional
        Decay of the exponential mean of the weights at the ends of the epochs; above 0 the mean is kept.
    clamp : bool, optional
        Whether predicted numbers are kept between the smallest and the largest target of training; of classes it says
        nothing.
    members : int, optional
        Networks to train, each on rows and with random numbers of its own; the answer is their mean.
    by : {"folds", "seeds", "bootstrap"}
        By folds, each member is validated on a part of the rows that the others train on, so that none is lost; by
        seeds, on `validation` of them, drawn anew; by bootstrap, on those that it has not drawn.
    n_epochs : int, optional
        At most; of a batch solver, iterations.
    n_evaluations : int, optional
        Passes over all rows of a batch solver, at most.
    max_seconds : float, optional
        Wall time after which training stops.
    patience : int, "auto" or None
        Epochs without an improvement before training stops; "auto" is by the effort, None runs all epochs.
    min_delta : float
        What counts as an improvement, in units of what is monitored.
    monitor : {"loss", "validation_loss", "validation_metric"}, optional
        What has to improve; None takes the validation loss where there are validation rows, else the loss.
    metric : str, optional
        What the history shows and, unless `monitor` says otherwise, an epoch is called best by: "accuracy",
        "balanced_accuracy", "f1_macro", "log_loss" or "roc_auc" of classes; "r2", "rmse" or "mae" of numbers, in units
        of their standard deviation. None shows accuracy or R², and the loss is what counts.
    validation : float
        Share of the rows to validate on, at most 100 000 rows; 0 for none. Where it comes to fewer than 10 rows, and
        there is no group or time to split by, none are held out, and all epochs are run.
    on_divergence : {"restore_best", "raise"}
        Whether a run that diverged ends with the best epoch and a `DivergenceWarning`, or with a DivergenceError.
    engine : str
        "auto" takes the fastest that can do it.
    precision : {"float32", "float64", "bf16"}
        "bf16" trains and predicts with the operands of every product rounded to 8 significant bits; weights, sums and
        the optimizer's memory stay float32. Only the native engine can.
    device : str, optional
        Where to compute: "cpu", "gpu" or "gpu:1", where the engine has it (engine="jax"); the processor if left out.
    n_threads : int, optional
        Threads to use at most; None for all this process may use. The results do not depend on it.
    certify : bool
        Whether to check first, on at most 32 rows, that the engine's gradient is the derivative of the objective.
    random_state : int
        Decides split, first weights, shuffles and dropout.
    verbose : bool
        Whether to show progress on stderr.
    group, time : str, optional
        Split by groups of a column, or hold out the latest rows.
    weights : str, optional
        A column of numbers that weigh the rows, as sample_weight does; it is no feature.
    na : sequence of str
        Further spellings of a missing cell.
    bad_rows : {"error", "quarantine"}
        What to do with a row that cannot be read.
    max_bad : float
        Share of rows that may be quarantined.
    missing_target : {"leave out", "error"}
        What becomes of rows without a target; left out, they are counted in a note.
    reading : dict, optional
        How files are written, to be read alike in training and later: options of `clearprop.tables.read_table`, such as
        ``{"delimiter": ";", "decimal": ",", "kinds": {"zip": "category"}}``.
    stream : bool, optional
        Whether a CSV, TSV or Parquet file stays on disk while it is learned from; None does so above 256 MB.
    block_rows : int, optional
        Shuffle blocks of so many rows, and the rows within each. None shuffles all rows at once, and blocks of 65 536
        where the file is streamed; given, it makes both ways the same to the bit.

    Attributes
    ----------
    classes_ : array (n_classes,)
    network_ : Network
    parameters_ : Parameters
    schema_ : Schema
    gradient_certificate_ : Certificate or None
        What that check found, and the smallest error it would have seen.
    history_ : dict of str to list
        One entry per epoch.
    facts_ : dict
        All that is known of the training; it goes into the model file.

    Examples
    --------
    >>> model = TableClassifier(n_epochs=20).fit("iris")
    >>> list(model.predict("iris")[:2])
    ['setosa', 'setosa']
    """

    def score(self, data: Source, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy, on the data's own target if y is left out."""
        if y is None:
            return self._own_score("accuracy", data, sample_weight)
        codes = self.predict_proba(data).argmax(axis=1)
        given = class_column(self.target_.name, as_answers(y, len(codes)))
        rows = rows_to_score(given, self.missing_target)
        right = codes == class_target(self.schema_).encode(given, as_text=False)
        weights = None if sample_weight is None else np.asarray(sample_weight)[rows]
        return float(np.average(right[rows], weights=weights))

    def _with_level(self, deployed: Deployed, level: float) -> Deployed:
        held = enough_held(class_target(self.schema_).held, level)
        least = 1 - highest_score(held.scores, held.n_rows, level)
        note = (
            f"The set of classes that holds the true one with probability {level:g}: the most probable one, and every "
            f"class with a probability of at least {least:.9g}."
        )
        return replace(deployed, notes=(*deployed.notes, note))

    def _judge(self, a: Array, y: Array) -> tuple[dict[str, float], list[dict[str, object]]]:
        of = self.probabilities_of
        return classification_scores(y, a, of), class_rows(y, a, self.classes_, of)

    def _aim(self) -> OfClasses:
        return OfClasses(self.class_weight)
