"""``training.csv``: loss and validation accuracy of each epoch of each network whose training is known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from rramsim.tables.columns import Column, Count, Number, Text
from rramsim.tables.table import Table, check_interval, named


def _check_loss(row: Mapping[str, Any]) -> None:
    if not (row["loss"] >= 0 <= row["learning_rate"]):
        raise ValueError(f"negative: {named(row, ('loss', 'learning_rate'))}")


TRAINING = Table(
    kind="table of trainings",
    file="training.csv",
    command="rramsim train STUDY",
    columns=(
        Column(name="network", kind=Text()),
        Column(name="epoch", kind=Count()),
        *(Column(name=name, kind=Number()) for name in ("learning_rate", "loss", "accuracy", "ci_low", "ci_high")),
        Column(name="images", kind=Count()),
    ),
    key=("network", "epoch"),
    checks=(partial(check_interval, of="accuracy"), _check_loss),
)
