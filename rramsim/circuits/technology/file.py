"""The keys of a technology file, and what each may hold (device_models/README.md explains them to a user)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictStr, model_validator

from rramsim.circuits.technology.binding import TransistorBinding
from rramsim.corners import ProcessCorner
from rramsim.quantities import Number
from rramsim.validation import PathText, Section


class Validity(Section):
    """[validity]: the supply [V], temperature [°C] and channel length [m] that the models are good for."""

    vdd_min_v: Annotated[Number, Field(ge=0)]
    vdd_max_v: Annotated[Number, Field(gt=0)]
    temperature_min_c: Number
    temperature_max_c: Number
    length_min_m: Annotated[Number, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _check(self) -> Validity:
        if self.vdd_min_v >= self.vdd_max_v or self.temperature_min_c >= self.temperature_max_c:
            raise ValueError("each minimum must be below its maximum")
        return self


class Provenance(Section):
    """[provenance.NAME]: where a number comes from."""

    status: Literal["verified", "secondary", "computed", "chosen", "recalled"]
    source: StrictStr


class TechnologyFile(Section):
    """The whole file: names, the library and its sections, validity, and both transistor types."""

    name: StrictStr
    description: StrictStr = ""
    library: PathText
    licence: StrictStr = "unknown"
    limits: StrictStr = ""
    inline: StrictBool = False
    sections: dict[ProcessCorner, StrictStr]
    validity: Validity
    nfet: TransistorBinding
    pfet: TransistorBinding
    provenance: dict[StrictStr, Provenance] = Field(default={})

    @model_validator(mode="after")
    def _check(self) -> TechnologyFile:
        for kind, binding in (("nfet", self.nfet), ("pfet", self.pfet)):
            if binding.kind == "native" and binding.device.lower() != kind:
                raise ValueError(f"{kind}.device must be {kind!r} where kind is 'native', got {binding.device!r}")
        return self
