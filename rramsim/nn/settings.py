"""The study file's sections on networks and error injection."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StrictInt, ValidationInfo, field_validator, model_validator

from rramsim.data.catalog import check_name, is_arrays
from rramsim.files import is_file, resolved
from rramsim.nn.models.catalog import find_model
from rramsim.nn.presets import PRESETS, find_preset
from rramsim.quantities import Count, Fraction, NonNegative, Rate
from rramsim.validation import Name, PathText, Section, nested
from rramsim.weights import ErrorType, WeightKind


def _known_model(name: str) -> str:
    find_model(name)
    return name


def _known_preset(name: str) -> str:
    find_preset(name)
    return name


class NetworkSection(Section):
    """[[network]]: one network to train, or a trained one to load, and the cells that store its weights.

    ``cells`` names those whose errors it gets: every cell of the study that stores its kind of weights where it is left
    out. One that is none of the study's must be in the BER table. ``preset`` gives the recipe of the training, each of
    whose keys may be given by itself: ``epochs`` to ``augmentation``. ``errors`` are drawn anew at every pass of the
    training, by type: the probability that a weight which can make such an error makes it. ``seed`` is that of the
    training, the study's where it is left out. ``dataset`` is the name of one, or a file of arrays beside the study or
    in the folder of data sets.
    """

    name: Name
    model: Annotated[Name, AfterValidator(_known_model)] = "mlp"
    settings: dict[str, Any] = Field(default={}, validate_default=True)
    weights: WeightKind = WeightKind.TERNARY
    activations: Literal["binary", "ternary", "real"] = "binary"
    quantized: Literal["all", "classifier"] = "all"
    dataset: PathText = "digits"
    preset: Annotated[Name, AfterValidator(_known_preset)] = "small"
    epochs: Count = PRESETS["small"].epochs
    batch_size: Count = PRESETS["small"].batch_size
    learning_rate: Fraction = PRESETS["small"].learning_rate
    weight_decay: NonNegative = PRESETS["small"].weight_decay
    decay: Literal["plain", "normalized"] = PRESETS["small"].decay
    restarts: tuple[Count, ...] = PRESETS["small"].restarts
    augmentation: tuple[Literal["flip", "crop"], ...] = PRESETS["small"].augmentation
    errors: dict[ErrorType, Rate] = Field(default={})
    seed: Annotated[StrictInt, Field(ge=0)] | None = None
    file: PathText | None = None
    cells: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None

    recipe_keys: ClassVar[frozenset[str]] = frozenset(
        {"model", "settings", "quantized", "preset", "epochs", "batch_size", "learning_rate", "weight_decay", "decay",
         "restarts", "augmentation", "errors", "seed"}
    )  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _by_preset(cls, data: Any) -> Any:
        """Fill in what the preset says; a network from a file is not trained."""
        preset = PRESETS.get(data.get("preset", "small")) if isinstance(data, dict) and "file" not in data else None
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
        check_name(dataset)
        folder: Path | None = (info.context or {}).get("folder")  # where the study lies
        if folder is None or not is_arrays(dataset) or not is_file(folder / dataset):
            return dataset
        return str(resolved(folder / dataset))

    @field_validator("errors")
    @classmethod
    def _made_by_the_kind(cls, errors: dict[ErrorType, float], info: ValidationInfo) -> dict[ErrorType, float]:
        kind: WeightKind | None = info.data.get("weights")
        wrong = [error for error in errors if kind is not None and error not in kind.errors]
        if kind is not None and wrong:
            raise ValueError(f"{kind} weights make no error of type {wrong[0]}; their types: {', '.join(kind.errors)}")
        return errors

    @field_validator("cells")
    @classmethod
    def _named_once(cls, cells: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if cells is not None and len(set(cells)) < len(cells):
            raise ValueError("a cell is named more than once")
        return cells

    @model_validator(mode="after")
    def _restarts_add_up(self) -> NetworkSection:
        if self.restarts and sum(self.restarts) != self.epochs:
            raise ValueError(f"restarts {list(self.restarts)} must add up to epochs, {self.epochs}")
        return self

    @property
    def asked(self) -> dict[str, Any]:
        """Every key as a plain value, without the path of any file."""
        keys: dict[str, Any] = self.model_dump(mode="json", exclude={"file"})
        return keys | {"dataset": PurePath(self.dataset).name}

    @property
    def model_settings(self) -> Section:
        """Settings of its model."""
        return find_model(self.model).Settings.model_validate(self.settings)


class ArraySection(Section):
    """[array]: the arrays of 2T2R pairs that a network is stored in; ``columns`` are pairs of bit lines.

    ``spare_rows`` are word lines of each array that store nothing.
    """

    rows: Count = 32
    columns: Count = 32
    spare_rows: Annotated[StrictInt, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _not_all_spare(self) -> ArraySection:
        if self.spare_rows >= self.rows:
            raise ValueError(f"spare_rows, {self.spare_rows}, must leave some of the rows, {self.rows}")
        return self


class InjectionSection(Section):
    """[injection]: which errors are injected into the networks and how often."""

    modes: Annotated[tuple[Literal["static", "read"], ...], Field(min_length=1)] = ("static", "read")
    repeats: Annotated[StrictInt, Field(ge=2, le=100_000)] = 20
    rates: Literal["interval", "estimate"] = "interval"
    ladder: tuple[Rate, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> InjectionSection:
        if len(set(self.modes)) < len(self.modes):
            raise ValueError("a mode is named more than once in modes")
        return self
