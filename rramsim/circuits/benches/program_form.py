"""FORMING of a 1T1R cell through its select transistor.

References
----------
D. Bonnet et al., Bringing uncertainty quantification to the extreme-edge with memristor-based Bayesian neural networks,
Nat. Commun. 14, 7530 (2023), doi 10.1038/s41467-023-43317-9: voltages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.circuits.benches.programming.bench import AbstractProgramming
from rramsim.circuits.benches.programming.settings import FormSection
from rramsim.circuits.benches.programming.verdict import LRS
from rramsim.validation import Section


@dataclass(frozen=True, kw_only=True)
class ProgramForm(AbstractProgramming):
    """FORMING of a 1T1R cell."""

    Settings: ClassVar[type[Section]] = FormSection
    before: ClassVar[str] = "fresh"
    after: ClassVar[str] = LRS
    told: ClassVar[str] = (
        "FORMING of a fresh cell through its select transistor. The compact models know no fresh cell: "
        "its first SET from the state of r_initial_ohm stands for it."
    )

    settings: FormSection
