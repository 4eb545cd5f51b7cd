"""The study file's section on reads."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator, Field, StrictBool, StrictStr, model_validator

from rramsim.circuits.benches.pair.deck import ReadConditions
from rramsim.circuits.catalog import CELLS, geometry_unit
from rramsim.errors import close_matches
from rramsim.quantities import Seconds, Volts
from rramsim.units import quantity
from rramsim.validation import PathText, Section


def _geometry(value: object) -> object:
    """Read sizes, capacitances and resistances, whose unit follows from the first letter of the parameter's name."""
    if not isinstance(value, dict) or not all(isinstance(values, dict) for values in value.values()):
        raise ValueError("expected tables of sub-circuit parameters, such as [read.geometry.pcsa]")
    read: dict[str, dict[str, float]] = {}
    for name, values in value.items():
        read[name] = {}
        for parameter, item in values.items():
            try:
                read[name][parameter] = quantity(item, geometry_unit(parameter))
            except ValueError as error:
                raise ValueError(f"{name}.{parameter} = {item!r}: {error}") from None
    return read


class ReadSection(Section):
    """[read]: which cells are read, how, and with which spread.

    A cell is built in, or the path of a circuit file.
    """

    cells: Annotated[tuple[PathText, ...], Field(min_length=1)] = ("ternary_2t2r",)
    t_sense_s: Seconds = 50e-9
    t_precharge_s: Seconds = 10e-9
    v_word_line_v: Volts = 3.3
    mismatch: StrictBool = True
    max_step_s: Seconds = 2e-9
    geometry: Annotated[dict[StrictStr, dict[StrictStr, float]], BeforeValidator(_geometry)] = Field(default={})

    @model_validator(mode="after")
    def _check(self) -> ReadSection:
        for name in self.cells:
            if not name.endswith(".toml") and name not in CELLS:
                known = close_matches(name, CELLS)
                raise ValueError(f"unknown cell {name!r}; {known}, or the path of a circuit file (.toml)")
        if len(set(self.cells)) < len(self.cells):
            raise ValueError("a cell is named more than once")
        return self

    @cached_property
    def conditions(self) -> ReadConditions:
        """Timing and drive of the read."""
        return ReadConditions(
            t_precharge=self.t_precharge_s,
            t_sense=self.t_sense_s,
            v_word_line=self.v_word_line_v,
            max_step=self.max_step_s,
            geometry=tuple(
                (netlist, tuple(sorted(values.items()))) for netlist, values in sorted(self.geometry.items())
            ),
        )
