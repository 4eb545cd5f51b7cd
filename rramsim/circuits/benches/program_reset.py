"""RESET of a 1T1R cell through its select transistor.

References
----------
D. Bonnet et al., Bringing uncertainty quantification to the extreme-edge with memristor-based Bayesian neural networks,
Nat. Commun. 14, 7530 (2023), doi 10.1038/s41467-023-43317-9: voltages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.circuits.benches.programming.bench import AbstractProgramming
from rramsim.circuits.benches.programming.settings import ResetSection
from rramsim.circuits.benches.programming.verdict import HRS, LRS
from rramsim.validation import Section


@dataclass(frozen=True, kw_only=True)
class ProgramReset(AbstractProgramming):
    """RESET of a 1T1R cell."""

    Settings: ClassVar[type[Section]] = ResetSection
    before: ClassVar[str] = LRS
    after: ClassVar[str] = HRS
    told: ClassVar[str] = (
        "RESET of a cell in LRS through its select transistor: the source line's voltage sets how far it goes."
    )

    settings: ResetSection
