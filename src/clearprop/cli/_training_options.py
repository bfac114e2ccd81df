"""The options of a training that `train` and `verify` share; None where they were not given."""

from __future__ import annotations

from typing import Annotated

import typer

TargetOption = Annotated[str | None, typer.Option(help="The column to predict (bundled sets need none).")]
HiddenOption = Annotated[str | None, typer.Option(help="Units of the hidden layers.  [default: 128,64]")]
ActivationOption = Annotated[str | None, typer.Option(help="Of the hidden layers.  [default: relu]")]
DropoutOption = Annotated[float | None, typer.Option(help="Share of a hidden layer's inputs to drop.")]
L1Option = Annotated[float | None, typer.Option(help="Strength of the penalty l1 Σ|W|.")]
L2Option = Annotated[
    float | None, typer.Option(help="Strength of the penalty ½ l2 ΣW².  [default: by the number of rows]")
]
LossOption = Annotated[str | None, typer.Option(help="Instead of the one that suits the task.")]
OptimizerOption = Annotated[str | None, typer.Option(help="The update rule, or a batch solver.  [default: adam]")]
LearningRateOption = Annotated[float | None, typer.Option(help="Instead of the optimizer's own.")]
ScheduleOption = Annotated[str | None, typer.Option(help="Of the learning rate.  [default: constant]")]
ClipNormOption = Annotated[float | None, typer.Option(help="Limit on the gradient's norm.")]
BatchSizeOption = Annotated[int | None, typer.Option(help="Rows of a step.  [default: by the number of rows]")]
PatienceOption = Annotated[int | None, typer.Option(help="Epochs to wait for an improvement.  [default: 20]")]
ValidationOption = Annotated[float | None, typer.Option(help="Share of rows to stop by.  [default: 0.15]")]
TestOption = Annotated[float | None, typer.Option(help="Share of rows held out to the end.  [default: 0.2]")]
GroupOption = Annotated[str | None, typer.Option(help="Column whose groups are never split.")]
TimeOption = Annotated[str | None, typer.Option(help="Column of time; the latest rows are held out.")]
TaskOption = Annotated[str | None, typer.Option(help="classes or numbers, if the guess is wrong.")]
ClassWeightOption = Annotated[str | None, typer.Option(help="balanced: rare classes count more.")]
EngineOption = Annotated[str | None, typer.Option(help="Who computes.  [default: auto, the fastest]")]
PrecisionOption = Annotated[str | None, typer.Option(help="float32, float64 or bf16.  [default: float32]")]
SeedOption = Annotated[int | None, typer.Option(help="Of every random number.  [default: 0]")]
