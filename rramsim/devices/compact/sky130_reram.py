"""ReRAM cell of SKY130: a filament that grows under a positive voltage and shrinks under a negative one.

References
----------
SkyWater open source PDK, sky130_fd_pr_reram__reram_cell, github.com/google/skywater-pdk-libs-sky130_fd_pr_reram; its
equations are those of Z. Jiang et al., IEEE Trans. Electron Devices 63, 1884 (2016), doi 10.1109/TED.2016.2545412, with
the filament in place of the gap.
"""

from __future__ import annotations

import math
from typing import ClassVar

from rramsim.devices.compact.model import Q_OVER_K, AbstractCompactModel


class Sky130Reram(AbstractCompactModel):
    """Device whose state is the thickness of its filament."""

    netlist: ClassVar[str] = "sky130_reram.cir"
    subcircuit: ClassVar[str] = "rram_sky130"
    state: ClassVar[str] = "filament"
    names: ClassVar[tuple[str, ...]] = (
        "i_k1", "tref", "v_ref", "vel", "eg", "er", "gamma_k0", "gamma_k1", "a0", "tox", "c_th", "tau_th",
        "filament_min", "filament_max", "fastest",
    )  # fmt: skip
    signed: ClassVar[frozenset[str]] = frozenset({"gamma_k1", "filament_min"})

    @property
    def conduction(self) -> tuple[float, float, float]:
        """``i_k1``, ``v_ref`` and what ``tref`` leaves of the oxide."""
        p = self.parameters
        return p["i_k1"], p["v_ref"], p["tox"] - p["tref"]

    def gap(self, state: float) -> float:
        """What the filament leaves of the oxide."""
        return self.parameters["tox"] - state

    def of_gap(self, gap: float) -> float:
        """What a gap leaves of the oxide."""
        return self.parameters["tox"] - gap

    def enhancement(self, state: float, voltage: float) -> float:
        """Falls with the gap, alike for both signs."""
        return self.parameters["gamma_k0"] + self.parameters["gamma_k1"] * self.gap(state) ** 3

    def rate(self, state: float, voltage: float, temperature_c: float) -> float:
        """Positive under a positive voltage, once the filament is as warm as the power makes it."""
        p = self.parameters
        power = abs(voltage * self.current(state, voltage))
        beta = Q_OVER_K / (temperature_c + 273.15 + power * p["tau_th"] / p["c_th"])
        field = self.enhancement(state, voltage) * p["a0"] / p["tox"] * voltage * beta
        most = math.log(1e-9 * p["fastest"] / p["vel"])
        grow, shrink = (math.exp(min(x, most)) for x in (field - p["eg"] * beta, -field - p["er"] * beta))
        return 1e9 * p["vel"] * (grow - shrink)
