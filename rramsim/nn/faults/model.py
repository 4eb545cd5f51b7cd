"""What a fault model is: it programs a *chip*, and a chip is *read*. Each is one mode of ``[injection]``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from rramsim.nn.faults.misreads import Misreads
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.ops.synapses import Weights
from rramsim.validation import Section
from rramsim.weights import WeightKind

if TYPE_CHECKING:
    import pandas as pd

Read = Callable[[], list[Misreads]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """Rows of ``directions.csv`` and of ``levels.csv``, of one cell at one corner."""

    directions: pd.DataFrame
    levels: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class CornerErrors:
    """What a sweep says of a cell at a corner.

    Parameters
    ----------
    rates
        How often each weight is misread.
    mean
        Probability that a weight of the network is misread, averaged over its own weights [1].
    causes
        What causes it; None where that is not known.
    rows
        Word lines of an array that store weights.
    other
        The same rates of another cell of the table, by its name, at the same corner.
    """

    rates: ReadErrorRates
    mean: float
    causes: Causes | None
    rows: int
    other: Callable[[str], ReadErrorRates]


class AbstractFaultModel(ABC):
    """Programs chips. A frozen dataclass, whose ``repr`` holds all that can change what is drawn.

    Attributes
    ----------
    mode
        What studies and tables call it.
    described
        What figures call it.
    caused
        Whether it needs to know what causes misreads.
    along_ladder
        Whether :meth:`at_rate` makes any.
    Settings
        Keys of ``[injection.settings.MODE]``.
    """

    mode: ClassVar[str]
    described: ClassVar[str]
    caused: ClassVar[bool] = False
    along_ladder: ClassVar[bool] = True
    Settings: ClassVar[type[Section]] = Section

    @abstractmethod
    def chip(self, weights: Sequence[Weights], generator: np.random.Generator) -> Read:
        """Program a new chip.

        Parameters
        ----------
        weights
            Programmed weights of each layer: -1, 0 or +1, any shape.
        generator
            Draws the errors, those of each read too where the model draws any then.

        Returns
        -------
        Callable
            Each call reads all weights once: the misreads of each layer. The same list where nothing is drawn anew.
        """

    def check(self, weights: Sequence[Weights]) -> None:  # noqa: B027
        """Refuse weights that the model has no errors for: none by default.

        Parameters
        ----------
        weights
            As for :meth:`chip`.

        Raises
        ------
        InputError
            It has none for these.
        """

    def misread_rate(self, errors: CornerErrors, weights: Sequence[Weights]) -> float:
        """Probability that a weight of the network is misread, averaged over its own weights [1].

        Parameters
        ----------
        errors
            What the model was made of, at a corner.
        weights
            As for :meth:`chip`.
        """
        return errors.mean

    @classmethod
    @abstractmethod
    def at_corner(cls, errors: CornerErrors, settings: Section) -> Self:
        """The model at a corner.

        Parameters
        ----------
        errors
            What the sweep says.
        settings
            Of its own ``Settings``.

        Raises
        ------
        InputError
            It lacks something.
        """

    @classmethod
    @abstractmethod
    def at_rate(cls, kind: WeightKind, rate: float) -> Iterator[tuple[str, Self]]:
        """The models of one step of the ladder, each with the type of its errors as the table spells it.

        Parameters
        ----------
        kind
            The set of weights.
        rate
            Of the step [1].
        """
