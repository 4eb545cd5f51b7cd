"""The study file's sections on technology, corners and benches."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, StrictStr, model_validator

from rramsim.corners import Corner, parse_process, pvt_grid
from rramsim.quantities import Celsius, Volts, named
from rramsim.resources import memory
from rramsim.validation import Name, PathText, Section

_BYTES_A_CORNER = 50_000  # its tasks, their results and rows of tables


class TechnologySection(Section):
    """[technology]: a built-in technology by name, or the path of a technology file."""

    card: PathText = "generic_130nm_5v"


class CornersSection(Section):
    """[corners]: the axes of the process × supply × temperature grid."""

    process: tuple[Annotated[StrictStr, named(parse_process)], ...] = ("TT",)
    vdd_v: tuple[Volts, ...] = (1.2,)
    temperature_c: tuple[Celsius, ...] = (27.0,)

    @cached_property
    def grid(self) -> tuple[Corner, ...]:
        """The corners in table order."""
        return pvt_grid((parse_process(name) for name in self.process), self.vdd_v, self.temperature_c)

    @model_validator(mode="after")
    def _check(self) -> CornersSection:
        count = len(self.process) * len(self.vdd_v) * len(self.temperature_c)
        if count * _BYTES_A_CORNER > memory():
            raise ValueError(f"{count:,} corners are more than fit into the {memory() / 2**30:.0f} GiB of this machine")
        _ = self.grid
        return self


class BenchSection(Section):
    """[[bench]]: what is simulated besides, or in place of, the reads of [read].

    ``use`` is the name of a built-in bench, or ``module:Class`` of one's own; the module is one that Python can import,
    or the path of a file. To load a study that names a module is to run the module.
    """

    name: Name
    use: PathText
    settings: dict[StrictStr, Any] = Field(default={})
