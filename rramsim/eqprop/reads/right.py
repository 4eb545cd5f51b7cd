"""Weights that are read as they were programmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.reads.reads import AbstractReads, Read, Stored, Tensors
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class Right(AbstractReads):
    """No errors."""

    name: ClassVar[str] = "right"

    def batch(self, parameters: Mapping[str, torch.Tensor], stored: Stored, memory: Tensors) -> Read:
        """The parameters."""
        return Read(parameters=parameters)
