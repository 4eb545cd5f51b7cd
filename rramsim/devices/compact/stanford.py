"""Stanford-type model: a gap that closes under a positive voltage and opens under a negative one.

References
----------
Z. Jiang, H.-S. P. Wong, Stanford University Resistive-Switching Random Access Memory (RRAM) Verilog-A Model 1.0.0,
nanoHUB 2014, doi 10.4231/D37H1DN48.

T. Wang, J. Roychowdhury, Well-posed models of memristive devices, 2016, arXiv 1605.04897.
"""

from __future__ import annotations

import math
from typing import ClassVar

from rramsim.devices.compact.model import Q_OVER_K, AbstractCompactModel


class Stanford(AbstractCompactModel):
    """Device whose state is its gap."""

    netlist: ClassVar[str] = "stanford.cir"
    subcircuit: ClassVar[str] = "rram_stanford"
    state: ClassVar[str] = "gap"
    names: ClassVar[tuple[str, ...]] = (
        "i0", "g0", "v0", "vel0", "ea", "gamma0", "beta", "beta_reset", "alpha", "a0", "tox", "rth", "gap_min",
        "gap_max", "fastest",
    )  # fmt: skip
    signed: ClassVar[frozenset[str]] = frozenset({"beta", "beta_reset", "rth", "gap_min"})

    @property
    def conduction(self) -> tuple[float, float, float]:
        """``i0``, ``v0`` and ``g0``."""
        return self.parameters["i0"], self.parameters["v0"], self.parameters["g0"]

    def gap(self, state: float) -> float:
        """The state itself."""
        return state

    def of_gap(self, gap: float) -> float:
        """The gap itself."""
        return gap

    def enhancement(self, state: float, voltage: float) -> float:
        """Falls with the gap; under a negative voltage by ``beta_reset``."""
        p = self.parameters
        return p["gamma0"] - p["beta" if voltage > 0 else "beta_reset"] * math.pow(state, p["alpha"])

    def rate(self, state: float, voltage: float, temperature_c: float) -> float:
        """Negative under a positive voltage."""
        p = self.parameters
        kelvin = temperature_c + 273.15 + p["rth"] * abs(voltage * self.current(state, voltage))
        beta = Q_OVER_K / kelvin
        field = self.enhancement(state, voltage) * p["a0"] / p["tox"] * voltage * beta
        most = math.log(2e-9 * p["fastest"] / p["vel0"])
        ways = [math.exp(min(part - p["ea"] * beta, most)) for part in (field, -field)]
        return 0.5e9 * p["vel0"] * (ways[1] - ways[0])
