"""Equilibrium propagation: estimates beside gradients, the epochs of a training, and what came of it on test images."""

from __future__ import annotations

from rramsim.tables.columns import Column, Count, Number, OptionalCount, Text
from rramsim.tables.table import Table

# How an estimate of one parameter agrees with its gradient.
_AGREEMENT = (
    Column(name="parameter", kind=Text()),
    Column(name="cosine", kind=Number(blank=True)),
    Column(name="norm_ratio", kind=Number(blank=True, infinite=True)),
    Column(name="error", kind=Number(blank=True, infinite=True)),
    Column(name="same_sign", kind=Number(blank=True)),
)
DIAGNOSIS = Table(
    kind="table of estimates",
    file="diagnosis.csv",
    command="rramsim eqprop diagnose FILE",
    columns=(
        Column(name="estimator", kind=Text()),
        Column(name="beta", kind=Number()),
        *_AGREEMENT,
        Column(name="free_residual", kind=Number()),
        Column(name="nudged_residual", kind=Number()),
    ),
    key=("estimator", "beta", "parameter"),
)
TUNING = Table(
    kind="table of phases that were tried",
    file="tuning.csv",
    command="rramsim eqprop tune FILE",
    columns=(
        Column(name="nudged_steps", kind=Count()),
        Column(name="beta", kind=Number()),
        *_AGREEMENT,
        Column(name="free_steps", kind=Count()),
    ),
    key=("nudged_steps", "beta", "parameter"),
)
TEST = Table(
    kind="table of a test",
    file="test.csv",
    command="rramsim eqprop train FILE",
    columns=(
        Column(name="dataset", kind=Text()),
        Column(name="epochs", kind=OptionalCount()),  # of a training; blank of weights that were given
        Column(name="correct", kind=Count()),
        Column(name="images", kind=Count()),
        # Of other images of the same kind: Wilson's interval.
        *(Column(name=name, kind=Number()) for name in ("accuracy", "set_low", "set_high")),
        # Real, binary or ternary weights, and how they are read.
        Column(name="stored", kind=Text(), absent="real"),
        Column(name="reads", kind=Text(), absent="right"),
    ),
    key=("dataset",),
)
EPOCHS = Table(
    kind="table of epochs",
    file="epochs.csv",
    command="rramsim eqprop train FILE",
    columns=(
        Column(name="epoch", kind=Count()),
        Column(name="loss", kind=Number()),
        Column(name="train_correct", kind=Count()),
        Column(name="train_images", kind=Count()),
        Column(name="correct", kind=Count()),
        Column(name="images", kind=Count()),
        Column(name="free_residual", kind=Number()),
    ),
    key=("epoch",),
)
CHANGES = Table(
    kind="table of changed symbols",
    file="changes.csv",
    command="rramsim eqprop train FILE",
    columns=(
        Column(name="epoch", kind=Count()),
        Column(name="parameter", kind=Text()),
        Column(name="weights", kind=Count()),
        Column(name="changes", kind=Count()),  # a weight that changes twice is counted twice
    ),
    key=("epoch", "parameter"),
)
