"""Local transistor mismatch.

Pelgrom's law: the threshold voltages of two nominally equal, closely spaced transistors differ with a standard
deviation A_VT / sqrt(W L); one transistor's own deviation is that divided by sqrt(2).

References
----------
M. J. M. Pelgrom, A. C. J. Duinmaijer, A. P. G. Welbers, Matching properties of MOS transistors, IEEE J. Solid-State
Circuits 24, 1433 (1989), eq. (3), doi 10.1109/JSSC.1989.572629.
"""

from __future__ import annotations

import math

from rramsim.errors import InputError


def threshold_sigma(*, a_vt: float | None, width: float, length: float) -> float:
    """Standard deviation of one transistor's threshold voltage [V].

    Parameters
    ----------
    a_vt
        Pelgrom coefficient of a pair's threshold difference [V·m], not negative; None of a technology that has none.
    width, length
        Drawn gate size [m], above 0.

    Raises
    ------
    InputError
        A value is out of range, or there is no coefficient.

    Examples
    --------
    >>> round(threshold_sigma(a_vt=10e-9, width=2e-6, length=0.6e-6) * 1e3, 3)  # mV
    6.455
    """
    if a_vt is None:
        raise InputError(
            "the technology has no a_vt_v_m: its mismatch is the kit's own random numbers, which are those that "
            "Technology.variation gives"
        )
    if a_vt < 0:
        raise InputError(f"a_vt must not be negative, got {a_vt!r} V·m")
    if width <= 0 or length <= 0:
        raise InputError(f"width and length must be above 0 m, got {width!r} and {length!r}")
    return a_vt / math.sqrt(2.0 * width * length)
