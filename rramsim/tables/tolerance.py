"""``tolerance.csv``: the highest rate of errors of one type that costs less accuracy than is allowed.

Interpolated along the ladder, the loss as a power of the rate. ``limit`` is blank where the ladder holds it; ``above``
where even its highest rate costs less, which ``rate`` then is; ``below`` where its lowest costs as much. The interval
is that of the chips and of the shape between two steps: 0 and 1 where it leaves the ladder.
"""

from __future__ import annotations

from functools import partial

from rramsim.tables.accuracy import ALL_ERRORS
from rramsim.tables.columns import Choice, Column, Count, Number, Text
from rramsim.tables.table import Table, check_interval
from rramsim.weights import ErrorType, WeightKind

_KEY = ("network", "mode", "error_type")

TOLERANCE = Table(
    kind="table of tolerated rates",
    file="tolerance.csv",
    command="rramsim inject STUDY",
    columns=(
        *(Column(name=name, kind=Text()) for name in _KEY[:2]),
        Column(name="weights", kind=Choice(allowed=tuple(WeightKind))),
        Column(name="error_type", kind=Choice(allowed=(ALL_ERRORS, *ErrorType))),
        *(Column(name=name, kind=Number()) for name in ("loss", "rate", "ci_low", "ci_high")),
        Column(name="limit", kind=Choice(allowed=("", "above", "below"))),
        Column(name="chips", kind=Count()),
    ),
    key=(*_KEY, "loss"),
    checks=(partial(check_interval, of="rate"),),
)
