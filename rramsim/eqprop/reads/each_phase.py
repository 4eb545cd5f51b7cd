"""Weights that are read anew for each phase: the free one and the nudged ones see different networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.reads.reads import AbstractMisreads, Read, Stored, Tensors
from rramsim.errors import InputError
from rramsim.torch_backend import torch
from rramsim.weights import WeightKind


@dataclass(frozen=True, slots=True, kw_only=True)
class EachPhase(AbstractMisreads):
    """Errors are drawn anew for each phase of each batch.

    What is worked out of the states of two phases (where the maxima of a pooling are, the share of a readout) is so
    with the weights of the last read.
    """

    name: ClassVar[str] = "read"
    in_each_phase: ClassVar[bool] = True

    def check(self, stores: WeightKind | None, estimator: AbstractEstimator) -> None:
        """Refuse what :class:`AbstractMisreads` does, and estimates that are more than free and nudged phases.

        Raises
        ------
        InputError
            It cannot be used with these.
        """
        AbstractMisreads.check(self, stores, estimator)
        if not estimator.phased:
            raise InputError(
                f"the estimator {estimator.name!r} cannot read weights anew in each phase; use one_sided, symmetric or "
                'random_sign, or reads of kind "batch" or "static"'
            )

    def batch(self, parameters: Mapping[str, torch.Tensor], stored: Stored, memory: Tensors) -> Read:
        """A new read, and one more whenever a nudged phase begins."""
        symbols = stored()

        def reread(_: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
            found = self._read(parameters, lambda: symbols, memory)
            self._next(memory)
            return found

        return Read(parameters=reread(parameters), reread=reread)
