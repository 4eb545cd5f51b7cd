"""The read of a 2T2R cell by its precharge sense amplifier, or by any amplifier of the user's with the same nets.

References
----------
A. Laborieux et al., Implementation of ternary weights with resistive RAM using a single sense operation per synapse,
IEEE Trans. Circuits Syst. I 68, 138 (2021), arXiv 2007.14234.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rramsim.alphabets import Alphabet
from rramsim.circuits.benches.pair.bench import AbstractPairRead, Stimulus
from rramsim.circuits.benches.pair.characterise import nominal_window
from rramsim.circuits.benches.pair.spread import weight_devices
from rramsim.corners import Corner
from rramsim.tables.table import Table
from rramsim.tables.window import WINDOW
from rramsim.weights import Weight, WeightKind

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class PcsaRead(AbstractPairRead):
    """A cell of two memory devices read by a sense amplifier."""

    told: ClassVar[str] = (
        "Two resistive memory devices on complementary bit lines, read by a sense amplifier. Weight +1 = "
        "(LRS, HRS), −1 = (HRS, LRS), 0 = (HRS, HRS) on (BL, BLb). Waveforms are of median devices; those of a 0 "
        "differ by 10 %, since equal ones would not decide."
    )

    @classmethod
    def alphabet_of(cls, kind: WeightKind) -> Alphabet:
        """Its weights."""
        return kind.alphabet

    def stimulus(self, corner: Corner, programmed: str) -> Stimulus:
        """Both devices in the states of the weight."""
        weight = Weight(programmed)
        return Stimulus(devices=weight_devices(self.environment.devices, weight), right=weight)

    @property
    def images(self) -> tuple[tuple[str, str], ...]:
        """The two signs."""
        return tuple((weight.value, weight.opposite.value) for weight in (Weight.PLUS, Weight.MINUS))

    @property
    def identity(self) -> Mapping[str, Any]:
        """Cell, sense time and handles; all else is in deck and spread, or in what a user's own class makes of it."""
        known = super().identity
        return known if type(self) is not PcsaRead else {key: known[key] for key in ("handles", "cell", "t_sense")}

    def nominal(self, corner: Corner) -> dict[Table, pd.DataFrame]:
        """Waveforms of each weight, and the sense window."""
        return {**super().nominal(corner), WINDOW: nominal_window(self.deck(corner), self.environment.devices)}
