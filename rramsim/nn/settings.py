"""The study file's sections on networks and the arrays that they are stored in."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StrictInt, StrictStr, ValidationInfo, field_validator, model_validator

from rramsim.circuits.source import check_form
from rramsim.corners import Corner, parse_process
from rramsim.nn.imports.catalog import check_suffix
from rramsim.nn.keys import known_data, named_once
from rramsim.nn.models.catalog import find_model
from rramsim.nn.presets import PRESETS, find_preset
from rramsim.quantities import Celsius, Count, Fraction, NonNegative, Rate, Volts, named
from rramsim.validation import Name, PathText, Section, nested
from rramsim.weights import ErrorType, WeightKind

if TYPE_CHECKING:
    import pandas as pd

    from rramsim.nn.mapping.layers import WeightLayer
    from rramsim.nn.network import StoredNetwork
    from rramsim.nn.training import TrainingTask

# An image's size along an axis, and how many classes there are.
Extent = Annotated[StrictInt, Field(gt=0, le=100_000)]
Lines = Annotated[StrictInt, Field(gt=0, le=65_536)]


def _kind(weights: str | None) -> WeightKind | None:
    return None if weights in (None, "real") else WeightKind(weights)


def _known_model(name: str) -> str:
    find_model(name)
    return name


def _known_file(name: str) -> str:
    check_suffix(name)
    return name


def _known_module(name: str) -> str:
    check_form(name, "function", "net.py:build")
    return name


def _known_preset(name: str) -> str:
    find_preset(name)
    return name


class ErrorsAt(Section):
    """errors_at of a network: the cell and the corner whose errors it meets while it learns."""

    cell: Name
    process: Annotated[StrictStr, named(parse_process)]
    vdd_v: Volts
    temperature_c: Celsius

    @property
    def corner(self) -> Corner:
        """The corner."""
        return Corner(process=self.process, vdd=self.vdd_v, temperature_c=self.temperature_c)


class NetworkSection(Section):
    """[[network]]: one network to train, or a trained one to load, and the cells that store its weights.

    ``cells`` names those whose errors it gets: every cell of the study that stores its kind of weights where it is left
    out. One that is none of the study's must be in the BER table. ``preset`` gives the recipe of the training, each of
    whose keys may be given by itself: ``epochs`` to ``augmentation``. ``errors`` are drawn anew at every pass of the
    training, by type: the probability that a weight which can make such an error makes it; ``errors_at`` takes them
    from the BER table, of a cell at a corner. ``precision`` is that of the training's sums. ``seed`` is that of
    the training, the study's where it is left out.
    ``dataset`` is the name of one, or a file of arrays beside the study or in the folder of data sets. With
    ``input_shape`` and ``classes`` in its place, a network is mapped into arrays and neither trained nor measured. A
    network that has learnt elsewhere is given as ``file``, or as ``module``: a function of the user's that makes a
    module of torch, called with the shape of an image and the number of classes. ``real_layers`` are those of its
    layers that no array stores.
    """

    name: Name
    model: Annotated[Name, AfterValidator(_known_model)] = "mlp"
    settings: dict[str, Any] = Field(default={}, validate_default=True)
    weights: Literal["binary", "ternary", "real"] = "ternary"
    activations: Literal["binary", "ternary", "real"] = "binary"
    quantized: Literal["all", "classifier"] = "all"
    dataset: PathText = "digits"
    input_shape: Annotated[tuple[Extent, ...], Field(min_length=1, max_length=3)] | None = None
    classes: Extent | None = None
    preset: Annotated[Name, AfterValidator(_known_preset)] = "small"
    epochs: Count = PRESETS["small"].epochs
    batch_size: Count = PRESETS["small"].batch_size
    learning_rate: Fraction = PRESETS["small"].learning_rate
    weight_decay: NonNegative = PRESETS["small"].weight_decay
    decay: Literal["plain", "normalized"] = PRESETS["small"].decay
    restarts: tuple[Count, ...] = PRESETS["small"].restarts
    augmentation: tuple[Literal["flip", "crop"], ...] = PRESETS["small"].augmentation
    errors: dict[ErrorType, Rate] = Field(default={})
    errors_at: ErrorsAt | None = None
    precision: Literal["float32", "bf16"] = "float32"
    seed: Annotated[StrictInt, Field(ge=0)] | None = None
    file: Annotated[PathText, AfterValidator(_known_file)] | None = None
    module: Annotated[PathText, AfterValidator(_known_module)] | None = None
    real_layers: tuple[PathText, ...] = ()
    cells: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None

    recipe_keys: ClassVar[frozenset[str]] = frozenset(
        {"model", "settings", "quantized", "preset", "epochs", "batch_size", "learning_rate", "weight_decay", "decay",
         "restarts", "augmentation", "errors", "errors_at", "precision", "seed"}
    )  # fmt: skip

    mapped_keys: ClassVar[frozenset[str]] = frozenset({"model", "settings", "quantized"})  # that a mapping follows

    @model_validator(mode="before")
    @classmethod
    def _by_preset(cls, data: Any) -> Any:
        """Fill in what the preset says; a network that is given, or without data, is not trained."""
        if not isinstance(data, dict) or data.keys() & {"file", "module", "input_shape", "classes"}:
            return data
        preset = PRESETS.get(data.get("preset", "small"))
        return data if preset is None else preset.keys | data

    @field_validator("settings")
    @classmethod
    def _of_the_model(cls, settings: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if "model" not in info.data:  # which is told
            return settings
        return nested(find_model(info.data["model"]).Settings, settings).model_dump(mode="json")

    @field_validator("dataset")
    @classmethod
    def _known_data(cls, dataset: str, info: ValidationInfo) -> str:
        return known_data(dataset, (info.context or {}).get("folder"))

    @field_validator("errors")
    @classmethod
    def _made_by_the_kind(cls, errors: dict[ErrorType, float], info: ValidationInfo) -> dict[ErrorType, float]:
        weights: str | None = info.data.get("weights")
        if weights == "real" and errors:
            raise ValueError("real weights are in no array, which could misread them")
        kind = _kind(weights)
        wrong = [error for error in errors if kind is not None and error not in kind.errors]
        if kind is not None and wrong:
            raise ValueError(f"{kind} weights make no error of type {wrong[0]}; their types: {', '.join(kind.errors)}")
        return errors

    @field_validator("errors_at")
    @classmethod
    def _one_source_of_errors(cls, errors_at: ErrorsAt | None, info: ValidationInfo) -> ErrorsAt | None:
        if errors_at is not None and info.data.get("errors"):
            raise ValueError("errors and errors_at exclude each other")
        if errors_at is not None and info.data.get("weights") == "real":
            raise ValueError("real weights are in no array, which could misread them")
        return errors_at

    @field_validator("cells")
    @classmethod
    def _named_once(cls, cells: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        return named_once(cells, info.data.get("weights"))

    @model_validator(mode="after")
    def _data_or_its_shape(self) -> NetworkSection:
        given = self.model_fields_set
        if (self.input_shape is None) != (self.classes is None):
            raise ValueError("input_shape and classes go together, in place of dataset")
        useless = sorted(given & (self.recipe_keys - self.mapped_keys | {"dataset", "file", "module", "real_layers"}))
        if self.input_shape is not None and useless:
            raise ValueError(f"{useless[0]} has no meaning beside input_shape: such a network is mapped, not trained")
        return self

    @model_validator(mode="after")
    def _restarts_add_up(self) -> NetworkSection:
        if self.restarts and sum(self.restarts) != self.epochs:
            raise ValueError(f"restarts {list(self.restarts)} must add up to epochs, {self.epochs}")
        return self

    @model_validator(mode="after")
    def _given_or_trained(self) -> NetworkSection:
        given = [key for key in ("file", "module") if getattr(self, key) is not None]
        if len(given) > 1:
            raise ValueError("file and module exclude each other")
        recipe = sorted((self.recipe_keys - {"quantized"}) & self.model_fields_set)
        if self.module is not None and recipe:
            raise ValueError(f"{recipe[0]} is for training, but module gives a network that has learnt: leave one out")
        if self.real_layers and not given:
            raise ValueError("real_layers is for a network that is given, by file or module")
        return self

    @property
    def kind(self) -> WeightKind | None:
        """The set of its weights; None for real ones."""
        return _kind(self.weights)

    @property
    def has_data(self) -> bool:
        """Whether it can be trained and measured; else only its shape is known."""
        return self.input_shape is None

    @property
    def unused_keys(self) -> frozenset[str]:
        """Keys that have no meaning for it."""
        if self.has_data:
            return frozenset({"input_shape", "classes"})
        return self.recipe_keys - self.mapped_keys | {"dataset"}

    @property
    def asked(self) -> dict[str, Any]:
        """Every key that has a meaning as a plain value, without the path of any file."""
        left_out = {"file", "module", "real_layers", *self.unused_keys}
        keys: dict[str, Any] = self.model_dump(mode="json", exclude=left_out)
        if self.module is not None:
            keys["module"] = PurePath(self.module).name
        if self.real_layers:
            keys["real_layers"] = list(self.real_layers)
        return keys | ({"dataset": PurePath(self.dataset).name} if self.has_data else {})

    @property
    def model_settings(self) -> Section:
        """Settings of its model."""
        return find_model(self.model).Settings.model_validate(self.settings)

    def given(self, folder: Path) -> StoredNetwork | None:
        """As :func:`rramsim.nn.imports.given.given_network` reads it.

        Parameters
        ----------
        folder
            Where relative paths start.
        """
        from rramsim.nn.imports.given import given_network

        return given_network(self, folder=folder)

    def training_task(self, data_hash: str, *, seed: int, ber: pd.DataFrame | None) -> TrainingTask:
        """As :func:`rramsim.nn.training.planned_training` plans it.

        Parameters
        ----------
        data_hash
            Of the data set that it is planned with.
        seed
            Seed of the study, for a network that has none of its own.
        ber
            BER table, for one that meets its errors while it learns.
        """
        from rramsim.nn.training import planned_training

        return planned_training(self, data_hash, seed=seed, ber=ber)

    def untrained_layers(self) -> list[WeightLayer]:
        """Those of its model."""
        from rramsim.nn.mapping.networks import untrained_layers

        return untrained_layers(self)


class ArraySection(Section):
    """[array]: the arrays of 2T2R pairs that a network is stored in; ``columns`` are pairs of bit lines.

    ``spare_rows`` are word lines of each array that store nothing. A sum of the network takes a column.
    """

    rows: Lines = 32
    columns: Lines = 32
    spare_rows: Annotated[StrictInt, Field(ge=0)] = 0

    @property
    def weight_rows(self) -> int:
        """Word lines that store weights."""
        return self.rows - self.spare_rows

    @model_validator(mode="after")
    def _not_all_spare(self) -> ArraySection:
        if self.spare_rows >= self.rows:
            raise ValueError(f"spare_rows, {self.spare_rows}, must leave some of the rows, {self.rows}")
        return self
