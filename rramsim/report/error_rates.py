"""From the confusion table to one rate for each error type, and the corners that a summary names."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median_low

import pandas as pd

from rramsim.corners import Corner, ProcessCorner
from rramsim.report.numbers import Rate
from rramsim.weights import ErrorType

ERROR_NAMES = {
    ErrorType.SIGN: "type 1 (+1 ↔ −1)",
    ErrorType.TO_ZERO: "type 2 (±1 → 0)",
    ErrorType.FROM_ZERO: "type 3 (0 → ±1)",
    ErrorType.UNRESOLVED: "unresolved (±1 → ?)",
}
CORNER_KEYS = ["process", "vdd_v", "temperature_c"]
_ROOM_C = 27.0
_PROCESS_ORDER = {process.value: index for index, process in enumerate(ProcessCorner)}


def corner_of(row: pd.Series) -> Corner:
    """Corner of a table row."""
    return Corner(
        process=ProcessCorner(row["process"]), vdd=float(row["vdd_v"]), temperature_c=float(row["temperature_c"])
    )


def rate_of(row: pd.Series) -> Rate:
    """Rate of a row of :func:`type_rates`."""
    return Rate(value=float(row["value"]), low=float(row["low"]), high=float(row["high"]))


def corners_of(frame: pd.DataFrame) -> list[Corner]:
    """The different corners of a table, in table order."""
    rows = frame[CORNER_KEYS].drop_duplicates()
    return sorted((corner_of(row) for _, row in rows.iterrows()), key=lambda corner: corner.sort_key)


def typical_corner(corners: Iterable[Corner]) -> Corner:
    """The corner nearest to the middle: TT if there is one, middle supply, temperature nearest to 27 °C.

    Examples
    --------
    >>> from rramsim.corners import pvt_grid
    >>> typical_corner(pvt_grid(ProcessCorner, [1.1, 1.2, 1.3], [-40, 27, 125])).id
    'tt_27c_1v2'
    """
    known = list(corners)
    middle = median_low(sorted({corner.vdd for corner in known}))
    return min(
        known,
        key=lambda corner: (
            corner.process is not ProcessCorner.TT,
            abs(corner.vdd - middle),
            abs(corner.temperature_c - _ROOM_C),
            corner.sort_key,
        ),
    )


def type_rates(ber: pd.DataFrame) -> pd.DataFrame:
    """Probability of each error type at each corner, for a weight that can make it.

    Parameters
    ----------
    ber
        Columns of ``ber.csv``.

    Returns
    -------
    pandas.DataFrame
        Columns cell, error_type, process, vdd_v, temperature_c, value, low, high, in table order.

    Notes
    -----
    The misreads of one programmed weight exclude each other, so that their probabilities add up; the programmed weights
    that can make the error are averaged, as if used equally often. The ends of the intervals are combined in the same
    way. That ignores that independent errors partly cancel, so the combined interval is too wide rather than too
    narrow: with zero errors in n reads towards either of two values it is about twice the bound of their sum.
    """
    keys = ["cell", "error_type", *CORNER_KEYS]
    columns = {"probability": "value", "ci_low": "low", "ci_high": "high"}
    added = ber.groupby([*keys, "programmed"], sort=False)[list(columns)].sum().clip(upper=1.0)
    mean = added.groupby(keys, sort=False).mean().reset_index().rename(columns=columns)
    return mean.sort_values(
        by=keys, key=lambda column: column.map(_PROCESS_ORDER) if column.name == "process" else column,
        ignore_index=True,
    )  # fmt: skip


def by_cell_and_type(rates: pd.DataFrame) -> list[tuple[str, ErrorType, pd.DataFrame]]:
    """Split the rates; error types in the order of their names."""
    parts = {(str(cell), ErrorType(error)): part for (cell, error), part in rates.groupby(["cell", "error_type"])}
    order = {error: index for index, error in enumerate(ERROR_NAMES)}
    return [(cell, error, parts[cell, error]) for cell, error in sorted(parts, key=lambda key: (key[0], order[key[1]]))]
