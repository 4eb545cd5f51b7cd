"""Numbers for people: engineering notation, percentages, rates with their intervals, corners as spoken."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from rramsim.corners import Corner

_PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
# Longest first: a Pelgrom coefficient [V m] must not be taken for a length.
_SUFFIX_UNITS = {
    "_v_m": "V·m", "_ohm": "Ω", "_j": "J", "_f": "F", "_s": "s", "_m": "m", "_v": "V", "_a": "A",
    "_c": "°C",
}  # fmt: skip
_PELGROM_SCALE = 1e9  # from V m to mV µm, the unit in which A_VT is quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A probability with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """Short text; no errors are told as an upper bound."""
        return f"< {rate_text(self.high)}" if self.value == 0 else rate_text(self.value)

    @property
    def full(self) -> str:
        """Text with the interval."""
        if self.value == 0:
            return f"no error seen; below {rate_text(self.high)}"
        return f"{rate_text(self.value)} ({rate_text(self.low)} … {rate_text(self.high)})"


def rate_text(value: float) -> str:
    """Write a probability: plain from 1e-3 on, else with an exponent.

    Examples
    --------
    >>> rate_text(0.1234), rate_text(3.3e-9), rate_text(0.0), rate_text(math.nan)
    ('0.123', '3.3e-9', '0', '–')
    """
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if value >= 1e-3:
        return f"{value:.3g}"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa}e{int(exponent)}"


def percent(value: float) -> str:
    """Write a fraction as a percentage.

    Examples
    --------
    >>> percent(0.98611), percent(math.nan)
    ('98.61 %', '–')
    """
    return f"{value * 100:.2f} %" if math.isfinite(value) else "–"


def percent_interval(value: float, low: float, high: float) -> str:
    """Write a fraction with its interval.

    Examples
    --------
    >>> percent_interval(0.96, 0.907, 0.9725)
    '96.00 % (90.70 … 97.25)'
    """
    return f"{percent(value)} ({low * 100:.2f} … {high * 100:.2f})"


def engineering(value: float, unit: str) -> str:
    """Write a quantity with an SI prefix.

    Examples
    --------
    >>> engineering(4.84e-9, "s"), engineering(999.7e-9, "s"), engineering(math.nan, "s")
    ('4.84 ns', '1 µs', '–')
    """
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return f"0 {unit}"
    rounded = float(f"{value:.2e}")  # 999.7 n is 1 µ, not 1e+03 n
    power = min(max(3 * math.floor(math.log10(abs(rounded)) / 3 + 1e-9), -18), 9)
    return minus(f"{rounded / 10.0**power:.4g} {_PREFIXES[power]}{unit}")


def plain_value(key: str, value: Any) -> str:
    """Write a value whose unit is the suffix of its key, as in ``provenance.json``.

    Examples
    --------
    >>> plain_value("t_sense_s", 5e-8), plain_value("a_vt_v_m", 1.15e-8), plain_value("seed", 2026)
    ('50 ns', '11.5 mV·µm', '2026')
    >>> plain_value("mismatch", True), plain_value("temperature_c", [-40.0, 27.0])
    ('yes', '−40 °C, 27 °C')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(plain_value(key, item) for item in value)
    if isinstance(value, float | int):
        suffix = next((suffix for suffix in _SUFFIX_UNITS if key.endswith(suffix)), None)
        if suffix == "_v_m":
            return f"{value * _PELGROM_SCALE:.4g} mV·µm"
        if suffix == "_c":
            return f"{minus(f'{value:g}')} °C"
        if suffix is not None:
            return engineering(float(value), _SUFFIX_UNITS[suffix])
        return minus(f"{value:.6g}" if isinstance(value, float) else str(value))
    return str(value)


def minus(text: str) -> str:
    """Put the minus sign where a number or weight is written with a hyphen."""
    return text.replace("-", "−")


def spoken(corner: Corner) -> str:
    """Name a corner for a reader.

    Examples
    --------
    >>> from rramsim.corners import parse_corner
    >>> spoken(parse_corner("ss_m40c_1v08"))
    'SS, 1.08 V, −40 °C'
    """
    return f"{corner.process.value}, {corner.vdd:g} V, {minus(f'{corner.temperature_c:g}')} °C"
