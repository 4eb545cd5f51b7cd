"""The study file's section on networks of equilibrium propagation; what it says is checked by :mod:`.settings`.

A study without such a network needs no torch: what needs it is imported when there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StrictInt, ValidationInfo, field_validator, model_validator

from rramsim.eqprop.preset import merged, preset_path, presets, read_over_presets
from rramsim.errors import InputError
from rramsim.files import resolved
from rramsim.nn.keys import known_data, named_once
from rramsim.validation import Name, PathText, Section, nested
from rramsim.weights import WeightKind

if TYPE_CHECKING:
    import pandas as pd

    from rramsim.eqprop.deployed.network import DeployedNetwork
    from rramsim.eqprop.deployed.training import EqpropTraining
    from rramsim.eqprop.settings import EqpropFile
    from rramsim.nn.mapping.layers import WeightLayer

_TABLES = ("network", "phases", "training")


class EqpropSection(Section):
    """[[eqprop]]: one network that learns by equilibrium propagation, and the cells that store its weights.

    ``network``, ``phases`` and ``training`` are the tables of a file of ``rramsim eqprop``; what they do not say is
    that of ``preset``: the name of one, or such a file (NAME.toml, beside the study). The free phase is the inference.
    ``weights`` says how the array stores the weights of its links, and of a readout, after the training: ternary, or as
    they learn if that is with symbols; biases and scales stay digital. ``file`` gives a network that has learnt:
    weights that ``rramsim eqprop train`` wrote, or a run folder kept. ``cells`` and ``seed`` are as in ``[[network]]``.
    """

    name: Name
    preset: PathText | None = None
    weights: Literal["binary", "ternary", "real"] = "ternary"
    dataset: PathText
    network: dict[str, Any] = Field(default={})
    phases: dict[str, Any] = Field(default={})
    training: dict[str, Any] | None = None
    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)] | None = None
    file: PathText | None = None
    cells: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_preset(cls, data: Any, info: ValidationInfo) -> Any:
        """Fill in what the preset says; one that cannot be read is told by its own check."""
        if not isinstance(data, dict) or not isinstance(data.get("preset"), str):
            return data
        try:
            below = _preset_tables(data["preset"], info)
        except InputError:
            return {"dataset": "digits"} | data  # what it would have said is not asked for besides
        taken = ("dataset", *_TABLES) if "file" in data else ("dataset", "seed", *_TABLES)
        return merged({key: below[key] for key in taken if key in below}, data)

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, preset: str | None, info: ValidationInfo) -> str | None:
        if preset is not None:
            _preset_tables(preset, info)
        return preset

    @field_validator("dataset")
    @classmethod
    def _known_data(cls, dataset: str, info: ValidationInfo) -> str:
        return known_data(dataset, (info.context or {}).get("folder"))

    @field_validator("file")
    @classmethod
    def _weights_file(cls, file: str | None) -> str | None:
        if file is not None and not file.endswith(".safetensors"):
            raise ValueError("weights of a network that has learnt are in a file NAME.safetensors")
        return file

    @field_validator("cells")
    @classmethod
    def _named_once(cls, cells: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        return named_once(cells, info.data.get("weights"))

    @model_validator(mode="after")
    def _check(self) -> EqpropSection:
        from rramsim.eqprop.reads.static import StaticReads

        training = self.eqprop_file.training
        if training is not None and training.precision != "float32":
            raise ValueError("training.precision: networks of a study settle in float32 when they are measured")
        if training is not None and training.reads.name == StaticReads.name:
            raise ValueError('training.reads: "static" errors are of one chip, and a study measures others')
        stores = None if training is None else training.optimiser.stores
        if stores is not None and "weights" not in self.model_fields_set:
            object.__setattr__(self, "weights", stores.value)
        if stores is not None and self.kind not in (None, stores):
            raise ValueError(f'weights: the network learns {stores} ones, and is stored so, or "real" in no array')
        if self.file is None and self.training is None:
            raise ValueError("training is required: how it learns, or file, a network that has learnt")
        if self.file is not None and self.seed is not None:
            raise ValueError("seed is for training, but file gives a network that has learnt: leave one out")
        return self

    @property
    def eqprop_file(self) -> EqpropFile:
        """The same as a file of ``rramsim eqprop``.

        Raises
        ------
        ValidationError
            Its tables hold something that cannot be used.
        """
        from rramsim.eqprop.settings import EqpropFile

        tables = {name: getattr(self, name) for name in _TABLES if getattr(self, name) is not None}
        return nested(EqpropFile, {"name": self.name, "dataset": self.dataset} | tables)

    @property
    def kind(self) -> WeightKind | None:
        """The set of its weights; None for real ones."""
        return None if self.weights == "real" else WeightKind(self.weights)

    @property
    def has_data(self) -> bool:
        """True: it is always trained, or given, and measured."""
        return True

    @property
    def errors_at(self) -> None:
        """None: what it meets while it learns is in no table."""
        return None

    @property
    def asked(self) -> dict[str, Any]:
        """Every key as a plain value, without the path of any file."""
        keys: dict[str, Any] = self.model_dump(mode="json", exclude={"preset", "file"})
        return keys | {"dataset": PurePath(self.dataset).name}

    def resolve(self, keys: dict[str, Any], folder: Path) -> None:
        """Leave out what its tables say already, and make paths absolute.

        Parameters
        ----------
        keys
            All of its keys; changed.
        folder
            Where relative paths start.
        """
        keys.pop("preset", None)
        if self.file is not None:
            keys["file"] = str(resolved(folder / self.file))

    def given(self, folder: Path) -> DeployedNetwork | None:
        """The network of its file; None where it is to be trained.

        Parameters
        ----------
        folder
            Where relative paths start.

        Raises
        ------
        NetworkError
            What it says does not fit its data set, or the file is of another network.
        """
        from rramsim.eqprop.deployed.given import given_network

        return given_network(self, folder)

    def training_task(self, data_hash: str, *, seed: int, ber: pd.DataFrame | None) -> EqpropTraining:
        """Its training.

        Parameters
        ----------
        data_hash
            Of the data set that it is planned with.
        seed
            Seed of the study, for a network that has none of its own.
        ber
            BER table: not used.
        """
        from rramsim.eqprop.deployed.training import EqpropTraining

        return EqpropTraining(section=self, data_hash=data_hash, seed=seed if self.seed is None else self.seed)

    def untrained_layers(self) -> list[WeightLayer]:
        """Those of its links."""
        from rramsim.eqprop.deployed.given import untrained_layers

        return untrained_layers(self)


def _preset_tables(preset: str, info: ValidationInfo) -> Mapping[str, Any]:
    """What a preset, or a file beside the study, says."""
    if preset in presets():
        return read_over_presets(preset_path(preset))
    if not preset.endswith(".toml"):
        raise InputError(f"unknown preset; known: {', '.join(presets())}, or your own file NAME.toml")
    folder: Path = (info.context or {}).get("folder") or Path()
    return read_over_presets(folder / preset)
