"""The read of one device, 1T1R, against a reference: what a differential pair of devices competes with.

The circuit is that of a pair; on ``blb`` is a reference with the same select transistor and the same line, as a
reference column of the array has. Weight +1 is LRS, −1 is HRS, so that networks take its errors as those of any binary
cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from rramsim.alphabets import Alphabet
from rramsim.circuits.benches.pair.bench import AbstractPairRead, Stimulus
from rramsim.circuits.benches.pair.settings import ReadSection
from rramsim.circuits.benches.pair.spread import memory_device
from rramsim.circuits.coding import Coding
from rramsim.circuits.environment import Environment
from rramsim.corners import Corner
from rramsim.devices.comparator import equal_error_reference
from rramsim.devices.marginals import Lognormal
from rramsim.devices.spread import Level, Source
from rramsim.quantities import Ohms, Sigma
from rramsim.validation import PathText, Section
from rramsim.weights import Weight, WeightKind


class ReferenceSection(ReadSection):
    """Settings of the bench: those of [read], and the reference.

    ``r_reference_ohm`` is its median, that of equal errors of an ideal comparator where it is left out;
    ``sigma_ln_reference`` its spread from column to column.
    """

    cells: Annotated[tuple[PathText, ...], Field(min_length=1, max_length=1)] = ("binary_2t2r",)
    r_reference_ohm: Ohms | None = None
    sigma_ln_reference: Sigma = 0.0


@dataclass(frozen=True, kw_only=True)
class ReferenceRead(AbstractPairRead):
    """One memory device read by a sense amplifier against a reference."""

    Settings: ClassVar[type[Section]] = ReferenceSection
    told: ClassVar[str] = (
        "One resistive memory device on BL, read by a sense amplifier against a reference on BLb that has the same "
        "select transistor. Weight +1 = LRS, −1 = HRS. Waveforms are of median devices."
    )

    settings: ReferenceSection

    @classmethod
    def benches(cls, name: str, settings: Section, environment: Environment) -> tuple[Self, ...]:
        """One, called as the study calls it: the cell that lends its circuit stores something else."""
        return tuple(
            cls(name=name, settings=bench.settings, environment=environment, cells=bench.cells, prefix=f"{name}_")
            for bench in super().benches(name, settings, environment)
        )

    @classmethod
    def alphabet_of(cls, kind: WeightKind) -> Alphabet:
        """Binary weights, whatever the circuit's cell stores."""
        return WeightKind.BINARY.alphabet

    @property
    def codings(self) -> tuple[Coding, ...]:
        """One, which the study names."""
        return (self._coding(self.name, WeightKind.BINARY),)

    @property
    def r_reference(self) -> float:
        """Median of the reference [Ω]."""
        given = self.settings.r_reference_ohm
        return equal_error_reference(self.environment.devices) if given is None else given

    def stimulus(self, corner: Corner, programmed: str) -> Stimulus:
        """The device in the state of the weight, and the reference."""
        weight, devices = Weight(programmed), self.environment.devices
        reference = Source(
            name="r_blb",
            marginal=Lognormal(median=self.r_reference, sigma_ln=self.settings.sigma_ln_reference),
            levels=((Level.COLUMN, 1.0),),
        )
        state = devices.lrs if weight is Weight.PLUS else devices.hrs
        return Stimulus(devices=(memory_device("r_bl", state), reference), right=weight)

    def about(self, corner: Corner) -> Mapping[str, Any]:
        """What every read of a pair tells, and the reference."""
        told = super().about(corner)
        reference = {"name": "reference", "value": self.r_reference, "unit": "Ω"}
        return {**told, "conditions": [*told["conditions"], reference]}
