"""Numbers for people: engineering notation, rates with intervals, and what the report and its figures share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from rramsim.corners import CORNER_COLUMNS, process_order

_PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A probability with its 95 % interval."""

    value: float
    low: float
    high: float
    reliability_index: float | None = None  # of an event below the floor
    met: bool = True  # whether it was met at all: else the index is how far was looked for it

    @property
    def text(self) -> str:
        """Short text; no errors are told as an upper bound."""
        return f"< {rate_text(self.high)}" if self.value == 0 else rate_text(self.value)

    @property
    def full(self) -> str:
        """Text with the interval."""
        if self.value == 0 and self.reliability_index is not None:
            above = "" if self.met else "above "
            return f"< {rate_text(self.high)} (reliability index {above}{self.reliability_index:.1f})"
        if self.value == 0:
            return f"no error seen; below {rate_text(self.high)} (95 %)"
        return f"{rate_text(self.value)} ({rate_text(self.low)} … {rate_text(self.high)})"


def rate_text(value: float) -> str:
    """Write a probability: plain from 1e-3 on, else with an exponent.

    Parameters
    ----------
    value
        From 0 to 1.

    Examples
    --------
    >>> rate_text(0.1234), rate_text(3.3e-9), rate_text(0.0)
    ('0.123', '3.3e-9', '0')
    """
    if value == 0:
        return "0"
    if value >= 1e-3:
        return f"{value:.3g}"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa}e{int(exponent)}"


def engineering(value: float, unit: str) -> str:
    """Write a quantity with an SI prefix.

    Parameters
    ----------
    value
        In the unit.
    unit
        Its symbol.

    Examples
    --------
    >>> engineering(4.84e-9, "s"), engineering(350e3, "Ω"), engineering(math.nan, "s")
    ('4.84 ns', '350 kΩ', '–')
    """
    if not math.isfinite(value):
        return "–"
    scale, prefixed = scaled_unit(value, unit)
    return f"{value / scale:.3g} {prefixed}"


def scaled_unit(value: float, unit: str) -> tuple[float, str]:
    """Unit with the SI prefix that suits a value, and what to divide the value by.

    Parameters
    ----------
    value
        In the unit, finite.
    unit
        Its symbol.

    Examples
    --------
    >>> scaled_unit(2.1e-13, "J")
    (1e-15, 'fJ')
    """
    if value == 0:
        return 1.0, unit
    power = min(max(3 * math.floor(math.log10(abs(value)) / 3 + 1e-9), -18), 9)
    return 10.0**power, f"{_PREFIXES[power]}{unit}"


def type_rates(ber: pd.DataFrame) -> pd.DataFrame:
    """Probability of each error type at each corner, for a weight that can make it.

    The misreads of one programmed weight exclude each other and add up; programmed weights are averaged. Interval ends
    are combined in the same way, which is on the safe side.

    Parameters
    ----------
    ber
        A BER table.

    Returns
    -------
    pandas.DataFrame
        Columns cell, error_type, process, vdd_v, temperature_c, value, low, high, in table order.
    """
    keys = ["cell", "error_type", *CORNER_COLUMNS]
    columns = {"probability": "value", "ci_low": "low", "ci_high": "high"}
    added = ber.groupby([*keys, "programmed"], sort=False)[list(columns)].sum().clip(upper=1.0)
    mean = added.groupby(keys, sort=False).mean().reset_index().rename(columns=columns)
    return mean.sort_values(
        by=keys, key=lambda column: column.map(process_order) if column.name == "process" else column, ignore_index=True
    )
