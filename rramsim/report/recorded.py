"""What the report takes from ``provenance.json``: the file may be of another version, or edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from rramsim.validation import problems


class _Part(BaseModel):
    """A part of the file. What another version says besides is left alone; what has no default must be there."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _Source(_Part):
    key: str
    status: str
    source: str


class _Technology(_Part):
    name: str
    description: str
    licence: str
    limits: str
    files: dict[str, str]
    provenance: list[_Source]


class _Resistance(_Part):
    r_median: float
    sigma_ln_d2d: float
    sigma_ln_c2c: float


class _Programmed(_Part):
    name: str
    lrs: _Resistance
    hrs: _Resistance


class _Devices(_Part):
    preset: str
    description: str
    overridden: bool
    lrs: _Resistance
    hrs: _Resistance
    conditions: list[_Programmed] = []
    provenance: list[_Source]


class _Transistor(_Part):
    name: str
    type: str
    width_m: float
    length_m: float
    sigma_vth_v: float


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
