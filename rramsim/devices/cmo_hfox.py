"""Conductive-metal-oxide/HfOx devices: what is programmed, how it drifts, how it is read.

g(t) = g + N(0, σ_programming) + drift(t) + N(0, σ_read), all in conductance; σ_programming grows with the target and
with the acceptance range of program and verify, the drift's mean falls and its spread grows with ln(t). Acceptance
ranges are fractions of the target, and there are two: the source's code has them in per cent, and takes the narrow one
for any that it does not know, its own default of 0.02 among them. Here another one is refused.

References
----------
D. F. Falcone et al., All-in-one analog AI accelerator: on-chip training and inference with conductive-metal-oxide/HfOx
ReRAM devices, 2025, arXiv 2502.04524. Coefficients: ``laws/cmo_hfox.toml``, with the code that they come from.

D. G. F. Lombardo et al., Read noise analysis in analog conductive-metal-oxide/HfOx ReRAM devices, Device Research
Conference 2024, doi 10.1109/DRC61706.2024.10643760.
"""

from __future__ import annotations

import math
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator

from rramsim.devices.marginals import Reciprocal
from rramsim.devices.resistance import DeviceStatistics, ShapedResistance
from rramsim.quantities import Number
from rramsim.validation import Section

_FILE = Path(__file__).resolve().parent / "laws" / "cmo_hfox.toml"
_NANO, _MICRO = 1e-3, 1e-6  # [µS], [S]


@lru_cache(maxsize=1)
def coefficients() -> dict[str, Any]:
    """Coefficients, validity and provenance, as the file has them."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


class CmoHfoxSection(Section):
    """[devices.cmo_hfox]: both states as target conductances of these devices, in place of a preset's."""

    acceptance_range: Number
    lrs_us: Number
    hrs_us: Number
    time_s: Annotated[Number, Field(ge=0, le=1e9)]

    @field_validator("acceptance_range")
    @classmethod
    def _known(cls, value: float) -> float:
        known = [entry["acceptance_range"] for entry in coefficients()["programming"]]
        if value not in known:
            raise ValueError(f"is a fraction of the target; characterised are {' and '.join(map(str, known))}")
        return value

    @field_validator("lrs_us", "hrs_us")
    @classmethod
    def _valid(cls, value: float) -> float:
        low, high = coefficients()["g_min_us"], coefficients()["g_max_us"]
        if not low <= value <= high:
            raise ValueError(f"a target lies between {low:g} and {high:g} µS")
        return value

    @field_validator("time_s")
    @classmethod
    def _late_enough(cls, value: float) -> float:
        first = coefficients()["t_min_s"]
        if 0 < value < first:
            raise ValueError(f"is 0, just programmed, or {first:g} s at least")
        return value

    @property
    def statistics(self) -> DeviceStatistics:
        """Both states at that time after programming."""
        return DeviceStatistics(lrs=self._state(self.lrs_us), hrs=self._state(self.hrs_us))

    def _state(self, target: float) -> ShapedResistance:
        mean, sigma = conductance(target, acceptance_range=self.acceptance_range, time=self.time_s)
        law = Reciprocal(mean=mean * _MICRO, sigma=sigma * _MICRO)
        return ShapedResistance.of(law, d2d=0.0, c2c=1.0)  # all of it is new at each programming or read


def conductance(target: float, *, acceptance_range: float, time: float) -> tuple[float, float]:
    """Mean and standard deviation of the conductance that is read [µS].

    Parameters
    ----------
    target
        What was to be programmed [µS].
    acceptance_range
        Of program and verify, as a fraction of the target: 0.002 or 0.02.
    time
        After programming [s]; 0 for what was programmed, without drift and read noise.

    Examples
    --------
    >>> mean, sigma = conductance(50.0, acceptance_range=0.02, time=0.0)
    >>> round(mean, 3), round(sigma, 4)
    (50.0, 0.5757)
    """
    told = coefficients()
    entry = next(one for one in told["programming"] if one["acceptance_range"] == acceptance_range)
    programming = (entry["slope_ns_per_us"] * target + entry["offset_ns"]) * _NANO
    if time == 0:
        return target, programming
    steps, drift, read = math.log(time), told["drift"], told["read"]
    mean = target + drift["mean_us_per_ln"] * steps
    relaxation = drift["sd_us_per_ln"] * steps + drift["sd_us"]
    noise = (
        read["factor_us"] * math.log10(mean) * math.sqrt(math.log((time + read["t_read_s"]) / (2 * read["t_read_s"])))
    )
    return mean, math.hypot(programming, relaxation, noise)
