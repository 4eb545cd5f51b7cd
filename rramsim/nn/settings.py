"""The study file's sections on networks and error injection."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictInt, field_validator, model_validator

from rramsim.quantities import Count, Fraction, Rate
from rramsim.validation import Name, PathText, Section
from rramsim.weights import WeightKind


class NetworkSection(Section):
    """[[network]]: one network to train, or a trained one to load, and the cells that store its weights.

    ``cells`` names those whose errors it gets: every cell of the study that stores its kind of weights where it is left
    out. One that is none of the study's must be in the BER table.
    """

    name: Name
    weights: WeightKind = WeightKind.TERNARY
    activations: Literal["binary", "ternary", "real"] = "binary"
    dataset: Literal["digits"] = "digits"
    hidden: tuple[Annotated[StrictInt, Field(gt=0, le=100_000)], ...] = (128,)
    epochs: Count = 30
    batch_size: Count = 64
    learning_rate: Fraction = 0.01
    file: PathText | None = None
    cells: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None

    recipe_keys: ClassVar[frozenset[str]] = frozenset({"hidden", "epochs", "batch_size", "learning_rate"})

    @field_validator("cells")
    @classmethod
    def _named_once(cls, cells: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if cells is not None and len(set(cells)) < len(cells):
            raise ValueError("a cell is named more than once")
        return cells


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
