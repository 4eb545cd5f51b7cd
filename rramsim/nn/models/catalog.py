"""Models by the names that studies give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.errors import InputError, close_matches
from rramsim.nn.models.ecg import Ecg
from rramsim.nn.models.eeg import Eeg
from rramsim.nn.models.mlp import Mlp
from rramsim.nn.models.mobilenet import MobileNet
from rramsim.nn.models.model import AbstractModel
from rramsim.nn.models.vgg import Vgg

MODELS: Final[Mapping[str, type[AbstractModel]]] = {
    "mlp": Mlp,
    "vgg": Vgg,
    "ecg": Ecg,
    "eeg": Eeg,
    "mobilenet": MobileNet,
}


def find_model(name: str) -> type[AbstractModel]:
    """A model by its name.

    Parameters
    ----------
    name
        As in a study.

    Raises
    ------
    InputError
        There is none of that name.
    """
    if name not in MODELS:
        raise InputError(f"unknown model {name!r}; {close_matches(name, MODELS)}")
    return MODELS[name]
