"""How a network is trained, as plain values.

References
----------
A. Laborieux, M. Ernoult, B. Scellier, Y. Bengio, J. Grollier, D. Querlioz, Scaling equilibrium propagation to deep
ConvNets by drastically reducing its gradient estimator bias, Frontiers in Neuroscience 15, 633674, 2021, doi
10.3389/fnins.2021.633674: a cosine over some of the epochs, and its lowest rate from then on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from rramsim.eqprop.dropout import check_keep, thinned
from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.estimators.phases import Phases
from rramsim.eqprop.naming import by_name
from rramsim.eqprop.network import Network
from rramsim.eqprop.reads.reads import AbstractReads
from rramsim.eqprop.reads.right import Right
from rramsim.eqprop.steppers.eager import Eager
from rramsim.eqprop.trainers.optimiser import AbstractOptimiser
from rramsim.eqprop.trainers.sgd import Sgd
from rramsim.errors import InputError, NetworkError
from rramsim.files import content_id
from rramsim.nn.augmentation import AUGMENTATIONS
from rramsim.torch_backend import torch

# Of states, and of parameters: those of bfloat16 would not move by what a small learning rate adds.
_PRECISIONS: Final = {
    "float32": (torch.float32, torch.float32),
    "float64": (torch.float64, torch.float64),
    "bfloat16": (torch.bfloat16, torch.float32),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosine:
    """Learning rates that fall with half a cosine.

    Parameters
    ----------
    epochs
        How long; the lowest rate from then on.
    lowest
        Rate that all fall to.

    Raises
    ------
    InputError
        There is no epoch, or the rate is negative.
    """

    epochs: int
    lowest: float = 0.0

    def __post_init__(self) -> None:
        if self.epochs < 1 or not 0 <= self.lowest < float("inf"):
            raise InputError(f"a cosine has at least 1 epoch, and a lowest rate that is not negative (got {self})")

    def at(self, rate: float, epoch: int) -> float:
        """Learning rate of an epoch.

        Parameters
        ----------
        rate
            Of the first.
        epoch
            From 0.

        Examples
        --------
        >>> [round(Cosine(epochs=2, lowest=0.1).at(0.5, epoch), 6) for epoch in range(4)]
        [0.5, 0.3, 0.1, 0.1]
        """
        over = min(epoch, self.epochs) / self.epochs
        return self.lowest + (rate - self.lowest) * (1 + math.cos(math.pi * over)) / 2


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A training.

    Parameters
    ----------
    network
        What learns.
    estimator, phases
        Where its gradients come from.
    rates
        Learning rate of each link, in the order of the network, then that of the parameters of the loss, if it has any.
    epochs
        Passes over the training images.
    batch
        Images of a step.
    optimiser
        How parameters change with a gradient.
    cosine
        How rates fall; None for rates that stay.
    scale
        Of initial parameters.
    reads
        What the network sees of its weights, in training and in tests.
    precision
        Of states and parameters, as torch names it; where it is ``bfloat16`` parameters are float32.
    augmentation
        How images of a batch are varied, one after the other: names of
        :data:`~rramsim.nn.augmentation.AUGMENTATIONS`.
    keep
        Probability for each layer that a unit stays for a batch, see :mod:`rramsim.eqprop.dropout`; empty to leave
        out none.
    images
        Only the first so many training images are learnt, and at most as many validation images looked at; None for
        all. The scale of images is that of all.

    Raises
    ------
    InputError
        Numbers are none that a training can have.
    NetworkError
        There is another number of learning rates than of links.
    """

    network: Network
    estimator: AbstractEstimator
    phases: Phases
    rates: tuple[float, ...]
    epochs: int
    batch: int
    optimiser: AbstractOptimiser = field(default_factory=Sgd)
    cosine: Cosine | None = None
    scale: float = 1.0
    reads: AbstractReads = field(default_factory=Right)
    precision: str = "float32"
    augmentation: tuple[str, ...] = ()
    images: int | None = None
    keep: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1:
            raise InputError(f"a training has at least 1 epoch and 1 image a step (got {self.epochs}, {self.batch})")
        if not all(0 < rate < float("inf") for rate in self.rates):
            raise InputError(f"learning rates are above 0 (got {self.rates})")
        if self.precision not in _PRECISIONS:
            raise InputError(f"precision is one of {', '.join(_PRECISIONS)} (got {self.precision!r})")
        for name in self.augmentation:
            by_name("augmentation", name, AUGMENTATIONS)
        if self.augmentation and len(self.network.shapes[0]) != 3:
            shape = self.network.shapes[0]
            raise InputError(f"training.augmentation: images of shape {shape} have no channels, height and width")
        owners = self._owners
        if len(self.rates) != len(owners):
            raise NetworkError(
                f"{len(owners)} learning rates are needed, of {', '.join(owners)} (got {len(self.rates)})"
            )
        if self.images is not None and self.images < 1:
            raise InputError(f"a training has at least 1 image (got {self.images})")
        if self.phases.together and (not self.estimator.joins or self.reads.in_each_phase):
            raise InputError(
                "phases.together joins two nudged phases that see the same weights: of the estimator symmetric, with "
                f"reads of another kind than read (got {self.estimator.name}, {self.reads.name})"
            )
        if self.keep:
            check_keep(self.network, self.keep)
            if self.phases.together or self.phases.stepper != Eager():
                raise InputError("training.keep: units are left out where phases follow each other, with stepper eager")
        self.optimiser.check(owners)
        check_stored(self.optimiser, self.estimator, self.reads)

    def thinned(self, batch: int, generator: torch.Generator, device: torch.device) -> Network:
        """The network without the units that are left out for a batch.

        Parameters
        ----------
        batch
            Images.
        generator
            Draws which.
        device
            Where states are.
        """
        return thinned(self.network, self.keep, batch, generator, device) if self.keep else self.network

    @property
    def states(self) -> torch.dtype:
        """Type of states and drives."""
        return _PRECISIONS[self.precision][0]

    @property
    def kept(self) -> torch.dtype:
        """Type of parameters, of images and of gradients."""
        return _PRECISIONS[self.precision][1]

    @property
    def _owners(self) -> list[str]:
        own = self.network.loss.shapes(self.network.shapes[-1])
        return [link.name for link in self.network.links] + sorted({name.split(".")[0] for name in own})

    def rates_at(self, epoch: int) -> dict[str, float]:
        """Learning rate of each parameter in an epoch; backward weights have that of their link.

        Parameters
        ----------
        epoch
            From 0.
        """
        of = dict(zip(self._owners, self.rates, strict=True))
        found = {name: of[name.rpartition(".")[0]] for name in self.network.parameter_shapes}
        cosine = self.cosine
        return found if cosine is None else {name: cosine.at(rate, epoch) for name, rate in found.items()}

    @property
    def id(self) -> str:
        """SHA-256 of all that it says, but for the number of epochs: a longer training begins as a shorter one."""
        parts = {name: repr(getattr(self, name)) for name in self.__dataclass_fields__ if name != "epochs"}
        return content_id({"recipe": parts})


def check_stored(optimiser: AbstractOptimiser, estimator: AbstractEstimator, reads: AbstractReads) -> None:
    """Refuse an estimator, or a way of reading, that weights cannot be used with.

    Parameters
    ----------
    optimiser
        Which knows what weights are.
    estimator, reads
        What is to be used with them.

    Raises
    ------
    InputError
        Weights that an array stores would change within an estimate; or reads cannot be used with these.
    """
    if optimiser.stores is not None and not estimator.weights_stay:
        raise InputError(
            f"the estimator {estimator.name!r} changes real weights in every step, and the optimiser "
            f"{optimiser.name!r} stores {optimiser.stores} ones: use another estimator, or sgd"
        )
    reads.check(optimiser.stores, estimator)
