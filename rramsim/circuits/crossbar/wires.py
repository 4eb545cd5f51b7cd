"""Resistance and capacitance that each cell adds to the lines that it lies on.

The defaults are **assumed**, for want of a published layout: a wire 0.2 µm wide of 0.08 Ω per square and 0.2 fF/µm, the
usual size in a 130 nm process, and a cell of two select transistors 6 µm wide beside each other, which is 13 µm along
the word line and 1.6 µm along the bit and source lines. They are the user's to replace.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from rramsim.errors import InputError

_OHM_PER_M = 0.08 / 0.2e-6
_FARAD_PER_M = 0.2e-9
_ALONG_WL, _ALONG_BL = 13e-6, 1.6e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wires:
    """What one cell adds to each line.

    Parameters
    ----------
    r_wl_ohm, r_bl_ohm, r_sl_ohm
        Series resistance of word line, each bit line, source line [Ω], not negative; 0 is an ideal line.
    c_wl_f, c_bl_f, c_sl_f
        Capacitance of the same wires to ground [F], not negative, without that of transistors.

    Raises
    ------
    InputError
        A value is negative or not finite.
    """

    r_wl_ohm: float = round(_OHM_PER_M * _ALONG_WL, 6)
    c_wl_f: float = round(_FARAD_PER_M * _ALONG_WL, 20)
    r_bl_ohm: float = round(_OHM_PER_M * _ALONG_BL, 6)
    c_bl_f: float = round(_FARAD_PER_M * _ALONG_BL, 20)
    r_sl_ohm: float = round(_OHM_PER_M * _ALONG_BL, 6)
    c_sl_f: float = round(_FARAD_PER_M * _ALONG_BL, 20)

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value >= 0):
                unit = "Ω" if field.name.endswith("ohm") else "F"
                raise InputError(f"{field.name} must be 0 {unit} or more, got {value!r}")
