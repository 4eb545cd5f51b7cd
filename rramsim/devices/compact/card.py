"""Cards of memory devices: which compact model, with which parameters, from where (``device_models/rram/*.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StrictStr, ValidationError, model_validator

from rramsim.devices.compact.model import AbstractCompactModel
from rramsim.devices.compact.sky130_reram import Sky130Reram
from rramsim.devices.compact.stanford import Stanford
from rramsim.errors import InputError, Problem, StudyError, close_matches
from rramsim.quantities import Number, named
from rramsim.resources import device_card_path
from rramsim.validation import Name, Section, problems, read_toml

MODELS: Mapping[str, type[AbstractCompactModel]] = {"stanford": Stanford, "sky130_reram": Sky130Reram}


def _known(name: str) -> None:
    if name not in MODELS:
        raise ValueError(f"unknown model; {close_matches(name, MODELS)}")


class CardValidity(Section):
    """[validity]: voltages across a cell [V] and temperatures [°C] that the parameters are good for.

    ``step_max_s`` is the longest step of a transient [s] that the sub-circuit stays right with; without it, any.
    """

    voltage_max_v: Annotated[Number, Field(gt=0)]
    temperature_min_c: Number
    temperature_max_c: Number
    step_max_s: Annotated[Number, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _check(self) -> CardValidity:
        if self.temperature_min_c >= self.temperature_max_c:
            raise ValueError("temperature_min_c must be below temperature_max_c")
        return self


class CardProvenance(Section):
    """[provenance.NAME]: where numbers come from."""

    status: Literal["verified", "secondary", "computed", "chosen", "recalled"]
    source: StrictStr


class CardFile(Section):
    """Keys of a card."""

    name: Name
    description: StrictStr = ""
    model: Annotated[StrictStr, named(_known)]
    licence: StrictStr
    limits: StrictStr
    parameters: dict[StrictStr, Number]
    validity: CardValidity
    provenance: dict[StrictStr, CardProvenance] = Field(default={})


@dataclass(frozen=True, kw_only=True)
class DeviceCard:
    """A card that has been read, and the device that it describes."""

    file: CardFile
    device: AbstractCompactModel


def load_card(card: str, *, relative_to: Path = Path(), overrides: Mapping[str, float] | None = None) -> DeviceCard:
    """Read a card.

    Parameters
    ----------
    card
        Name of a built-in card, as ``stanford_1t1r``, or path of a card (anything that ends in ``.toml``).
    relative_to
        Folder where a relative path starts.
    overrides
        Parameters that differ from the card's.

    Raises
    ------
    MissingResourceError
        No such card.
    StudyError
        The file holds something that cannot be used.
    InputError
        A parameter that is overridden is unknown or out of its range.
    """
    path = relative_to / card if card.endswith(".toml") else device_card_path(card)
    try:
        file = CardFile.model_validate(read_toml(path))
    except ValidationError as error:
        raise StudyError(path, problems(error, CardFile)) from None
    model = MODELS[file.model]
    try:
        device = model(card=file.name, parameters=file.parameters)
    except InputError as error:
        raise StudyError(path, [Problem(key="parameters", value=file.name, message=str(error))]) from None
    if overrides:
        device = model(card=file.name, parameters={**file.parameters, **overrides})
    return DeviceCard(file=file, device=device)
