"""The study file's sections on networks and error injection."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StrictInt, StrictStr, ValidationInfo, field_validator, model_validator

from rramsim.circuits.source import check_form
from rramsim.corners import Corner, parse_process
from rramsim.data.catalog import check_name, is_arrays
from rramsim.files import is_file, resolved
from rramsim.nn.faults.catalog import find_faults
from rramsim.nn.imports.catalog import check_suffix
from rramsim.nn.models.catalog import find_model
from rramsim.nn.presets import PRESETS, find_preset
from rramsim.quantities import Celsius, Count, Fraction, NonNegative, Rate, Volts, named
from rramsim.validation import Name, PathText, Section, nested
from rramsim.weights import ErrorType, WeightKind

Repeats = Annotated[StrictInt, Field(ge=2, le=100_000)]


def _known_model(name: str) -> str:
    find_model(name)
    return name


def _known_mode(name: str) -> str:
    find_faults(name)
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
    ``dataset`` is the name of one, or a file of arrays beside the study or in the folder of data sets. A network that
    has learnt elsewhere is given as ``file``, or as ``module``: a function of the user's that makes a module of torch,
    called with the shape of an image and the number of classes. ``real_layers`` are those of its layers that no array
    stores.
    """

    name: Name
    model: Annotated[Name, AfterValidator(_known_model)] = "mlp"
    settings: dict[str, Any] = Field(default={}, validate_default=True)
    weights: WeightKind | Literal["real"] = WeightKind.TERNARY
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

    @model_validator(mode="before")
    @classmethod
    def _by_preset(cls, data: Any) -> Any:
        """Fill in what the preset says; a network that is given is not trained."""
        trained = isinstance(data, dict) and not {"file", "module"} & data.keys()
        preset = PRESETS.get(data.get("preset", "small")) if trained else None
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
        kind: WeightKind | str | None = info.data.get("weights")
        if kind == "real" and errors:
            raise ValueError("real weights are in no array, which could misread them")
        wrong = [error for error in errors if isinstance(kind, WeightKind) and error not in kind.errors]
        if isinstance(kind, WeightKind) and wrong:
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
        if cells is not None and len(set(cells)) < len(cells):
            raise ValueError("a cell is named more than once")
        if cells is not None and info.data.get("weights") == "real":
            raise ValueError("no cell stores real weights")
        return cells

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
        return self.weights if isinstance(self.weights, WeightKind) else None

    @property
    def asked(self) -> dict[str, Any]:
        """Every key as a plain value, without the path of any file."""
        keys: dict[str, Any] = self.model_dump(mode="json", exclude={"file", "module", "real_layers"})
        if self.module is not None:
            keys["module"] = PurePath(self.module).name
        if self.real_layers:
            keys["real_layers"] = list(self.real_layers)
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

    @property
    def weight_rows(self) -> int:
        """Word lines that store weights."""
        return self.rows - self.spare_rows

    @model_validator(mode="after")
    def _not_all_spare(self) -> ArraySection:
        if self.spare_rows >= self.rows:
            raise ValueError(f"spare_rows, {self.spare_rows}, must leave some of the rows, {self.rows}")
        return self


class InjectionSection(Section):
    """[injection]: which errors are injected into the networks and how often.

    ``repeats`` chips are programmed; with ``precision``, more of them, up to ``max_repeats``, until the 95 % interval
    of the mean accuracy reaches no farther than that to either side. ``losses`` of accuracy are what a rate of the
    ladder may cost to count as tolerated. ``settings`` holds those of a mode under its name.
    """

    modes: Annotated[tuple[Annotated[Name, AfterValidator(_known_mode)], ...], Field(min_length=1)] = ("static", "read")
    settings: dict[Name, dict[str, Any]] = Field(default={}, validate_default=True)
    repeats: Repeats = 20
    precision: Fraction | None = None
    max_repeats: Repeats = 1000
    rates: Literal["interval", "estimate"] = "interval"
    ladder: tuple[Rate, ...] = ()
    losses: Annotated[tuple[Fraction, ...], Field(min_length=1)] = (0.01,)

    @field_validator("settings")
    @classmethod
    def _of_the_modes(cls, settings: dict[str, dict[str, Any]], info: ValidationInfo) -> dict[str, dict[str, Any]]:
        """All of them, defaults included."""
        modes = info.data.get("modes", ())
        unused = [mode for mode in settings if modes and mode not in modes]
        if unused:
            raise ValueError(f"{unused[0]} is none of modes, {', '.join(modes)}")
        found = {mode: nested(find_faults(mode).Settings, settings.get(mode, {})) for mode in modes}
        plain = {mode: section.model_dump(mode="json") for mode, section in found.items()}
        return {mode: values for mode, values in plain.items() if values}

    @model_validator(mode="after")
    def _check(self) -> InjectionSection:
        if len(set(self.modes)) < len(self.modes):
            raise ValueError("a mode is named more than once in modes")
        if self.ladder and not any(find_faults(mode).along_ladder for mode in self.modes):
            raise ValueError(f"no ladder for modes {', '.join(self.modes)}: they take rates of corners only")
        if self.max_repeats < self.repeats:
            raise ValueError(f"max_repeats, {self.max_repeats}, must not be below repeats, {self.repeats}")
        return self

    def settings_of(self, mode: str) -> Section:
        """Settings of a mode.

        Parameters
        ----------
        mode
            One of ``modes``.
        """
        return find_faults(mode).Settings.model_validate(self.settings.get(mode, {}))
