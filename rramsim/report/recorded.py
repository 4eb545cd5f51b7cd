"""What the report takes from ``provenance.json``: the file may be of another version, or edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from rramsim.validation import is_name, problems


class _Part(BaseModel):
    """A part of the file. What another version says besides is left alone; what has no default must be there."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _Source(_Part):
    key: str
    status: str
    source: str


class _Mismatch(_Part):
    switches: dict[str, float]
    normals: list[str]


class _Technology(_Part):
    name: str
    description: str
    licence: str
    limits: str
    files: dict[str, str]
    mismatch: _Mismatch | None = None
    provenance: list[_Source]


class _Resistance(_Part):
    r_median: float
    sigma_ln_d2d: float
    sigma_ln_c2c: float


class _Programmed(_Part):
    name: str
    lrs: _Resistance
    hrs: _Resistance


class _Parameter(_Part):
    name: str
    value: float
    low: float
    high: float


class _Tail(_Part):
    side: str
    threshold_ohm: float
    exceedances: int
    parameters: list[_Parameter]


class _Curve(_Part):
    z: list[float]
    r_ohm: list[float]
    low_ohm: list[float]
    high_ohm: list[float]


class _Data(_Part):
    z: list[float]
    r_ohm: list[float]


class _Fit(_Part):
    condition: str
    state: str
    file: str
    values: int
    tail: str
    resamples: int
    tails: list[_Tail]
    curve: _Curve
    data: _Data

    @model_validator(mode="after")
    def _of_one_length(self) -> _Fit:
        curve = (self.curve.z, self.curve.r_ohm, self.curve.low_ohm, self.curve.high_ohm)
        for lists in (curve, (self.data.z, self.data.r_ohm)):
            if len({len(one) for one in lists}) > 1 or not lists[0] or min(map(min, lists[1:])) <= 0:
                raise ValueError("a fit must tell a resistance above 0 for each of its points")
        if not is_name(self.state) or (self.condition and not is_name(self.condition)):
            raise ValueError("condition and state of a fit must be names")
        return self


class _Devices(_Part):
    preset: str
    description: str
    overridden: bool
    lrs: _Resistance
    hrs: _Resistance
    conditions: list[_Programmed] = []
    fits: list[_Fit] = []
    provenance: list[_Source]


class _Transistor(_Part):
    name: str
    type: str
    width_m: float
    length_m: float
    sigma_vth_v: float | None = None
    numbers: list[str] = []


class _Capacitor(_Part):
    name: str
    value_f: float


class _Condition(_Part):
    name: str
    value: float
    unit: str


class _Bench(_Part):
    name: str
    cells: list[str] = []
    text: str = ""
    transistors: list[_Transistor] = []
    capacitors: list[_Capacitor] = []
    conditions: list[_Condition] = []
    netlists: dict[str, str] = {}
    code: dict[str, str] = {}


class _Provenance(_Part):
    rramsim: str = ""
    ngspice: str = ""
    python: str = ""
    command: str = ""
    packages: dict[str, str] = {}
    seed: int = 0
    study: dict[str, str] = {}
    technology: _Technology | None = None
    devices: _Devices | None = None
    benches: list[_Bench] = []

    @model_validator(mode="before")
    @classmethod
    def _left_out(cls, data: Any) -> Any:
        """The page asks whether a part is there, and not whether it is empty."""
        for name in ("technology", "devices"):
            if name in data and data[name] is None:
                raise ValueError(f"{name} must be an object")
        if ("technology" in data) != ("devices" in data):
            raise ValueError("technology and devices must both be there, or none of them")
        return data


def check_recorded(data: Mapping[str, Any]) -> None:
    """Refuse what the report cannot show.

    Parameters
    ----------
    data
        What ``provenance.json`` holds.

    Raises
    ------
    ValueError
        A key that is needed is missing, or its value is of another kind; names the first one.
    """
    try:
        _Provenance.model_validate(dict(data))
    except ValidationError as error:
        raise ValueError(str(problems(error, _Provenance)[0])) from None
