"""Numbers with units, in the two spellings rramsim meets: SPICE's and a study file's.

Inside the package every quantity is an SI float (temperature alone is in °C, as in SPICE). SPICE suffixes ignore
case, so that ``1M`` is a milli and ``1MEG`` a mega (ngspice manual, section 2.1.3.1); a study file follows SI, where
``M`` is mega and ``m`` milli, and always names the unit.
"""

from __future__ import annotations

import math
import re

_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?"
_SPICE = re.compile(rf"^({_NUMBER})(meg|mil|[tgkmunpfa])?[a-z]*$", re.IGNORECASE)
_SPICE_SCALE = {
    "t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3, "mil": 25.4e-6,
    "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18,
}  # fmt: skip
_QUANTITY = re.compile(rf"^\s*({_NUMBER})\s*([^\d\s]*)\s*$")
_SI_SCALE = {
    "T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "": 1.0,
    "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18,
}  # fmt: skip
# What the end of a column's name says of its unit, as people write it.
COLUMN_UNITS = {
    "s": "s", "j": "J", "v": "V", "a": "A", "w": "W", "f": "F", "ohm": "Ω", "m": "m", "c": "°C",
}  # fmt: skip
_SPELLINGS = {"Ω": ("Ω", "Ω", "ohm", "Ohm"), "°C": ("°C", "degC", "C")}


def column_unit(column: str) -> str:
    """End of a column's name that tells its unit, a key of ``COLUMN_UNITS``; empty for none.

    Parameters
    ----------
    column
        Its header, such as ``energy_mean_j``.
    """
    end = column.rpartition("_")[2]
    return end if end in COLUMN_UNITS and end != column else ""


def spice_number(text: str) -> float:
    """Read a number as ngspice does.

    Parameters
    ----------
    text
        Digits, perhaps an exponent, a scale suffix in any case, and letters that SPICE passes over (``5kohm``).

    Raises
    ------
    ValueError
        ``text`` is not a number.

    Examples
    --------
    >>> spice_number("100f"), spice_number("1M"), spice_number("2.5MEG")
    (1e-13, 0.001, 2500000.0)
    """
    match = _SPICE.match(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a SPICE number")
    scale = _SPICE_SCALE[match[2].lower()] if match[2] else 1.0
    return _scaled(match[1], scale)


def format_number(value: float) -> str:
    """Write a number for a deck: shortest text that reads back to the same float, never with a suffix.

    Parameters
    ----------
    value
        The number, SI.

    Raises
    ------
    ValueError
        ``value`` is not finite.

    Examples
    --------
    >>> format_number(5e-08), format_number(350e3)
    ('5e-08', '350000.0')
    """
    if not math.isfinite(value):
        raise ValueError(f"{value!r} cannot be written into a deck: it is not finite")
    return repr(float(value))


def quantity(value: object, unit: str) -> float:
    """Read a study file's quantity: an SI number, or a text with a prefix and the unit, as ``"50 ns"``.

    Parameters
    ----------
    value
        Number or text.
    unit
        The unit that is expected: ``s``, ``V``, ``A``, ``Ω``, ``F``, ``m`` or ``°C``.

    Raises
    ------
    ValueError
        Not a number, not finite, or another unit.

    Examples
    --------
    >>> quantity("50 ns", "s"), quantity(1.2, "V"), quantity("5 kΩ", "Ω")
    (5e-08, 1.2, 5000.0)
    """
    return _parse_quantity(value, unit) if isinstance(value, str) else number(value)


def number(value: object) -> float:
    """Read a study file's plain number.

    Parameters
    ----------
    value
        What the TOML reader made of it.

    Raises
    ------
    ValueError
        Not a number (a text or a truth value is none), or not finite.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("expected a number")  # noqa: TRY004 - pydantic reports ValueErrors
    try:
        return _finite(float(value))
    except OverflowError:  # an integer of hundreds of digits
        raise ValueError("must be finite") from None


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be finite")
    return value + 0.0  # -0.0 becomes 0.0: equal values are written alike


def _parse_quantity(text: str, unit: str) -> float:
    match = _QUANTITY.match(text)
    if match is None:
        raise ValueError(f"expected a number in {unit}, or a text such as '1.5 {unit}'")
    for spelling in _SPELLINGS.get(unit, (unit,)):
        prefix = match[2].removesuffix(spelling)
        if match[2].endswith(spelling) and prefix in _SI_SCALE and (unit != "°C" or not prefix):
            return _finite(_scaled(match[1], _SI_SCALE[prefix]))
    raise ValueError(f"the unit must be {unit}, with or without an SI prefix; found {match[2]!r}")


def _scaled(digits: str, scale: float) -> float:
    # Decimal shift in the text, so that "100f" is exactly the float 1e-13 and not 100 * 1e-15.
    exponent = round(math.log10(scale))
    if scale != 10.0**exponent:
        return float(digits) * scale
    mantissa, _, own = digits.lower().partition("e")
    return float(f"{mantissa}e{int(own or 0) + exponent}")
