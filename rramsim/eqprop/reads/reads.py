"""What every way of reading is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

import numpy as np

from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.problem import Reread, unchanged
from rramsim.eqprop.stored import StoredWeight
from rramsim.errors import InputError
from rramsim.nn.faults.misreads import draw_misreads
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.torch_backend import torch
from rramsim.weights import ErrorType, WeightKind

Tensors: TypeAlias = dict[str, torch.Tensor]
#: Weights as symbols and scales, by the names of the parameters.
Stored: TypeAlias = Callable[[], Mapping[str, StoredWeight]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Weights as a batch of images meets them.

    Parameters
    ----------
    parameters
        Of the free phase.
    reread
        Gives those of each nudged phase.
    """

    parameters: Mapping[str, torch.Tensor]
    reread: Reread = unchanged


class AbstractReads(ABC):
    """How parameters are read.

    Attributes
    ----------
    name
        As settings have it.
    in_each_phase
        Whether each phase of a batch sees other weights.
    """

    name: ClassVar[str]
    in_each_phase: ClassVar[bool] = False

    def check(self, stores: WeightKind | None, estimator: AbstractEstimator) -> None:  # noqa: B027
        """Refuse what it cannot be used with.

        Parameters
        ----------
        stores
            Symbols that weights have; None for real ones.
        estimator
            What asks for gradients.

        Raises
        ------
        InputError
            It cannot be used with these.
        """

    def begin(self, seed: int) -> Tensors:
        """What it remembers, before the first read.

        Parameters
        ----------
        seed
            Of the training.
        """
        return {}

    @abstractmethod
    def batch(self, parameters: Mapping[str, torch.Tensor], stored: Stored, memory: Tensors) -> Read:
        """Read the weights for a batch.

        Parameters
        ----------
        parameters
            As they were programmed.
        stored
            Gives the symbols and the scales of them.
        memory
            What :meth:`begin` made, as the last read left it.
        """


_READS = "reads"  # (seed of the training, reads so far)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbstractMisreads(AbstractReads):
    """Symbols that are read as others, each apart from the others; gradients are applied to those that are stored.

    What is drawn depends on the seed of the training and on how many reads there have been, and on nothing else: images
    come in the same order whatever the rates, and a weight that is misread at some rate is so at any higher one.

    Parameters
    ----------
    errors
        By type of error, the probability that a weight which can make such an error makes it.

    Raises
    ------
    InputError
        One is no probability.
    """

    errors: dict[ErrorType, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for error, rate in self.errors.items():
            if not 0 <= rate <= 1:
                raise InputError(f"errors of type {error} have a probability between 0 and 1 (got {rate})")

    def check(self, stores: WeightKind | None, estimator: AbstractEstimator) -> None:
        """Refuse weights that are in no array, and errors that they do not make.

        Raises
        ------
        InputError
            It cannot be used with these.
        """
        if stores is None:
            raise InputError(
                "real weights are in no array, which could misread them: needs an optimiser that stores weights "
                "(flips or straight_through)"
            )
        wrong = [error for error in self.errors if error not in stores.errors]
        if wrong:
            raise InputError(
                f"{stores} weights make no error of type {wrong[0]}; their types: {', '.join(stores.errors)}"
            )
        self._rates(stores)

    def begin(self, seed: int) -> Tensors:
        """The seed, and no reads."""
        return {_READS: torch.tensor([seed, 0], dtype=torch.int64)}

    def _rates(self, kind: WeightKind) -> ReadErrorRates:
        each = [ReadErrorRates.of_type(kind, error, rate).rates for error, rate in self.errors.items()]
        return ReadErrorRates(kind=kind, rates=tuple(rate for rates in each for rate in rates))

    def _read(self, parameters: Mapping[str, torch.Tensor], stored: Stored, memory: Tensors) -> Tensors:
        """Parameters as a read gives them that has the number of those so far."""
        seed, number = memory[_READS].tolist()
        found = dict(parameters)
        for place, (name, weight) in enumerate(stored().items()):
            symbols = weight.symbols.cpu().numpy()
            source = int(np.random.SeedSequence((seed, number, place)).generate_state(1, np.uint64)[0])
            misreads = draw_misreads(symbols, self._rates(weight.kind), source)
            if misreads.count:
                value = parameters[name].clone()
                read = torch.from_numpy(misreads.values).to(value.device, value.dtype) * weight.scale
                value.view(-1)[torch.from_numpy(misreads.positions).to(value.device)] = read
                found[name] = value
        return found

    @staticmethod
    def _next(memory: Tensors) -> None:
        memory[_READS][1] += 1
