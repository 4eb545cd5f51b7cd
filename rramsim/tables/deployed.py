"""``deployed.csv`` and ``learning.csv``: networks that learnt by equilibrium propagation, in memory arrays.

A row of ``deployed.csv`` is a network as it was learnt, as arrays store it, or under the errors of a corner. ``ci_low``
and ``ci_high`` are as in ``accuracy.csv``; ``set_low`` and ``set_high`` hold what other images would have changed.
``residual`` is how far a unit moved in the last step of a free phase, at most, and ``restless`` the share of batches in
which one moved further than 0.01: of the first chip, where there are several.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from rramsim.corners import CORNER_COLUMNS
from rramsim.tables.accuracy import REAL
from rramsim.tables.columns import Choice, Column, Count, Label, Number, Process, Text
from rramsim.tables.points import TASK
from rramsim.tables.table import Table, check_interval, named
from rramsim.weights import WeightKind

LEARNT, STORED, CORNER = "learnt", "stored", "corner"


def _check_bounds(row: Mapping[str, Any]) -> None:
    if not 0 <= row["set_low"] <= row["accuracy"] <= row["set_high"] <= 1:
        found = named(row, ("set_low", "accuracy", "set_high"))
        raise ValueError(f"needs 0 <= set_low <= accuracy <= set_high <= 1, got {found}")
    if row["residual"] < 0 or not 0 <= row["restless"] <= 1:
        raise ValueError(f"outside its bounds: {named(row, ('residual', 'restless'))}")
    if (row["stage"] == CORNER) != bool(row["cell"]):
        raise ValueError(f"column cell: a row of stage {CORNER} names one, no other does")


DEPLOYED = Table(
    kind="table of deployed networks",
    file="deployed.csv",
    command="rramsim inject STUDY",
    columns=(
        *(Column(name=name, kind=Text()) for name in ("network", "dataset", "estimator")),
        Column(name="stage", kind=Choice(allowed=(LEARNT, STORED, CORNER))),
        Column(name="weights", kind=Choice(allowed=(*WeightKind, REAL))),
        Column(name="mode", kind=Text()),
        Column(name="cell", kind=Label(blank=True)),
        Column(name=CORNER_COLUMNS[0], kind=Process(blank=True)),
        *(Column(name=name, kind=Number(blank=True)) for name in CORNER_COLUMNS[1:]),
        Column(name="rate", kind=Number()),
        Column(name="repeats", kind=Count()),
        *(Column(name=name, kind=Number()) for name in ("accuracy", "ci_low", "ci_high")),
        Column(name="images", kind=Count()),
        *(Column(name=name, kind=Number()) for name in ("chip_std", "set_low", "set_high", "residual", "restless")),
        TASK,
    ),
    key=("network", "stage", "mode", "cell", *CORNER_COLUMNS),
    checks=(partial(check_interval, of="accuracy"), _check_bounds),
)
LEARNING = Table(
    kind="table of epochs",
    file="learning.csv",
    command="rramsim train STUDY",
    columns=(
        Column(name="network", kind=Text()),
        Column(name="estimator", kind=Text()),
        Column(name="epoch", kind=Count()),
        Column(name="loss", kind=Number()),
        *(Column(name=name, kind=Count()) for name in ("train_correct", "train_images", "correct", "images")),
        Column(name="free_residual", kind=Number()),
    ),
    key=("network", "epoch"),
)
TABLES: Final[dict[str, Table]] = {"deployed": DEPLOYED, "learning": LEARNING}
