"""Endurance: median and spread of both states against the number of cycles, as a table tells them.

The table has factors of what [devices] tells. Between two entries ln(median) and the spread are straight lines over
log(cycles); beyond the table nothing is known, and nothing is told. No table of a published array is verified: it is
the user's to give.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from rramsim.devices.marginals import Stretched
from rramsim.devices.resistance import AbstractResistance, LognormalResistance, ShapedResistance
from rramsim.errors import InputError
from rramsim.units import number
from rramsim.validation import Section

Factor = Annotated[float, BeforeValidator(number), Field(ge=1e-6, le=1e6)]
Cycles = Annotated[float, BeforeValidator(number), Field(ge=1, le=1e15)]


class WornState(Section):
    """One state of the table: by how much median and standard deviation of ln R are those of [devices], each time."""

    median_factor: tuple[Factor, ...]
    spread_factor: tuple[Factor, ...]

    def at(self, state: AbstractResistance, cycles: float, table: Sequence[float]) -> AbstractResistance:
        """A state after a number of cycles: its law is moved and stretched, its parts keep their ratio.

        Parameters
        ----------
        state
            As [devices] tells it.
        cycles
            The number, within the table.
        table
            Numbers of cycles of the entries, rising.
        """
        x, xs = math.log(cycles), np.log(table)
        median = state.r_median * math.exp(float(np.interp(x, xs, np.log(self.median_factor))))
        factor = float(np.interp(x, xs, self.spread_factor))
        d2d, c2c = state.sigma_ln_d2d * factor, state.sigma_ln_c2c * factor
        if isinstance(state, LognormalResistance):
            return LognormalResistance(r_median=median, sigma_ln_d2d=d2d, sigma_ln_c2c=c2c)
        law = Stretched(base=state.marginal, center=state.r_median, median=median, factor=factor)
        return ShapedResistance(r_median=median, sigma_ln_d2d=d2d, sigma_ln_c2c=c2c, law=law)


class EnduranceSection(Section):
    """[devices.endurance]: the table."""

    cycles: Annotated[tuple[Cycles, ...], Field(min_length=2)]
    lrs: WornState
    hrs: WornState

    @model_validator(mode="after")
    def _check(self) -> EnduranceSection:
        if any(later <= earlier for earlier, later in zip(self.cycles, self.cycles[1:], strict=False)):
            raise ValueError("cycles must rise")
        for name, state in (("lrs", self.lrs), ("hrs", self.hrs)):
            for key, values in (("median_factor", state.median_factor), ("spread_factor", state.spread_factor)):
                if len(values) != len(self.cycles):
                    raise ValueError(f"{name}.{key} has {len(values)} values, cycles has {len(self.cycles)}")
        return self

    def at(self, name: str, state: AbstractResistance, cycles: float) -> AbstractResistance:
        """A state after a number of cycles.

        Parameters
        ----------
        name
            ``lrs`` or ``hrs``.
        state
            As [devices] tells it.
        cycles
            The number.

        Raises
        ------
        InputError
            It lies beyond the table.
        """
        if not self.cycles[0] <= cycles <= self.cycles[-1]:
            raise InputError(
                f"ageing.cycles = {cycles:g} lies beyond the table of endurance, {self.cycles[0]:g} to "
                f"{self.cycles[-1]:g} cycles"
            )
        worn: WornState = getattr(self, name)
        return worn.at(state, cycles, self.cycles)
