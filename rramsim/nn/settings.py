"""The study file's sections on networks and error injection."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictInt, model_validator

from rramsim.quantities import Count, Fraction, Rate
from rramsim.validation import Name, PathText, Section
from rramsim.weights import WeightKind


class NetworkSection(Section):
    """[[network]]: one network to train, or a trained one to load, and how its weights are stored."""

    name: Name
    weights: WeightKind = WeightKind.TERNARY
    activations: Literal["binary", "ternary", "real"] = "binary"
    dataset: Literal["digits"] = "digits"
    hidden: tuple[Annotated[StrictInt, Field(gt=0, le=100_000)], ...] = (128,)
    epochs: Count = 30
    batch_size: Count = 64
    learning_rate: Fraction = 0.01
    file: PathText | None = None

    recipe_keys: ClassVar[frozenset[str]] = frozenset({"hidden", "epochs", "batch_size", "learning_rate"})


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
